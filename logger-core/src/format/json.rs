//! JSON Lines: one object a line.
//!
//! | key | JSON type | form | absent |
//! |---|---|---|---|
//! | `timestamp` | string | RFC 3339, UTC, microseconds; when the call was made | never |
//! | `level` | string | `trace`, `debug`, `info`, `warning`, `error`, `critical` | never |
//! | `severity` | number | code of RFC 5424: 2, 3, 4, 6, 7, 7 | compact envelope |
//! | `event` | string | the message | never |
//! | `category` | string | `general`, `trade`, `logger` | compact envelope |
//! | `hostname`, `app_name`, `thread`, `module`, `file`, `run` | string | | compact envelope |
//! | `procid`, `line`, `seq` | number | | compact envelope |
//! | `recovered` | `true` | found in what an earlier run left behind | other records |
//! | `truncated`, `truncated_bytes` | `true`, number | something was cut at a limit | other records |
//! | `seal` | string | `NUMBER:HASH`, the last key: put there by a drain that seals its lines | lines without a seal |
//! | any other | as given | context, then the call's fields; each key once | |

use super::{
    Format,
    digits::micros,
    escape::{escape, is_plain_text},
    line::Line,
    memo::Memo,
    straight::{self, InCommon, ROOM},
};
use crate::{
    codec::{
        decode::{Key, RawValue},
        tag,
    },
    record::Record,
    value::ErrorChain,
};

/// How much of what is known of a record stands in its line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Envelope {
    /// Everything.
    #[default]
    Full = 0,
    /// Timestamp, level, event and fields.
    Compact = 1,
}

impl Envelope {
    pub(crate) const COUNT: usize = 2;

    /// The keys that the logger itself puts into each line of the full envelope, in their order. The marks `recovered`,
    /// `truncated` and `truncated_bytes` stand behind them where they apply.
    pub const KEYS: [&'static str; 14] = [
        "timestamp",
        "level",
        "severity",
        "event",
        "category",
        "hostname",
        "app_name",
        "procid",
        "thread",
        "module",
        "file",
        "line",
        "run",
        "seq",
    ];
}

/// JSON Lines. A record that goes to several drains in one envelope is formatted once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct JsonFormat {
    pub(super) envelope: Envelope,
}

impl JsonFormat {
    /// Lines in the given envelope.
    pub const fn new(envelope: Envelope) -> Self {
        JsonFormat { envelope }
    }
}

impl Format for JsonFormat {
    fn format(&self, record: &Record<'_>, out: &mut Vec<u8>) {
        record.lines().put_line(self.envelope, out, |line| put_line(record, self.envelope, line));
    }
}

fn put_line(record: &Record<'_>, envelope: Envelope, out: &mut Line) {
    if !out.put_in_space(|space| put_straight(record, envelope, space)) {
        put_general(record, envelope, out);
    }
}

/// Writes the line into `space` where nothing is special about the record. Returns how many bytes it has.
#[inline]
fn put_straight(record: &Record<'_>, envelope: Envelope, space: &mut [u8; ROOM]) -> Option<usize> {
    let site = record.plain_site()?;
    let mut in_common = record.lines().in_common()?;
    let head = in_common.heads.of(record, envelope, |line| put_head(record, envelope, line))?;
    let common =
        InCommon { head, context: context_of(record).map_or(&[], |(text, _)| text), keys: site.formatted() };
    straight::put_line(record, envelope, common, space)
}

/// Writes the line of any record.
fn put_general(record: &Record<'_>, envelope: Envelope, out: &mut Line) {
    record.lines().with_second(record.timestamp(), |second, nanos| {
        out.put_known(second);
        out.put(&micros(nanos)[..7]);
    });
    let mut in_common = record.lines().in_common();
    let head = |line: &mut Line| put_head(record, envelope, line);
    match in_common.as_mut().and_then(|it| it.heads.of(record, envelope, head)) {
        Some(text) => out.put(text),
        None => put_head(record, envelope, out),
    }
    if envelope == Envelope::Full {
        put_integer(record.seq(), out);
    }
    if record.is_recovered() {
        out.put_known(b",\"recovered\":true");
    }
    if let Some(bytes) = record.truncated_bytes() {
        out.put_known(b",\"truncated\":true");
        put_number(out, "truncated_bytes", u64::from(bytes));
    }
    put_fields(record, in_common.as_mut().map(|it| &mut it.contexts), out);
    out.put_known(b"}\n");
}

