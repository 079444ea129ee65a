//! What a person is to be told: a record, how often it came, and what makes two records the same alert.

use std::{fmt, sync::Arc};

use logger_core::{Format as _, JsonFormat, Level, Record, Timestamp};
use serde::{
    Deserialize, Deserializer,
    de::{MapAccess, Visitor},
};

/// The longest line of a record that is kept; of a longer one the fields go, and the event is cut.
pub(crate) const MAX_LINE: usize = 64 * 1024;
/// What is kept of the event of such a record.
const MAX_EVENT: usize = 8 * 1024;

/// A record that somebody is to be told of.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Alert {
    /// What it has in common with its repeats.
    pub(crate) kind: u64,
    pub(crate) run: Arc<str>,
    /// 0 for an alert that no record made, as that of a silence.
    pub(crate) seq: u64,
    pub(crate) level: Level,
    pub(crate) timestamp: Timestamp,
    /// The record as one JSON object, without an end of line.
    pub(crate) line: Arc<str>,
    pub(crate) delivery: Delivery,
}

/// How an alert is to be delivered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Delivery {
    /// Whether the phone makes a sound.
    pub(crate) sound: Sound,
    /// The names of the targets that get it; all of them where there is none.
    pub(crate) targets: Option<Arc<[String]>>,
    pub(crate) origin: Origin,
    /// Whether its kind is that of a place, because too many different ones came from there.
    pub(crate) breadth: Breadth,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sound {
    ByTarget,
    Off,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Origin {
    /// Logged by this process, just now.
    Now,
    /// Left by an earlier one.
    Earlier,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Breadth {
    OneKind,
    OnePlace,
}

impl Default for Delivery {
    fn default() -> Self {
        Delivery { sound: Sound::ByTarget, targets: None, origin: Origin::Now, breadth: Breadth::OneKind }
    }
}

impl Alert {
    pub(crate) fn new(record: &Record<'_>, kind: u64, delivery: Delivery) -> Self {
        Alert {
            kind,
            run: record.run().id().into(),
            seq: record.seq(),
            level: record.level(),
            timestamp: record.timestamp(),
            line: line(record).into(),
            delivery,
        }
    }

    /// Whether it goes to the target of this name.
    pub(crate) fn goes_to(&self, target: &str) -> bool {
        self.delivery.targets.as_ref().is_none_or(|names| names.iter().any(|name| name == target))
    }
}

/// The JSON object of a record, of at most [`MAX_LINE`] bytes.
fn line(record: &Record<'_>) -> String {
    let mut bytes = Vec::new();
    JsonFormat::default().format(record, &mut bytes);
    while bytes.last() == Some(&b'\n') {
        bytes.pop();
    }
    if bytes.len() > MAX_LINE {
        return short_line(record);
    }
    // the format writes UTF-8
    String::from_utf8(bytes).unwrap_or_else(|_| short_line(record))
}

fn short_line(record: &Record<'_>) -> String {
    let event = record.event();
    let end = event.floor_char_boundary_at(MAX_EVENT);
    serde_json::json!({
        "timestamp": record.timestamp().to_string(),
        "level": record.level().as_str(),
        "event": &event[..end],
        "app_name": record.run().app_name(),
        "hostname": record.run().host_name(),
        "file": record.file(),
        "line": record.line(),
        "run": record.run().id(),
        "seq": record.seq(),
        "truncated": true,
    })
    .to_string()
}

trait FloorCharBoundary {
    fn floor_char_boundary_at(&self, at: usize) -> usize;
}

impl FloorCharBoundary for str {
    /// The last boundary of a character at or before `at`.
    fn floor_char_boundary_at(&self, at: usize) -> usize {
        (0..=at.min(self.len())).rev().find(|&at| self.is_char_boundary(at)).unwrap_or(0)
    }
}

/// The members of a JSON object in their order, each value as a text for people: strings without quotes, the rest as JSON.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Members(pub(crate) Vec<(String, String)>);

impl Members {
    /// Of a line; none where it is not an object.
    pub(crate) fn of(line: &str) -> Self {
        serde_json::from_str(line).unwrap_or_default()
    }

    pub(crate) fn get(&self, key: &str) -> &str {
        self.0.iter().find(|(it, _)| it == key).map_or("", |(_, value)| value)
    }
}

impl<'de> Deserialize<'de> for Members {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct InOrder;
        impl<'de> Visitor<'de> for InOrder {
            type Value = Members;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Members, A::Error> {
                let mut members = Vec::new();
                while let Some((key, value)) = map.next_entry::<String, serde_json::Value>()? {
                    let text = match value {
                        serde_json::Value::String(text) => text,
                        other => other.to_string(),
                    };
                    members.push((key, text));
                }
                Ok(Members(members))
            }
        }
        deserializer.deserialize_map(InOrder)
    }
}

/// What makes two records the same alert: by default level, event, `expert_name` and the place of the call.
///
/// ```
/// use logger_telegram::Fingerprint;
///
/// // one alert for each symbol, wherever in the code it comes from
/// let fingerprint = Fingerprint::default().field("symbol").without_place();
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fingerprint {
    parts: Vec<Part>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    Level,
    Event,
    Place,
    Field(String),
}

impl Default for Fingerprint {
    fn default() -> Self {
        let expert = Part::Field("expert_name".into());
        Fingerprint { parts: vec![Part::Level, Part::Event, expert, Part::Place] }
    }
}

impl Fingerprint {
    /// The value of this field counts too.
    #[must_use]
    pub fn field(mut self, key: &str) -> Self {
        self.parts.push(Part::Field(key.to_owned()));
        self
    }

    /// The value of this field does not count, such as that of `expert_name`.
    #[must_use]
    pub fn without_field(mut self, key: &str) -> Self {
        self.parts.retain(|part| !matches!(part, Part::Field(it) if it == key));
        self
    }

    /// The message does not count: useful where it contains numbers or names.
    #[must_use]
    pub fn without_event(mut self) -> Self {
        self.parts.retain(|part| *part != Part::Event);
        self
    }

    /// File and line do not count.
    #[must_use]
    pub fn without_place(mut self) -> Self {
        self.parts.retain(|part| *part != Part::Place);
        self
    }

    pub(crate) fn of(&self, record: &Record<'_>) -> u64 {
        let mut hash = Fnv::default();
        for part in &self.parts {
            match part {
                Part::Level => hash.part(record.level().as_str().as_bytes()),
                Part::Event => hash.part(record.event().as_bytes()),
                Part::Place => hash.place(record),
                Part::Field(key) => match record.field(key) {
                    Some(value) => hash.part(value.to_string().as_bytes()),
                    None => hash.part(b"\0"),
                },
            }
        }
        hash.0
    }
}

/// The place of a call alone.
pub(crate) fn place_of(record: &Record<'_>) -> u64 {
    let mut hash = Fnv::default();
    hash.part(b"place");
    hash.place(record);
    hash.0
}

/// For an alert that no record made.
pub(crate) fn kind_of_name(name: &str) -> u64 {
    let mut hash = Fnv::default();
    hash.part(b"rule");
    hash.part(name.as_bytes());
    hash.0
}

/// FNV-1a of 64 bits: the same in every build, because it stands in files.
struct Fnv(u64);

impl Default for Fnv {
    fn default() -> Self {
        Fnv(0xcbf2_9ce4_8422_2325)
    }
}

impl Fnv {
    fn part(&mut self, bytes: &[u8]) {
        // the length first, so that `ab` `c` and `a` `bc` differ
        for &byte in (bytes.len() as u64).to_le_bytes().iter().chain(bytes) {
            self.0 = (self.0 ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }

    fn place(&mut self, record: &Record<'_>) {
        self.part(record.file().as_bytes());
        self.part(&record.line().to_le_bytes());
    }
}

#[cfg(test)]
mod tests {
    use logger_core::OwnedRecord;

    use super::*;

    fn record(event: &str, expert: &str, line: u32) -> OwnedRecord {
        OwnedRecord::new(Level::Critical, event).field("expert_name", expert).place("a.rs", "a", line).build()
    }

    #[test]
    fn level_event_expert_and_place_make_a_kind() {
        let print = Fingerprint::default();
        let one = print.of(&record("a", "e", 1).borrow());
        assert_eq!(one, print.of(&record("a", "e", 1).borrow()));
        for other in [record("b", "e", 1), record("a", "f", 1), record("a", "e", 2)] {
            assert_ne!(one, print.of(&other.borrow()));
        }
        let wide = Fingerprint::default().without_event().without_place().without_field("expert_name");
        assert_eq!(wide.of(&record("a", "e", 1).borrow()), wide.of(&record("b", "f", 2).borrow()));
        let narrow = wide.field("expert_name");
        assert_ne!(narrow.of(&record("a", "e", 1).borrow()), narrow.of(&record("a", "f", 1).borrow()));
    }

    #[test]
    fn a_kind_is_the_same_in_every_build() {
        assert_eq!(Fingerprint::default().of(&record("a", "e", 1).borrow()), 0x11f8_7e7b_223d_2eb9);
    }

    #[test]
    fn a_line_is_bounded_and_keeps_the_order_of_its_members() {
        let long = OwnedRecord::new(Level::Critical, "ä".repeat(50_000)).build();
        let alert = Alert::new(&long.borrow(), 1, Delivery::default());
        assert!(alert.line.len() <= MAX_LINE);
        assert!(Members::of(&alert.line).get("event").starts_with("ää"));
        let members = Members::of(r#"{"z":"a b","a":1.50,"n":{"k":[1]}}"#);
        let expected = [("z", "a b"), ("a", "1.50"), ("n", r#"{"k":[1]}"#)];
        assert_eq!(members.0, expected.map(|(key, value)| (key.to_owned(), value.to_owned())));
        assert_eq!(Members::of("no json"), Members::default());
    }
}
