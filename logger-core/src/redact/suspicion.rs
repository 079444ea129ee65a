//! Whether a text may hold a secret at all: some hundred instructions for thirty-two bytes, because nearly none does, and what says
//! yes has the text looked through at a hundred times the cost.
//!
//! | what is looked at | what cannot be without it |
//! |---|---|
//! | each `:`, `=` and `,` with pairs of letters that names have between it and the sign before, and then the name itself | what is assigned to a name that gives it away |
//! | `:` behind a digit or before a slash | tokens of bots, users in URLs |
//! | `bea`, `bas`, `ook`, `---`, `eyJ`, `%3A` behind a digit | `Bearer`, `Basic`, webhooks, private keys, JSON Web Tokens, tokens of bots |
//! | runs of 16 bytes of which a token may be made, with the word around them | tokens, keys |
//! | runs of 13 digits, spaces and hyphens, with those around them | cards |

use super::{
    assignments, cards,
    chunk::{self, LEN, Look, Masks},
    default_list, words,
};

/// Bytes that are looked at together for a sign alone.
const CHUNK: usize = 16;
/// The shortest token with a prefix that is known: `sk-` and 16 characters.
const PREFIXED: usize = 19;
/// The fewest characters of a token behind the number of a bot.
const BOT_TOKEN: usize = 35;

/// What a text may hold.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Suspicion {
    /// Something that is assigned to a name of the default list.
    pub(super) assignment: bool,
    /// Something that is a secret by its form.
    pub(super) form: bool,
    /// Whether anything is assigned in it, to whatever name.
    pub(super) sign: bool,
}

impl Suspicion {
    /// What a text may hold; everything from the first cause on that leaves no doubt.
    pub(super) fn of(text: &[u8]) -> Suspicion {
        let looked = chunk::each(text, Looked { text, ..Looked::default() });
        let found = looked.findings.found;
        Suspicion { sign: looked.signs != 0, ..found }
    }
}

/// A text that is looked at, chunk by chunk.
#[derive(Default)]
struct Looked<'t> {
    text: &'t [u8],
    findings: Findings,
    /// All signs, wherever they are.
    signs: u32,
    /// The masks of the chunk before.
    words: u32,
    numbers: u32,
    /// 1 where the last sign, or else the begin of the text, was followed by what may be of a name.
    is_named: u64,
}

#[derive(Default, Clone, Copy)]
struct Findings {
    found: Suspicion,
    /// Behind the word that was looked at last: not once more for each of its parts.
    seen: usize,
}

impl Look for Looked<'_> {
    #[inline(always)]
    fn at(&mut self, start: usize, masks: &Masks) {
        // what is longer than a chunk lies over its end: a part of the chunk before that is too short alone belongs to it
        let with_end = |before: u32, len: usize, now: u32| {
            u64::from(before & u32::MAX << (LEN + 1 - len)) | u64::from(now) << LEN
        };
        let words = chunk::runs_of_16(with_end(self.words, 16, masks.words));
        let numbers = chunk::runs_of_13(with_end(self.numbers, 13, masks.numbers));
        (self.words, self.numbers) = (masks.words, masks.numbers);
        self.signs |= masks.signs;
        // the carry of this sum goes from what may be of a name to the next sign: a name lies between two of them
        let named = u64::from(!masks.signs) + u64::from(masks.names & !masks.signs) + self.is_named;
        self.is_named = named >> LEN;
        let assigned = named as u32 & masks.signs;
        if words | numbers | u64::from(masks.forms | assigned) != 0 {
            let causes = Causes { start, words, numbers, forms: masks.forms, assigned };
            self.findings = causes.looked_at(self.text, self.findings);
        }
    }
}

/// What in a chunk has to be looked at.
struct Causes {
    start: usize,
    /// Where long words and long numbers begin, the first of them in the chunk before.
    words: u64,
    numbers: u64,
    forms: u32,
    assigned: u32,
}

