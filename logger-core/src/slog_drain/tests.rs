use std::{
    io::Write,
    sync::{Arc, Mutex, PoisonError},
};

use expect_test::{Expect, expect};

use super::*;
use crate::{
    category::Category,
    level::Level,
    record::{OwnedRecord, OwnedRecordBuilder},
    run::Run,
    value::ErrorChain,
};

/// What a drain wrote.
#[derive(Clone, Default)]
struct Written(Arc<Mutex<Vec<u8>>>);

impl Write for Written {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Written {
    fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }
}

fn as_json(record: OwnedRecordBuilder, envelope: Envelope) -> String {
    let written = Written::default();
    let drain = slog_json::Json::new(written.clone()).build();
    SlogDrain::new(drain).envelope(envelope).log(&record.build().borrow()).unwrap();
    written.text()
}

fn as_term(record: OwnedRecordBuilder) -> String {
    let written = Written::default();
    let drain = slog_term::FullFormat::new(slog_term::PlainDecorator::new(written.clone()))
        .use_custom_timestamp(|out| out.write_all(b"12:00"))
        .use_file_location()
        .use_original_order()
        .build();
    SlogDrain::new(drain).log(&record.build().borrow()).unwrap();
    written.text()
}

#[track_caller]
fn check(written: &str, expected: Expect) {
    expected.assert_eq(written);
}

/// Two messages as the encoder writes them.
fn chain(messages: &[&str]) -> Vec<u8> {
    messages.iter().flat_map(|it| (it.len() as u32).to_le_bytes().into_iter().chain(it.bytes())).collect()
}

