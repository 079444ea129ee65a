//! Tells a record that was damaged in the memory that outlives the process from a whole one.

use super::HEADER;

/// Where it stands in a record.
pub(super) const AT: usize = 36;

/// Odd numbers with many bits set: a change of one bit of a sum changes many bits of its product. The exclusive or of two
/// of them is even, which is fine for a word whose upper half is zero.
const FACTORS: [u64; 4] =
    [0x9e37_79b9_7f4a_7c15, 0xc2b2_ae3d_27d4_eb4f, 0x1656_67b1_9e37_79f9, 0xd6e8_feb8_6659_fd93];

/// The checksum of a record: of the words of its header, without a checksum in it, and of the bytes behind that.
///
/// Every fourth word is summed up and each sum multiplied by a number of its own: a few nanoseconds, because no step waits
/// for the one before it. It finds each flipped bit, and pages that were lost or put elsewhere. The header comes as words,
/// because what was just stored in other pieces could not be read for a while.
#[inline]
pub(crate) fn checksum(header: &[u64; HEADER / 8], rest: &[u8]) -> u32 {
    let mut sums = [header[0], header[1], header[2], header[3]];
    let (fours, tail) = rest.as_chunks::<32>();
    for four in fours {
        for (sum, word) in sums.iter_mut().zip(four.as_chunks::<8>().0) {
            *sum = sum.wrapping_add(u64::from_le_bytes(*word));
        }
    }
    for (sum, word) in sums.iter_mut().zip(tail.as_chunks::<8>().0) {
        *sum = sum.wrapping_add(u64::from_le_bytes(*word));
    }
    let mixed = sums.iter().zip(FACTORS).map(|(sum, factor)| sum.wrapping_mul(factor));
    let mixed = mixed.fold(header[4].wrapping_mul(FACTORS[0] ^ FACTORS[1]), u64::wrapping_add);
    (mixed >> 32 ^ mixed) as u32
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