impl Causes {
    // out of the way: what it needs would be kept in memory in the others' loop
    #[inline(never)]
    fn looked_at(&self, text: &[u8], mut findings: Findings) -> Findings {
        let Findings { found, seen } = &mut findings;
        let end = text.len().min(self.start + LEN);
        let begin = |runs: u64| self.start + runs.trailing_zeros() as usize - LEN;
        // one is enough: a long word that is a token would be looked through again and again
        found.form = found.form || self.words != 0 && has_token(text, seen, begin(self.words), end);
        found.form = found.form || self.numbers != 0 && has_card(text, begin(self.numbers), end);
        chunk::each_bit(self.forms, |at| found.form = found.form || is_of_form(text, self.start + at));
        chunk::each_bit(self.assigned, |at| {
            found.assignment = found.assignment || may_assign(text, self.start + at);
        });
        findings
    }
}

/// Whether a key may give a secret away by the default list. It may stand between quotes.
#[inline]
pub(super) fn may_name(key: &[u8]) -> bool {
    chunk::each(key, Hinted { len: key.len(), hints: 0 }).hints != 0
}

/// A key that is looked at for what may be of a name.
struct Hinted {
    len: usize,
    hints: u32,
}

impl Look for Hinted {
    #[inline(always)]
    fn at(&mut self, start: usize, masks: &Masks) {
        // in a key, whatever is no letter and no digit may stand between those of a name
        let within = u32::MAX >> (LEN - LEN.min(self.len - start));
        self.hints |= masks.names | masks.gaps & within | masks.escapes;
    }
}

/// Whether what ends at `end` is more than two bytes that look like a secret's.
fn is_of_form(text: &[u8], end: usize) -> bool {
    let (before, from) = (&text[..end - 1], &text[end - 1..]);
    let begins = |word: &[u8]| from.get(..word.len()).is_some_and(|it| it.eq_ignore_ascii_case(word));
    match from {
        [b'b' | b'B', ..] => begins(b"bea") || begins(b"bas"),
        [b'o' | b'O', ..] => before.last().is_some_and(|it| it.eq_ignore_ascii_case(&b'o')),
        [b'-', ..] => begins(b"---"),
        [b'y', ..] => before.ends_with(b"e"),
        // the colon in the token of a bot, as a URL may write it
        [b'%', ..] => begins(b"%3a") && before.last().is_some_and(u8::is_ascii_digit),
        [b':', ..] => has_user(&from[1..]),
        [b'0'..=b'9', ..] => is_bot_token(text, end),
        _ => false,
    }
}

/// Whether a `:` or `=` is among any bytes.
pub(crate) fn has_sign(bytes: &[u8]) -> bool {
    // without an early end within a chunk, so that its bytes are looked at together
    let is_sign = |found, &byte: &u8| found | (byte == b':') | (byte == b'=');
    let (chunks, rest) = bytes.as_chunks::<CHUNK>();
    let is_among = |chunk: &[u8; CHUNK]| chunk.iter().fold(false, is_sign);
    let has_rest = || match bytes.last_chunk() {
        Some(last) => is_among(last),
        None => rest.iter().fold(false, is_sign),
    };
    chunks.iter().any(is_among) || has_rest()
}

/// Whether a word that may be a token lies over a part of the text. `seen` is how far words were looked at before.
#[inline(never)]
fn has_token(text: &[u8], seen: &mut usize, from: usize, to: usize) -> bool {
    let mut at = from.max(*seen);
    while at < to {
        if is_of_token(text[at]) {
            let (start, end) = word_around(text, at);
            if end - start >= PREFIXED && is_token(&text[start..end]) {
                return true;
            }
            at = end;
        }
        at += 1;
    }
    *seen = at;
    false
}

/// Whether a number that may be of a card lies over a part of the text. It has at least 13 bytes, so that some are met.
#[cold]
fn has_card(text: &[u8], from: usize, to: usize) -> bool {
    let of_number = |at: &usize| matches!(text[*at], b'0'..=b'9' | b' ' | b'-');
    (from..to).step_by(6).filter(of_number).any(|at| cards::may_be_around(text, at))
}

