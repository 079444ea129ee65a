//! Bound context: encoded once, and after a few records written once into the dictionary of the run, so that the records
//! after that refer to it by number.
//!
//! | bytes of the entry | what |
//! |---|---|
//! | 0..4 | size of the whole entry, a multiple of 8 |
//! | 4..8 | bytes of the fields |
//! | 8..12 | number of fields |
//! | 12..18 | zero |
//! | 18 | [`kind`] |
//! | 19..36 | zero |
//! | 36..40 | [`checksum`] |
//! | 40.. | the fields as in a record, padding |

use std::sync::{
    Arc, OnceLock,
    atomic::{AtomicU32, Ordering},
};

use slog::OwnedKVList;

use super::{
    ALIGN, HEADER,
    checksum::{self, is_whole},
    decode::{Reader, Slot, Sources},
    dictionary::Dictionary,
    fields::Fields,
    overridden::KeyBits,
    site::{KIND_AT, kind},
};
use crate::raw::same::is_same;

/// What a logger is bound to, with its number in the dictionary of the pipeline that the logger belongs to.
#[derive(Debug)]
pub(crate) struct Bound {
    pub(crate) fields: Fields,
    /// Below [`Bound::REFUSED`]: how many records had it so far.
    state: AtomicU32,
    /// What slog itself has bound to the logger that was made with it: nothing.
    empty: OnceLock<OwnedKVList>,
}

impl Bound {
    const NUMBERED: u32 = 1 << 31;
    const REFUSED: u32 = 1 << 30;
    /// So many records repeat the fields before they get a number: a logger that is bound to one order and dropped is not
    /// to fill the dictionary.
    const REPEATED: u32 = 16;

    pub(crate) fn new(fields: Fields) -> Self {
        // what was cut is said in each record
        let state = if fields.cut == 0 && fields.count > 0 { 0 } else { Self::REFUSED };
        Bound { fields, state: AtomicU32::new(state), empty: OnceLock::new() }
    }

    /// The same fields, for another logger.
    pub(crate) fn again(&self) -> Self {
        let state = AtomicU32::new(self.state.load(Ordering::Acquire));
        Bound { fields: self.fields.clone(), state, empty: OnceLock::new() }
    }

    /// Says which list the logger has that was made with it; slog has bound nothing there.
    pub(crate) fn made_with(&self, empty: &OwnedKVList) {
        let _ = self.empty.set(empty.clone());
    }

    /// Whether `list` is known to be empty.
    #[inline]
    pub(crate) fn is_empty(&self, list: &OwnedKVList) -> bool {
        self.empty.get().is_some_and(|empty| is_same(list, empty))
    }

    /// Its number, once it has one.
    #[inline]
    pub(crate) fn number(&self, dictionary: &Dictionary) -> Option<u16> {
        let state = self.state.load(Ordering::Acquire);
        match state {
            Self::REFUSED => None,
            Self::NUMBERED.. => Some(state as u16),
            _ => self.ask(state, dictionary),
        }
    }

    #[inline(never)]
    fn ask(&self, state: u32, dictionary: &Dictionary) -> Option<u16> {
        // threads that log at the same moment may count as one
        let number = if state < Self::REPEATED { None } else { dictionary.context(&self.fields) };
        let next = match number {
            Some(number) => Self::NUMBERED | u32::from(number),
            None if state < Self::REPEATED => state + 1,
            None => Self::REFUSED,
        };
        self.state.store(next, Ordering::Release);
        number
    }
}

/// The entry of fields in a dictionary.
pub(super) fn entry(fields: &Fields) -> Option<Vec<u8>> {
    let mut entry = vec![0; HEADER];
    entry[4..8].copy_from_slice(&u32::try_from(fields.bytes.len()).ok()?.to_le_bytes());
    entry[8..12].copy_from_slice(&u32::try_from(fields.count).ok()?.to_le_bytes());
    entry[KIND_AT] = kind::CONTEXT;
    entry.extend_from_slice(&fields.bytes);
    entry.resize(entry.len().next_multiple_of(ALIGN), 0);
    let size = u32::try_from(entry.len()).ok()?;
    entry[0..4].copy_from_slice(&size.to_le_bytes());
    checksum::renew(&mut entry);
    Some(entry)
}

