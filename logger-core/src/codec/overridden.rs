//! Of fields with one key only the last one is left.

use super::decode::{Slot, Sources};

/// Whether the keys of `slots` differ from each other and from those in `seen`, as far as bits can tell: most records have
/// no key twice.
#[inline]
pub(super) fn all_differ(slots: &[Slot], sources: &Sources<'_>, mut seen: KeyBits) -> bool {
    slots.iter().all(|slot| seen.add(slot.field(sources).0))
}

/// A bit for each key: mostly another one for another key.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct KeyBits([u64; 8]);

impl KeyBits {
    /// Adds a key. Returns whether its bit is a new one.
    #[inline]
    pub(super) fn add(&mut self, key: &[u8]) -> bool {
        let word = match (key.first_chunk::<4>(), key.last_chunk::<4>()) {
            (Some(first), Some(last)) => {
                u64::from(u32::from_le_bytes(*first)) | u64::from(u32::from_le_bytes(*last)) << 32
            }
            _ => key.iter().fold(0, |word, &byte| word << 8 | u64::from(byte)),
        };
        let bit = ((word ^ key.len() as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 55) as usize;
        let place = &mut self.0[bit / 64];
        let is_new = *place & 1 << (bit % 64) == 0;
        *place |= 1 << (bit % 64);
        is_new
    }

    /// Whether none of the keys has a bit that one of the others has.
    #[inline]
    pub(super) fn differ_from(&self, others: &KeyBits) -> bool {
        // not as arrays that are compared: what was just stored would be read again in other widths
        self.0.iter().zip(&others.0).fold(0, |common, (own, other)| common | own & other) == 0
    }
}

/// Of fields with one key the last one stays, and stands where it stood. Returns whether any field went.
pub(super) fn drop_overridden(slots: &mut Vec<Slot>, sources: &Sources<'_>) -> bool {
    let before = slots.len();
    let mut at = 0;
    while at < slots.len() {
        let (len, (key, _)) = (slots[at].key_len, slots[at].field(sources));
        if slots[at + 1..].iter().any(|later| later.key_len == len && later.field(sources).0 == key) {
            slots.remove(at);
        } else {
            at += 1;
        }
    }
    slots.len() < before
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_that_comes_again_is_seen_whatever_its_length_and_others_mostly_are_told_apart() {
        let keys: Vec<String> = (0..40).map(|n| "key".repeat(n / 8) + &n.to_string()).collect();
        let mut bits = KeyBits::default();
        let new = keys.iter().filter(|key| bits.add(key.as_bytes())).count();
        assert!(new > 30, "{new} of 40");
        assert!(keys.iter().all(|key| !bits.add(key.as_bytes())));
        assert!(bits.add(b"") && !bits.add(b""));
    }
}
