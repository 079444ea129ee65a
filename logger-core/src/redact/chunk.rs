//! Thirty-two bytes of a text at a time, each bit of a mask for one of them.

/// Bytes that are looked at together.
pub(crate) const LEN: usize = 32;

/// What the bytes are; the lowest bit is the first byte.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Masks {
    /// `:`, `=` and `,`.
    pub(crate) signs: u32,
    /// Bytes of tokens: letters, digits and `_`, `-`, `.`.
    pub(crate) words: u32,
    /// Digits, spaces and hyphens, of which the number of a card is made.
    pub(crate) numbers: u32,
    /// Ends of the pairs of `class::OF_NAMES`, also with one byte between the two that is neither letter nor digit; and
    /// `_`, `-`, `.` behind another such byte, where there may be more than one between.
    pub(crate) names: u32,
    /// Ends of the pairs of `class::OF_FORMS`.
    pub(crate) forms: u32,
    /// What is neither letter nor digit, behind another such byte.
    pub(crate) gaps: u32,
    pub(crate) escapes: u32,
}

/// What is looked up for the lower and for the upper half of a byte; what both have is what the byte has.
#[derive(Debug)]
pub(crate) struct Halves {
    pub(crate) lower: [u8; 16],
    pub(crate) upper: [u8; 16],
}

impl Halves {
    const fn of(bytes: &[(&[u8], u8)]) -> Halves {
        let mut halves = Halves { lower: [0; 16], upper: [0; 16] };
        let mut class = 0;
        while class < bytes.len() {
            let (of_class, bit) = bytes[class];
            let mut at = 0;
            while at < of_class.len() {
                halves.lower[(of_class[at] & 15) as usize] |= bit;
                halves.upper[(of_class[at] >> 4) as usize] |= bit;
                at += 1;
            }
            class += 1;
        }
        halves
    }

    const fn table(&self) -> [u8; 256] {
        let mut table = [0; 256];
        let mut byte = 0;
        while byte < 256 {
            table[byte] = self.lower[byte & 15] & self.upper[byte >> 4];
            byte += 1;
        }
        table
    }
}

/// What a byte is, a bit for each class; and which pairs of letters tell of a name.
pub(crate) mod class {
    use super::Halves;

    pub(crate) const ASSIGNS: u8 = 1;
    pub(crate) const COMMA: u8 = 1 << 1;
    pub(crate) const DIGIT: u8 = 1 << 2;
    /// Space and `-`.
    pub(crate) const SPACE: u8 = 1 << 3;
    /// `-` and `.`.
    pub(crate) const JOINT: u8 = 1 << 4;
    pub(crate) const LETTER: u8 = A_TO_O | P_TO_Z;
    const A_TO_O: u8 = 1 << 5;
    const P_TO_Z: u8 = 1 << 6;
    pub(crate) const UNDERSCORE: u8 = 1 << 7;

    pub(crate) const HALVES: Halves = Halves::of(&[
        (b":=", ASSIGNS),
        (b",", COMMA),
        (b"0123456789", DIGIT),
        (b" -", SPACE),
        (b"-.", JOINT),
        (b"ABCDEFGHIJKLMNOabcdefghijklmno", A_TO_O),
        (b"PQRSTUVWXYZpqrstuvwxyz", P_TO_Z),
        (b"_", UNDERSCORE),
    ]);

    /// Each of the first bytes with each of the second.
    type Pairs = [(&'static [u8], &'static [u8]); 8];

    /// Letters that follow each other in names: each name of the default list has one of the pairs, and few other words do.
    /// Some more pairs are taken for one, which costs a look.
    const OF_NAMES: Pairs = [
        (b"Kk", b"EeIi"),
        (b"Cc", b"CcRr"),
        (b"MGmg", b"Nn"),
        (b"Tt", b"Pp"),
        (b"PSJpsj", b"Ww"),
        (b"Pp", b"Hh"),
        (b"Aa", b"Uu"),
        (b"Bb", b"EAea"),
    ];

    /// What secrets with a form of their own follow, have in them or begin with: `Bearer` and `Basic`, `webhooks` and
    /// `hooks.slack.com`, a JSON Web Token, a private key, the colon of a token as it is and as a URL may write it, a URL.
    const OF_FORMS: Pairs = [
        (b"Bb", b"EAea"),
        (b"Oo", b"Kk"),
        (b"y", b"J"),
        (b"-", b"-"),
        (b"0123456789", b":"),
        (b"%", b"3"),
        (b":", b"/"),
        (b"", b""),
    ];

