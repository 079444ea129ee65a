//! What the fuzz targets of the formats and of the masking call. The inputs that are kept are replayed as tests.

use crate::{
    format::{Format, Framing, JsonFormat, Rfc5424Format, TextFormat},
    level::Level,
    record::OwnedRecord,
    redact::{default_list, masked_json},
    value::Value,
};

/// A record of bytes: event, and then keys and values in turn, with 0xff between them. What a value begins with says what it
/// is: `j` nested, `f` a float, `i` an integer, `c` a character, anything else a text.
fn record(input: &[u8]) -> OwnedRecord {
    let mut parts = input.split(|&byte| byte == 0xff).map(String::from_utf8_lossy);
    let event = parts.next().unwrap_or_default();
    let mut record = OwnedRecord::new(Level::Info, event.into_owned());
    while let (Some(key), Some(text)) = (parts.next(), parts.next()) {
        let bytes = text.as_bytes();
        let word = bytes.iter().skip(1).fold(0_u64, |word, &byte| word << 8 | u64::from(byte));
        let value = match bytes.first() {
            Some(b'j') => Value::Json(&text[1..]),
            Some(b'f') => Value::F64(f64::from_bits(word)),
            Some(b'i') => Value::I128(i128::from(word).wrapping_mul(i128::MAX / 3)),
            Some(b'c') => Value::Char(text.chars().nth(1).unwrap_or('\0')),
            _ => Value::Str(&text),
        };
        record = record.field(&key, value);
    }
    record.thread(&event_thread(input)).build()
}

fn event_thread(input: &[u8]) -> String {
    String::from_utf8_lossy(&input[..input.len().min(8)]).into_owned()
}

fn line(format: &dyn Format, input: &[u8]) -> String {
    let mut line = Vec::new();
    format.format(&record(input).borrow(), &mut line);
    String::from_utf8(line).expect("a line is UTF-8")
}

fn check_line(line: &str) {
    let is_dangerous = |char: char| {
        let invisible = matches!(char, '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{2069}' | '\u{feff}');
        char.is_control() || invisible
    };
    let body = line.strip_suffix('\n').expect("a line ends with a newline");
    assert!(!body.contains(is_dangerous), "{body:?}");
}

/// A line of JSON: one line, and JSON with each key once.
///
/// # Panics
///
/// It should not.
pub fn json(input: &[u8]) {
    let line = line(&JsonFormat::default(), input);
    check_line(&line);
    let parsed: serde_json::Map<String, serde_json::Value> = serde_json::from_str(&line).expect("it is JSON");
    let own = record(input).borrow().fields().count();
    let truncated = if parsed.contains_key("truncated") { 2 } else { 0 };
    assert_eq!(parsed.len(), 14 + truncated + own, "each key once: {line}");
}

/// A line of text.
///
/// # Panics
///
/// It should not.
pub fn text(input: &[u8]) {
    check_line(&line(&TextFormat, input));
}

/// A line of RFC 5424, whose length is that before it, and whose brackets and quotes end where they should.
///
/// # Panics
///
/// It should not.
pub fn rfc5424(input: &[u8]) {
    let line = line(&Rfc5424Format::default(), input);
    check_line(&line);
    let mut framed = Vec::new();
    Rfc5424Format::default().framing(Framing::OctetCounting).format(&record(input).borrow(), &mut framed);
    assert_eq!(framed, format!("{} {}", line.len() - 1, line.trim_end_matches('\n')).into_bytes());
    let start = line.find('[').expect("structured data");
    let (mut quoted, mut open, mut escaped, mut elements) = (false, false, false, 0);
    for char in line[start..].chars() {
        match char {
            _ if escaped => escaped = false,
            '\\' if quoted => escaped = true,
            '"' if open => quoted = !quoted,
            ']' if quoted => panic!("a bracket in a value: {line}"),
            ']' if open => open = false,
            '[' if !open => (open, elements) = (true, elements + 1),
            _ if !open => break,
            _ => {}
        }
    }
    assert!(!quoted && !open && (2..=3).contains(&elements), "{line}");
}

/// What stands behind a secret's name never comes through, and JSON stays JSON.
///
/// # Panics
///
/// It should not.
pub fn mask(input: &[u8]) {
    const SECRET: &str = "Zx91pLm2Q7";
    let text = String::from_utf8_lossy(input);
    let with = format!("{text}\n\npassword={SECRET}");
    if !text.contains(SECRET) {
        let masked = default_list().masked_text(&with).expect("there is a secret");
        assert!(!masked.contains(SECRET), "{masked:?}");
    }
    let json = serde_json::to_string(&[&*text, &with]).expect("texts are JSON");
    if let Some(masked) = masked_json(default_list(), &json) {
        let read: Vec<String> = serde_json::from_str(&masked).expect("it stays JSON");
        assert_eq!(read.len(), 2);
    }
}

#[cfg(test)]
mod tests {
    use std::{fs, path::Path};

    use super::*;

    fn replay(target: &str, body: fn(&[u8])) {
        let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fuzz/corpus").join(target);
        let inputs: Vec<_> = fs::read_dir(corpus).unwrap().map(|entry| entry.unwrap().path()).collect();
        inputs.iter().for_each(|path| body(&fs::read(path).unwrap()));
        assert!(inputs.len() > 20, "{} inputs", inputs.len());
    }

    #[test]
    fn kept_inputs_are_lines_of_json() {
        replay("json", json);
    }

    #[test]
    fn kept_inputs_are_lines_of_text() {
        replay("text", text);
    }

    #[test]
    fn kept_inputs_are_lines_of_syslog() {
        replay("rfc5424", rfc5424);
    }

    #[test]
    fn kept_inputs_are_masked() {
        replay("mask", mask);
    }
}
