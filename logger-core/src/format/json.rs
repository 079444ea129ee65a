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
//! | any other | as given | context, then the call's fields; each key once | |

use super::{Format, escape::escape};
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
}

/// JSON Lines. A record that goes to several drains in one envelope is formatted once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct JsonFormat {
    envelope: Envelope,
}

impl JsonFormat {
    /// Lines in the given envelope.
    pub const fn new(envelope: Envelope) -> Self {
        JsonFormat { envelope }
    }
}

impl Format for JsonFormat {
    fn format(&self, record: &Record<'_>, out: &mut Vec<u8>) {
        let line = record.lines().line(self.envelope, |line| put_line(record, self.envelope, line));
        out.extend_from_slice(line);
    }
}

fn put_line(record: &Record<'_>, envelope: Envelope, out: &mut Vec<u8>) {
    out.extend_from_slice(b"{\"timestamp\":\"");
    record.lines().put_timestamp(record.timestamp(), out);
    out.extend_from_slice(b"\",\"level\":\"");
    out.extend_from_slice(record.level().as_str().as_bytes());
    out.push(b'"');
    if envelope == Envelope::Full {
        put_number(out, "severity", u64::from(record.level().severity()));
    }
    put_bytes(out, "event", record.event_bytes());
    if envelope == Envelope::Full {
        put_surroundings(record, out);
    }
    if record.is_recovered() {
        out.extend_from_slice(b",\"recovered\":true");
    }
    if let Some(bytes) = record.truncated_bytes() {
        out.extend_from_slice(b",\"truncated\":true");
        put_number(out, "truncated_bytes", u64::from(bytes));
    }
    for (key, value) in record.raw_fields() {
        put_key(key, out);
        put_value(value, out);
    }
    out.extend_from_slice(b"}\n");
}

/// Where the record comes from.
fn put_surroundings(record: &Record<'_>, out: &mut Vec<u8>) {
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
    put_number(out, "seq", record.seq());
}

/// Appends a key of ours, which needs no escaping, with its comma and colon.
fn put_name(out: &mut Vec<u8>, name: &str) {
    out.extend_from_slice(b",\"");
    out.extend_from_slice(name.as_bytes());
    out.extend_from_slice(b"\":");
}

fn put_bytes(out: &mut Vec<u8>, name: &str, text: &[u8]) {
    put_name(out, name);
    put_string(text, out);
}

fn put_number(out: &mut Vec<u8>, name: &str, number: u64) {
    put_name(out, name);
    put_integer(number, out);
}

fn put_integer(number: impl itoa::Integer, out: &mut Vec<u8>) {
    out.extend_from_slice(itoa::Buffer::new().format(number).as_bytes());
}

/// Appends a key of the caller's.
fn put_key(key: Key<'_>, out: &mut Vec<u8>) {
    out.extend_from_slice(if key.reserved { b",\"field." } else { b",\"" });
    escape(key.bytes, out, put_escape);
    out.extend_from_slice(b"\":");
}

fn put_string(text: &[u8], out: &mut Vec<u8>) {
    out.push(b'"');
    escape(text, out, put_escape);
    out.push(b'"');
}

#[cold]
fn put_escape(char: u32, out: &mut Vec<u8>) {
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

fn put_value(value: RawValue<'_>, out: &mut Vec<u8>) {
    use crate::value::Value;
    match value.tag {
        // these two are written as bytes: they were checked as text when the record was made
        tag::STR => put_string(value.bytes, out),
        tag::JSON => put_nested(value.bytes, out),
        _ => match value.get() {
            Value::Bool(true) => out.extend_from_slice(b"true"),
            Value::Bool(false) => out.extend_from_slice(b"false"),
            Value::I64(it) => put_integer(it, out),
            Value::U64(it) => put_integer(it, out),
            Value::I128(it) => put_integer(it, out),
            Value::U128(it) => put_integer(it, out),
            Value::F32(it) if it.is_finite() => {
                out.extend_from_slice(zmij::Buffer::new().format(it).as_bytes())
            }
            Value::F64(it) if it.is_finite() => {
                out.extend_from_slice(zmij::Buffer::new().format(it).as_bytes())
            }
            Value::F32(it) => put_not_finite(f64::from(it), out),
            Value::F64(it) => put_not_finite(it, out),
            Value::Char(it) => put_string(it.encode_utf8(&mut [0; 4]).as_bytes(), out),
            Value::Error(chain) => put_error(chain, out),
            Value::Str(_) | Value::Json(_) | Value::Null => out.extend_from_slice(b"null"),
        },
    }
}

/// JSON has no such numbers: they are strings, and the only ones of these three forms.
fn put_not_finite(number: f64, out: &mut Vec<u8>) {
    out.extend_from_slice(match number {
        f64::INFINITY => b"\"Infinity\"".as_slice(),
        f64::NEG_INFINITY => b"\"-Infinity\"",
        _ => b"\"NaN\"",
    });
}

/// JSON that serde wrote has no control characters; those that are invisible or break a line can only stand in its
/// strings, where the same escapes mean the same.
fn put_nested(json: &[u8], out: &mut Vec<u8>) {
    escape(json, out, |char, out| match char {
        0x22 | 0x5c => out.push(char as u8),
        other => put_escape(other, out),
    });
}

/// An error is an object: `{"message":"order rejected","causes":["insufficient margin"]}`.
fn put_error(chain: ErrorChain<'_>, out: &mut Vec<u8>) {
    let mut messages = chain.message_bytes();
    out.extend_from_slice(b"{\"message\":");
    put_string(messages.next().unwrap_or_default(), out);
    out.extend_from_slice(b",\"causes\":[");
    for (index, cause) in messages.enumerate() {
        if index > 0 {
            out.push(b',');
        }
        put_string(cause, out);
    }
    out.extend_from_slice(b"]}");
}
