//! Lines for people: `2025-10-16 10:30:00 [INFO     ] Expert started     expert_name=MyEmaBot symbol=BTCUSDT`.
//!
//! A trade begins with what was traded: `[TRADE] BUY 0.1 BTCUSDT @ 70000 order filled`. It is made of the fields `side`,
//! `quantity` (or `size`, or `qty`), `symbol` and `price`, which do not stand among the fields then. A trade without a side, a
//! quantity and a symbol is `[TRADE] order cancelled`, with all of its fields; one without a price, such as an order at
//! the market, has no `@`.

use std::io::Write as _;

use super::{Format, escape::escape, trade::Traded};
use crate::{
    codec::decode::{Key, RawValue, text as text_of},
    record::Record,
    value::Value,
};

/// Lines for people, in UTC, without colours: `2025-10-16 10:30:00 [INFO     ] Expert started     symbol=BTCUSDT`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct TextFormat;

/// The column in which fields begin, counted from the first byte of the event.
const EVENT_WIDTH: usize = 18;

impl Format for TextFormat {
    fn format(&self, record: &Record<'_>, out: &mut Vec<u8>) {
        TextFormat::put_time(record, out);
        // the widest level name has 8 letters; one more column, as the programs have that people come from
        let _ = write!(out, " [{:9}] ", record.level().as_upper_str());
        TextFormat::put_event(record, out);
        TextFormat::put_fields(record, out, |key, value, out| {
            out.extend_from_slice(key);
            out.push(b'=');
            out.extend_from_slice(value);
        });
        out.push(b'\n');
    }
}

impl TextFormat {
    /// Appends the time of a record, to the second.
    pub fn put_time(record: &Record<'_>, out: &mut Vec<u8>) {
        let at = record.timestamp().civil();
        let _ = write!(
            out,
            "{:04}-{:02}-{:02} {:02}:{:02}:{:02}",
            at.year, at.month, at.day, at.hour, at.minute, at.second
        );
    }

    /// Appends the event, behind what was traded where it is a trade, padded so that the fields of most lines begin in one column.
    pub fn put_event(record: &Record<'_>, out: &mut Vec<u8>) {
        let start = out.len();
        Traded::of(record).put(record, out);
        escape(record.event_bytes(), out, put_visible);
        let width = out.len() - start;
        if record.raw_fields().next().is_some() {
            out.extend(std::iter::repeat_n(b' ', EVENT_WIDTH.saturating_sub(width)));
        }
    }

    /// Appends a text so that each character is seen and none acts on a terminal, without quotes.
    pub fn put_text(text: &str, out: &mut Vec<u8>) {
        escape(text.as_bytes(), out, put_visible);
    }

    /// Appends the fields, each after a space, through `put(key, value, out)`; both are escaped already.
    pub fn put_fields(record: &Record<'_>, out: &mut Vec<u8>, put: impl FnMut(&[u8], &[u8], &mut Vec<u8>)) {
        TextFormat::put_fields_but(|_, _| false, record, out, put);
    }

    /// The same without those that are `left_out`, by their key and value.
    pub fn put_fields_but(
        left_out: impl Fn(&str, Value<'_>) -> bool,
        record: &Record<'_>,
        out: &mut Vec<u8>,
        mut put: impl FnMut(&[u8], &[u8], &mut Vec<u8>),
    ) {
        let (mut name, mut text) = (Vec::new(), Vec::new());
        let marks = [("recovered", record.is_recovered()), ("truncated", record.truncated_bytes().is_some())];
        for (mark, _) in marks.into_iter().filter(|(_, set)| *set) {
            out.push(b' ');
            put(mark.as_bytes(), b"true", out);
        }
        let traded = Traded::of(record);
        let stays = |(key, value): &(Key<'_>, RawValue<'_>)| {
            !traded.tells(key.bytes) && !left_out(text_of(key.bytes), value.get())
        };
        for (key, value) in record.raw_fields().filter(stays) {
            name.clear();
            text.clear();
            if key.is_reserved() {
                name.extend_from_slice(b"field.");
            }
            put_word(key.bytes, &mut name);
            put_value(value.get(), &mut text);
            out.push(b' ');
            put(&name, &text, out);
        }
    }
}

pub(super) fn put_value(value: Value<'_>, out: &mut Vec<u8>) {
    match value {
        Value::Str(text) => put_word(text.as_bytes(), out),
        Value::Error(chain) => put_word(chain.to_string().as_bytes(), out),
        Value::Char(char) => put_word(char.encode_utf8(&mut [0; 4]).as_bytes(), out),
        Value::Json(json) => escape(json.as_bytes(), out, put_visible),
        number => {
            let _ = write!(out, "{number}");
        }
    }
}

/// A text as it is where it is one word, else in quotes.
fn put_word(text: &[u8], out: &mut Vec<u8>) {
    let needs_quotes = text.is_empty() || text.iter().any(|&byte| matches!(byte, 0..=b' ' | b'"' | b'='));
    if !needs_quotes {
        return escape(text, out, put_visible);
    }
    out.push(b'"');
    escape(text, out, |char, out| {
        if matches!(char, 0x22 | 0x5c) {
            out.push(b'\\');
        }
        put_visible(char, out);
    });
    out.push(b'"');
}

/// Appends a special character so that a person sees it and a terminal does not act on it.
#[cold]
fn put_visible(char: u32, out: &mut Vec<u8>) {
    let _ = match char {
        0x22 | 0x5c => out.write_all(&[char as u8]),
        0x09 => out.write_all(b"\\t"),
        0x0a => out.write_all(b"\\n"),
        0x0d => out.write_all(b"\\r"),
        0..=0xff => write!(out, "\\x{char:02x}"),
        _ => write!(out, "\\u{{{char:x}}}"),
    };
}
