use std::{collections::BTreeMap, fmt};

use proptest::prelude::*;
use serde::Serialize;
use slog::Serializer as _;

use super::{
    buffer::{Buffer, Finished},
    decode::{Reader, Sources},
    fields::{Fields, encode_field},
    write::Writer,
};
use crate::{
    redact::{Redaction, default_list},
    value::Value,
};

const SECRET: &str = "hunter2-hunter2";

/// Whether the bytes hold the beginning of the secret.
fn holds_secret(bytes: &[u8]) -> bool {
    bytes.windows(7).any(|part| part == b"hunter2")
}

/// The bytes of the fields that `write` writes, and the fields as text.
fn encoded(redaction: &Redaction, write: impl FnOnce(&mut Writer<'_, '_>)) -> (Vec<u8>, String) {
    let mut heap = Vec::new();
    let mut space = [0; 4096];
    let mut buffer = Buffer::new(&mut space, &mut heap);
    let mut writer = Writer::new(&mut buffer, redaction);
    write(&mut writer);
    let len = match buffer.finished() {
        Finished::InRing { len } => len,
        Finished::OnHeap => panic!("it fits"),
    };
    let mut reader = Reader::new(&space[..len]);
    let mut shown = String::new();
    while let Ok(slot) = reader.field() {
        let (key, value) = slot.field(&Sources::of_record(&space));
        shown += &format!("{}={:?};", super::decode::text(key), value.get());
    }
    // the whole space: what was cut off again counts too
    (space.to_vec(), shown)
}

fn default(write: impl FnOnce(&mut Writer<'_, '_>)) -> (Vec<u8>, String) {
    encoded(default_list(), write)
}

/// Fails the test when it is looked at.
struct Untouchable;

impl fmt::Display for Untouchable {
    fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
        panic!("a secret was formatted")
    }
}

