//! Writes fields, whatever the caller's values do: a field is whole or not there, bounded, and masked where its key says so.

mod bounded;
mod serializer;

use std::{
    error::Error,
    fmt,
    panic::{AssertUnwindSafe, catch_unwind},
};

pub(super) use self::serializer::text;
use self::{bounded::JsonTrouble, serializer::Learned};
use super::{
    HEADER,
    buffer::{Buffer, Full},
    dictionary::{Dictionary, Numbered},
    fields::Fields,
    limit, tag,
};
use crate::{
    redact::{MASK, Redaction, Treatment, last_three},
    value::{ErrorChain, Value},
};

/// Writes the fields of one section. It is what slog's values serialize themselves into.
#[derive(Debug)]
pub struct Writer<'b, 'a> {
    pub(super) buffer: &'b mut Buffer<'a>,
    pub(crate) redaction: &'b Redaction,
    /// As wide as it is read: a load that is wider than the store before it would have to wait.
    pub(super) count: usize,
    pub(super) cut: u64,
    pub(super) truncated: bool,
    /// The keys of the fields so far, where a call site is seen for the first time.
    pub(super) learned: Option<Learned>,
    /// For calls of our own macros, which bring their call site along.
    pub(crate) dictionary: Option<&'b Dictionary>,
    /// The call site that such a call has brought along.
    pub(crate) site: Numbered,
}

impl<'b, 'a> Writer<'b, 'a> {
    pub(super) fn new(buffer: &'b mut Buffer<'a>, redaction: &'b Redaction) -> Self {
        Writer {
            buffer,
            redaction,
            count: 0,
            cut: 0,
            truncated: false,
            learned: None,
            dictionary: None,
            site: Numbered::NONE,
        }
    }

    /// Adds fields that were encoded before the pipeline was known.
    pub(crate) fn redacted(&mut self, fields: &Fields) {
        if !self.redaction.adds() {
            return self.encoded(fields);
        }
        self.cut += fields.cut;
        self.truncated |= fields.cut > 0;
        for (key, value) in fields.iter() {
            self.field(key, value);
        }
    }

    /// Adds fields that were encoded before, as they are.
    pub(crate) fn encoded(&mut self, fields: &Fields) {
        self.cut += fields.cut;
        self.truncated |= fields.cut > 0;
        let start = self.buffer.len;
        if self.buffer.put(&fields.bytes).is_ok() && self.has_room() {
            self.count += fields.count;
        } else {
            self.cut(fields.bytes.len());
            self.buffer.truncate(start);
        }
    }

    /// Adds where this thread is.
    #[cold]
    pub(crate) fn frames(&mut self, key: &str) {
        let frames = super::frames::capture();
        self.put_field(tag::FRAMES, key, |this| this.put_sized(|this| this.buffer.put(&frames)));
    }

    /// Runs a serialization that belongs to the caller: whatever it does, whole fields are left behind.
    pub(crate) fn guarded(&mut self, serialize: impl FnOnce(&mut Self) -> slog::Result) {
        let complaint = match catch_unwind(AssertUnwindSafe(|| serialize(self))) {
            Ok(Ok(())) => return,
            Ok(Err(error)) => error_text(&error),
            Err(_) => "panic in Value::serialize".to_owned(),
        };
        self.field("_error", Value::Str(&complaint));
    }

    /// Adds one field that comes as a [`Value`], or what the list of secrets leaves of it.
    pub(crate) fn field(&mut self, key: &str, value: Value<'_>) {
        match self.redaction.treatment(key) {
            Treatment::Keep => self.plain(key, value),
            Treatment::LastThree => self.last_three(key, value),
            Treatment::Mask => self.masked(key, ""),
        }
    }

    /// Writes a field in whose place only its end may be shown.
    #[cold]
    fn last_three(&mut self, key: &str, value: Value<'_>) {
        match value {
            Value::Str(it) => self.masked(key, last_three(it)),
            Value::I64(it) => self.masked(key, last_three(itoa::Buffer::new().format(it.unsigned_abs()))),
            Value::U64(it) => self.masked(key, last_three(itoa::Buffer::new().format(it))),
            Value::I128(it) => self.masked(key, last_three(itoa::Buffer::new().format(it.unsigned_abs()))),
            Value::U128(it) => self.masked(key, last_three(itoa::Buffer::new().format(it))),
            _ => self.masked(key, ""),
        }
    }

