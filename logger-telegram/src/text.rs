//! What a person reads: the parts of a message, cleaned and cut.

use logger_core::{Envelope, Level, Timestamp};

use crate::{
    alert::{Alert, Breadth, Members, Origin},
    engine::post::Part,
};

/// What is to be said to a target now.
#[derive(Debug, Clone)]
pub(crate) struct Message<'a> {
    pub(crate) alert: &'a Alert,
    /// How often it came.
    pub(crate) count: u64,
    /// When it came first and last.
    pub(crate) first: Timestamp,
    pub(crate) last: Timestamp,
    /// When it is said.
    pub(crate) now: Timestamp,
    pub(crate) form: Form,
}

/// How much a message ventures.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    /// With everything that the service has for it.
    Full,
    /// The service has refused that: level and event, in ASCII.
    Bare,
}

/// An alert that is said later than this after it happened is called late.
const LATE_AFTER: i64 = 30_000_000_000;

impl<'a> Message<'a> {
    pub(crate) fn of(part: &'a Part, now: Timestamp, form: Form) -> Self {
        let Part { alert, count, first, last, .. } = part;
        Message { alert, count: *count, first: *first, last: *last, now, form }
    }
}

impl Message<'_> {
    pub(crate) fn is_late(&self) -> bool {
        self.alert.delivery.origin == Origin::Earlier
            || self.now.unix_nanos().saturating_sub(self.first.unix_nanos()) > LATE_AFTER
    }

    /// The same for each attempt to say the same, also by the next process, and different for all else: repeats that somebody
    /// else says the rest of end later, and so does a watch that has something to say again.
    #[cfg(feature = "webhook")]
    pub(crate) fn key(&self) -> String {
        let Alert { run, seq, kind, .. } = self.alert;
        format!("{run}-{seq}-{kind:016x}-{}-{:x}", self.count, self.last.unix_nanos())
    }
}

/// How an alert begins: its sign and its level and, where a message has several, which of them it is.
pub(crate) fn head(message: &Message<'_>, at: usize, of: usize) -> String {
    let (sign, level) = (sign(message.alert.level), message.alert.level.as_upper_str());
    if of > 1 { format!("{sign} {level} {} of {of}", at + 1) } else { format!("{sign} {level}") }
}

/// The parts of a message in the order in which a person wants them.
#[derive(Debug, PartialEq)]
pub(crate) struct Content {
    /// `CRITICAL`.
    pub(crate) level: &'static str,
    pub(crate) event: String,
    /// Our own words: how often, how late.
    pub(crate) notes: Vec<String>,
    pub(crate) fields: Vec<(String, String)>,
    /// Program, host, place.
    pub(crate) origin: String,
}

/// What is said elsewhere, or helps nobody on a phone, besides what stands in the envelope of a line.
const NOT_SHOWN: [&str; 4] = ["recovered", "truncated", "truncated_bytes", "backtrace"];

fn is_shown(key: &str) -> bool {
    !Envelope::KEYS.contains(&key) && !NOT_SHOWN.contains(&key)
}

impl Content {
    pub(crate) fn of(message: &Message<'_>) -> Self {
        let members = Members::of(&message.alert.line);
        let event = clean(members.get("event"));
        let event =
            if event.trim().is_empty() { "(no message)".to_owned() } else { event.trim_end().to_owned() };
        let fields = match message.form {
            Form::Bare => Vec::new(),
            Form::Full => members
                .0
                .iter()
                .filter(|(key, _)| is_shown(key))
                .map(|(key, value)| (clean(key), clean(value)))
                .collect(),
        };
        Content {
            level: message.alert.level.as_upper_str(),
            event: if message.form == Form::Bare { to_ascii(&event) } else { event },
            notes: notes(message),
            fields,
            origin: origin(&members),
        }
    }
}

