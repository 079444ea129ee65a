//! The schema that is shipped is that of the lines, by a validator that is not ours.

use expect_test::expect_file;
use logger_core::{
    Category, Context, Envelope, Format as _, JsonFormat, Level, LoggerExt as _, OwnedRecord, info,
};
use proptest::{collection::vec, prelude::*};
use serde_json::Value as Json;

use crate::{
    json_oracle::{given, text},
    support::{PATIENCE, pipeline, three},
};

fn validator(envelope: Envelope) -> jsonschema::Validator {
    let schema: Json = serde_json::from_str(&JsonFormat::new(envelope).schema()).unwrap();
    jsonschema::draft202012::meta::validate(&schema).unwrap();
    jsonschema::draft202012::options().should_validate_formats(true).build(&schema).unwrap()
}

#[track_caller]
fn assert_valid(validator: &jsonschema::Validator, line: &str) {
    let line: Json = serde_json::from_str(line).unwrap();
    let errors: Vec<_> = validator.iter_errors(&line).map(|error| error.to_string()).collect();
    assert!(errors.is_empty(), "{line}: {errors:?}");
}

fn line(record: &OwnedRecord, envelope: Envelope) -> String {
    let mut bytes = Vec::new();
    JsonFormat::new(envelope).format(&record.borrow(), &mut bytes);
    String::from_utf8(bytes).unwrap()
}

#[test]
fn what_is_shipped_is_what_the_code_says() {
    expect_file!["../../../schema/record.schema.json"].assert_eq(&JsonFormat::new(Envelope::Full).schema());
    expect_file!["../../../schema/record-compact.schema.json"]
        .assert_eq(&JsonFormat::new(Envelope::Compact).schema());
}

#[test]
fn every_line_of_a_pipeline_keeps_to_the_schema() {
    let three = three(pipeline().level(Level::Trace));
    let log = three.guard.logger().bind(&Context::new().symbol("BTCUSDT"));
    logger_core::trace!(log, "a"; "level" => 1, "price" => 0.1, "n" => i128::MIN);
    logger_core::debug!(log, "a"; "x" => f64::NAN);
    info!(log, "a"; "x" => None::<u8>);
    logger_core::warn!(log, "a\nb"; "x" => 'c');
    logger_core::error!(log, "a {}", 1);
    logger_core::critical!(log, "a");
    info!(log.trade(), "filled"; "error" => #std::io::Error::other("no"), "long" => "x".repeat(300_000));
    let _ = three.guard.shutdown(PATIENCE);
    let validator = validator(Envelope::Full);
    let lines = three.general.get();
    assert_eq!((lines.len(), three.trades.len(), three.errors.len()), (7, 1, 2));
    lines.iter().for_each(|line| assert_valid(&validator, line));
    assert_eq!(three.trades.field("truncated"), [true]);
}

#[test]
fn a_line_that_is_none_of_ours_is_refused() {
    let record = OwnedRecord::new(Level::Warning, "x").category(Category::Trade).build();
    for (envelope, wrong) in [
        (Envelope::Full, r#"{"level":"info"}"#),
        (Envelope::Full, r#"{"severity":3}"#),
        (Envelope::Full, r#"{"timestamp":"yesterday"}"#),
        (Envelope::Full, r#"{"category":"other"}"#),
        (Envelope::Full, r#"{"truncated":true}"#),
        (Envelope::Full, r#"{"seq":-1}"#),
        (Envelope::Full, r#"{"event":null}"#),
        (Envelope::Compact, r#"{"hostname":"x"}"#),
        (Envelope::Compact, r#"{"level":"loud"}"#),
    ] {
        let mut line: Json = serde_json::from_str(&line(&record, envelope)).unwrap();
        assert!(validator(envelope).is_valid(&line));
        let wrong: Json = serde_json::from_str(wrong).unwrap();
        for (key, value) in wrong.as_object().unwrap() {
            line[key] = value.clone();
        }
        assert!(!validator(envelope).is_valid(&line), "{line}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(64) })]

    #[test]
    fn every_record_keeps_to_the_schema(event in text(), fields in vec((text(), given()), 0..8), seq in any::<u64>(), recovered in any::<bool>()) {
        let begun = OwnedRecord::new(Level::Error, event).seq(seq).recovered(recovered);
        let record = fields.iter().fold(begun, |record, (key, value)| value.put(key, record)).build();
        for envelope in [Envelope::Full, Envelope::Compact] {
            assert_valid(&validator(envelope), &line(&record, envelope));
        }
    }
}