    /// Which pairs a byte may begin, a bit for each, and which it may end.
    pub(crate) const NAMES: [Halves; 2] = halves(&OF_NAMES);
    pub(crate) const FORMS: [Halves; 2] = halves(&OF_FORMS);

    const fn halves(pairs: &Pairs) -> [Halves; 2] {
        let mut first: [(&[u8], u8); 8] = [(b"", 0); 8];
        let mut second = first;
        let mut at = 0;
        while at < pairs.len() {
            first[at] = (pairs[at].0, 1 << at);
            second[at] = (pairs[at].1, 1 << at);
            at += 1;
        }
        [Halves::of(&first), Halves::of(&second)]
    }
}

/// What looks at a text chunk by chunk; no closure, because it has to become a part of what has the instructions.
pub(crate) trait Look {
    /// The next chunk, and where it begins.
    fn at(&mut self, start: usize, masks: &Masks);
}

/// Shows each chunk of the text. Behind its end there are zeros.
#[inline(always)]
pub(super) fn each<L: Look>(text: &[u8], look: L) -> L {
    #[cfg(all(target_arch = "x86_64", not(miri)))]
    if let Some(processor) = crate::raw::thirty_two::Avx2::find() {
        return processor.each_chunk(text, look);
    }
    one_by_one(text, look)
}

#[cold]
fn one_by_one<L: Look>(text: &[u8], mut look: L) -> L {
    for start in (0..text.len()).step_by(LEN) {
        look.at(start, &Masks::one_by_one(text, start));
    }
    look
}

/// The bytes, and zeros.
#[cfg(any(test, all(target_arch = "x86_64", not(miri))))]
#[inline(always)]
pub(crate) fn padded(bytes: &[u8]) -> [u8; LEN] {
    let mut padded = [0; LEN];
    if !put_both_ends::<16>(bytes, &mut padded) && !put_both_ends::<8>(bytes, &mut padded) {
        padded.iter_mut().zip(bytes).for_each(|(to, from)| *to = *from);
    }
    padded
}

/// Copies all of at least `N` bytes and at most twice as many: without a call, as one of a length that is not known would be.
#[cfg(any(test, all(target_arch = "x86_64", not(miri))))]
#[inline(always)]
fn put_both_ends<const N: usize>(bytes: &[u8], to: &mut [u8; LEN]) -> bool {
    let (Some(first), Some(last)) = (bytes.first_chunk::<N>(), bytes.last_chunk::<N>()) else { return false };
    to[..N].copy_from_slice(first);
    to[bytes.len() - N..bytes.len()].copy_from_slice(last);
    true
}

/// The places of the bits, from the first.
#[inline(always)]
pub(super) fn each_bit(mut mask: u32, mut body: impl FnMut(usize)) {
    while mask != 0 {
        body(mask.trailing_zeros() as usize);
        mask &= mask - 1;
    }
}

/// Where runs of 16 bits begin.
#[inline(always)]
pub(super) fn runs_of_16(mut bits: u64) -> u64 {
    bits &= bits >> 1;
    bits &= bits >> 2;
    bits &= bits >> 4;
    bits & bits >> 8
}

/// Where runs of 13 bits begin.
#[inline(always)]
pub(super) fn runs_of_13(mut bits: u64) -> u64 {
    bits &= bits >> 1;
    bits &= bits >> 2;
    bits &= bits >> 4;
    bits & bits >> 5
}

