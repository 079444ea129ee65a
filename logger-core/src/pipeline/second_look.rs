//! A second look, before any drain gets a record: for secrets in the short texts that a caller puts into it without one, and
//! in all of it where secrets are registered, maybe since it was made; at its keys, where it may have been masked by another
//! list than the one that holds. Addresses of a backtrace become names.

use std::ops::Range;

use crate::{
    codec::{
        Section,
        buffer::Buffer,
        decode::{Decoder, Parts, RawValue},
        dictionary::Entries,
        encode::{Encoder, Head},
        flag,
        frames::text_of,
        place::Place,
        tag,
    },
    redact::{MASK, Redaction, Treatment, UNCHECKED, has_sign, masked_json},
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
    /// The same record without the secrets that it still had; `None` where it had none.
    #[inline(always)]
    pub(crate) fn look<'a>(
        &'a mut self,
        parts: &Parts<'_>,
        redaction: &Redaction,
        origin: Origin,
    ) -> Option<Parts<'a>> {
        let is_of_this_list = origin == Origin::ThisRun && redaction.generation == 0;
        let has_secret_key = || !is_of_this_list && has_secret_key(parts, redaction);
        if is_suspect(parts, redaction) || has_secret_key() { self.again(parts, redaction) } else { None }
    }

    #[cold]
    fn again<'a>(&'a mut self, parts: &Parts<'_>, redaction: &Redaction) -> Option<Parts<'a>> {
        self.encode(parts, redaction);
        // what the encoder wrote can be decoded
        self.decoder.decode(&self.bytes, &self.entries).ok()
    }

    /// Its fields are written as those of a call with all of its keys; the encoder masks them.
    fn encode(&mut self, parts: &Parts<'_>, redaction: &Redaction) {
        let header = parts.header();
        let kept = flag::FROM_DRAIN | flag::BELOW_LEVEL;
        let head = Head::new(header.level, header.category, header.counter);
        let head = head.with(header.flags & kept | flag::IN_ORDER);
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

/// Where the texts with secrets lie within a record's own bytes.
#[cold]
pub(crate) fn secrets_in(parts: &Parts<'_>, redaction: &Redaction) -> Vec<Range<usize>> {
    let start = parts.bytes().as_ptr() as usize;
    let has_secret = |bytes: &&[u8]| {
        let text = text(bytes);
        redaction.masked_text(text).is_some() || masked_json(redaction, text).is_some()
    };
    let of_key = |key: &[u8]| redaction.treatment(text(key)) != Treatment::Keep;
    let of_keys = parts.fields().filter(|(key, _)| of_key(key.bytes)).flat_map(|(_, value)| texts_of(value));
    let texts = parts.fields().flat_map(|(_, value)| texts_of(value)).chain([parts.event()]);
    // what lies in the dictionary was looked through before it came there
    let place = |text: &[u8]| {
        let at = (text.as_ptr() as usize).checked_sub(start)?;
        (at + text.len() <= parts.bytes().len()).then(|| at..at + text.len())
    };
    texts.filter(has_secret).chain(of_keys).filter_map(place).collect()
}

fn texts_of(value: RawValue<'_>) -> Vec<&[u8]> {
    match value.get() {
        Value::Error(chain) => chain.message_bytes().collect(),
        Value::Str(_) | Value::Json(_) => vec![value.bytes],
        _ => Vec::new(),
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
#[inline(never)]
fn is_suspect(parts: &Parts<'_>, redaction: &Redaction) -> bool {
    let is_short = |text: &[u8]| text.len() <= UNCHECKED && redaction.suspects_short(text);
    let is_secret = |value: RawValue<'_>| value.tag == tag::STR && is_short(value.bytes);
    let is_text = |value: &RawValue<'_>| matches!(value.tag, tag::STR | tag::JSON | tag::ERROR);
    let all = || parts.fields().map(|(_, value)| value).filter(is_text).map(|value| value.bytes);
    if redaction.suspects_any(|| all().chain([parts.event()])) {
        return true;
    }
    // the bytes of numbers may look like signs: then each value is looked at
    if parts.plain_values().is_some_and(|values| !has_sign(values)) {
        return false;
    }
    if parts.is_plain() {
        return parts.plain_fields().any(|(_, value)| value.tag == tag::STR && is_short(value.bytes()));
    }
    // those of a bound context were looked through when it was bound
    parts.own_values().any(|value| value.tag == tag::FRAMES || is_secret(value))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Level, OwnedRecord, redact::default_list};

    /// What becomes of a nested value of which something was overwritten.
    #[track_caller]
    fn check(overwritten: &str, origin: Origin, expected: Value<'_>) {
        const WHOLE: &str = r#"{"a":["b",1]}"#;
        let record = OwnedRecord::new(Level::Info, "x").field("v", Value::Json(WHOLE)).build();
        let mut bytes = record.bytes().to_vec();
        let at = bytes.windows(WHOLE.len()).position(|it| it == WHOLE.as_bytes()).unwrap();
        assert_eq!(overwritten.len(), WHOLE.len());
        bytes[at..at + WHOLE.len()].copy_from_slice(overwritten.as_bytes());
        let (mut decoder, entries, mut second_look) =
            (Decoder::default(), Entries::default(), SecondLook::default());
        let parts = decoder.decode(&bytes, &entries).unwrap();
        let parts = second_look.look(&parts, default_list(), origin).unwrap_or(parts);
        let values: Vec<Value<'_>> = parts.fields().map(|(_, value)| value.get()).collect();
        assert_eq!(values, [expected], "{overwritten}");
    }

    #[test]
    fn a_nested_value_that_was_found_is_a_text_where_it_is_no_json() {
        for text in [
            r#"{"a":["b",1}}"#,
            r#"{"a":["b",1] "#,
            r#"},"a":["b",1,"#,
            "{\"a\":[\n\"b\",1]",
            "{\"a\":[\"b\"]\n ,",
            r#"[[[[[[[[[[[[["#,
        ] {
            check(text, Origin::EarlierRun, Value::Str(text));
            check(text, Origin::ThisRun, Value::Json(text));
        }
        let other = r#"{"a":["c",2]}"#;
        check(other, Origin::EarlierRun, Value::Json(other));
        check("{\"a\":\n[\"bb\"]}", Origin::EarlierRun, Value::Json(r#"{"a":["bb"]}"#));
    }
}
