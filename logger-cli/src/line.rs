//! One line of a log, and what is told of it without parsing it.

use logger_config::Level;

use crate::{record::Record, time};

/// One line of a log.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Line {
    /// The line without its newline; any bytes.
    pub bytes: Vec<u8>,
    /// The time that stands in it, in nanoseconds since 1970; `None` for one that is no record.
    pub own_time: Option<i64>,
    /// The same; for a line that is no record the time of the one before it.
    pub time: i64,
    /// The number of the log that it comes from, in the order in which they were named.
    pub log: usize,
}

impl Line {
    /// A line of the log number `log`, which stands behind one of the time `before`.
    pub fn new(bytes: Vec<u8>, before: i64, log: usize) -> Line {
        let own_time = time_of(&bytes);
        Line { time: own_time.unwrap_or(before), own_time, bytes, log }
    }
}

/// How our own lines begin.
const OPENING: &[u8] = b"{\"timestamp\":\"";
const THEN_LEVEL: &[u8] = b"\",\"level\":\"";

/// Time and level of a line of ours, by the places where they stand.
fn head(line: &[u8]) -> Option<(&[u8], &[u8])> {
    let (time, rest) = upto_quote(line.strip_prefix(OPENING)?)?;
    let (level, _) = upto_quote(rest.strip_prefix(THEN_LEVEL)?)?;
    Some((time, level))
}

fn upto_quote(text: &[u8]) -> Option<(&[u8], &[u8])> {
    // a time has 20 to 35 bytes, a level has 4 to 8
    let at = text.iter().take(40).position(|it| *it == b'"')?;
    Some(text.split_at(at))
}

/// The time that stands in a line, in nanoseconds since 1970.
pub fn time_of(line: &[u8]) -> Option<i64> {
    match head(line) {
        Some((time, _)) => time::read_bytes(time),
        None => Record::parse(line)?.text("timestamp").and_then(|it| time::read_bytes(it.as_bytes())),
    }
}

/// The level of a line; `None` for one that is no record or names none.
pub fn level_of(line: &[u8]) -> Option<Level> {
    match head(line) {
        Some((_, level)) => std::str::from_utf8(level).ok()?.parse().ok(),
        None => Record::parse(line)?.text("level")?.parse().ok(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_and_level_are_found_by_place_and_by_name() {
        let nanos = 1_760_610_600_123_456_000;
        for line in [
            r#"{"timestamp":"2025-10-16T10:30:00.123456Z","level":"warning","event":"a"}"#,
            r#"{"level":"warning","timestamp":"2025-10-16T12:30:00.123456+02:00","event":"a"}"#,
            r#" { "event" : "a" , "level":"WARN", "timestamp" : "2025-10-16T10:30:00.123456Z" } "#,
        ] {
            assert_eq!(time_of(line.as_bytes()), Some(nanos), "{line}");
            assert_eq!(level_of(line.as_bytes()), Some(Level::Warning), "{line}");
        }
        for line in [
            "",
            "{",
            "text",
            "{\"timestamp\":\"",
            "{\"timestamp\":\"now\",\"level\":\"info\"}",
            "[1]",
            "\u{0}",
        ] {
            assert_eq!(time_of(line.as_bytes()), None, "{line}");
        }
    }
}