    /// The same for a text that is yet to be formatted: beside the record, whose bytes never hold it whole.
    #[cold]
    fn last_three_formatted(&mut self, key: &str, text: fmt::Arguments<'_>) {
        let (mut space, mut heap) = ([0; 128], Vec::new());
        let mut buffer = Buffer::new(&mut space, &mut heap);
        let written = Writer::new(&mut buffer, self.redaction).put_formatted(text);
        let formatted = if written.is_ok() { buffer.bytes() } else { &[] };
        // a panic is told as it is elsewhere
        match super::decode::text(formatted) {
            it @ ("<panic in Display>" | "<error in Display>") => self.plain(key, Value::Str(it)),
            it => self.masked(key, last_three(it)),
        }
    }

    /// Writes a field without its value, but for the end of it that may be shown.
    #[cold]
    fn masked(&mut self, key: &str, end: &str) {
        self.put_field(tag::STR, key, |this| {
            this.put_sized(|this| {
                this.buffer.put(MASK.as_bytes())?;
                this.buffer.put(end.as_bytes())
            })
        });
    }

    /// Adds one field whose key is harmless.
    fn plain(&mut self, key: &str, value: Value<'_>) {
        match value {
            Value::Null => self.put_plain(tag::NULL, key, &[]),
            Value::Bool(false) => self.put_plain(tag::FALSE, key, &[]),
            Value::Bool(true) => self.put_plain(tag::TRUE, key, &[]),
            Value::I64(it) => self.put_plain(tag::I64, key, &it.to_le_bytes()),
            Value::U64(it) => self.put_plain(tag::U64, key, &it.to_le_bytes()),
            Value::I128(it) => self.put_plain(tag::I128, key, &it.to_le_bytes()),
            Value::U128(it) => self.put_plain(tag::U128, key, &it.to_le_bytes()),
            Value::F32(it) => self.put_plain(tag::F32, key, &it.to_le_bytes()),
            Value::F64(it) => self.put_plain(tag::F64, key, &it.to_le_bytes()),
            Value::Char(it) => self.put_plain(tag::CHAR, key, &u32::from(it).to_le_bytes()),
            Value::Str(it) => self.put_field(tag::STR, key, |this| this.put_sized(|this| this.put_text(it))),
            Value::Json(it) => match serde_json::from_str::<serde_json::Value>(it) {
                Ok(parsed) => self.nested(key, &parsed),
                // what is no JSON would end the field, or the line, in the middle
                Err(_) => self.plain(key, Value::Str(it)),
            },
            Value::Error(chain) => self.put_field(tag::ERROR, key, |this| {
                this.put_sized(|this| {
                    chain.messages().try_for_each(|message| this.put_sized(|this| this.put_text(message)))
                })
            }),
        }
    }

    /// Adds one field with a harmless key that comes through serde, or says in its place why it does not.
    pub(super) fn nested(&mut self, key: &str, value: &dyn erased_serde::Serialize) {
        let mut trouble = None;
        self.put_field(tag::JSON, key, |this| {
            this.put_sized(|this| {
                this.put_json(value).map_err(|it| {
                    trouble = Some(it);
                    Full
                })
            })
        });
        match trouble {
            None => {}
            Some(JsonTrouble::TooLong) => self.plain(key, Value::Str("<nested value too long or too deep>")),
            Some(JsonTrouble::Panicked) => self.plain(key, Value::Str("<panic in Serialize>")),
            Some(JsonTrouble::Refused(error)) => {
                self.plain(key, Value::Str(&format!("<cannot serialize: {error}>")))
            }
        }
    }