#[test]
fn a_value_of_any_type_under_a_secret_key_becomes_the_same_text() {
    let values = [
        Value::Null,
        Value::Bool(true),
        Value::I64(-7),
        Value::U64(7),
        Value::I128(-7),
        Value::U128(7),
        Value::F32(0.5),
        Value::F64(0.5),
        Value::Char('x'),
        Value::Str(SECRET),
        Value::Json(r#"{"a":"hunter2-hunter2"}"#),
    ];
    for value in values {
        let (bytes, shown) = default(|writer| writer.field("password", value));
        assert_eq!(shown, r#"password=Str("***");"#, "{value:?}");
        assert!(!holds_secret(&bytes));
    }
}

#[test]
fn an_error_chain_a_text_and_a_nested_value_under_a_secret_key_are_not_looked_at() {
    let error = crate::drain::DrainError::new(SECRET).with_source(SECRET);
    let (bytes, shown) = default(|writer| {
        writer.emit_error("token", &error).unwrap();
        writer.emit_arguments("api_key", &format_args!("{Untouchable}")).unwrap();
        writer.emit_str("cookie", SECRET).unwrap();
    });
    assert_eq!(shown, r#"token=Str("***");api_key=Str("***");cookie=Str("***");"#);
    assert!(!holds_secret(&bytes));
}

#[test]
fn of_an_account_id_the_last_three_characters_are_written() {
    let table = [
        (Value::Str("ACC-001"), "***001"),
        (Value::Str("001"), "***"),
        (Value::U64(123_456), "***456"),
        (Value::I64(-1234), "***234"),
        (Value::I64(-123), "***"),
        (Value::U128(99_123), "***123"),
        (Value::F64(1234.5), "***"),
        (Value::Null, "***"),
    ];
    for (value, left) in table {
        let (_, shown) = default(|writer| writer.field("account_id", value));
        assert_eq!(shown, format!("account_id=Str({left:?});"));
    }
    let number = 4711;
    let (bytes, shown) = default(|writer| {
        writer.emit_arguments("account_id", &format_args!("{SECRET}{number}")).unwrap();
    });
    assert_eq!(shown, r#"account_id=Str("***711");"#);
    assert!(!holds_secret(&bytes));
}

#[test]
fn a_long_account_id_that_is_formatted_leaves_its_end_too() {
    let long = format!("{SECRET}{}", "9".repeat(1000));
    let (bytes, shown) = default(|writer| {
        writer.emit_arguments("account_id", &format_args!("{long}{}", 12)).unwrap();
    });
    assert_eq!(shown, r#"account_id=Str("***912");"#);
    assert!(!holds_secret(&bytes));
}

#[derive(Serialize)]
enum Login {
    #[serde(rename = "Password")]
    Password(String),
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Session {
    user: &'static str,
    user_password: Option<String>,
    account_id: u64,
    headers: BTreeMap<&'static str, Vec<String>>,
    logins: Vec<Login>,
    token_count: u8,
    secret: BTreeMap<&'static str, Session>,
}

fn session(inner: Option<Session>) -> Session {
    Session {
        user: "quote \" { \u{1}",
        user_password: Some(SECRET.into()),
        account_id: 123_456,
        headers: [("Accept", vec!["a".into()]), ("X-\"Api-Key", vec![SECRET.into(), SECRET.into()])].into(),
        logins: vec![Login::Password(SECRET.into())],
        token_count: 3,
        secret: inner.map(|inner| ("password", inner)).into_iter().collect(),
    }
}

const MASKED_SESSION: &str = r#"{"user":"quote \" { \u0001","userPassword":"***","accountId":"***456","headers":{"Accept":["a"],"X-\"Api-Key":"***"},"logins":[{"Password":"***"}],"tokenCount":3,"secret":"***"}"#;

#[test]
fn secrets_in_a_nested_value_are_masked_by_key_at_any_depth() {
    let outer = vec![session(Some(session(None))), session(None)];
    let (bytes, shown) = default(|writer| writer.nested("state", &outer));
    assert_eq!(shown, format!("state={:?};", Value::Json(&format!("[{MASKED_SESSION},{MASKED_SESSION}]"))));
    assert!(!holds_secret(&bytes));
}

#[test]
fn a_key_in_a_nested_value_is_told_with_anything_between_its_letters() {
    for between in ["", "_", "-", ".", " ", "/", "\"", "\\", "\u{1}", "\u{7f}", " - ", "//"] {
        for name in Redaction::DEFAULT_KEYS {
            let letters = name.chars().filter(char::is_ascii_alphanumeric).map(String::from);
            let key = letters.collect::<Vec<_>>().join(between);
            let (bytes, shown) =
                default(|writer| writer.nested("state", &BTreeMap::from([(key.as_str(), "hunter2")])));
            assert!(shown.contains("***") && !holds_secret(&bytes), "{key}: {shown}");
        }
    }
}

#[test]
fn secrets_in_json_text_are_masked_also_where_their_key_is_escaped() {
    let text = r#"{"a":[{"pass\u0077ord":{"x":["hunter2"]}},{"price":1.10}],"account_id":"A-\u0022001"}"#;
    let (bytes, shown) = default(|writer| writer.field("body", Value::Json(text)));
    let left = r#"{"a":[{"password":"***"},{"price":1.10}],"account_id":"***001"}"#;
    assert_eq!(shown, format!("body={:?};", Value::Json(left)));
    assert!(!holds_secret(&bytes));
}

#[test]
fn secrets_in_raw_json_within_a_nested_value_are_masked() {
    let raw = |text: &str| serde_json::value::RawValue::from_string(text.to_owned()).unwrap();
    let body = raw(r#"{"a":[{"token":"hunter2"},1.10],"account_id":"ACC-001"}"#);
    let value = BTreeMap::from([("body", body), ("password", raw(r#"["hunter2"]"#))]);
    let (bytes, shown) = default(|writer| writer.nested("request", &[value]));
    let left = r#"[{"body":{"a":[{"token":"***"},1.10],"account_id":"***001"},"password":"***"}]"#;
    assert_eq!(shown, format!("request={:?};", Value::Json(left)));
    assert!(!holds_secret(&bytes));
}

#[test]
fn fields_that_were_encoded_before_are_masked_by_names_that_are_added() {
    let mut fields = Fields::default();
    encode_field(&mut fields, "iban", Value::Str(SECRET));
    encode_field(&mut fields, "nested", Value::Json(r#"{"iban":"hunter2"}"#));
    encode_field(&mut fields, "account_id", Value::Str("ACC-001"));
    let list = Redaction::default().key("iban");
    let left = r#"iban=Str("***");nested=Json("{\"iban\":\"***\"}");account_id=Str("***001");"#;
    let (bytes, shown) = encoded(&list, |writer| writer.redacted(&fields));
    assert_eq!(shown, left);
    assert!(!holds_secret(&bytes));
    let (_, shown) = encoded(&list, |writer| writer.encoded(&fields.redacted(&list)));
    assert_eq!(shown, left);
}

#[test]
fn an_empty_list_masks_nothing() {
    let (_, shown) = encoded(&Redaction::none(), |writer| writer.field("password", Value::Str(SECRET)));
    assert_eq!(shown, format!("password=Str({SECRET:?});"));
}

/// A name of the list in some spelling.
fn secret_key() -> impl Strategy<Value = String> {
    let name = proptest::sample::select(&Redaction::DEFAULT_KEYS[..]);
    (name, "([a-zA-Z0-9]{0,12}[-_. /:])?", "([-_. /:][0-9Zz]{0,12})?", "[-_. ]?", 0..4_u8).prop_map(
        |(name, before, after, separator, case)| {
            let name = name.replace('_', &separator);
            let name = match case {
                0 => name.to_uppercase(),
                1 => name[..1].to_uppercase() + &name[1..],
                _ => name,
            };
            format!("{before}{name}{after}")
        },
    )
}

proptest! {
    #[test]
    fn the_bytes_never_hold_the_value_of_a_key_on_the_list(key in secret_key(), other in "\\PC{0,20}") {
        let nested = BTreeMap::from([(other.as_str(), BTreeMap::from([(key.as_str(), SECRET)]))]);
        let (bytes, shown) = default(|writer| {
            writer.field(&key, Value::Str(SECRET));
            writer.emit_arguments("other", &format_args!("{other}")).unwrap();
            writer.nested("nested", &nested);
        });
        prop_assert!(!holds_secret(&bytes), "{shown}");
        let starts = shown.starts_with(&format!("{key}=Str(\"***\");other="));
        prop_assert!(starts, "{shown}");
    }

    #[test]
    fn nested_values_without_secrets_are_written_as_serde_json_writes_them(
        value in proptest::collection::btree_map("[x-z\\\\\"\\PC]{0,3}", proptest::option::of("\\PC{0,9}"), 0..5),
        more in proptest::collection::vec(any::<f64>(), 0..4),
    ) {
        let all = (value, more);
        let (_, shown) = encoded(&Redaction::none(), |writer| writer.nested("v", &all));
        prop_assert_eq!(shown, format!("v={:?};", Value::Json(&serde_json::to_string(&all).unwrap())));
    }
}