#[test]
fn slog_term_shows_level_place_event_and_the_fields_in_our_order() {
    let record = OwnedRecord::new(Level::Warning, "order filled")
        .place("src/bot.rs", "bot::orders", 7)
        .category(Category::Trade)
        .field("side", "BUY")
        .field("size", 0.1)
        .field("fill", Value::Json(r#"{"fees":[1,2]}"#));
    check(
        &as_term(record),
        expect![[r#"
            12:00 WARN[src/bot.rs:7:0] order filled, category: trade, side: BUY, size: 0.1, fill: {"fees":[1,2]}
        "#]],
    );
}

#[test]
fn every_value_keeps_its_type() {
    let error = chain(&["order rejected", "insufficient margin"]);
    let record = OwnedRecord::new(Level::Info, "")
        .field("null", Value::Null)
        .field("bool", true)
        .field("i64", i64::MIN)
        .field("u64", u64::MAX)
        .field("i128", i128::MIN)
        .field("u128", u128::MAX)
        .field("f32", 0.1_f32)
        .field("f64", -0.0)
        .field("char", 'é')
        .field("str", "\"\n")
        .field("error", Value::Error(ErrorChain::new(&error)))
        .field(
            "json",
            Value::Json(r#"{"price":0.1234567890123456789012345678,"n":[18446744073709551616,-0.5]}"#),
        );
    check(
        &as_json(record, Envelope::Compact),
        expect![[r#"
            {"json":{"n":[18446744073709551616,-0.5],"price":0.1234567890123456789012345678},"error":"order rejected: insufficient margin","str":"\"\n","char":"é","f64":-0.0,"f32":0.1,"u128":340282366920938463463374607431768211455,"i128":-170141183460469231731687303715884105728,"u64":18446744073709551615,"i64":-9223372036854775808,"bool":true,"null":null}
        "#]],
    );
}

#[test]
fn a_general_record_has_nothing_but_its_own_fields() {
    check(
        &as_json(OwnedRecord::new(Level::Info, "tick").field("n", 1), Envelope::Compact),
        expect![[r#"
        {"n":1}
    "#]],
    );
}

#[test]
fn the_full_envelope_says_where_and_when_the_call_was_made() {
    let run = Arc::new(Run::fixed("bot", "host", 42, "r1"));
    let record = OwnedRecord::new(Level::Info, "tick")
        .run(&run)
        .thread("main")
        .seq(9)
        .recovered(true)
        .field("long", "x".repeat(300_000).as_str());
    let line = as_json(record, Envelope::Full);
    let (_, surroundings) = line.split_at(line.find(",\"truncated_bytes\"").unwrap());
    check(
        surroundings,
        expect![[r#"
        ,"truncated_bytes":37856,"truncated":true,"recovered":true,"seq":9,"run":"r1","thread":"main","procid":42,"app_name":"bot","hostname":"host","category":"general","timestamp":"1970-01-01T00:00:00.000000Z"}
    "#]],
    );
}

#[test]
fn keys_that_formats_write_themselves_are_set_apart_and_stay_distinct() {
    let record = OwnedRecord::new(Level::Info, "")
        .field("msg", 1)
        .field("field.msg", 2)
        .field("ts", 3)
        .field("level", 4)
        .field("field.level", 5);
    check(
        &as_json(record, Envelope::Compact),
        expect![[r#"
        {"field.field.level":5,"field.level":4,"field.ts":3,"field.field.msg":2,"field.msg":1}
    "#]],
    );
}

#[test]
fn fields_past_the_limit_of_keys_stand_together() {
    let mut fields = Fields { items: Vec::new(), more: String::new() };
    let long = "k".repeat(257);
    fields.put("known", Value::Bool(true));
    fields.put(&long, Value::U64(1));
    fields.put(&long, Value::Str("two"));
    assert_eq!(fields.items, [("known", Value::Bool(true))]);
    assert_eq!(fields.more, format!("{long}=1 {long}=two"));
}

/// A slog drain that answers what a test wants.
struct Answers {
    log: fn() -> Result<(), slog_error::Any>,
    flush: fn() -> Result<(), FlushError>,
}

mod slog_error {
    #[derive(Debug)]
    pub(super) struct Any(#[expect(dead_code, reason = "read by Debug")] pub(super) &'static str);
}

impl slog::Drain for Answers {
    type Ok = ();
    type Err = slog_error::Any;

    fn log(&self, _: &slog::Record<'_>, _: &OwnedKVList) -> Result<(), slog_error::Any> {
        (self.log)()
    }

    fn flush(&self) -> Result<(), FlushError> {
        (self.flush)()
    }
}

#[test]
fn an_error_of_any_type_is_told_and_an_io_error_stays_the_cause() {
    let record = OwnedRecord::new(Level::Info, "").build();
    let answers = Answers { log: || Err(slog_error::Any("queue full")), flush: || Ok(()) };
    let error = SlogDrain::new(answers).log(&record.borrow()).unwrap_err();
    assert_eq!(error.to_string(), "a slog drain refused a record: Any(\"queue full\")");

    let full: &mut [u8] = &mut [];
    let error = SlogDrain::new(slog_json::Json::new(full).build()).log(&record.borrow()).unwrap_err();
    assert_eq!(error.to_string(), "a slog drain refused a record");
    assert!(std::error::Error::source(&error).unwrap().is::<io::Error>());
}

#[test]
fn flush_reaches_the_slog_drain_and_one_without_flush_is_flushed_already() {
    let deadline = Instant::now();
    let check = |flush: fn() -> Result<(), FlushError>| {
        SlogDrain::new(Answers { log: || Ok(()), flush }).flush(deadline).map_err(|error| error.to_string())
    };
    assert_eq!(check(|| Ok(())), Ok(()));
    assert_eq!(check(|| Err(FlushError::NotSupported)), Ok(()));
    let error = check(|| Err(io::Error::from(io::ErrorKind::BrokenPipe).into()));
    assert_eq!(error, Err("cannot flush a slog drain".to_owned()));
}

#[test]
fn a_record_that_the_slog_drain_does_not_want_is_not_an_error() {
    let answers = Answers { log: || Err(slog_error::Any("called")), flush: || Ok(()) };
    let mut drain = SlogDrain::new(slog::LevelFilter::new(answers, slog::Level::Error));
    assert!(drain.log(&OwnedRecord::new(Level::Info, "").build().borrow()).is_ok());
    assert!(drain.log(&OwnedRecord::new(Level::Error, "").build().borrow()).is_err());
}
