//! What lines look like, by records made by hand.

use std::cell::Cell;

use expect_test::expect;
use logger_core::{
    Category, Context, Envelope, Format, JsonFormat, Level, OwnedRecord, Rfc5424Format, TextFormat,
};

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
    let json: serde_json::Value = serde_json::from_str(&line(&JsonFormat::default(), &record)).unwrap();
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

/// The line of a record as JSON, and how many fields of the caller's it has.
fn parsed(record: &OwnedRecord) -> (serde_json::Value, usize) {
    let line = line(&JsonFormat::new(Envelope::Compact), record);
    let parsed: serde_json::Value = serde_json::from_str(&line).unwrap();
    let own = ["timestamp", "level", "event", "truncated", "truncated_bytes"];
    let fields = parsed.as_object().unwrap().keys().filter(|key| !own.contains(&key.as_str())).count();
    (parsed, fields)
}

#[test]
fn what_is_too_much_is_cut_at_its_limit_and_counted() {
    /// Would write for ever.
    struct Endless(Cell<usize>);

    impl std::fmt::Display for Endless {
        fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            loop {
                self.0.set(self.0.get() + 1);
                assert!(self.0.get() < 1_000, "it was told that this is enough");
                f.write_str(&"z".repeat(1_000))?;
            }
        }
    }

    let many = (0..1_030).fold(OwnedRecord::new(Level::Info, "x"), |it, n| it.field(&format!("k{n}"), n));
    let (json, fields) = parsed(&many.build());
    assert_eq!((fields, &json["truncated_bytes"]), (1_024, &6.into()));

    let (json, fields) = parsed(&OwnedRecord::new(Level::Info, "x").field(&"k".repeat(200), 1).build());
    assert_eq!((fields, &json["k".repeat(128)], &json["truncated_bytes"]), (1, &1.into(), &72.into()));

    let endless = Context::new().with_display("shown", Endless(Cell::new(0)));
    let (json, _) = parsed(&OwnedRecord::new(Level::Info, "x").context(&endless).build());
    assert_eq!((json["shown"].as_str().unwrap().len(), &json["truncated"]), (256 * 1024, &true.into()));

    let long = "y".repeat(250_000);
    let all =
        (0..6).fold(OwnedRecord::new(Level::Info, "x"), |it, n| it.field(&format!("k{n}"), long.as_str()));
    let (json, fields) = parsed(&all.build());
    assert_eq!((fields, &json["truncated"]), (4, &true.into()));
    assert!(json["truncated_bytes"].as_u64().unwrap() >= 500_000);
}
