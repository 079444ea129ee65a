//! What all records of one call site have in common: written once into the dictionary of the run, and referred to by number.
//!
//! | bytes | what |
//! |---|---|
//! | 0..4 | size of the whole entry, a multiple of 8 |
//! | 4..8 | line in the source |
//! | 8..10, 10..12 | lengths of file and module |
//! | 12..16 | length of the event; all ones: each record has its own |
//! | 16..18 | number of keys |
//! | 18 | [`kind`] of the entry |
//! | 19..36 | zero |
//! | 36..40 | [`checksum`] |
//! | 40.. | for each key a byte of length and the key; file, module, event, padding |

use std::{
    ops::Range,
    sync::{Arc, OnceLock},
};

use super::{
    ALIGN, HEADER,
    checksum::{self, is_whole},
    decode::{Key, Slot, Sources},
    limit,
    overridden::KeyBits,
    place::Place,
    write::cut_at_char,
};
use crate::format::formatted_key;

/// Where an entry of a dictionary says what it is.
pub(super) const KIND_AT: usize = 18;

/// What an entry of a dictionary is.
pub(super) mod kind {
    /// A call site.
    pub(in crate::codec) const SITE: u8 = 0;
    /// A bound context.
    pub(in crate::codec) const CONTEXT: u8 = 1;
}

const NO_EVENT: u32 = u32::MAX;

/// What is known of a call site.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Definition<'a> {
    pub(crate) place: Place<'a>,
    /// `None` where each record has an event of its own.
    pub(crate) event: Option<&'a str>,
    /// Empty where each record has keys of its own.
    pub(crate) keys: &'a [&'a str],
}

impl Definition<'_> {
    /// The entry; `None` where it does not keep to the limits, so that its records have to say everything themselves.
    pub(crate) fn entry(&self) -> Option<Vec<u8>> {
        let Place { file, module, line } = self.place;
        let (file, module) = (cut_at_char(file, limit::PLACE), cut_at_char(module, limit::PLACE));
        let event = self.event.unwrap_or_default();
        if event.len() > limit::PLACE
            || self.keys.len() > limit::FIELDS
            || self.keys.iter().any(|key| key.len() > limit::KEY)
        {
            return None;
        }
        let mut entry = vec![0; HEADER];
        entry[4..8].copy_from_slice(&line.to_le_bytes());
        entry[8..10].copy_from_slice(&(file.len() as u16).to_le_bytes());
        entry[10..12].copy_from_slice(&(module.len() as u16).to_le_bytes());
        entry[12..16].copy_from_slice(&self.event.map_or(NO_EVENT, |it| it.len() as u32).to_le_bytes());
        entry[16..18].copy_from_slice(&(self.keys.len() as u16).to_le_bytes());
        for key in self.keys {
            entry.push(key.len() as u8);
            entry.extend_from_slice(key.as_bytes());
        }
        for text in [file, module, event] {
            entry.extend_from_slice(text.as_bytes());
        }
        entry.resize(entry.len().next_multiple_of(ALIGN), 0);
        let size = entry.len() as u32;
        entry[0..4].copy_from_slice(&size.to_le_bytes());
        let sum = checksum::of_bytes(&entry)?;
        entry[checksum::AT..HEADER].copy_from_slice(&sum.to_le_bytes());
        Some(entry)
    }
}

/// A call site as a record is read with it.
#[derive(Debug)]
pub(crate) struct Site {
    bytes: Box<[u8]>,
    line: u32,
    /// Its keys, as fields of a record without their values.
    slots: Box<[Slot]>,
    file: Range<u32>,
    module: Range<u32>,
    event: Option<Range<u32>>,
    /// What tells whether another field has one of the keys; `None` where two of them could be the same.
    key_bits: Option<KeyBits>,
    /// The keys as the JSON format writes them, made when they are first asked for.
    formatted: OnceLock<Box<[Padded]>>,
}

impl Site {
    /// The size of the entry that begins `bytes`; `None` where none can begin there.
    pub(super) fn size(bytes: &[u8]) -> Option<usize> {
        let size = u32::from_le_bytes(*bytes.first_chunk()?) as usize;
        (size >= HEADER && size <= bytes.len() && size.is_multiple_of(ALIGN)).then_some(size)
    }

    /// The site whose entry begins `bytes`; `None` where it is damaged.
    pub(crate) fn read(bytes: &[u8]) -> Option<Arc<Site>> {
        let entry = &bytes[..Site::size(bytes)?];
        if !is_whole(entry) || entry[KIND_AT] != kind::SITE {
            return None;
        }
        let u16_at = |at: usize| u32::from(u16::from_le_bytes([entry[at], entry[at + 1]]));
        let event_len = u32::from_le_bytes(*entry[12..16].first_chunk()?);
        let mut at = HEADER as u32;
        let mut next = |len: u32| {
            let start = at;
            at = at.checked_add(len)?;
            entry.get(start as usize..at as usize)?;
            Some(start..at)
        };
        let mut keys = Vec::new();
        for _ in 0..u16_at(16) {
            let len = next(1)?;
            keys.push(next(u32::from(entry[len.start as usize]))?);
        }
        let (file, module) = (next(u16_at(8))?, next(u16_at(10))?);
        let event = if event_len == NO_EVENT { None } else { Some(next(event_len)?) };
        let line = u32::from_le_bytes(*entry[4..8].first_chunk()?);
        let slots = keys.iter().zip(0..).map(|(key, index)| Slot::of_key(key, index)).collect();
        let mut bits = KeyBits::default();
        let differ = keys.iter().all(|key| bits.add(&entry[key.start as usize..key.end as usize]));
        let key_bits = differ.then_some(bits);
        let site = Site {
            bytes: entry.into(),
            line,
            slots,
            file,
            module,
            event,
            key_bits,
            formatted: OnceLock::new(),
        };
        Some(Arc::new(site))
    }

