//! Whether a text may hold a secret at all: a few instructions for sixteen bytes, because nearly none does, and what says
//! yes has the text looked through at a hundred times the cost.
//!
//! | what is looked at | what cannot be without it |
//! |---|---|
//! | each `:`, `=` and `,` with what stands before it | what is assigned to a name that gives it away, tokens of bots, users in URLs |
//! | `ea`, `ba`, `ho`, `--` | `Bearer`, `Basic`, webhooks, private keys |
//! | every 13th byte with the word or the digits around it | tokens, keys, cards |

use super::{assignments, cards, default_list, words};

/// Bytes that are looked at together.
const CHUNK: usize = 16;
/// A word that is a token by itself is at least this long; a number of a card is too.
const STRIDE: usize = 13;
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
        let form = has_words(text) || has_token(text) || has_encoded_token(text);
        let mut found = Suspicion { form, ..Suspicion::default() };
        each_sign(text, |sign| {
            found.sign = true;
            found.form |= text[sign] == b':' && is_of_form(text, sign);
            found.assignment |= may_assign(text, sign);
        });
        found
    }
}

/// Calls `body` with the place of each `:`, `=` and `,`; looks at 8 bytes at a time.
#[inline(always)]
fn each_sign(text: &[u8], mut body: impl FnMut(usize)) {
    const ONES: u64 = u64::from_ne_bytes([1; 8]);
    // the high bit of a byte is set where the byte is `of`, and maybe where a borrow came from such a byte below it
    let marks = |word: u64, of: u8| {
        let zero = word ^ (ONES * u64::from(of));
        zero.wrapping_sub(ONES) & !zero
    };
    let (words, rest) = text.as_chunks::<8>();
    let mut last = [0; 8];
    last[..rest.len()].copy_from_slice(rest);
    for (index, bytes) in words.iter().chain([&last]).enumerate() {
        let word = u64::from_le_bytes(*bytes);
        let mut found = (marks(word, b':') | marks(word, b'=') | marks(word, b',')) & (ONES << 7);
        while found != 0 {
            let at = (found.trailing_zeros() / 8) as usize;
            found &= found - 1;
            if matches!(bytes[at], b':' | b'=' | b',') {
                body(index * 8 + at);
            }
        }
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

/// Whether one of the words stands there that secrets follow or are within, in any case.
fn has_words(text: &[u8]) -> bool {
    let is_mark = |three: &[u8]| {
        let lower = [three[0] | 0x20, three[1] | 0x20, three[2] | 0x20];
        matches!(&lower, b"rer" | b"sic" | b"hoo") || three == b"---"
    };
    has_pair(text) && text.windows(3).any(is_mark)
}

/// Whether two bytes of these words follow each other.
fn has_pair(text: &[u8]) -> bool {
    let mut found = [false; CHUNK];
    let mut look = |window: &[u8; CHUNK + 1]| {
        // without an early end, so that all pairs are looked at together
        for at in 0..CHUNK {
            let (a, b) = (window[at], window[at + 1]);
            let (first, second) = (a | 0x20, b | 0x20);
            found[at] |= ((first == b'e') | (first == b'b')) & (second == b'a')
                | (first == b'h') & (second == b'o')
                | (a == b'-') & (b == b'-');
        }
    };
    match text.last_chunk::<{ CHUNK + 1 }>() {
        Some(last) => {
            let mut at = 0;
            while let Some(window) = text[at..].first_chunk() {
                look(window);
                at += CHUNK;
            }
            look(last);
        }
        None => {
            let mut padded = [b' '; CHUNK + 1];
            padded[..text.len()].copy_from_slice(text);
            look(&padded);
        }
    }
    found.iter().fold(false, |any, &it| any | it)
}

/// Whether the colon in the token of a bot may stand there as a URL may write it.
fn has_encoded_token(text: &[u8]) -> bool {
    memchr::memchr_iter(b'%', text).any(|at| {
        let is_colon = text[at + 1..].get(..2).is_some_and(|it| it.eq_ignore_ascii_case(b"3a"));
        is_colon && text[..at].last().is_some_and(u8::is_ascii_digit)
    })
}

/// Whether a word that may be a token, or a number that may be of a card, lies in the text.
fn has_token(text: &[u8]) -> bool {
    let mut at = STRIDE - 1;
    while let Some(&byte) = text.get(at) {
        if matches!(byte, b'0'..=b'9' | b' ' | b'-') && cards::may_be_around(text, at) {
            return true;
        }
        at = match is_of_token(byte) {
            false => at + STRIDE,
            true => match word_around(text, at) {
                (start, end) if end - start >= STRIDE && is_token(&text[start..end]) => return true,
                // not once more for the same word; a number of a card begins with a word
                (_, end) => end.max(at + STRIDE),
            },
        };
    }
    false
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

/// Whether a JSON Web Token begins in a word, or a token with a prefix that is known, or all of it is a key.
#[cold]
fn is_token(word: &[u8]) -> bool {
    if memchr::memchr_iter(b'J', word).any(|at| word[..at].ends_with(b"ey")) {
        return true;
    }
    let has_key = || {
        let mut keys = word.split(|byte| !byte.is_ascii_alphanumeric());
        keys.any(|it| it.len() >= super::patterns::LONG_KEY_LEN)
    };
    word.len() >= PREFIXED && super::patterns::has_prefix(word) || has_key()
}

/// Whether the colon at `sign` belongs to the token of a bot, or to a URL with a user.
fn is_of_form(text: &[u8], sign: usize) -> bool {
    let (before, after) = (&text[..sign], &text[sign + 1..]);
    if after.starts_with(b"//") {
        return memchr::memchr(b'@', after).is_some();
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
    words::may_spell_default(letters) && assigns(text, sign)
}

/// The same by the default list itself.
#[cold]
fn assigns(text: &[u8], sign: usize) -> bool {
    // what is no text is none of ours
    std::str::from_utf8(text).is_ok_and(|text| assignments::assigned(default_list(), text, sign).is_some())
}
