//! Whether a text may hold a secret at all: a few instructions for sixteen bytes, because nearly none does.
//!
//! Everything that the masking finds has one of these marks: a `:`, `=` or `"` (assignments, headers, URLs, pairs), the
//! letters of `Bearer`, the line of a PEM block, many digits close together (cards), or a long word in which capital and small letters are mixed
//! (tokens, keys).

/// Bytes that are looked at together.
const CHUNK: usize = 16;
/// Digits of a chunk from which on a number of a card may lie there.
const CARD_DIGITS: u32 = 7;

/// Whether a text may hold a secret.
pub(crate) fn is_suspect(text: &[u8]) -> bool {
    let (chunks, _) = text.as_chunks::<CHUNK>();
    if chunks.iter().any(is_suspect_chunk) {
        return true;
    }
    let ends = match text.last_chunk::<CHUNK>() {
        Some(last) => is_suspect_chunk(last),
        None => {
            let mut padded = [b' '; CHUNK];
            padded[..text.len()].copy_from_slice(text);
            is_suspect_chunk(&padded)
        }
    };
    ends || has_word(text)
}

/// The same for a text of at most [`super::UNCHECKED`] bytes, in which only an assignment or a URL has room.
#[inline]
pub(crate) fn is_suspect_short(text: &[u8]) -> bool {
    text.iter().fold(false, |found, &byte| found | (byte == b':') | (byte == b'='))
}

#[inline]
fn is_suspect_chunk(chunk: &[u8; CHUNK]) -> bool {
    // without an early end, so that all bytes are looked at together
    let mut marks = false;
    let mut spaces = false;
    let mut digits = 0;
    for &byte in chunk {
        marks |= (byte == b':') | (byte == b'=') | (byte == b'"');
        spaces |= byte == b' ';
        digits += byte.wrapping_sub(b'0').lt(&10) as u8;
    }
    marks || u32::from(digits) >= CARD_DIGITS || !spaces && is_random(chunk)
}

/// Whether capital and small letters are mixed in what looks like the middle of a token.
#[cold]
fn is_random(chunk: &[u8; CHUNK]) -> bool {
    let is_token = |byte: &u8| byte.is_ascii_alphanumeric() || b"-_.+/=%~".contains(byte);
    chunk.iter().any(u8::is_ascii_uppercase)
        && chunk.iter().any(u8::is_ascii_lowercase)
        && chunk.iter().all(is_token)
}

/// Whether three letters of `Bearer` stand there, in any case, or the line that begins a PEM block.
fn has_word(text: &[u8]) -> bool {
    let lower = |byte: u8| byte | 0x20;
    let (second, third) = (text.iter().skip(1), text.iter().skip(2));
    text.iter().zip(second).zip(third).fold(false, |found, ((&a, &b), &c)| {
        let bearer = (lower(a) == b'r') & (lower(b) == b'e') & (lower(c) == b'r');
        let pem = (a == b'-') & (b == b'-') & (c == b'-');
        found | bearer | pem
    })
}