/// A bound context as a record is read with it.
#[derive(Debug)]
pub(crate) struct BoundContext {
    bytes: Box<[u8]>,
    slots: Box<[Slot]>,
    /// What tells whether another field has one of the keys; `None` where two of them could be the same.
    key_bits: Option<KeyBits>,
    /// The fields as the JSON format writes them, made when they are first asked for.
    formatted: OnceLock<Box<[u8]>>,
}

impl BoundContext {
    /// The context whose entry `entry` is; `None` where it is damaged.
    pub(crate) fn read(entry: &[u8]) -> Option<Arc<BoundContext>> {
        if !is_whole(entry) || entry[KIND_AT] != kind::CONTEXT {
            return None;
        }
        let u32_at = |at: usize| entry[at..].first_chunk().copied().map(u32::from_le_bytes);
        let bytes = entry[HEADER..].get(..u32_at(4)? as usize)?;
        let mut reader = Reader::new(bytes);
        let mut slots = Vec::new();
        for _ in 0..u32_at(8)? {
            slots.push(reader.field().ok()?.in_context());
        }
        let sources = Sources { context: bytes, ..Sources::default() };
        let mut bits = KeyBits::default();
        let differ = slots.iter().all(|slot| bits.add(slot.field(&sources).0));
        let (bytes, slots, key_bits) = (bytes.into(), slots.into(), differ.then_some(bits));
        Some(Arc::new(BoundContext { bytes, slots, key_bits, formatted: OnceLock::new() }))
    }

    pub(super) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    pub(super) fn slots(&self) -> &[Slot] {
        &self.slots
    }

    pub(super) fn key_bits(&self) -> Option<&KeyBits> {
        self.key_bits.as_ref()
    }

    /// All of its fields as `format` writes them.
    #[inline]
    pub(crate) fn formatted(&self, format: impl FnOnce() -> Box<[u8]>) -> &[u8] {
        self.formatted.get_or_init(format)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{codec::fields::encode_field, raw::append::Appendix, raw::memory::Region, value::Value};

    fn fields() -> Fields {
        let mut fields = Fields::empty();
        encode_field(&mut fields, "expert_name", Value::Str("MyEmaBot"));
        encode_field(&mut fields, "lots", Value::F64(0.1));
        fields
    }

    #[test]
    fn a_context_reads_back_as_it_was_bound_and_a_damaged_one_not_at_all() {
        let entry = entry(&fields()).unwrap();
        let context = BoundContext::read(&entry).unwrap();
        let sources = Sources { context: context.bytes(), ..Sources::default() };
        let read: Vec<_> = context.slots().iter().map(|slot| slot.field(&sources)).collect();
        assert_eq!(read[0].0, b"expert_name");
        assert_eq!((read[1].0, read[1].1.get()), (&b"lots"[..], Value::F64(0.1)));
        assert_eq!(read.len(), 2);
        for bit in 0..entry.len() * 8 {
            let mut damaged = entry.clone();
            damaged[bit / 8] ^= 1 << (bit % 8);
            assert!(BoundContext::read(&damaged).is_none(), "bit {bit}");
        }
    }

    #[test]
    fn a_context_gets_a_number_when_records_repeat_it_and_equal_ones_get_the_same() {
        let dictionary = Dictionary::new(Appendix::new(Region::heap(0, 4096)));
        let bound = Bound::new(fields());
        let asked: Vec<_> = (0..20).map(|_| bound.number(&dictionary)).collect();
        assert_eq!(asked[..16], [None; 16]);
        assert_eq!(asked[16..], [Some(1); 4]);
        let same = Bound::new(fields());
        assert_eq!((0..20).filter_map(|_| same.number(&dictionary)).last(), Some(1));
    }

    #[test]
    fn a_context_for_which_the_dictionary_has_no_room_stays_in_its_records() {
        let dictionary = Dictionary::new(Appendix::new(Region::heap(0, 64)));
        let bound = Bound::new(fields());
        assert!((0..40).all(|_| bound.number(&dictionary).is_none()));
    }
}