/// What stands between the time and the fields but for the number of the record.
fn put_head(record: &Record<'_>, envelope: Envelope, out: &mut Line) {
    out.put_known(b"\",\"level\":\"");
    out.put(record.level().as_str().as_bytes());
    out.put_known(b"\"");
    if envelope == Envelope::Full {
        put_number(out, "severity", u64::from(record.level().severity()));
    }
    put_bytes(out, "event", record.event_bytes());
    if envelope == Envelope::Full {
        put_surroundings(record, out);
    }
}

/// Where the record comes from, up to its number.
fn put_surroundings(record: &Record<'_>, out: &mut Line) {
    let run = record.run();
    put_bytes(out, "category", record.category().as_str().as_bytes());
    put_bytes(out, "hostname", run.host_name().as_bytes());
    put_bytes(out, "app_name", run.app_name().as_bytes());
    put_number(out, "procid", u64::from(run.process_id()));
    put_bytes(out, "thread", record.thread().as_bytes());
    put_bytes(out, "module", record.module().as_bytes());
    put_bytes(out, "file", record.file().as_bytes());
    put_number(out, "line", u64::from(record.line()));
    put_bytes(out, "run", run.id().as_bytes());
    put_name(out, "seq");
}

/// The first fields of a record, so many.
fn put_first(record: &Record<'_>, fields: usize, line: &mut Line) {
    for (key, value) in record.raw_fields().take(fields) {
        put_field(record, key, value, line);
    }
}

/// What the fields of the bound context look like where that is in the dictionary, and how many they are.
#[inline]
fn context_of<'a>(record: &Record<'a>) -> Option<(&'a [u8], usize)> {
    let (context, fields) = record.context()?;
    let text = context.formatted(|| {
        let mut line = Line::default();
        put_first(record, fields, &mut line);
        line.as_bytes().into()
    });
    Some((text, fields))
}

/// The fields: first those of the bound context, which many records have in common.
fn put_fields(record: &Record<'_>, contexts: Option<&mut Memo>, out: &mut Line) {
    let mut done = 0;
    if let Some((context, fields)) = context_of(record) {
        out.put(context);
        done = fields;
    } else if let Some((contexts, (bytes, fields))) = contexts.zip(record.bound()) {
        contexts.put(bytes, out, |line| put_first(record, fields, line));
        done = fields;
    }
    for (key, value) in record.raw_fields().skip(done) {
        put_field(record, key, value, out);
    }
}

fn put_field(record: &Record<'_>, key: Key<'_>, value: RawValue<'_>, out: &mut Line) {
    match record.site().zip(key.index).and_then(|(site, index)| site.formatted().get(usize::from(index))) {
        Some(key) => out.put(key.text()),
        None => put_key(&key, out),
    }
    put_value(value, out);
}

/// A key of a call site as it stands in a line.
pub(crate) fn formatted_key(key: &Key<'_>) -> Vec<u8> {
    let mut line = Line::default();
    put_key(key, &mut line);
    line.as_bytes().into()
}

/// Appends a key of ours, which needs no escaping, with its comma and colon.
fn put_name(out: &mut Line, name: &str) {
    out.put_known(b",\"");
    out.put(name.as_bytes());
    out.put_known(b"\":");
}

fn put_bytes(out: &mut Line, name: &str, text: &[u8]) {
    put_name(out, name);
    put_string(text, out);
}

fn put_number(out: &mut Line, name: &str, number: u64) {
    put_name(out, name);
    put_integer(number, out);
}

#[inline]
fn put_integer(number: impl itoa::Integer, out: &mut Line) {
    out.put(itoa::Buffer::new().format(number).as_bytes());
}

#[inline]
fn put_float(number: impl zmij::Float, out: &mut Line) {
    out.put(zmij::Buffer::new().format_finite(number).as_bytes());
}

/// Appends a key of the caller's.
fn put_key(key: &Key<'_>, out: &mut Line) {
    out.put(if key.is_reserved() { b",\"field." } else { b",\"" });
    put_escaped(key.bytes, out);
    out.put_known(b"\":");
}

