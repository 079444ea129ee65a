//! Tells a record that was damaged in the memory that outlives the process from a whole one.

use std::ops::Range;

use super::{ALIGN, HEADER, flag};

/// Where it stands in a record.
pub(super) const AT: usize = 36;

/// An odd number and twice an odd one, both with many bits set: however often the second is added to the first, the sum is
/// odd.
const FACTORS: [u64; 2] = [0x9e37_79b9_7f4a_7c15, 0x1656_67b1_9e37_79f9 << 1];

/// The sum of a record's words, and the sum of all the sums on the way there.
///
/// A flipped bit changes the first by a power of two and the second by a multiple of that; words that changed places change
/// the second. Both are summed up while the words are written: what was just stored could not be read at once.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Sum {
    words: u64,
    sums: u64,
}

impl Sum {
    #[inline(always)]
    pub(crate) fn add(&mut self, word: u64) {
        self.words = self.words.wrapping_add(word);
        self.sums = self.sums.wrapping_add(self.words);
    }

    #[inline(always)]
    pub(super) fn add_words(&mut self, words: &[[u8; ALIGN]]) {
        // unrolled by hand: the compiler would prepare itself for many more than a record has
        let (fours, rest) = words.as_chunks::<4>();
        for four in fours {
            four.iter().for_each(|word| self.add(u64::from_le_bytes(*word)));
        }
        for index in 0..3 {
            if let Some(word) = rest.get(index) {
                self.add(u64::from_le_bytes(*word));
            }
        }
    }

    /// Adds the words of the header, without a checksum in it, which come last.
    #[inline(always)]
    pub(super) fn add_header(&mut self, header: &[u64; HEADER / ALIGN]) {
        for word in header {
            self.add(*word);
        }
    }

    /// What stands in the record.
    #[inline(always)]
    pub(crate) fn checksum(self) -> u32 {
        let mixed = self.words.wrapping_mul(FACTORS[0]).wrapping_add(self.sums.wrapping_mul(FACTORS[1]));
        (mixed >> 32 ^ mixed) as u32
    }
}

/// The checksum of a record: of what stands behind its header, of the tags of its fields where they stand apart, and of the
/// words of the header, without a checksum in it.
#[inline]
pub(super) fn checksum(header: &[u64; HEADER / ALIGN], rest: &[u8]) -> u32 {
    let mut sum = Sum::default();
    let [_, _, flags, _] = ((header[0] >> 32) as u32).to_le_bytes();
    let tags =
        if flags & flag::SITE_KEYS == 0 { 0 } else { usize::from(header[3] as u16).div_ceil(ALIGN) * ALIGN };
    let (tags, values) = rest.split_at(tags.min(rest.len()));
    sum.add_words(values.as_chunks().0);
    sum.add_words(tags.as_chunks().0);
    sum.add_header(header);
    sum.checksum()
}

/// The checksum of bytes that begin with a header.
pub(super) fn of_bytes(record: &[u8]) -> Option<u32> {
    let (header, rest) = record.split_first_chunk::<HEADER>()?;
    let mut words = [0; HEADER / 8];
    for (word, bytes) in words.iter_mut().zip(header.as_chunks::<8>().0) {
        *word = u64::from_le_bytes(*bytes);
    }
    words[4] &= u64::from(u32::MAX);
    Some(checksum(&words, rest))
}

/// Overwrites texts of a record, which stays whole.
pub(crate) fn overwrite(record: &mut [u8], texts: &[Range<usize>]) {
    for text in texts {
        if let Some(bytes) = record.get_mut(text.clone()) {
            bytes.fill(b'*');
        }
    }
    renew(record);
}

/// Makes a record whole again that was changed on purpose.
pub(super) fn renew(record: &mut [u8]) {
    if let Some(sum) = of_bytes(record) {
        record[AT..HEADER].copy_from_slice(&sum.to_le_bytes());
    }
}

/// Whether a record is as its encoder left it.
pub(crate) fn is_whole(record: &[u8]) -> bool {
    of_bytes(record).is_some_and(|sum| record[AT..HEADER] == sum.to_le_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_flipped_bit_is_found_wherever_it_lies() {
        for len in (HEADER..=HEADER + 64).step_by(8) {
            let mut record: Vec<u8> = (0..len).map(|at| (at * 37 % 251) as u8).collect();
            let own = of_bytes(&record).unwrap().to_le_bytes();
            record[AT..HEADER].copy_from_slice(&own);
            assert!(is_whole(&record));
            for bit in 0..len * 8 {
                record[bit / 8] ^= 1 << (bit % 8);
                assert!(!is_whole(&record), "bit {bit} of {len} bytes");
                record[bit / 8] ^= 1 << (bit % 8);
            }
        }
    }

    #[test]
    fn words_that_change_places_and_lost_pages_are_found() {
        let mut record: Vec<u8> = (0..8192).map(|at| (at * 31 % 255) as u8 + 1).collect();
        let own = of_bytes(&record).unwrap().to_le_bytes();
        record[AT..HEADER].copy_from_slice(&own);
        let mut swapped = record.clone();
        swapped.copy_within(48..56, 56);
        swapped[48..56].copy_from_slice(&record[56..64]);
        let mut zeroed = record.clone();
        zeroed[4096..].fill(0);
        assert_eq!([&record, &swapped, &zeroed].map(|it| is_whole(it)), [true, false, false]);
    }
}
