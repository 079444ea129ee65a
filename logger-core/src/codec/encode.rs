//! Record → bytes, on the caller's thread: no lock, no allocation, and no panic of the caller's values gets out.

use std::fmt;

use super::{
    ALIGN, HEADER, Section,
    buffer::Buffer,
    checksum::{self, checksum},
    flag, kind, limit,
    place::Place,
    write::{Writer, cut_at_char},
};
use crate::{category::Category, level::Level, redact::Redaction};

/// What a record begins with. Two words, so that a call has it in registers.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Head {
    counter: u64,
    /// Level, category, flags and kind, a byte each, as they stand in the header.
    kinds: u32,
}

impl Head {
    /// That of a record.
    #[inline(always)]
    pub(crate) fn new(level: Level, category: Category, counter: u64) -> Self {
        Head { counter, kinds: u32::from_le_bytes([level as u8, category as u8, 0, kind::RECORD]) }
    }

    /// That of the name of a thread.
    pub(crate) fn of_thread_name() -> Self {
        let kinds = [Level::Trace as u8, Category::Logger as u8, 0, kind::THREAD_NAME];
        Head { counter: 0, kinds: u32::from_le_bytes(kinds) }
    }

    /// The same with more flags.
    #[inline(always)]
    pub(crate) fn with(self, flags: u8) -> Self {
        Head { kinds: self.kinds | u32::from(flags) << 16, ..self }
    }

    /// When the call began, by the counter of the clock.
    #[inline(always)]
    pub(crate) fn counter(self) -> u64 {
        self.counter
    }
}

/// Writes one record into a [`Buffer`].
pub(crate) struct Encoder<'b, 'a> {
    pub(super) writer: Writer<'b, 'a>,
    head: Head,
    /// The number of fields of each section, 16 bits each. In one word, because what is stored in parts and read as a whole
    /// has to wait for the stores.
    counts: u64,
    /// The number of the call site in the dictionary; 0: the record says itself where it was made.
    pub(super) site: u32,
}

impl<'b, 'a> Encoder<'b, 'a> {
    /// Begins a record whose fields are masked by `redaction`.
    #[inline]
    pub(crate) fn begin(buffer: &'b mut Buffer<'a>, head: Head, redaction: &'b Redaction) -> Self {
        let begun = buffer.put(&[0; HEADER]);
        debug_assert!(begun.is_ok(), "the limit of a record is above its header");
        Encoder { writer: Writer::new(buffer, redaction), head, counts: 0, site: 0 }
    }

    /// Adds fields to a section by `write`.
    #[inline]
    pub(crate) fn section(&mut self, section: Section, write: impl FnOnce(&mut Writer<'b, 'a>)) {
        self.writer.count = 0;
        write(&mut self.writer);
        self.count(section);
    }

    /// Ends a section whose fields are written.
    #[inline]
    pub(super) fn count(&mut self, section: Section) {
        self.counts |= section.counted(std::mem::take(&mut self.writer.count));
    }

    /// Counts what was cut from the record when it was made before.
    pub(crate) fn cut_before(&mut self, bytes: u32) {
        self.writer.cut += u64::from(bytes);
        self.writer.truncated = true;
    }

    /// Adds flags to those that the record began with.
    pub(super) fn flag(&mut self, flags: u8) {
        self.head = self.head.with(flags);
    }

    /// Completes the record; nothing may be added to it any more. Without a call site it was made at `place`; `event` is `None` where the call site has it.
    #[inline]
    pub(crate) fn end<'p>(mut self, place: impl FnOnce() -> Place<'p>, event: Option<&fmt::Arguments<'_>>) {
        if self.site == 0 {
            self.put_place(place());
        }
        let event_len = match event {
            Some(event) => self.put_event(event),
            None => {
                self.flag(flag::SITE_EVENT);
                0
            }
        };
        let Writer { buffer, cut, truncated, .. } = &mut self.writer;
        let padding = buffer.len.next_multiple_of(ALIGN) - buffer.len;
        let padded = buffer.put_padding(padding);
        debug_assert!(padded.is_ok(), "the limit of a record leaves room for its padding");
        let cut = u32::try_from(*cut).unwrap_or(u32::MAX);
        let head = self.head.with(if *truncated { flag::TRUNCATED } else { 0 });
        let header = header_words(buffer.len, head, (self.site, event_len), self.counts, cut);
        write_header(buffer.bytes_mut(), header);
    }

    #[cold]
    fn put_place(&mut self, place: Place<'_>) {
        let (file, module) = (cut_at_char(place.file, limit::PLACE), cut_at_char(place.module, limit::PLACE));
        let place = Place { file, module, ..place };
        let buffer = &mut self.writer.buffer;
        let put = buffer
            .put(&place.fixed())
            .and_then(|()| buffer.put(file.as_bytes()))
            .and_then(|()| buffer.put(module.as_bytes()));
        debug_assert!(put.is_ok(), "the limit of a record leaves room for its place");
    }

    /// Returns the length of the event.
    fn put_event(&mut self, event: &fmt::Arguments<'_>) -> u32 {
        let start = self.writer.buffer.len;
        let put = match event.as_str() {
            Some(text) => self.writer.put_as_is(text),
            None => self.writer.put_formatted(*event),
        };
        debug_assert!(put.is_ok(), "the limit of a record leaves room for its event");
        (self.writer.buffer.len - start) as u32
    }
}

/// The words of a header without a checksum.
#[inline]
pub(super) fn header_words(
    size: usize,
    Head { counter, kinds }: Head,
    (site, event_len): (u32, u32),
    counts: u64,
    cut: u32,
) -> [u64; HEADER / ALIGN] {
    [
        size as u64 | u64::from(kinds) << 32,
        counter,
        u64::from(site) | u64::from(event_len) << 32,
        counts,
        u64::from(cut),
    ]
}

/// Writes the words of the header, the checksum into the upper half of the last one.
#[inline]
fn write_header(record: &mut [u8], mut header: [u64; HEADER / 8]) {
    let Some((space, rest)) = record.split_first_chunk_mut::<HEADER>() else { return };
    header[4] |= u64::from(checksum(&header, rest)) << 32;
    for (space, word) in space.as_chunks_mut::<8>().0.iter_mut().zip(header) {
        *space = word.to_le_bytes();
    }
}

/// Gives a finished record another time.
pub(crate) fn restamp(record: &mut [u8], counter: u64) {
    if let Some(bytes) = record.get_mut(8..16) {
        bytes.copy_from_slice(&counter.to_le_bytes());
    }
    checksum::renew(record);
}