fn notes(message: &Message<'_>) -> Vec<String> {
    let mut notes = Vec::new();
    if message.count > 1 {
        let (first, last) = (seconds(message.first), seconds(message.last));
        let kind = match message.alert.delivery.breadth {
            Breadth::OneKind => "times",
            Breadth::OnePlace => "different alerts of this place,",
        };
        notes.push(format!("{} {kind} from {first} to {last}", grouped(message.count)));
    }
    if message.is_late() {
        notes.push(format!("late: happened {}, sent {}", seconds(message.first), seconds(message.now)));
    } else if message.count == 1 {
        notes.push(seconds(message.first));
    }
    notes
}

fn origin(members: &Members) -> String {
    let place = match (members.get("file"), members.get("line")) {
        ("", _) => String::new(),
        (file, line) => format!("{file}:{line}"),
    };
    let program = [members.get("app_name"), members.get("hostname")];
    let program = program.into_iter().filter(|it| !it.is_empty()).collect::<Vec<_>>().join(" on ");
    clean(&[program, place].into_iter().filter(|it| !it.is_empty()).collect::<Vec<_>>().join(", "))
}

/// A mark that is seen before anything is read.
pub(crate) const fn sign(level: Level) -> &'static str {
    match level {
        Level::Critical => "🔴",
        Level::Error => "🟠",
        Level::Warning => "🟡",
        Level::Info => "🔵",
        Level::Debug | Level::Trace => "⚪",
    }
}

/// `2026-01-31 23:59:59 UTC`.
fn seconds(time: Timestamp) -> String {
    let it = time.civil();
    format!(
        "{:04}-{:02}-{:02} {:02}:{:02}:{:02} UTC",
        it.year, it.month, it.day, it.hour, it.minute, it.second
    )
}