    fn text(&self, range: &Range<u32>) -> &[u8] {
        &self.bytes[range.start as usize..range.end as usize]
    }

    pub(crate) fn line(&self) -> u32 {
        self.line
    }

    pub(crate) fn file(&self) -> &[u8] {
        self.text(&self.file)
    }

    pub(crate) fn module(&self) -> &[u8] {
        self.text(&self.module)
    }

    pub(crate) fn event(&self) -> Option<&[u8]> {
        self.event.as_ref().map(|it| self.text(it))
    }

    /// How many keys it has.
    pub(super) fn keys(&self) -> usize {
        self.slots.len()
    }

    pub(super) fn key_bits(&self) -> Option<&KeyBits> {
        self.key_bits.as_ref()
    }

    /// Its keys, as fields of a record without their values.
    pub(super) fn slots(&self) -> &[Slot] {
        &self.slots
    }

    pub(super) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Its keys as the JSON format writes them, each with its comma and colon.
    #[inline]
    pub(crate) fn formatted(&self) -> &[Padded] {
        self.formatted.get_or_init(|| self.format_keys())
    }

    #[cold]
    fn format_keys(&self) -> Box<[Padded]> {
        let sources = Sources { site: &self.bytes, ..Sources::default() };
        let keys = self.slots.iter().map(|slot| Key { bytes: slot.field(&sources).0, index: None });
        keys.map(|key| Padded::new(&formatted_key(&key))).collect()
    }
}

/// A text that is copied without a look at its length where it is short.
#[derive(Debug)]
pub(crate) struct Padded {
    /// A short one, with zeros behind it.
    short: [u8; Padded::SHORT],
    len: usize,
    /// A longer one.
    long: Box<[u8]>,
}

impl Padded {
    /// Most keys are shorter, with their quotes.
    pub(crate) const SHORT: usize = 32;

    fn new(text: &[u8]) -> Self {
        let mut padded = Padded { short: [0; Self::SHORT], len: text.len(), long: Box::default() };
        match padded.short.get_mut(..text.len()) {
            Some(short) => short.copy_from_slice(text),
            None => padded.long = text.into(),
        }
        padded
    }

    /// The text.
    pub(crate) fn text(&self) -> &[u8] {
        self.short.get(..self.len).unwrap_or(&self.long)
    }

    /// The text and what is behind it, and how long it is; `None` for a long one.
    #[inline(always)]
    pub(crate) fn short(&self) -> Option<(&[u8; Self::SHORT], usize)> {
        (self.len <= Self::SHORT).then_some((&self.short, self.len))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn definition<'a>(keys: &'a [&'a str]) -> Definition<'a> {
        let place = Place { file: "src/main.rs", module: "bot::orders", line: 17 };
        Definition { place, event: Some("order filled"), keys }
    }

    #[test]
    fn a_site_reads_back_as_it_was_defined() {
        let keys = ["price", "", "größe"];
        let entry = definition(&keys).entry().unwrap();
        let followed = [&entry[..], &[1; 9]].concat();
        assert_eq!(Site::size(&followed), Some(entry.len()));
        let site = Site::read(&followed).unwrap();
        assert_eq!((site.file(), site.module(), site.line()), (&b"src/main.rs"[..], &b"bot::orders"[..], 17));
        assert_eq!(site.event(), Some(&b"order filled"[..]));
        let sources = Sources { site: site.bytes(), ..Sources::default() };
        let read: Vec<&[u8]> = site.slots().iter().map(|slot| slot.field(&sources).0).collect();
        assert_eq!(read, keys.map(str::as_bytes));
        let without = Definition { event: None, ..definition(&[]) }.entry().unwrap();
        assert_eq!(Site::read(&without).unwrap().event(), None);
    }

    #[test]
    fn texts_of_every_length_are_kept_whole() {
        for len in 0..80 {
            let text: Vec<u8> = (0..len).map(|at| at as u8 + 1).collect();
            let padded = Padded::new(&text);
            assert_eq!(padded.text(), text);
            let short = padded.short().map(|(bytes, len)| &bytes[..len]);
            assert_eq!(short, (len <= Padded::SHORT).then_some(&text[..]));
        }
    }

    #[test]
    fn a_damaged_entry_is_none_wherever_a_bit_flips_and_wherever_it_is_cut() {
        let entry = definition(&["price", "size"]).entry().unwrap();
        for bit in 0..entry.len() * 8 {
            let mut damaged = entry.clone();
            damaged[bit / 8] ^= 1 << (bit % 8);
            assert!(Site::read(&damaged).is_none(), "bit {bit}");
        }
        for len in 0..entry.len() {
            assert!(Site::read(&entry[..len]).is_none(), "cut at {len}");
        }
    }

    #[test]
    fn what_goes_past_a_limit_has_no_entry() {
        let long = "k".repeat(limit::KEY + 1);
        assert!(definition(&[&long]).entry().is_none());
    }
}
