//! A line is the same whichever way it is written: the straight way, for records of a known call site and a known context, or the
//! general way, for any record.

use std::{
    sync::{Arc, Mutex},
    time::Instant,
};

use logger_core::{
    Context, Drain, DrainError, Envelope, Format as _, JsonFormat, LoggerExt as _, Pipeline, Record, Route,
    info, slog,
};
use proptest::prelude::*;

use crate::support::{PATIENCE, assert_balanced};

/// Formats each record as it comes and as one by itself, for which nothing is remembered; keeps both lines.
#[derive(Clone, Default)]
struct BothWays(Arc<Mutex<Vec<(String, String)>>>);

impl Drain for BothWays {
    fn log(&mut self, record: &Record<'_>) -> Result<(), DrainError> {
        for envelope in [Envelope::Compact, Envelope::Full] {
            let line = |record: &Record<'_>| {
                let mut line = Vec::new();
                JsonFormat::new(envelope).format(record, &mut line);
                String::from_utf8(line).unwrap()
            };
            let alone = record.to_owned(&Arc::new(record.run().clone()));
            self.0.lock().unwrap().push((line(record), line(&alone.borrow())));
        }
        Ok(())
    }

    fn flush(&mut self, _: Instant) -> Result<(), DrainError> {
        Ok(())
    }
}

#[derive(Debug, Clone)]
struct Values {
    whole: u64,
    signed: i64,
    float: f64,
    price: f64,
    flag: bool,
    text: String,
    short: String,
}

fn values() -> impl Strategy<Value = Values> {
    let whole = (any::<u64>(), 0_u32..64).prop_map(|(number, shift)| number >> shift);
    let signed = (any::<i64>(), 0_u32..64).prop_map(|(number, shift)| number >> shift);
    let price = (any::<u32>(), 0_i32..9).prop_map(|(ticks, digits)| f64::from(ticks) / 10_f64.powi(digits));
    let text = prop_oneof!["[ -~]{0,40}", "\\PC{0,20}", any::<String>()];
    (whole, signed, any::<f64>(), price, any::<bool>(), text, "[a-zA-Z0-9 \"\\\\\n]{0,17}").prop_map(
        |(whole, signed, float, price, flag, text, short)| Values {
            whole,
            signed,
            float,
            price,
            flag,
            text,
            short,
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn the_straight_way_and_the_general_way_write_the_same_line(records in proptest::collection::vec(values(), 40..60)) {
        let both = BothWays::default();
        let guard = Pipeline::builder().route(Route::new("both", both.clone())).start().unwrap();
        let log = guard.logger().bind(&Context::new().expert_name("MyEmaBot").symbol("BTC\"USDT"));
        for Values { whole, signed, float, price, flag, text, short } in &records {
            info!(log, "order \"filled\""; "whole" => *whole, "signed" => *signed, "float" => *float, "level" => short,
                "price" => *price, "flag" => *flag, "text" => text, "nothing" => Option::<u64>::None,
                "a key that is longer than most keys are" => *whole);
            slog::info!(log, "order filled"; "whole" => *whole, "signed" => *signed, "float" => *float,
                "price" => *price, "flag" => *flag, "text" => text, "short" => short);
        }
        assert_balanced(&guard.shutdown(PATIENCE));
        let lines = both.0.lock().unwrap();
        prop_assert_eq!(lines.len(), 4 * records.len());
        for (line, alone) in &*lines {
            prop_assert_eq!(line, alone);
        }
    }
}

#[test]
fn lines_on_both_sides_of_the_longest_of_the_straight_way_are_whole() {
    let both = BothWays::default();
    let guard = Pipeline::builder().route(Route::new("both", both.clone())).start().unwrap();
    let log = guard.logger().bind(&Context::new().expert_name("MyEmaBot"));
    for len in 0..1_200 {
        // words, since a long one may be a secret, whose record goes the general way in any case
        let text: String = "filled ".chars().cycle().take(len).collect();
        info!(log, "order filled"; "text" => &text, "after" => 12_345_678_901_u64, "price" => 70_000.25);
        if len % 100 == 0 {
            assert!(guard.flush(PATIENCE).finished, "none is dropped");
        }
    }
    assert_balanced(&guard.shutdown(PATIENCE));
    let lines = both.0.lock().unwrap();
    assert!(lines.len() == 2_400 && lines.iter().all(|(line, alone)| line == alone));
}

#[test]
fn fields_are_in_the_order_of_the_call_whichever_macro_made_it_and_whichever_way_it_goes() {
    let both = BothWays::default();
    let guard = Pipeline::builder().route(Route::new("both", both.clone())).start().unwrap();
    let log = guard.logger().bind(&Context::new().expert_name("MyEmaBot"));
    for n in 0..40_u64 {
        info!(log, "x"; "first" => n, "second" => "b", "third" => 3.5, "fourth" => true);
        slog::info!(log, "x"; "first" => n, "second" => "b", "third" => 3.5, "fourth" => true);
    }
    assert_balanced(&guard.shutdown(PATIENCE));
    let lines = both.0.lock().unwrap();
    for (at, (line, alone)) in lines.iter().enumerate() {
        let fields = format!(
            "\"expert_name\":\"MyEmaBot\",\"first\":{},\"second\":\"b\",\"third\":3.5,\"fourth\":true}}\n",
            at / 4
        );
        assert!(line.ends_with(&fields) && alone.ends_with(&fields), "{line}");
    }
}
