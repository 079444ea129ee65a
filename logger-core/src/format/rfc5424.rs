//! Lines of the syslog protocol, RFC 5424:
//! `<14>1 2026-01-31T23:59:59.000000Z host app 4711 general [meta sequenceId="7"][record@32473 …][fields@32473 …] event`.
//!
//! | part | what |
//! |---|---|
//! | PRI | 8 × facility + the severity of the level |
//! | TIMESTAMP | when the call was made, UTC, microseconds |
//! | HOSTNAME, APP-NAME, PROCID | of the run; what the RFC does not let stand there is `_`, nothing is `-` |
//! | MSGID | category |
//! | `meta` | `sequenceId`: the number of the record, from 1 on after 2147483647 |
//! | `record@…` | `level`, `seq`, `run`, `thread`, `module`, `file`, `line`, and `recovered`, `truncated`, `truncated_bytes` where they are `true` |
//! | `fields@…` | the fields |
//! | MSG | event, in UTF-8 without a byte order mark |
//!
//! A text in which nothing has to be escaped but what the RFC escapes stands as it is. Any other, with control characters,
//! line ends, characters that cannot be seen or turn the direction, and one that begins with a quote, or begins or ends with
//! a space, is a JSON string with its quotes: a receiver that undoes the RFC's escapes gets one line, and who undoes JSON's gets the text back. Errors
//! and nested values are JSON too, numbers are digits.
//!
//! A name of a field is at most 32 bytes of printable ASCII: other bytes, `=`, `]`, `"`, `%` and spaces are `%XX`, and of a
//! longer one the beginning stays, with `~` and four digits that depend on the rest.

use std::io::Write as _;

use super::{Format, escape::escape, json};
use crate::{
    codec::{
        decode::{Key, RawValue},
        tag,
    },
    record::Record,
};

/// Syslog lines as RFC 5424 has them.
///
/// ```
/// use logger_core::{Format as _, Level, OwnedRecord, Rfc5424Format};
///
/// let record = OwnedRecord::new(Level::Error, "order rejected").field("reason", "no \"margin\"").build();
/// let mut line = Vec::new();
/// Rfc5424Format::default().format(&record.borrow(), &mut line);
/// let line = String::from_utf8(line)?;
/// assert!(line.starts_with("<11>1 1970-01-01T00:00:00.000000Z - - 0 general [meta sequenceId=\"1\"]"));
/// assert!(line.ends_with("[fields@32473 reason=\"no \\\"margin\\\"\"] order rejected\n"));
/// # Ok::<(), std::string::FromUtf8Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rfc5424Format {
    facility: u8,
    enterprise: u32,
    framing: Framing,
}

/// How a receiver tells where a message ends, as RFC 6587 has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Framing {
    /// Each ends with a newline: for files, and for receivers on TCP that know nothing better.
    #[default]
    Newline,
    /// Before each stands its length in bytes and a space, and nothing behind it.
    OctetCounting,
    /// Nothing: one message a datagram.
    Datagram,
}

impl Default for Rfc5424Format {
    /// Facility 1 (user), framed by newlines, names of the enterprise 32473, which RFC 5612 keeps for examples.
    fn default() -> Self {
        Rfc5424Format { facility: 1, enterprise: 32_473, framing: Framing::default() }
    }
}

impl Rfc5424Format {
    /// Sets the facility: 0 to 23, 1 by default; 16 to 23 are `local0` to `local7`. A larger one is taken as 23.
    #[must_use]
    pub const fn facility(mut self, facility: u8) -> Self {
        self.facility = if facility > 23 { 23 } else { facility };
        self
    }

    /// Sets the private enterprise number in the names of the structured data, as the IANA gives them out.
    #[must_use]
    pub const fn enterprise(mut self, number: u32) -> Self {
        self.enterprise = number;
        self
    }

    /// Sets how a receiver tells where a message ends.
    #[must_use]
    pub const fn framing(mut self, framing: Framing) -> Self {
        self.framing = framing;
        self
    }
}

impl Format for Rfc5424Format {
    fn format(&self, record: &Record<'_>, out: &mut Vec<u8>) {
        match self.framing {
            Framing::Datagram => self.put_message(record, out),
            Framing::Newline => {
                self.put_message(record, out);
                out.push(b'\n');
            }
            Framing::OctetCounting => {
                let mut message = Vec::new();
                self.put_message(record, &mut message);
                put(out, format_args!("{} ", message.len()));
                out.extend_from_slice(&message);
            }
        }
    }
}

/// The longest names that the RFC allows.
const HOST: usize = 255;
const APP: usize = 48;
const PARAM: usize = 32;
/// The largest number of a sequence.
const MAX_SEQUENCE: u64 = 0x7fff_ffff;

