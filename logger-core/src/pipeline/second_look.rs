//! A second look, before any drain gets a record: for secrets in the short texts that a caller puts into it without one, and
//! in all of it where secrets are registered, maybe since it was made; at its keys, where it may have been masked by another
//! list than the one that holds. Addresses of a backtrace become names.

use crate::{
    codec::{
        Section,
        buffer::Buffer,
        decode::{Decoder, Parts, RawValue},
        dictionary::Entries,
        encode::{Encoder, Head},
        flag,
        frames::text_of,
        kind,
        place::Place,
        tag,
    },
    redact::{MASK, Redaction, Treatment, UNCHECKED},
    value::Value,
};

/// Where a record comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Origin {
    ThisRun,
    /// It was left by a process that is gone, which may have had another list of keys.
    EarlierRun,
}

/// Makes records again without the secrets that the second look has found; keeps its memory.
#[derive(Debug, Default)]
pub(crate) struct SecondLook {
    bytes: Vec<u8>,
    decoder: Decoder,
    entries: Entries,
}

impl SecondLook {
    /// The record, or the same one without the secrets that it still had.
    #[inline]
    pub(crate) fn look<'a>(
        &'a mut self,
        parts: Parts<'a>,
        redaction: &Redaction,
        origin: Origin,
    ) -> Parts<'a> {
        let is_of_this_list = origin == Origin::ThisRun && redaction.generation == 0;
        let has_secret_key = || !is_of_this_list && has_secret_key(&parts, redaction);
        if is_suspect(&parts, redaction) || has_secret_key() { self.again(parts, redaction) } else { parts }
    }

    #[cold]
    fn again<'a>(&'a mut self, parts: Parts<'a>, redaction: &Redaction) -> Parts<'a> {
        self.encode(&parts, redaction);
        match self.decoder.decode(&self.bytes, &self.entries) {
            Ok(masked) => masked,
            // what the encoder wrote can be decoded
            Err(_) => parts,
        }
    }

    /// Its fields are written as those of a call with all of its keys; the encoder masks them.
    fn encode(&mut self, parts: &Parts<'_>, redaction: &Redaction) {
        let header = parts.header;
        let kept = flag::FROM_DRAIN | flag::BELOW_LEVEL;
        let head = Head {
            level: header.level,
            category: header.category,
            counter: header.counter,
            flags: header.flags & kept | flag::IN_ORDER,
            kind: kind::RECORD,
        };
        let mut buffer = Buffer::new(&mut [], &mut self.bytes);
        let mut encoder = Encoder::begin(&mut buffer, head, redaction);
        if header.is_truncated() {
            encoder.cut_before(header.cut);
        }
        encoder.section(Section::Own, |writer| {
            for (key, value) in parts.fields() {
                match value.tag {
                    tag::FRAMES => writer.field(text(key.bytes), Value::Str(&text_of(value.bytes))),
                    _ => writer.field(text(key.bytes), value.get()),
                }
            }
        });
        let place = Place { file: text(parts.file()), module: text(parts.module()), line: parts.line() };
        // not as one text, which would be the program's own
        encoder.end(|| place, Some(&format_args!("{}{}", text(parts.event()), "")));
    }
}

fn text(bytes: &[u8]) -> &str {
    crate::codec::decode::text(bytes)
}

/// Whether a key of the record says that its value is a secret, and the value is there still.
#[cold]
fn has_secret_key(parts: &Parts<'_>, redaction: &Redaction) -> bool {
    let is_masked = |value: &RawValue<'_>| value.tag == tag::STR && value.bytes.starts_with(MASK.as_bytes());
    // the keys inside of a nested value are looked at when it is written again
    parts.fields().any(|(key, value)| {
        value.tag == tag::JSON
            || !is_masked(&value) && redaction.treatment(text(key.bytes)) != Treatment::Keep
    })
}

/// Whether the record may hold a secret still, or has addresses that are to become names.
#[inline]
fn is_suspect(parts: &Parts<'_>, redaction: &Redaction) -> bool {
    let is_short = |value: &RawValue<'_>| value.tag == tag::STR && value.bytes.len() <= UNCHECKED;
    let is_secret = |value: RawValue<'_>| is_short(&value) && redaction.suspects_short(value.bytes);
    let is_text = |value: &RawValue<'_>| matches!(value.tag, tag::STR | tag::JSON | tag::ERROR);
    let all = || parts.fields().map(|(_, value)| value).filter(is_text).map(|value| value.bytes);
    if redaction.suspects_any(|| all().chain([parts.event()])) {
        return true;
    }
    let mut found = false;
    if parts.each_plain(|_, value| found |= is_secret(value)) {
        return found;
    }
    // those of a bound context were looked through when it was bound
    let of_bytes = parts.bound().map_or(0, |(_, fields)| fields);
    let bound = parts.context().map_or(of_bytes, |(_, fields)| fields);
    parts.fields().skip(bound).any(|(_, value)| value.tag == tag::FRAMES || is_secret(value))
}
