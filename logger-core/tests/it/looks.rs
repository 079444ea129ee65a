//! What lines look like, by records made by hand.

use expect_test::expect;
use logger_core::{Category, Format, Level, OwnedRecord, Rfc5424Format, TextFormat};

fn line(format: &dyn Format, record: &OwnedRecord) -> String {
    let mut line = Vec::new();
    format.format(&record.borrow(), &mut line);
    String::from_utf8(line).unwrap()
}

#[test]
fn a_text_for_people_has_its_columns_its_quotes_and_the_names_of_others_marked() {
    let trade = OwnedRecord::new(Level::Warning, "order filled")
        .category(Category::Trade)
        .field("side", "BUY")
        .field("quantity", 0.1)
        .field("symbol", "BTCUSDT")
        .field("price", 70_000.0)
        .field("order_id", 7);
    let records = [
        OwnedRecord::new(Level::Info, "started").field("symbol", "BTCUSDT").field("n", 1).build(),
        OwnedRecord::new(Level::Critical, "an event that is longer than its column").field("n", 1).build(),
        OwnedRecord::new(Level::Debug, "x").field("level", 5).field("a", "b=c").field("d", "e f").build(),
        trade.build(),
    ];
    expect![[r#"
        1970-01-01 00:00:00 [INFO     ] started            symbol=BTCUSDT n=1
        1970-01-01 00:00:00 [CRITICAL ] an event that is longer than its column n=1
        1970-01-01 00:00:00 [DEBUG    ] x                  field.level=5 a="b=c" d="e f"
        1970-01-01 00:00:00 [WARNING  ] [TRADE] BUY 0.1 BTCUSDT @ 70000 order filled order_id=7
    "#]]
    .assert_eq(&records.iter().map(|record| line(&TextFormat, record)).collect::<String>());
}

#[test]
fn every_format_says_that_something_was_cut_off() {
    let record = OwnedRecord::new(Level::Info, "x").field("long", "y".repeat(300_000).as_str()).build();
    assert!(line(&TextFormat, &record).contains(" truncated=true long=yyy"));
    let cut = 300_000 - 256 * 1024;
    let marks = format!(" truncated=\"true\" truncated_bytes=\"{cut}\"]");
    assert!(line(&Rfc5424Format::default(), &record).contains(&marks));
    let json: serde_json::Value =
        serde_json::from_str(&line(&logger_core::JsonFormat::default(), &record)).unwrap();
    assert_eq!((&json["truncated"], &json["truncated_bytes"]), (&true.into(), &cut.into()));
}

#[test]
fn a_line_of_syslog_has_an_element_for_fields_only_where_there_are_some() {
    let of = |record: OwnedRecord| line(&Rfc5424Format::default(), &record);
    assert!(!of(OwnedRecord::new(Level::Info, "x").build()).contains("[fields@"));
    assert!(
        of(OwnedRecord::new(Level::Info, "x").field("n", 1).build()).contains("[fields@32473 n=\"1\"] x\n")
    );
}
