//! Whether a text may hold a secret at all: a few instructions for sixteen bytes, because nearly none does, and what says
//! yes has the text looked through at a hundred times the cost.
//!
//! | what is looked at | what cannot be without it |
//! |---|---|
//! | each `:`, `=` and `,` with what stands before it | what is assigned to a name that gives it away, tokens of bots, users in URLs |
//! | `bea`, `bas`, `ook`, `---`, `eyJ`, `%3A` | `Bearer`, `Basic`, webhooks, private keys, JSON Web Tokens, tokens of bots |
//! | runs of 16 bytes of which a token may be made, with the word around them | tokens, keys |
//! | runs of 13 digits, spaces and hyphens, with those around them | cards |

use super::{
    assignments, cards,
    chunk::{self, Masks},
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
        let mut found = Suspicion::default();
        let (mut words, mut numbers) = (0, 0);
        // behind the word that was looked at last: not once more for each of its parts
        let mut seen = 0;
        for (index, bytes) in chunk::chunks(text).enumerate() {
            let masks = Masks::of(&bytes);
            let start = index * chunk::LEN;
            // with those of the chunk before in the lower half: what is longer than a chunk lies within two, or over a whole one
            words = words >> chunk::LEN | u32::from(!masks.between) << chunk::LEN;
            numbers = numbers >> chunk::LEN | u32::from(masks.numbers) << chunk::LEN;
            let end = text.len().min(start + chunk::LEN);
            // one is enough: a long word that is a token would be looked through again and again
            if let Some(run) = chunk::run_of_16(words).filter(|_| !found.form) {
                found.form |= has_token(text, &mut seen, start + run - chunk::LEN, end);
            }
            if chunk::has_run_of_13(numbers) && !found.form {
                found.form |= has_card(text, start.saturating_sub(chunk::LEN), end);
            }
            chunk::each_bit(masks.rare, |at| found.form |= is_word(text, start + at));
            chunk::each_bit(masks.signs, |at| {
                let sign = start + at;
                found.sign = true;
                found.form |= text[sign] == b':' && is_of_form(text, sign);
                found.assignment |= may_assign(text, sign);
            });
        }
        found
    }
}

/// Whether one of the words stands around a place that secrets follow, are within or begin with.
fn is_word(text: &[u8], at: usize) -> bool {
    let (before, after) = (&text[..at], &text[at + 1..]);
    let follows = |rest: &[u8]| after.get(..rest.len()).is_some_and(|it| it.eq_ignore_ascii_case(rest));
    match text[at] {
        b'b' | b'B' => follows(b"ea") || follows(b"as"),
        b'k' | b'K' => before.last_chunk().is_some_and(|it: &[u8; 2]| it.eq_ignore_ascii_case(b"oo")),
        b'-' => after.starts_with(b"--"),
        b'J' => before.ends_with(b"ey"),
        // the colon in the token of a bot, as a URL may write it
        b'%' => follows(b"3a") && before.last().is_some_and(u8::is_ascii_digit),
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

/// Whether the colon at `sign` belongs to the token of a bot, or to a URL with a user.
fn is_of_form(text: &[u8], sign: usize) -> bool {
    let (before, after) = (&text[..sign], &text[sign + 1..]);
    if after.starts_with(b"//") {
        // no further than the host: a text may have very many of these
        let ends = |byte: u8| byte.is_ascii_whitespace() || b"/?#\"'<>\\".contains(&byte);
        return after[2..].iter().take_while(|&&byte| !ends(byte)).any(|&byte| byte == b'@');
    }
    if !before.last().is_some_and(u8::is_ascii_digit) || !after.first().is_some_and(|&byte| is_of_token(byte))
    {
        return false;
    }
    let token = after.iter().take(BOT_TOKEN).take_while(|&&byte| is_of_token(byte)).count();
    let digits = before.iter().rev().take_while(|byte| byte.is_ascii_digit()).count();
    token == BOT_TOKEN || before[..before.len() - digits].ends_with(b"/bot")
}

/// Whether what stands before a sign may give away what is assigned by it.
#[inline]
fn may_assign(text: &[u8], sign: usize) -> bool {
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