impl Rfc5424Format {
    fn put_message(&self, record: &Record<'_>, out: &mut Vec<u8>) {
        let priority = 8 * u32::from(self.facility) + u32::from(record.level().severity());
        put(out, format_args!("<{priority}>1 {} ", record.timestamp()));
        put_name(record.run().host_name(), HOST, out);
        out.push(b' ');
        put_name(record.run().app_name(), APP, out);
        put(out, format_args!(" {} {} ", record.run().process_id(), record.category().as_str()));
        self.put_record(record, out);
        self.put_fields(record, out);
        let event = record.event_bytes();
        if !event.is_empty() {
            out.push(b' ');
            put_text(event, out, |text, out| out.extend_from_slice(text));
        }
    }

    /// What is known of a record besides its fields.
    fn put_record(&self, record: &Record<'_>, out: &mut Vec<u8>) {
        let sequence = record.seq().saturating_sub(1) % MAX_SEQUENCE + 1;
        put(out, format_args!("[meta sequenceId=\"{sequence}\"][record@{}", self.enterprise));
        put_param("level", record.level().as_str().as_bytes(), out);
        put(out, format_args!(" seq=\"{}\"", record.seq()));
        put_param("run", record.run().id().as_bytes(), out);
        put_param("thread", record.thread().as_bytes(), out);
        put_param("module", record.module().as_bytes(), out);
        put_param("file", record.file().as_bytes(), out);
        put(out, format_args!(" line=\"{}\"", record.line()));
        if record.is_recovered() {
            put_param("recovered", b"true", out);
        }
        if let Some(bytes) = record.truncated_bytes() {
            put(out, format_args!(" truncated=\"true\" truncated_bytes=\"{bytes}\""));
        }
        out.push(b']');
    }

    fn put_fields(&self, record: &Record<'_>, out: &mut Vec<u8>) {
        if record.raw_fields().next().is_none() {
            return;
        }
        put(out, format_args!("[fields@{}", self.enterprise));
        for (key, value) in record.raw_fields() {
            out.push(b' ');
            put_param_name(&key, out);
            out.extend_from_slice(b"=\"");
            put_value(value, out);
            out.push(b'"');
        }
        out.push(b']');
    }
}

fn put(out: &mut Vec<u8>, text: std::fmt::Arguments<'_>) {
    // writing into memory cannot fail
    let _ = out.write_fmt(text);
}

/// A name of the header.
fn put_name(name: &str, max: usize, out: &mut Vec<u8>) {
    let printable = |char: char| if char.is_ascii_graphic() { char as u8 } else { b'_' };
    match name.is_empty() {
        true => out.push(b'-'),
        false => out.extend(name.chars().take(max).map(printable)),
    }
}

fn put_param(name: &str, text: &[u8], out: &mut Vec<u8>) {
    put(out, format_args!(" {name}=\""));
    put_text(text, out, put_param_value);
    out.push(b'"');
}

fn put_param_name(key: &Key<'_>, out: &mut Vec<u8>) {
    let start = out.len();
    if key.bytes.is_empty() {
        out.push(b'_');
    }
    for &byte in key.bytes {
        match byte {
            b'=' | b']' | b'"' | b'%' | b'~' => put(out, format_args!("%{byte:02X}")),
            byte if byte.is_ascii_graphic() => out.push(byte),
            byte => put(out, format_args!("%{byte:02X}")),
        }
    }
    if out.len() - start > PARAM {
        let hash = key
            .bytes
            .iter()
            .fold(0_u32, |hash, &byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193).rotate_left(5));
        out.truncate(start + PARAM - 5);
        put(out, format_args!("~{:04x}", hash >> 16));
    }
}

/// The escapes of the RFC.
fn put_param_value(text: &[u8], out: &mut Vec<u8>) {
    for &byte in text {
        if matches!(byte, b'"' | b'\\' | b']') {
            out.push(b'\\');
        }
        out.push(byte);
    }
}

/// A text as it is, or as a JSON string; `put` escapes it for its place.
fn put_text(text: &[u8], out: &mut Vec<u8>, put: impl Fn(&[u8], &mut Vec<u8>)) {
    let is_trimmed = |byte: Option<&u8>| byte == Some(&b' ');
    let mut needs_json = text.first() == Some(&b'"') || is_trimmed(text.first()) || is_trimmed(text.last());
    let mut json = Vec::with_capacity(text.len() + 2);
    json.push(b'"');
    let special = std::cell::Cell::new(false);
    escape(text, &mut json, |char, json| {
        // a quote and a backslash alone are nothing special here
        special.set(special.get() || !matches!(char, 0x22 | 0x5c));
        json::put_escape(char, json);
    });
    json.push(b'"');
    needs_json |= special.get();
    put(if needs_json { &json } else { text }, out);
}

fn put_value(value: RawValue<'_>, out: &mut Vec<u8>) {
    if value.tag == tag::STR {
        return put_text(value.bytes, out, put_param_value);
    }
    let json = json::value(value);
    // a character, and a number that is none, are texts
    match serde_json::from_slice::<String>(&json) {
        Ok(text) if value.tag != tag::JSON => put_text(text.as_bytes(), out, put_param_value),
        _ => put_param_value(&json, out),
    }
}