impl Masks {
    /// Byte by byte, for processors without the instructions.
    fn one_by_one(text: &[u8], start: usize) -> Masks {
        const CLASS: [u8; 256] = class::HALVES.table();
        const NAMES: [[u8; 256]; 2] = [class::NAMES[0].table(), class::NAMES[1].table()];
        const FORMS: [[u8; 256]; 2] = [class::FORMS[0].table(), class::FORMS[1].table()];
        let chunk = &text[start..text.len().min(start + LEN)];
        let before = |at: usize, back: usize| (start + at).checked_sub(back).map(|at| usize::from(text[at]));
        let is_between = |byte: usize| CLASS[byte] & (class::LETTER | class::DIGIT) == 0;
        let mut masks = Masks::default();
        for (at, byte) in chunk.iter().map(|&byte| usize::from(byte)).enumerate() {
            let set = |mask: &mut u32, is: bool| *mask |= u32::from(is) << at;
            let is = |bits: u8| CLASS[byte] & bits != 0;
            let (last, last_but_one) = (before(at, 1), before(at, 2));
            let behind_gap = last.is_some_and(is_between);
            let begun = last.map_or(0, |it| NAMES[0][it])
                | last_but_one.filter(|_| behind_gap).map_or(0, |it| NAMES[0][it]);
            let is_joint = is(class::JOINT | class::UNDERSCORE);
            set(&mut masks.signs, is(class::ASSIGNS | class::COMMA));
            set(&mut masks.words, is(class::LETTER | class::DIGIT) || is_joint);
            set(&mut masks.numbers, is(class::DIGIT | class::SPACE));
            set(&mut masks.names, NAMES[1][byte] & begun != 0 || is_joint && behind_gap);
            set(&mut masks.forms, FORMS[1][byte] & last.map_or(0, |it| FORMS[0][it]) != 0);
            set(&mut masks.gaps, is_between(byte) && behind_gap);
            set(&mut masks.escapes, byte == usize::from(b'\\'));
        }
        masks
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::redact::{ACCOUNT, Redaction};

    /// All that was shown.
    #[derive(Default)]
    struct Shown(Vec<(usize, Masks)>);

    impl Look for Shown {
        fn at(&mut self, start: usize, masks: &Masks) {
            self.0.push((start, *masks));
        }
    }

    impl Shown {
        fn of(text: &[u8]) -> Shown {
            each(text, Shown::default())
        }
    }

    /// Each chunk as it is shown and byte by byte; behind the end of a text only gaps differ.
    #[track_caller]
    fn check(text: &[u8]) {
        let shown = Shown::of(text).0.into_iter().map(|(start, masks)| {
            let within = u32::MAX >> (LEN - LEN.min(text.len() - start));
            (start, Masks { gaps: masks.gaps & within, ..masks })
        });
        let expected = one_by_one(text, Shown::default());
        assert_eq!(shown.collect::<Vec<_>>(), expected.0, "{text:x?}");
    }

    #[test]
    fn every_byte_is_told_at_every_place() {
        for at in 0..2 * LEN {
            for byte in 0..=255 {
                let mut bytes = b"a b-c9:d=e,f/g%h.tp..kt-pc _b__--t".repeat(2);
                bytes[at] = byte;
                check(&bytes);
            }
        }
    }

    #[test]
    fn each_name_of_the_default_list_has_a_pair_wherever_it_lies_and_with_a_sign_between_any_letters() {
        for name in Redaction::DEFAULT_KEYS.into_iter().chain([ACCOUNT]) {
            let spelled: String = name.chars().filter(char::is_ascii_alphanumeric).collect();
            let mut ways = vec![name.to_owned(), name.to_uppercase(), spelled.clone()];
            for between in ["_", "-", ".", " ", "__", " -", ".-"] {
                ways.extend(
                    (1..spelled.len()).map(|at| format!("{}{between}{}", &spelled[..at], &spelled[at..])),
                );
            }
            for way in ways {
                for at in 0..LEN {
                    let shown = Shown::of(format!("{}{way}", "x".repeat(at)).as_bytes());
                    assert!(shown.0.iter().any(|(_, masks)| masks.names != 0), "{way} at {at}");
                }
            }
        }
    }

    #[test]
    fn runs_are_found_wherever_they_lie_and_shorter_ones_are_none() {
        let run = |len: u32, at: u32| (((1_u128 << len) - 1) << at) as u64;
        for at in 0..=64 - 16 {
            assert_eq!((runs_of_16(run(16, at)), runs_of_16(run(15, at))), (1 << at, 0));
        }
        for at in 0..=64 - 13 {
            assert_eq!((runs_of_13(run(13, at)), runs_of_13(run(12, at))), (1 << at, 0));
        }
        assert_eq!((runs_of_16(u64::MAX) & 1, runs_of_16(0)), (1, 0));
    }

    #[test]
    fn what_is_padded_is_the_bytes_and_zeros() {
        for len in 0..LEN {
            let bytes: Vec<u8> = (1..=len as u8).collect();
            let (padded, zeros) = (padded(&bytes), vec![0; LEN - len]);
            assert_eq!(padded.as_slice(), [bytes, zeros].concat());
        }
    }

    proptest! {
        #[test]
        fn chunks_of_any_text_are_told_as_byte_by_byte(text in proptest::collection::vec(any::<u8>(), 0..140)) {
            check(&text);
        }
    }
}
