//! Every line of `JsonFormat` read back by `serde_json`, and compared with what `slog-json` makes of the same record.

use std::{
    collections::BTreeSet,
    fmt,
    io::{self, Write},
    sync::{Arc, Mutex},
};

use logger_core::{
    Drain as _, Envelope, Format as _, JsonFormat, Level, OwnedRecord, OwnedRecordBuilder, Redaction,
    SlogDrain, Value,
};
use proptest::{collection::vec, prelude::*, sample::select};
use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::Value as Json;

/// A value that a test gives to a record.
#[derive(Debug, Clone)]
pub(crate) enum Given {
    Null,
    Bool(bool),
    I64(i64),
    U64(u64),
    I128(i128),
    U128(u128),
    F32(f32),
    F64(f64),
    Char(char),
    Str(String),
    Json(Json),
}

impl Given {
    pub(crate) fn put(&self, key: &str, record: OwnedRecordBuilder) -> OwnedRecordBuilder {
        match self {
            Given::Null => record.field(key, Value::Null),
            Given::Bool(it) => record.field(key, *it),
            Given::I64(it) => record.field(key, *it),
            Given::U64(it) => record.field(key, *it),
            Given::I128(it) => record.field(key, *it),
            Given::U128(it) => record.field(key, *it),
            Given::F32(it) => record.field(key, *it),
            Given::F64(it) => record.field(key, *it),
            Given::Char(it) => record.field(key, *it),
            Given::Str(it) => record.field(key, it),
            Given::Json(it) => record.field(key, Value::Json(&it.to_string())),
        }
    }

    /// Whether a value that was read back is this one: floats to the bit, integers to the digit.
    pub(crate) fn is(&self, read: &Json) -> bool {
        let digits = read.to_string();
        let number = |text: String| read.is_number() && digits == text;
        let text = |text: &str| read.as_str() == Some(text);
        match self {
            Given::Null => read.is_null(),
            Given::Bool(it) => read.as_bool() == Some(*it),
            Given::I64(it) => number(it.to_string()),
            Given::U64(it) => number(it.to_string()),
            Given::I128(it) => number(it.to_string()),
            Given::U128(it) => number(it.to_string()),
            Given::F32(it) if it.is_finite() => {
                read.is_number()
                    && read.to_string().parse::<f32>().is_ok_and(|read| read.to_bits() == it.to_bits())
            }
            Given::F64(it) if it.is_finite() => {
                read.is_number()
                    && read.to_string().parse::<f64>().is_ok_and(|read| read.to_bits() == it.to_bits())
            }
            Given::F32(it) => text(not_finite(f64::from(*it))),
            Given::F64(it) => text(not_finite(*it)),
            Given::Char(it) => text(&it.to_string()),
            Given::Str(it) => text(it),
            Given::Json(it) => read == it,
        }
    }

    /// What slog-json can say in the same words: it writes `null` for a float that is not finite.
    fn is_said_by_slog_json(&self) -> bool {
        match self {
            Given::F32(it) => it.is_finite(),
            Given::F64(it) => it.is_finite(),
            _ => true,
        }
    }
}

fn not_finite(number: f64) -> &'static str {
    if number.is_nan() {
        "NaN"
    } else if number > 0.0 {
        "Infinity"
    } else {
        "-Infinity"
    }
}

/// A line read back, with its keys as they stand: in their order, a repeated one repeated.
#[derive(Debug)]
struct Line(Vec<(String, Json)>);

impl<'de> Deserialize<'de> for Line {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Entries;
        impl<'de> Visitor<'de> for Entries {
            type Value = Line;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Line, A::Error> {
                let mut entries = Vec::new();
                while let Some(entry) = map.next_entry()? {
                    entries.push(entry);
                }
                Ok(Line(entries))
            }
        }
        deserializer.deserialize_map(Entries)
    }
}

impl Line {
    fn get(&self, key: &str) -> Option<&Json> {
        self.0.iter().find(|(it, _)| it == key).map(|(_, value)| value)
    }
}

/// Keys that no field has in a line as they are.
fn reserved() -> Vec<&'static str> {
    Envelope::KEYS.into_iter().chain(["recovered", "truncated", "seal"]).collect()
}

/// The name under which a field stands in a line.
fn name(key: &str) -> String {
    let mut rest = key;
    while let Some(shorter) = rest.strip_prefix("field.") {
        rest = shorter;
    }
    if reserved().contains(&rest) || rest == "truncated_bytes" {
        format!("field.{key}")
    } else {
        key.to_owned()
    }
}

