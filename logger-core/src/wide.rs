//! Looks at the bytes of a text eight at a time.

const ONES: u64 = u64::from_ne_bytes([1; 8]);
const HIGHS: u64 = u64::from_ne_bytes([0x80; 8]);

/// The first and the last eight bytes of a text of at most sixteen, which are all of it; of a shorter one than eight all of
/// them, some maybe twice, and blanks.
#[inline]
pub(crate) fn ends(text: &[u8]) -> [u64; 2] {
    if let (Some(first), Some(last)) = (text.first_chunk(), text.last_chunk()) {
        return [u64::from_le_bytes(*first), u64::from_le_bytes(*last)];
    }
    if let (Some(first), Some(last)) = (text.first_chunk(), text.last_chunk()) {
        return [u64::from(u32::from_le_bytes(*first)) | u64::from(u32::from_le_bytes(*last)) << 32; 2];
    }
    [text.iter().take(3).fold(ONES * 0x20, |word, &byte| word << 8 | u64::from(byte)); 2]
}

/// Where `byte` stands in a word: the high bit of its place; of more than one place the higher ones may be missing or wrong.
#[inline]
pub(crate) const fn places_of(byte: u8, word: u64) -> u64 {
    // the high bit of a byte is set where the byte is zero, or where a borrow came from a byte below it that is zero
    let word = word ^ (ONES * byte as u64);
    word.wrapping_sub(ONES) & !word & HIGHS
}

/// Where a byte of a word is not printable ASCII, with the same limits.
#[inline]
pub(crate) const fn places_of_unprintable(word: u64) -> u64 {
    let controls = word.wrapping_sub(ONES * 0x20) & !word & HIGHS;
    controls | word & HIGHS | places_of(0x7f, word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_byte_of_a_short_text_is_in_its_ends_and_nothing_else_but_blanks() {
        for len in 0..=16 {
            let text: Vec<u8> = (0..len).map(|at| b'a' + at).collect();
            let bytes: Vec<u8> = ends(&text).into_iter().flat_map(u64::to_le_bytes).collect();
            assert!(text.iter().all(|it| bytes.contains(it)), "{len}");
            assert!(bytes.iter().all(|it| *it == b' ' || text.contains(it)), "{len}");
        }
    }

    #[test]
    fn the_first_place_of_a_byte_is_found_wherever_it_lies() {
        for at in 0..8 {
            let mut bytes = [b'a'; 8];
            bytes[at] = b'=';
            bytes[7] = b'=';
            let places = places_of(b'=', u64::from_le_bytes(bytes));
            assert_eq!(places.trailing_zeros() as usize / 8, at);
        }
        assert_eq!(places_of(b'=', u64::from_le_bytes(*b"<>abcdef")), 0);
    }

    #[test]
    fn what_is_not_printable_is_found_wherever_it_lies() {
        for byte in 0..=255_u8 {
            for at in 0..8 {
                let mut bytes = [b' '; 8];
                bytes[at] = byte;
                let is_found = places_of_unprintable(u64::from_le_bytes(bytes)) != 0;
                assert_eq!(is_found, !(0x20..0x7f).contains(&byte), "{byte:#x} at {at}");
            }
        }
    }
}