#[inline]
fn put_string(text: &[u8], out: &mut Line) {
    out.put_known(b"\"");
    put_escaped(text, out);
    out.put_known(b"\"");
}

#[inline]
fn put_escaped(text: &[u8], out: &mut Line) {
    if is_plain_text(text) {
        out.put(text);
    } else {
        put_with_escapes(text, out, put_escape);
    }
}

#[cold]
fn put_with_escapes(text: &[u8], out: &mut Line, special: impl Fn(u32, &mut Vec<u8>)) {
    let mut escaped = Vec::with_capacity(text.len() + 16);
    escape(text, &mut escaped, special);
    out.put(&escaped);
}

/// A value by itself, as it stands in a line.
pub(super) fn value(value: RawValue<'_>) -> Vec<u8> {
    let mut line = Line::default();
    put_value(value, &mut line);
    line.as_bytes().to_vec()
}

/// Appends a special character as JSON escapes it.
#[cold]
pub(super) fn put_escape(char: u32, out: &mut Vec<u8>) {
    let short = match char {
        0x08 => b'b',
        0x09 => b't',
        0x0a => b'n',
        0x0c => b'f',
        0x0d => b'r',
        0x22 => b'"',
        0x5c => b'\\',
        _ => {
            const DIGITS: &[u8; 16] = b"0123456789abcdef";
            out.extend_from_slice(b"\\u");
            // all special characters lie in the basic plane
            out.extend([12, 8, 4, 0].map(|shift| DIGITS[(char >> shift & 0xf) as usize]));
            return;
        }
    };
    out.extend_from_slice(&[b'\\', short]);
}

fn put_value(value: RawValue<'_>, out: &mut Line) {
    match value.tag {
        tag::U64 => put_integer(u64::from_le_bytes(value.fixed()), out),
        tag::I64 => put_integer(i64::from_le_bytes(value.fixed()), out),
        tag::I128 => put_integer(i128::from_le_bytes(value.fixed()), out),
        tag::U128 => put_integer(u128::from_le_bytes(value.fixed()), out),
        tag::F32 => match f32::from_le_bytes(value.fixed()) {
            it if it.is_finite() => put_float(it, out),
            it => put_not_finite(f64::from(it), out),
        },
        tag::F64 => match f64::from_le_bytes(value.fixed()) {
            it if it.is_finite() => put_float(it, out),
            it => put_not_finite(it, out),
        },
        // text is written as bytes: it was checked when the record was made
        tag::STR => put_string(value.bytes, out),
        tag::JSON => put_nested(value.bytes, out),
        tag::TRUE => out.put_known(b"true"),
        tag::FALSE => out.put_known(b"false"),
        tag::CHAR => {
            let char = char::from_u32(u32::from_le_bytes(value.fixed()));
            let char = char.unwrap_or(char::REPLACEMENT_CHARACTER);
            put_string(char.encode_utf8(&mut [0; 4]).as_bytes(), out);
        }
        tag::ERROR => put_error(ErrorChain::new(value.bytes), out),
        _ => out.put_known(b"null"),
    }
}

/// JSON has no such numbers: they are strings, and the only ones of these three forms.
fn put_not_finite(number: f64, out: &mut Line) {
    out.put(match number {
        f64::INFINITY => b"\"Infinity\"".as_slice(),
        f64::NEG_INFINITY => b"\"-Infinity\"",
        _ => b"\"NaN\"",
    });
}

/// JSON that serde wrote has no control characters; those that are invisible or break a line can only stand in its
/// strings, where the same escapes mean the same.
fn put_nested(json: &[u8], out: &mut Line) {
    put_with_escapes(json, out, |char, out| match char {
        0x22 | 0x5c => out.push(char as u8),
        other => put_escape(other, out),
    });
}

/// An error is an object: `{"message":"order rejected","causes":["insufficient margin"]}`.
fn put_error(chain: ErrorChain<'_>, out: &mut Line) {
    let mut messages = chain.message_bytes();
    out.put_known(b"{\"message\":");
    put_string(messages.next().unwrap_or_default(), out);
    out.put_known(b",\"causes\":[");
    for (index, cause) in messages.enumerate() {
        if index > 0 {
            out.put_known(b",");
        }
        put_string(cause, out);
    }
    out.put_known(b"]}");
}