/// Characters that end lines, move cursors, turn text round or cannot be seen, and those that JSON escapes.
const SPECIAL: &[char] = &[
    '"',
    '\\',
    '/',
    '{',
    '}',
    '\n',
    '\r',
    '\t',
    '\0',
    '\u{1b}',
    '\u{b}',
    '\u{c}',
    '\u{7f}',
    '\u{80}',
    '\u{85}',
    '\u{9b}',
    '\u{9f}',
    '\u{61c}',
    '\u{200b}',
    '\u{200f}',
    '\u{2028}',
    '\u{2029}',
    '\u{202a}',
    '\u{202e}',
    '\u{2060}',
    '\u{2066}',
    '\u{2069}',
    '\u{feff}',
    '\u{fffd}',
    '\u{ffff}',
    '\u{10ffff}',
    'é',
    '€',
    '🦀',
];

pub(crate) fn text() -> impl Strategy<Value = String> {
    let char = prop_oneof![2 => any::<char>(), 2 => select(SPECIAL), 3 => proptest::char::range(' ', '~')];
    prop_oneof![
        9 => vec(char, 0..40)
            .prop_map(String::from_iter)
            .prop_filter("what has such a name is masked", |text| !names_a_secret(text)),
        1 => Just("\"}\n{\"level\":\"INFO\",\"event\":\"forged\"}".to_owned()),
    ]
}

/// Whether chance has made one of the shorter names of the list, such as `otp`.
fn names_a_secret(text: &str) -> bool {
    let letters: String = text.chars().filter(char::is_ascii_alphanumeric).collect();
    let letters = letters.to_ascii_lowercase();
    Redaction::DEFAULT_KEYS.iter().any(|name| letters.contains(&name.replace('_', "")))
}

/// Few distinct ones: the adapter for slog keeps each for the rest of the program, up to a limit.
fn few_keys() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => "[a-e]{1,2}",
        1 => select(&["", "\"", "a\nb", "\u{1b}[2J", "\u{202e}", "ключ", "🦀"][..]).prop_map(str::to_owned),
        1 => select(reserved()).prop_map(str::to_owned),
        1 => (1..3_usize, select(&["level", "msg", "ts", "seq", "x"][..]))
            .prop_map(|(times, key)| "field.".repeat(times) + key),
    ]
}

fn key() -> impl Strategy<Value = String> {
    prop_oneof![
        3 => few_keys(),
        1 => text().prop_filter("longer than a key may be", |key| key.len() <= 128),
    ]
}

fn json() -> impl Strategy<Value = Json> {
    let leaf = prop_oneof![
        Just(Json::Null),
        any::<bool>().prop_map(Json::from),
        any::<i64>().prop_map(Json::from),
        any::<u64>().prop_map(Json::from),
        any::<i128>().prop_map(|it| it.to_string().parse::<Json>().unwrap()),
        any::<f64>().prop_filter("JSON has no such number", |it| it.is_finite()).prop_map(Json::from),
        Just("0.1234567890123456789012345678".parse::<Json>().unwrap()),
        text().prop_map(Json::from),
    ];
    leaf.prop_recursive(4, 24, 6, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..5).prop_map(Json::from),
            vec((text(), inner), 0..5).prop_map(|entries| Json::Object(entries.into_iter().collect())),
        ]
    })
}

pub(crate) fn given() -> impl Strategy<Value = Given> {
    prop_oneof![
        Just(Given::Null),
        any::<bool>().prop_map(Given::Bool),
        any::<i64>().prop_map(Given::I64),
        any::<u64>().prop_map(Given::U64),
        any::<i128>().prop_map(Given::I128),
        any::<u128>().prop_map(Given::U128),
        // all bit patterns: NaN, infinities, -0.0 and subnormals among them
        any::<u32>().prop_map(|bits| Given::F32(f32::from_bits(bits))),
        any::<u64>().prop_map(|bits| Given::F64(f64::from_bits(bits))),
        (proptest::num::f32::ANY | proptest::num::f32::SUBNORMAL).prop_map(Given::F32),
        (proptest::num::f64::ANY | proptest::num::f64::SUBNORMAL).prop_map(Given::F64),
        select(&[f64::NAN, f64::INFINITY, f64::NEG_INFINITY, -0.0, f64::MIN_POSITIVE, f64::MAX, 5e-324][..])
            .prop_map(Given::F64),
        any::<char>().prop_map(Given::Char),
        select(SPECIAL).prop_map(Given::Char),
        text().prop_map(Given::Str),
        json().prop_map(Given::Json),
    ]
}

fn record(event: &str, fields: &[(String, Given)]) -> OwnedRecord {
    let begun = OwnedRecord::new(Level::Info, event).thread("main\u{1b}[2J");
    fields.iter().fold(begun, |record, (key, value)| value.put(key, record)).build()
}

fn line(record: &OwnedRecord, envelope: Envelope) -> String {
    let mut bytes = Vec::new();
    JsonFormat::new(envelope).format(&record.borrow(), &mut bytes);
    String::from_utf8(bytes).unwrap()
}