fn word_around(text: &[u8], at: usize) -> (usize, usize) {
    let before = text[..at].iter().rev().take_while(|&&byte| is_of_token(byte)).count();
    let after = text[at..].iter().take_while(|&&byte| is_of_token(byte)).count();
    (at - before, at + after)
}

/// Bytes of tokens, and of the dots between their parts.
#[inline]
fn is_of_token(byte: u8) -> bool {
    TOKEN[usize::from(byte)]
}

/// A load is faster than the comparisons.
const TOKEN: [bool; 256] = {
    let mut is_of_token = [false; 256];
    let mut byte = 0_u8;
    while byte < 128 {
        is_of_token[byte as usize] = byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.');
        byte += 1;
    }
    is_of_token
};

/// Whether a token with a prefix that is known begins in a word, or all of it is a key.
#[cold]
fn is_token(word: &[u8]) -> bool {
    let has_key = || {
        let mut keys = word.split(|byte| !byte.is_ascii_alphanumeric());
        keys.any(|it| it.len() >= super::patterns::LONG_KEY_LEN)
    };
    super::patterns::has_prefix(word) || has_key()
}

/// Whether the URL goes on with a user; `rest` begins behind the colon of its scheme.
fn has_user(rest: &[u8]) -> bool {
    // no further than the host: a text may have very many of these
    let ends = |byte: u8| byte.is_ascii_whitespace() || b"/?#\"'<>\\".contains(&byte);
    let authority = rest.strip_prefix(b"//").unwrap_or_default();
    authority.iter().take_while(|&&byte| !ends(byte)).any(|&byte| byte == b'@')
}

/// Whether the colon at `sign` belongs to the token of a bot.
fn is_bot_token(text: &[u8], sign: usize) -> bool {
    let (before, after) = (&text[..sign], &text[sign + 1..]);
    let token = after.iter().take(BOT_TOKEN).take_while(|&&byte| is_of_token(byte)).count();
    let digits = before.iter().rev().take_while(|byte| byte.is_ascii_digit()).count();
    token == BOT_TOKEN || token > 0 && before[..before.len() - digits].ends_with(b"/bot")
}

/// Whether what stands before a sign may give away what is assigned by it.
#[inline]
fn may_assign(text: &[u8], sign: usize) -> bool {
    if text[sign..].starts_with(b"://") {
        return false;
    }
    let quoted = |byte: u8| matches!(byte, b'"' | b'\'' | b'`' | b'\\');
    let mut end = sign;
    while end > 0 && text[end - 1] == b' ' {
        end -= 1;
    }
    let unquoted = end;
    while end > 0 && quoted(text[end - 1]) {
        end -= 1;
    }
    if text[sign] == b',' && unquoted == end {
        return false;
    }
    let mut letters = 0;
    let mut at = end;
    while let Some(letter) = at.checked_sub(1).and_then(|before| words::of_name(text[before])) {
        letters |= letter;
        at -= 1;
    }
    // a name of two words: the first one stands behind a space
    if unquoted == end && at > 0 && at < end && text[at - 1] == b' ' {
        at -= 1;
        while let Some(letter) = at.checked_sub(1).and_then(|before| words::of_name(text[before])) {
            letters |= letter;
            at -= 1;
        }
    }
    // no name has less than three letters
    let more_than_two = |letters: u32| {
        let letters = letters & (letters.wrapping_sub(1));
        letters & letters.wrapping_sub(1) != 0
    };
    more_than_two(letters & words::LETTERS) && words::may_spell_default(letters) && assigns(text, sign)
}

/// The same by the default list itself.
#[cold]
fn assigns(text: &[u8], sign: usize) -> bool {
    // what is no text is none of ours
    std::str::from_utf8(text).is_ok_and(|text| assignments::assigned(default_list(), text, sign).is_some())
}
