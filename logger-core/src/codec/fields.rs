//! Fields that are encoded once and copied into many records: bound context, and that of a scope.

use std::fmt;

use super::{
    buffer::Buffer,
    decode::{Reader, Sources, text},
    limit,
    write::Writer,
};
use crate::{
    redact::{Redaction, default_list},
    value::Value,
};

/// Fields that were encoded before: bound context, or that of a scope.
#[derive(Debug, Clone, Default)]
pub(crate) struct Fields {
    pub(crate) bytes: Vec<u8>,
    pub(crate) count: usize,
    /// Bytes that went past a limit when the fields were encoded.
    pub(crate) cut: u64,
}

impl Fields {
    pub(crate) const fn empty() -> Self {
        Fields { bytes: Vec::new(), count: 0, cut: 0 }
    }

    pub(crate) fn append(&mut self, other: &Fields) {
        self.cut += other.cut;
        let Some(count) = self.count.checked_add(other.count).filter(|&count| count <= limit::FIELDS) else {
            self.cut += other.bytes.len() as u64;
            return;
        };
        self.bytes.extend_from_slice(&other.bytes);
        self.count = count;
    }

    /// The fields, the first one first.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, Value<'_>)> {
        let mut reader = Reader::new(&self.bytes);
        (0..self.count).map_while(move |_| reader.field().ok()).map(|slot| {
            let (key, value) = slot.field(&Sources::of_record(&self.bytes));
            (text(key), value.get())
        })
    }

    /// The same with what `redaction` masks besides the default list, by which they were masked when they were encoded.
    pub(crate) fn redacted(&self, redaction: &Redaction) -> Fields {
        let mut redacted = Fields { cut: self.cut, ..Fields::empty() };
        for (key, value) in self.iter() {
            encode(&mut redacted, redaction, key, value);
        }
        redacted
    }
}

/// Adds a field to ones that are encoded already; masks it by the default list.
pub(crate) fn encode_field(fields: &mut Fields, key: &str, value: Value<'_>) {
    encode(fields, default_list(), key, value);
}

/// The same with the text that a `Display` of the caller makes, bounded as in a log call.
pub(crate) fn encode_shown(fields: &mut Fields, key: &str, value: &fmt::Arguments<'_>) {
    write(fields, default_list(), |writer| writer.shown(key, value));
}

fn encode(fields: &mut Fields, redaction: &Redaction, key: &str, value: Value<'_>) {
    write(fields, redaction, |writer| writer.field(key, value));
}

fn write(fields: &mut Fields, redaction: &Redaction, put: impl FnOnce(&mut Writer<'_, '_>)) {
    let mut buffer = Buffer::after(&mut fields.bytes);
    let mut writer = Writer::new(&mut buffer, redaction);
    writer.count = fields.count;
    put(&mut writer);
    (fields.count, fields.cut) = (writer.count, fields.cut + writer.cut);
}
