//! Finds the characters that may not stand in a line as they are.
//!
//! Besides the control characters these are the ones that move the cursor, turn the direction of text, end a line for
//! Unicode's rules, or cannot be seen: U+0080–9F, U+061C, U+200B–200F, U+2028–202E, U+2060–2069, U+FEFF.

use crate::wide;

/// Appends `bytes`, which are UTF-8, to `out`; each character that may not stand as it is goes through `special`.
///
/// A quote and a backslash count as special: a format that lets them stand appends them itself.
#[inline]
pub(super) fn escape(bytes: &[u8], out: &mut Vec<u8>, special: impl Fn(u32, &mut Vec<u8>)) {
    let mut rest = bytes;
    loop {
        let plain = plain_prefix(rest);
        out.extend_from_slice(&rest[..plain]);
        rest = &rest[plain..];
        let Some((char, len)) = first(rest) else { return };
        if is_special(char) {
            special(char, out);
        } else {
            out.extend_from_slice(&rest[..len]);
        }
        rest = &rest[len..];
    }
}

/// Whether all bytes are printable ASCII and neither a quote nor a backslash; looks at 16 bytes at a time.
#[inline]
pub(super) fn is_plain_text(bytes: &[u8]) -> bool {
    let (chunks, rest) = bytes.as_chunks::<16>();
    // without an early end, so that the bytes of a chunk are looked at together
    let plain = |chunk: &[u8; 16]| chunk.iter().fold(true, |plain, &byte| plain & is_plain(byte));
    if !chunks.iter().all(plain) {
        return false;
    }
    // the rest once more with the bytes before it
    match bytes.last_chunk::<16>() {
        Some(last) => rest.is_empty() || plain(last),
        None => {
            let [first, last] = wide::ends(rest);
            special_places(first) | special_places(last) == 0
        }
    }
}

/// The same of the first `len` of these bytes, without a branch that depends on `len`.
#[inline(always)]
pub(super) fn begins_plain(bytes: &[u8; 16], len: usize) -> bool {
    let [first, last] = wide::ends(bytes).map(special_places);
    let special = u128::from(first) | u128::from(last) << 64;
    // those behind are shifted out
    let behind = 8 * (16 - len.min(16)) as u32;
    special.checked_shl(behind).unwrap_or(0) == 0
}

/// How many bytes from the start are printable ASCII and neither a quote nor a backslash; looks at 8 bytes at a time.
#[inline]
fn plain_prefix(bytes: &[u8]) -> usize {
    let mut at = 0;
    while let Some(chunk) = bytes.get(at..).and_then(|rest| rest.first_chunk::<8>()) {
        let word = u64::from_le_bytes(*chunk);
        let found = special_places(word);
        if found != 0 {
            return at + (found.trailing_zeros() / 8) as usize;
        }
        at += 8;
    }
    let tail = &bytes[at..];
    at + tail.iter().position(|&byte| !is_plain(byte)).unwrap_or(tail.len())
}

/// Where a word has a byte that is not plain: the high bit of its place; those above the first may be wrong.
#[inline]
const fn special_places(word: u64) -> u64 {
    wide::places_of_unprintable(word) | wide::places_of(b'"', word) | wide::places_of(b'\\', word)
}

#[inline]
const fn is_plain(byte: u8) -> bool {
    // no branches, for those who ask for many bytes at a time
    (byte.wrapping_sub(0x20) < 0x5f) & (byte != b'"') & (byte != b'\\')
}

/// The first character and its length; damaged UTF-8 counts as characters of one byte.
fn first(bytes: &[u8]) -> Option<(u32, usize)> {
    let &lead = bytes.first()?;
    let len = match lead {
        0..=0x7f => return Some((u32::from(lead), 1)),
        0xc2..=0xdf => 2,
        0xe0..=0xef => 3,
        0xf0..=0xf4 => 4,
        _ => 1,
    };
    let char = bytes.get(..len).and_then(|it| std::str::from_utf8(it).ok()).and_then(|it| it.chars().next());
    Some(char.map_or((DAMAGED, 1), |char| (u32::from(char), len)))
}

/// Stands for a byte that is no part of a character: U+FFFD, the replacement character.
const DAMAGED: u32 = 0xfffd;

const fn is_special(char: u32) -> bool {
    matches!(
        char,
        0..=0x1f | 0x22 | 0x5c | 0x7f..=0x9f | 0x61c | 0x200b..=0x200f | 0x2028..=0x202e | 0x2060..=0x2069 | 0xfeff | DAMAGED
    )
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_special_byte_is_seen_wherever_it_lies() {
        for len in 0..50 {
            let mut bytes = vec![b'a'; len];
            assert!(is_plain_text(&bytes));
            for at in 0..len {
                for special in [0, 0x1f, b'"', b'\\', 0x7f, 0x80, 0xff] {
                    bytes[at] = special;
                    assert!(!is_plain_text(&bytes), "{special:#x} at {at} of {len}");
                }
                bytes[at] = b'~';
            }
        }
    }

    #[test]
    fn a_plain_prefix_ends_at_the_first_special_byte_wherever_it_lies() {
        for special in (0_u8..=255).filter(|&byte| !is_plain(byte)) {
            for at in 0..20 {
                let mut bytes = [b'a'; 20];
                bytes[at] = special;
                assert_eq!(plain_prefix(&bytes), at, "byte {special:#x}");
            }
        }
        for plain in (0_u8..=255).filter(|&byte| is_plain(byte)) {
            assert_eq!(plain_prefix(&[plain; 21]), 21, "byte {plain:#x}");
        }
    }

    proptest! {
        #[test]
        fn every_character_is_either_copied_or_given_to_special_in_order(text in ".*") {
            let mut out = Vec::new();
            escape(text.as_bytes(), &mut out, |char, out| {
                out.extend_from_slice(char::from_u32(char).unwrap().to_string().as_bytes());
            });
            prop_assert_eq!(String::from_utf8(out).unwrap(), text);
        }
    }
}
