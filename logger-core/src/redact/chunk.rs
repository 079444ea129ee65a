//! Sixteen bytes of a text at a time, each bit of a mask for one of them.

/// Bytes that are looked at together.
pub(super) const LEN: usize = 16;

/// What the bytes are; the lowest bit is the first byte.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Masks {
    /// `:`, `=` and `,`.
    pub(super) signs: u16,
    /// `b`, `j`, `k`, `-` and `%` in either case, which a word stands at that secrets follow or begin with; some control
    /// characters too.
    pub(super) rare: u16,
    /// All but bytes of tokens, as far as that is told at once.
    pub(super) between: u16,
    /// Digits, spaces and hyphens, of which the number of a card is made.
    pub(super) numbers: u16,
}

impl Masks {
    /// All at a time.
    #[cfg(all(target_arch = "x86_64", target_feature = "sse2", not(miri)))]
    #[inline(always)]
    pub(super) fn of(bytes: &[u8; LEN]) -> Masks {
        let [signs, rare, between, numbers] = crate::raw::sixteen::masks(bytes);
        Masks { signs, rare, between, numbers }
    }

    /// Byte by byte.
    #[cfg(any(test, miri, not(all(target_arch = "x86_64", target_feature = "sse2"))))]
    pub(super) fn one_by_one(bytes: &[u8; LEN]) -> Masks {
        let mask = |is: fn(u8) -> bool| {
            bytes.iter().enumerate().fold(0, |mask, (at, &byte)| mask | u16::from(is(byte)) << at)
        };
        let signs = mask(|byte| matches!(byte, b':' | b'=' | b','));
        Masks {
            signs,
            rare: mask(|byte| matches!(byte | 0x20, b'b' | b'j' | b'k' | b'-' | b'%')),
            between: signs | mask(|byte| byte.cast_signed() < b'-'.cast_signed() || byte == b'/'),
            numbers: mask(|byte| matches!(byte, b'0'..=b'9' | b' ' | b'-')),
        }
    }

    #[cfg(any(miri, not(all(target_arch = "x86_64", target_feature = "sse2"))))]
    #[inline]
    pub(super) fn of(bytes: &[u8; LEN]) -> Masks {
        Masks::one_by_one(bytes)
    }
}

/// The bytes of a text, the last ones followed by zeros.
#[inline(always)]
pub(super) fn chunks(text: &[u8]) -> impl Iterator<Item = [u8; LEN]> {
    let (chunks, rest) = text.as_chunks::<LEN>();
    let mut last = [0; LEN];
    last[..rest.len()].copy_from_slice(rest);
    chunks.iter().copied().chain((!rest.is_empty()).then_some(last))
}

/// The places of the bits, from the first.
#[inline(always)]
pub(super) fn each_bit(mut mask: u16, mut body: impl FnMut(usize)) {
    while mask != 0 {
        body(mask.trailing_zeros() as usize);
        mask &= mask - 1;
    }
}

/// Where the first run of 16 bits begins.
#[inline(always)]
pub(super) fn run_of_16(mut bits: u32) -> Option<usize> {
    bits &= bits >> 1;
    bits &= bits >> 2;
    bits &= bits >> 4;
    bits &= bits >> 8;
    (bits != 0).then(|| bits.trailing_zeros() as usize)
}

/// Whether there is a run of 13 bits.
#[inline(always)]
pub(super) fn has_run_of_13(mut bits: u32) -> bool {
    bits &= bits >> 1;
    bits &= bits >> 2;
    bits &= bits >> 4;
    bits & bits >> 5 != 0
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn every_byte_is_told_at_every_place() {
        for at in 0..LEN {
            for byte in 0..=255 {
                let mut bytes = *b"a b-c9:d=e,f/g%h";
                bytes[at] = byte;
                assert_eq!(Masks::of(&bytes), Masks::one_by_one(&bytes), "{byte:#x} at {at}");
            }
        }
    }

    #[test]
    fn runs_are_found_wherever_they_lie_and_shorter_ones_are_none() {
        let run = |len: u32, at: u32| (((1_u64 << len) - 1) << at) as u32;
        for at in 0..=32 - 16 {
            assert_eq!(run_of_16(run(16, at)), Some(at as usize));
            assert_eq!(run_of_16(run(15, at)), None);
        }
        for at in 0..=32 - 13 {
            assert!(has_run_of_13(run(13, at)) && !has_run_of_13(run(12, at)), "{at}");
        }
        assert_eq!((run_of_16(u32::MAX), run_of_16(0)), (Some(0), None));
    }

    proptest! {
        #[test]
        fn chunks_are_the_text_and_zeros(text in proptest::collection::vec(any::<u8>(), 0..70)) {
            let mut together: Vec<u8> = chunks(&text).flatten().collect();
            prop_assert!(together.len() < text.len() + LEN && together[text.len()..].iter().all(|&it| it == 0));
            together.truncate(text.len());
            prop_assert_eq!(together, text);
        }
    }
}
