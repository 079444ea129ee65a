//! Record → bytes, on the caller's thread: no lock, no allocation, and no panic of the caller's values gets out.

use std::fmt;

use slog::{KV, OwnedKVList};

use super::{
    ALIGN, HEADER, Section,
    buffer::Buffer,
    flag,
    write::{Writer, cut_at_char},
};
use crate::{category::Category, level::Level, redact::Redaction};

/// Where in the source a record was made.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Place<'a> {
    pub(crate) file: &'a str,
    pub(crate) module: &'a str,
    pub(crate) line: u32,
}

/// What a record begins with.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Head<'a> {
    pub(crate) level: Level,
    pub(crate) category: Category,
    pub(crate) counter: u64,
    pub(crate) flags: u8,
    pub(crate) kind: u8,
    pub(crate) place: Place<'a>,
}

/// Writes one record into a [`Buffer`].
pub(crate) struct Encoder<'b, 'a> {
    writer: Writer<'b, 'a>,
    head: Head<'b>,
    counts: [u16; 4],
    event_len: u32,
}

impl<'b, 'a> Encoder<'b, 'a> {
    /// Begins a record whose event is `event`.
    pub(crate) fn begin(buffer: &'b mut Buffer<'a>, head: Head<'b>, event: fmt::Arguments<'_>) -> Self {
        let file = cut_at_char(head.place.file, usize::from(u16::MAX));
        let module = cut_at_char(head.place.module, usize::from(u16::MAX));
        let head = Head { place: Place { file, module, ..head.place }, ..head };
        let mut writer = Writer::new(buffer);
        let start = HEADER + file.len() + module.len();
        let written = writer
            .buffer
            .put(&[0; HEADER])
            .and_then(|()| writer.buffer.put(file.as_bytes()))
            .and_then(|()| writer.buffer.put(module.as_bytes()))
            .and_then(|()| match event.as_str() {
                Some(text) => writer.put_text(text),
                None => writer.put_formatted(event),
            });
        debug_assert!(written.is_ok(), "the limits of the texts add up to less than that of a record");
        let event_len = (writer.buffer.len - start) as u32;
        Encoder { writer, head, counts: [0; 4], event_len }
    }

    /// Masks the fields that come by this list instead of the default one.
    pub(crate) fn redact_by(&mut self, redaction: &'b Redaction) {
        self.writer.set_redaction(redaction);
    }

    /// The fields of the call and those that slog itself has bound.
    pub(crate) fn slog_fields(&mut self, record: &slog::Record<'_>, list: &OwnedKVList) {
        self.section(Section::Own, |writer| writer.guarded(|writer| record.kv().serialize(record, writer)));
        self.section(Section::List, |writer| writer.guarded(|writer| list.serialize(record, writer)));
    }

    /// Adds fields to a section by `write`.
    pub(crate) fn section(&mut self, section: Section, write: impl FnOnce(&mut Writer<'b, 'a>)) {
        self.writer.count = 0;
        write(&mut self.writer);
        self.counts[section as usize] = self.writer.count;
    }

    /// Completes the record: pads it and writes its header.
    pub(crate) fn end(self) {
        let Encoder { writer: Writer { buffer, cut, truncated, .. }, head, counts, event_len } = self;
        let padding = buffer.len.next_multiple_of(ALIGN) - buffer.len;
        let padded = buffer.put(&[0; ALIGN][..padding]);
        debug_assert!(padded.is_ok(), "the limit of a record leaves room for its padding");
        let mut bytes = [0_u8; HEADER];
        bytes[0..4].copy_from_slice(&(buffer.len as u32).to_le_bytes());
        bytes[4] = head.level as u8;
        bytes[5] = head.category as u8;
        bytes[6] = head.flags | if truncated { flag::TRUNCATED } else { 0 };
        bytes[7] = head.kind;
        bytes[8..16].copy_from_slice(&head.counter.to_le_bytes());
        bytes[16..20].copy_from_slice(&head.place.line.to_le_bytes());
        bytes[20..24].copy_from_slice(&event_len.to_le_bytes());
        bytes[24..26].copy_from_slice(&(head.place.file.len() as u16).to_le_bytes());
        bytes[26..28].copy_from_slice(&(head.place.module.len() as u16).to_le_bytes());
        for (index, count) in counts.iter().enumerate() {
            bytes[28 + 2 * index..30 + 2 * index].copy_from_slice(&count.to_le_bytes());
        }
        bytes[36..40].copy_from_slice(&u32::try_from(cut).unwrap_or(u32::MAX).to_le_bytes());
        buffer.patch(0, &bytes);
    }
}

/// Gives a finished record another time.
pub(crate) fn restamp(record: &mut [u8], counter: u64) {
    if let Some(bytes) = record.get_mut(8..16) {
        bytes.copy_from_slice(&counter.to_le_bytes());
    }
}
