//! Tells a record that was damaged in the memory that outlives the process from a whole one.

use super::HEADER;

/// Where it stands in a record.
pub(super) const AT: usize = 36;

/// Odd numbers with many bits set: a change of one bit of a sum changes many bits of its product.
const FACTORS: [u64; 4] =
    [0x9e37_79b9_7f4a_7c15, 0xc2b2_ae3d_27d4_eb4f, 0x1656_67b1_9e37_79f9, 0xd6e8_feb8_6659_fd93];

/// The checksum of a record, with or without one in it.
///
/// Every fourth word is summed up and each sum multiplied by a number of its own: a few nanoseconds, because no step waits
/// for the one before it. It finds each flipped bit, and pages that were lost or put elsewhere.
#[inline]
pub(crate) fn checksum(record: &[u8]) -> u32 {
    let mut sums = [0_u64; 4];
    let (fours, rest) = record.as_chunks::<32>();
    for four in fours {
        for (sum, word) in sums.iter_mut().zip(four.as_chunks::<8>().0) {
            *sum = sum.wrapping_add(u64::from_le_bytes(*word));
        }
    }
    for (sum, word) in sums.iter_mut().zip(rest.as_chunks::<8>().0) {
        *sum = sum.wrapping_add(u64::from_le_bytes(*word));
    }
    // the checksum itself, which is a part of the fifth word
    if let Some(own) = record.get(AT..HEADER).and_then(|it| it.first_chunk()) {
        sums[0] = sums[0].wrapping_sub(u64::from(u32::from_le_bytes(*own)) << 32);
    }
    let mixed = sums.iter().zip(FACTORS).map(|(sum, factor)| sum.wrapping_mul(factor));
    let mixed = mixed.fold(record.len() as u64, u64::wrapping_add);
    (mixed >> 32 ^ mixed) as u32
}

/// Whether a record is as its encoder left it.
pub(crate) fn is_whole(record: &[u8]) -> bool {
    record.get(AT..HEADER).is_some_and(|own| own == checksum(record).to_le_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_flipped_bit_is_found_wherever_it_lies() {
        for len in (HEADER..=HEADER + 64).step_by(8) {
            let mut record: Vec<u8> = (0..len).map(|at| (at * 37 % 251) as u8).collect();
            let own = checksum(&record).to_le_bytes();
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
        let own = checksum(&record).to_le_bytes();
        record[AT..HEADER].copy_from_slice(&own);
        let mut swapped = record.clone();
        swapped.copy_within(48..56, 56);
        swapped[48..56].copy_from_slice(&record[56..64]);
        let mut zeroed = record.clone();
        zeroed[4096..].fill(0);
        assert_eq!([&record, &swapped, &zeroed].map(|it| is_whole(it)), [true, false, false]);
    }
}