    /// Writes a whole field with its key, or nothing.
    fn put_field(&mut self, tag: u8, key: &str, value: impl FnOnce(&mut Self) -> Result<(), Full>) {
        if self.count == limit::FIELDS {
            return self.cut(1);
        }
        let start = self.buffer.len;
        let short_key = cut_at_char(key, limit::KEY);
        if short_key.len() < key.len() {
            self.cut(key.len() - short_key.len());
        }
        let written = self
            .buffer
            .put(&[tag, short_key.len() as u8])
            .and_then(|()| self.buffer.put(short_key.as_bytes()))
            .and_then(|()| value(self));
        if written.is_ok() && self.has_room() {
            self.count += 1;
        } else {
            self.cut(self.buffer.len - start);
            self.buffer.truncate(start);
        }
    }

    /// Whether the fields so far leave room for what stands behind them.
    fn has_room(&self) -> bool {
        self.buffer.len <= HEADER + limit::ALL_FIELDS
    }

    fn put_plain(&mut self, tag: u8, key: &str, value: &[u8]) {
        self.put_field(tag, key, |this| this.buffer.put(value));
    }

    /// Writes what `content` writes, with its length in four bytes before it.
    fn put_sized(&mut self, content: impl FnOnce(&mut Self) -> Result<(), Full>) -> Result<(), Full> {
        let at = self.buffer.len;
        self.buffer.put(&[0; 4])?;
        content(self)?;
        let len = (self.buffer.len - at - 4) as u32;
        self.buffer.patch(at, &len.to_le_bytes());
        Ok(())
    }

    /// Writes a text without its secrets, or as much of it as one value may have.
    pub(super) fn put_text(&mut self, text: &str) -> Result<(), Full> {
        // what is cut off is not looked through, but for the rest of a secret in whose middle it would be cut
        let looked_at = cut_at_char(text, limit::VALUE + LONGEST_SECRET);
        match self.redaction.masked_text(looked_at) {
            None => self.put_as_is(text),
            Some(masked) => {
                self.cut += (text.len() - looked_at.len()) as u64;
                self.put_as_is(&masked)
            }
        }
    }

    /// The same for a text that has none: one of the program's own.
    pub(super) fn put_as_is(&mut self, text: &str) -> Result<(), Full> {
        let short = cut_at_char(text, limit::VALUE);
        if short.len() < text.len() {
            self.cut(text.len() - short.len());
        }
        self.buffer.put(short.as_bytes())
    }

    fn put_error_chain<'e>(&mut self, error: &'e (dyn Error + 'static)) -> Result<(), Full> {
        let source = |error: &&'e (dyn Error + 'static)| -> Option<&'e (dyn Error + 'static)> {
            let error = *error;
            catch_unwind(AssertUnwindSafe(|| error.source())).unwrap_or(None)
        };
        std::iter::successors(Some(error), source)
            .take(ErrorChain::MAX_DEPTH)
            .try_for_each(|error| self.put_sized(|this| this.put_formatted(format_args!("{error}"))))
    }

    fn cut(&mut self, bytes: usize) {
        self.truncated = true;
        self.cut += bytes as u64;
    }
}

/// Bytes of a text behind its limit that may decide whether there is a secret before it.
const LONGEST_SECRET: usize = 4096;

/// Keys of a call site of our own macros.
pub(crate) type Keys = &'static [&'static str];

impl Writer<'_, '_> {
    /// Adds a field with the text that a `Display` or `Debug` makes of a value.
    pub(crate) fn shown(&mut self, key: &str, value: &fmt::Arguments<'_>) {
        match (value.as_str(), self.redaction.treatment(key)) {
            (Some(text), _) => self.field(key, Value::Str(text)),
            (None, Treatment::Keep) => {
                self.put_field(tag::STR, key, |this| this.put_sized(|this| this.put_formatted(*value)));
            }
            (None, Treatment::LastThree) => self.last_three_formatted(key, *value),
            (None, Treatment::Mask) => self.masked(key, ""),
        }
    }
}

/// The longest start of `text` that has at most `max` bytes and ends at a character.
pub(super) fn cut_at_char(text: &str, max: usize) -> &str {
    if text.len() <= max {
        return text;
    }
    let end = (0..=max).rev().find(|&at| text.is_char_boundary(at)).unwrap_or(0);
    &text[..end]
}

fn error_text(error: &slog::Error) -> String {
    catch_unwind(AssertUnwindSafe(|| error.to_string())).unwrap_or_else(|_| "panic in Display".into())
}