/// A buffer that a drain owns and a test reads.
#[derive(Clone, Default)]
struct Written(Arc<Mutex<Vec<u8>>>);

impl Write for Written {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn line_of_slog_json(record: &OwnedRecord) -> Line {
    let written = Written::default();
    let drain = slog_json::Json::new(written.clone()).build();
    SlogDrain::new(drain).log(&record.borrow()).unwrap();
    let bytes = written.0.lock().unwrap();
    serde_json::from_slice(&bytes).unwrap()
}

/// Characters that no raw line may have, besides its newline at the end.
pub(crate) fn breaks_a_line(char: char) -> bool {
    let invisible = matches!(char, '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
        | '\u{2060}'..='\u{2069}' | '\u{feff}');
    char.is_control() || invisible
}

/// Of fields with one key the last one counts.
fn winners(fields: &[(String, Given)]) -> impl Iterator<Item = (&str, &Given)> {
    fields.iter().enumerate().filter_map(|(at, (key, value))| {
        let overridden = fields[at + 1..].iter().any(|(later, _)| later == key);
        (!overridden).then_some((key.as_str(), value))
    })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(512) })]

    #[test]
    fn a_line_is_one_line_with_each_key_once_and_every_value_exactly(
        event in text(),
        fields in vec((key(), given()), 0..12),
        envelope in select(&[Envelope::Full, Envelope::Compact][..]),
    ) {
        let line = line(&record(&event, &fields), envelope);
        let body = line.strip_suffix('\n').unwrap();
        prop_assert!(!body.contains(breaks_a_line), "{body:?}");

        let read: Line = serde_json::from_str(body).unwrap();
        let keys: BTreeSet<&str> = read.0.iter().map(|(key, _)| key.as_str()).collect();
        prop_assert_eq!(keys.len(), read.0.len(), "a key occurs twice: {}", body);

        prop_assert_eq!(read.get("event").and_then(Json::as_str), Some(event.as_str()));
        let own: &[&str] = match envelope {
            Envelope::Full => &Envelope::KEYS,
            Envelope::Compact => &["timestamp", "level", "event"],
        };
        let mut written = read.0.iter();
        for key in own {
            prop_assert_eq!(&written.next().unwrap().0, key);
        }
        for (key, value) in winners(&fields) {
            let (read_key, read_value) = written.next().unwrap();
            prop_assert_eq!(read_key, &name(key));
            prop_assert!(value.is(read_value), "{:?} was read back as {}", value, read_value);
        }
        prop_assert!(written.next().is_none());
    }

    #[test]
    fn slog_json_says_the_same_where_it_can(fields in vec((few_keys(), given()), 0..12)) {
        let record = record("", &fields);
        let ours: Line = serde_json::from_str(&line(&record, Envelope::Compact)).unwrap();
        let theirs = line_of_slog_json(&record);
        for (key, _) in winners(&fields).filter(|(_, value)| value.is_said_by_slog_json()) {
            // its own names stand apart
            let slogs = matches!(key.trim_start_matches("field."), "ts" | "msg");
            let their_name = if slogs { format!("field.{key}") } else { name(key) };
            prop_assert_eq!(ours.get(&name(key)), theirs.get(&their_name), "field {:?}", key);
        }
        prop_assert_eq!(ours.0.len() - 3, theirs.0.len());
    }
}

#[test]
fn json_that_comes_as_text_is_put_on_one_line_and_a_text_that_is_none_is_a_string() {
    #[track_caller]
    fn check(given: &str, expected: &str) {
        let record = OwnedRecord::new(Level::Info, "").field("k", Value::Json(given)).build();
        let line = line(&record, Envelope::Compact);
        let read: Line = serde_json::from_str(&line).unwrap();
        assert_eq!(read.get("k").unwrap().to_string(), expected);
    }
    check("{\n\t\"a\" : [1, 2.50]\r\n}", r#"{"a":[1,2.50]}"#);
    check(r#"1,"level":"critical""#, r#""1,\"level\":\"critical\"""#);
    check("", r#""""#);
    check("\"a\nb\"", r#""\"a\nb\"""#);
}

#[test]
fn the_deepest_nesting_that_is_let_in_can_be_read_back() {
    let nested = |depth: usize| "[".repeat(depth) + &"]".repeat(depth);
    let parses = |depth: usize| {
        let record = OwnedRecord::new(Level::Info, "").field("k", Value::Json(&nested(depth))).build();
        let line = line(&record, Envelope::Full);
        serde_json::from_str::<Json>(&line).map(|read| read["k"].is_array())
    };
    assert!(parses(100).unwrap(), "kept as it is");
    for depth in 101..300 {
        assert!(parses(depth).is_ok(), "{depth} brackets");
    }
}