/// `10,000`.
pub(crate) fn grouped(count: u64) -> String {
    let digits = count.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// `1 alert`, `2 alerts`.
pub(crate) fn alerts(count: u64) -> String {
    counted(count, "alert")
}

/// `1 alert was`, `2 alerts were`.
pub(crate) fn were(count: u64) -> String {
    format!("{} {}", alerts(count), if count == 1 { "was" } else { "were" })
}

/// `1 alert is`, `2 alerts are`.
pub(crate) fn are(count: u64) -> String {
    format!("{} {}", alerts(count), if count == 1 { "is" } else { "are" })
}

/// `1 failure`, `2 failures`.
pub(crate) fn counted(count: u64, what: &str) -> String {
    format!("{} {what}{}", grouped(count), if count == 1 { "" } else { "s" })
}

/// Without the characters that would show something else than what is there: NUL is left out; other controls but line ends
/// and tabs, those that turn text round, and those that cannot be seen are written as `\u{202e}`.
pub(crate) fn clean(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for char in text.chars() {
        match char {
            '\0' => {}
            '\n' | '\t' => out.push(char),
            '\r' => {}
            '\u{85}' | '\u{2028}' | '\u{2029}' => out.push('\n'),
            '\u{1}'..='\u{1f}'
            | '\u{7f}'..='\u{9f}'
            | '\u{61c}'
            | '\u{200b}'..='\u{200f}'
            | '\u{202a}'..='\u{202e}'
            | '\u{2060}'..='\u{2069}'
            | '\u{feff}' => out.extend(char.escape_unicode()),
            _ => out.push(char),
        }
    }
    out
}

fn to_ascii(text: &str) -> String {
    text.chars().map(|it| if it.is_ascii_graphic() || it == ' ' || it == '\n' { it } else { '?' }).collect()
}

/// How long a text is for services that count UTF-16 units.
pub(crate) fn utf16_len(text: &str) -> usize {
    text.chars().map(char::len_utf16).sum()
}

/// What is left of a text in `max` UTF-16 units, never half a character; one that was cut ends with `…`.
pub(crate) fn cut_utf16(text: &str, max: usize) -> String {
    cut(text, max, char::len_utf16)
}

/// The same for services that count bytes of UTF-8.
#[cfg(feature = "webhook")]
pub(crate) fn cut_utf8(text: &str, max: usize) -> String {
    cut(text, max, char::len_utf8)
}

fn cut(text: &str, max: usize, len: impl Fn(char) -> usize) -> String {
    if text.chars().map(&len).sum::<usize>() <= max {
        return text.to_owned();
    }
    let room = max.saturating_sub(len('…'));
    let mut used = 0;
    let mut out: String = text
        .chars()
        .take_while(|&char| {
            used += len(char);
            used <= room
        })
        .collect();
    if max >= len('…') {
        out.push('…');
    }
    out
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_cannot_be_seen_or_turns_text_round_is_spelled_out() {
        assert_eq!(
            clean("a\0b\u{202e}c\u{1b}[2J\r\nd\u{2028}e\u{200d}"),
            "ab\\u{202e}c\\u{1b}[2J\nd\ne\\u{200d}"
        );
    }

    #[test]
    fn a_message_says_how_often_when_and_how_late() {
        let at = |second: i64| Timestamp::from_unix_nanos(second * 1_000_000_000);
        let notes = |breadth, count, last, now| {
            let mut alert = crate::testing::alert(1, Level::Critical);
            alert.delivery.breadth = breadth;
            let message = Message {
                alert: &alert,
                count,
                first: at(0),
                last: at(last),
                now: at(now),
                form: Form::Full,
            };
            Content::of(&message).notes
        };
        let (begin, ten, forty) =
            ("1970-01-01 00:00:00 UTC", "1970-01-01 00:00:10 UTC", "1970-01-01 00:00:40 UTC");
        assert_eq!(notes(Breadth::OneKind, 1, 0, 30), [begin]);
        let late = format!("late: happened {begin}, sent {forty}");
        assert_eq!(notes(Breadth::OneKind, 1, 0, 40), std::slice::from_ref(&late));
        assert_eq!(notes(Breadth::OneKind, 1_000, 10, 20), [format!("1,000 times from {begin} to {ten}")]);
        let place = format!("5 different alerts of this place, from {begin} to {ten}");
        assert_eq!(notes(Breadth::OnePlace, 5, 10, 40), [place, late]);
    }

    #[test]
    fn a_bare_message_has_no_fields_and_no_character_beyond_ascii() {
        let mut alert = crate::testing::alert(1, Level::Critical);
        alert.line = r#"{"event":"ä\nb\u001b","symbol":"BTC","recovered":true,"app_name":"bot"}"#.into();
        let time = Timestamp::from_unix_nanos(0);
        let of = |form| {
            Content::of(&Message { alert: &alert, count: 1, first: time, last: time, now: time, form })
        };
        let (full, bare) = (of(Form::Full), of(Form::Bare));
        assert_eq!((full.event.as_str(), bare.event.as_str()), ("ä\nb\\u{1b}", "?\nb\\u{1b}"));
        assert_eq!((full.fields, bare.fields), (vec![("symbol".to_owned(), "BTC".to_owned())], Vec::new()));
        assert_eq!(bare.origin, "bot");
    }

    #[test]
    fn counts_are_grouped_by_thousands() {
        let table = [(1, "1"), (999, "999"), (1_000, "1,000"), (10_000, "10,000"), (1_234_567, "1,234,567")];
        for (count, text) in table {
            assert_eq!(grouped(count), text);
        }
    }

    proptest! {
        #[test]
        fn a_text_is_cut_on_a_character_and_fits(text in ".*", max in 0_usize..40) {
            let cut = cut_utf16(&text, max);
            prop_assert!(utf16_len(&cut) <= max);
            if utf16_len(&text) <= max {
                prop_assert_eq!(&cut, &text);
            } else {
                let kept = cut.strip_suffix('…').unwrap_or(&cut);
                prop_assert!(text.starts_with(kept));
                // not a character less than there is room for
                let next = text[kept.len()..].chars().next().map_or(0, char::len_utf16);
                prop_assert!(max == 0 || utf16_len(kept) + next + 1 > max);
            }
        }
    }
}
