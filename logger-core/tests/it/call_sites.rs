//! Calls of our macros and of slog's: the same records come out, the first time and when the call site is known.

use std::{
    cell::Cell,
    fmt,
    sync::{Arc, Barrier, Mutex},
    thread,
};

use logger_core::{Context, Level, Logger, LoggerExt as _, o, slog};
use serde_json::Value;
use slog::{Drain as _, KV as _};

use crate::support::{Lines, PATIENCE, assert_balanced, one, pipeline};

/// The lines without what differs from call to call.
fn told(lines: &Lines) -> Vec<Value> {
    let strip = |line: &String| {
        let mut line: Value = serde_json::from_str(line).unwrap();
        let object = line.as_object_mut().unwrap();
        object.remove("timestamp").unwrap();
        object.remove("seq").unwrap();
        line
    };
    lines.get().iter().map(strip).collect()
}

/// Makes the same call by our macro and by slog's, three times each, in one place of the source.
macro_rules! both {
    ($log:expr, $($call:tt)+) => {{
        for _ in 0..3 { logger_core::info!($log, $($call)+); }
        for _ in 0..3 { slog::info!($log, $($call)+); }
    }};
}

/// Checks that the calls of `log` come out alike, each as `expected`, which has to be among the fields.
#[track_caller]
fn check(call: impl FnOnce(&Logger), expected: Value) {
    let (guard, lines) = one(pipeline());
    let log = guard.logger().bind(&Context::new().expert_name("MyEmaBot").symbol("BTCUSDT"));
    call(&log);
    assert_balanced(&guard.shutdown(PATIENCE));
    let told = told(&lines);
    assert_eq!(told.len(), 6);
    for line in &told {
        assert_eq!(line, &told[0]);
        assert_eq!(line["symbol"], "BTCUSDT");
    }
    for (key, value) in expected.as_object().unwrap() {
        assert_eq!(&told[0][key], value, "{key}");
    }
}

/// Only slog knows how to write it.
struct Price(u64);

impl slog::Value for Price {
    fn serialize(
        &self,
        _: &slog::Record<'_>,
        key: slog::Key,
        serializer: &mut dyn slog::Serializer,
    ) -> slog::Result {
        serializer.emit_arguments(key, &format_args!("{} USDT", self.0))
    }
}

impl fmt::Display for Price {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

/// Writes as many fields as it says, of which only the first has the key of the call.
struct Several(u8);

impl slog::Value for Several {
    fn serialize(
        &self,
        _: &slog::Record<'_>,
        key: slog::Key,
        serializer: &mut dyn slog::Serializer,
    ) -> slog::Result {
        for n in 0..self.0 {
            serializer.emit_u8(if n == 0 { key } else { "extra" }, n)?;
        }
        Ok(())
    }
}

/// Cannot be written.
struct Broken;

impl slog::Value for Broken {
    fn serialize(&self, _: &slog::Record<'_>, _: slog::Key, _: &mut dyn slog::Serializer) -> slog::Result {
        panic!("a value panics")
    }
}

#[test]
fn values_of_all_types_come_out_alike() {
    let text = String::from("a text that is longer than sixteen bytes");
    let shared: Arc<String> = Arc::new("shared".into());
    check(
        |log| {
            both!(log, "numbers"; "u8" => 1_u8, "u64" => u64::MAX, "i8" => -1_i8, "i64" => i64::MIN, "usize" => 7_usize,
                "i128" => i128::MIN, "u128" => u128::MAX, "f32" => 0.1_f32, "f64" => 70_000.25, "nan" => f64::NAN,
                "char" => 'ß', "yes" => true, "no" => false, "unit" => ());
        },
        serde_json::json!({
            "event": "numbers", "u8": 1, "u64": u64::MAX, "i8": -1, "i64": i64::MIN, "usize": 7, "f64": 70_000.25,
            "nan": "NaN", "char": "ß", "yes": true, "no": false, "unit": null,
        }),
    );
    check(
        |log| {
            both!(log, "texts"; "str" => "x", "empty" => "", "four" => "1234", "nine" => "123456789",
                "string" => text.clone(), "slice" => text.as_str(), "arc" => shared.clone(), "boxed" => Box::new(5),
                "some" => Some(3), "none" => None::<u32>, "long" => "y".repeat(1000));
        },
        serde_json::json!({
            "str": "x", "empty": "", "four": "1234", "nine": "123456789",
            "string": "a text that is longer than sixteen bytes", "arc": "shared", "boxed": 5, "some": 3, "none": null,
            "long": "y".repeat(1000),
        }),
    );
    // what does not go the straight way: too long, too many
    check(
        |log| both!(log, "long"; "before" => 1, "long" => "y".repeat(3000), "shown" => %"z".repeat(3000)),
        serde_json::json!({"before": 1, "long": "y".repeat(3000), "shown": "z".repeat(3000)}),
    );
    check(
        |log| {
            both!(log, "many"; "a" => 1, "b" => 2, "c" => 3, "d" => 4, "e" => 5, "f" => 6, "g" => 7, "h" => 8, "i" => 9,
                "j" => 10, "k" => 11, "l" => 12, "m" => 13, "n" => 14, "o" => 15, "p" => 16, "q" => 17);
        },
        serde_json::json!({"a": 1, "p": 16, "q": 17}),
    );
}

#[test]
fn a_context_comes_out_alike_in_the_record_and_by_its_number_in_the_dictionary() {
    let (guard, lines) = one(pipeline());
    let context = Context::new().expert_name("MyEmaBot").symbol("BTCUSDT").with("level", "L2");
    let log = guard.logger().bind(&context);
    for n in 0..60 {
        logger_core::info!(log, "plain");
        slog::info!(log, "fields"; "n" => 1, "level" => "own");
        // the record's own field stands in for that of the context
        logger_core::info!(log, "stands in"; "symbol" => "ETHUSDT");
        let _scope = Context::new().with("request", 7).enter();
        slog::info!(log, "scope"; "a" => "x");
        logger_core::info!(log, "other logger"; "n" => n);
        logger_core::info!(guard.logger().bind(&context), "short-lived logger");
    }
    assert_balanced(&guard.shutdown(PATIENCE));
    let told = told(&lines);
    assert_eq!(told.len(), 360);
    for (index, line) in told.iter().enumerate() {
        let mut expected = told[index % 6].clone();
        if index % 6 == 4 {
            expected["n"] = (index / 6).into();
        }
        assert_eq!(line, &expected);
        assert_eq!(line["expert_name"], "MyEmaBot");
        assert_eq!(line["symbol"], if index % 6 == 2 { "ETHUSDT" } else { "BTCUSDT" });
        assert_eq!(line["field.level"], if index % 6 == 1 { "own" } else { "L2" });
        assert_eq!(line["request"].as_u64(), (index % 6 >= 3).then_some(7));
    }
}

#[test]
fn values_that_are_shown_or_write_themselves_come_out_alike() {
    let error = std::io::Error::other("refused");
    check(
        |log| {
            both!(log, "shown"; "display" => %Price(3), "debug" => ?Some("x"), "by_itself" => Price(4), "pretty" => #?(1, 2),
                "error" => #&error, "after" => 1);
        },
        serde_json::json!({"display": "3", "debug": "Some(\"x\")", "by_itself": "4 USDT", "after": 1}),
    );
    check(
        |log| both!(log, "shown"; "display" => %Price(3), "by_itself" => Price(4), "after" => 1),
        serde_json::json!({"display": "3", "by_itself": "4 USDT", "after": 1}),
    );
}

#[test]
fn values_that_write_more_or_fewer_fields_than_one_take_no_other_field_along() {
    for count in 0..3 {
        let expected = serde_json::json!({"before": 1, "after": "x", "last": 2});
        check(
            |log| both!(log, "several"; "before" => 1, "several" => Several(count), "after" => "x", "last" => 2),
            expected,
        );
    }
    let (guard, lines) = one(pipeline());
    let log = guard.logger();
    for count in [1, 2, 0, 1] {
        logger_core::info!(log, "changing"; "first" => 1, "several" => Several(count), "last" => 3);
        slog::info!(log, "changing"; "first" => 1, "several" => Several(count), "last" => 3);
    }
    let _ = guard.shutdown(PATIENCE);
    assert_eq!((lines.field("first"), lines.field("last")), (vec![1.into(); 8], vec![3.into(); 8]));
    let (zero, none, one) = (Value::from(0), Value::Null, Value::from(1));
    assert_eq!(
        lines.field("several"),
        [&zero, &zero, &zero, &zero, &none, &none, &zero, &zero].map(Clone::clone)
    );
    assert_eq!(
        lines.field("extra"),
        [&none, &none, &one, &one, &none, &none, &none, &none].map(Clone::clone)
    );
}

#[test]
fn a_value_that_panics_costs_its_own_field_only() {
    check(
        |log| both!(log, "broken"; "broken" => Broken, "after" => 1),
        serde_json::json!({"_error": "panic in Value::serialize", "after": 1}),
    );
    // slog hands over the last field first, so that with its macros those before it are lost too
    let (guard, lines) = one(pipeline());
    logger_core::info!(guard.logger(), "broken"; "before" => 1, "broken" => Broken, "after" => 2);
    let _ = guard.shutdown(PATIENCE);
    assert_eq!((lines.field("before"), lines.field("after")), (vec![1.into()], vec![2.into()]));
}

#[test]
fn texts_with_arguments_keys_that_are_no_literals_and_tags_are_taken_too() {
    const KEY: &str = "key";
    let price = 5;
    check(
        |log| both!(log, "price {price} of {}", "BTC"; "x" => 1),
        serde_json::json!({"event": "price 5 of BTC", "x": 1}),
    );
    check(|log| both!(log, "price {price}"; "x" => 1), serde_json::json!({"event": "price 5", "x": 1}));
    check(|log| both!(log, "constant"; KEY => 1, "x" => 2), serde_json::json!({"key": 1, "x": 2}));
    check(|log| both!(log, "list"; "x" => 2, o!("y" => 3)), serde_json::json!({"x": 2, "y": 3}));
    check(|log| both!(log, # "tag", "tagged"; "x" => 1), serde_json::json!({"event": "tagged", "x": 1}));
    check(|log| both!(log, "named {n}", n = 4; "x" => 1), serde_json::json!({"event": "named 4", "n": 4}));
    check(|log| both!(log, "nothing"), serde_json::json!({"event": "nothing"}));
    check(|log| both!(log, "trailing"; "x" => 1,), serde_json::json!({"x": 1}));
}

#[test]
fn of_a_key_that_comes_twice_the_last_one_wins_also_over_bound_ones() {
    check(
        |log| both!(log, "twice"; "k" => 1, "expert_name" => "other", "k" => 2),
        serde_json::json!({"k": 2, "expert_name": "other"}),
    );
}

#[test]
fn secrets_stay_masked_when_the_call_site_is_known() {
    check(
        |log| both!(log, "login"; "user" => "x", "api_key" => "hunter2", "account_id" => "acc-001", "n" => 1),
        serde_json::json!({"user": "x", "api_key": "***", "account_id": "***001", "n": 1}),
    );
}

#[test]
fn nothing_is_evaluated_when_the_level_is_off_and_all_once_when_it_is_on() {
    let (guard, lines) = one(pipeline().level(Level::Warning));
    let (log, evaluated) = (guard.logger(), Cell::new(0));
    let count = || {
        evaluated.set(evaluated.get() + 1);
        evaluated.get()
    };
    logger_core::info!(log, "off"; "n" => count(), "shown" => %count());
    assert_eq!(evaluated.get(), 0);
    logger_core::warn!(log, "on"; "n" => count(), "shown" => %count());
    let _ = guard.shutdown(PATIENCE);
    assert_eq!((lines.field("n"), lines.field("shown")), (vec![1.into()], vec!["2".into()]));
}

/// A drain of slog's that notes what it is handed, in its order.
struct Foreign(Mutex<Vec<String>>);

impl slog::Drain for Foreign {
    type Ok = ();
    type Err = slog::Never;

    fn log(&self, record: &slog::Record<'_>, _: &slog::OwnedKVList) -> Result<(), slog::Never> {
        struct Note(String);
        impl slog::Serializer for Note {
            fn emit_arguments(&mut self, key: slog::Key, value: &fmt::Arguments<'_>) -> slog::Result {
                self.0 += &format!(" {key}={value}");
                Ok(())
            }
        }
        let mut note =
            Note(format!("{} {} {}{}", record.level(), record.msg(), record.tag(), record.function()));
        record.kv().serialize(record, &mut note).unwrap();
        self.0.lock().unwrap().push(note.0);
        Ok(())
    }
}

#[test]
fn our_macros_log_to_any_logger_of_slog_as_slogs_do() {
    let foreign = Arc::new(Foreign(Mutex::default()));
    let erased = slog::Logger::root(Arc::clone(&foreign), o!());
    let typed = slog::Logger::root_typed(Arc::clone(&foreign), o!());
    both!(erased, "order filled"; "price" => 1.5, "side" => %"BUY", "by_itself" => Price(4));
    both!(&typed, "order filled"; "price" => 1.5, "side" => %"BUY", "by_itself" => Price(4));
    let noted = foreign.0.lock().unwrap().clone();
    assert_eq!(noted, vec!["INFO order filled  by_itself=4 USDT side=BUY price=1.5"; 12]);
    assert!(erased.is_info_enabled());
}

#[test]
fn an_erased_logger_on_a_pipeline_takes_them_too() {
    let (guard, lines) = one(pipeline());
    let erased = slog::Logger::root(guard.pipeline().clone(), o!("bound" => 9));
    both!(erased, "order filled"; "price" => 1.5, "n" => 3);
    let _ = guard.shutdown(PATIENCE);
    let told = told(&lines);
    assert!(told.len() == 6 && told.iter().all(|line| line == &told[0]));
    assert_eq!((&told[0]["bound"], &told[0]["n"]), (&9.into(), &3.into()));
}

#[test]
fn one_call_site_serves_several_pipelines_and_threads() {
    let ((first, in_first), (second, in_second)) = (one(pipeline()), one(pipeline()));
    let barrier = Barrier::new(4);
    let call = |log: &Logger, n: u64| {
        logger_core::info!(log, "ours"; "n" => n, "text" => "x");
        slog::info!(log, "slogs"; "n" => n, "text" => "x");
    };
    thread::scope(|scope| {
        for part in 0..4 {
            let (first, second, barrier) = (first.logger(), second.logger(), &barrier);
            scope.spawn(move || {
                barrier.wait();
                for n in 0..50 {
                    call(&first, part * 100 + n);
                    call(&second, part * 100 + n);
                }
            });
        }
    });
    for (guard, lines) in [(first, in_first), (second, in_second)] {
        assert_balanced(&guard.shutdown(PATIENCE));
        for event in ["ours", "slogs"] {
            let of_event = |line: &&Value| line["event"] == event && line["text"] == "x";
            let told = told(&lines);
            let mut numbers: Vec<u64> =
                told.iter().filter(of_event).map(|line| line["n"].as_u64().unwrap()).collect();
            numbers.sort_unstable();
            let expected: Vec<u64> = (0..4).flat_map(|part| part * 100..part * 100 + 50).collect();
            assert_eq!(numbers, expected, "{event}");
        }
    }
}

#[test]
fn call_sites_past_the_room_of_the_dictionary_say_everything_themselves() {
    let (guard, lines) = one(pipeline());
    let log = guard.logger();
    let log_from = |line: u32| {
        // what a bridge from another logging library makes: a location at run time
        let module: &'static str = Box::leak(format!("module_{line}_{}", "x".repeat(80)).into_boxed_str());
        let location = Box::leak(Box::new(slog::RecordLocation {
            file: "made/up.rs",
            line,
            column: 1,
            function: "",
            module,
        }));
        let place = slog::RecordStatic { location, tag: "", level: slog::Level::Info };
        for n in 0..2 {
            log.log(&slog::Record::new(
                &place,
                &format_args!("made up"),
                slog::b!("n" => n, "line_of" => line),
            ));
        }
        if line.is_multiple_of(100) {
            assert!(guard.flush(PATIENCE).finished);
        }
    };
    (0..3000).for_each(log_from);
    assert!(guard.flush(PATIENCE).finished);
    logger_core::info!(log, "afterwards"; "n" => 7);
    assert_balanced(&guard.shutdown(PATIENCE));
    let told = told(&lines);
    assert_eq!(told.len(), 6001);
    for (at, line) in told[..6000].iter().enumerate() {
        let site = at / 2;
        assert_eq!(
            (&line["line"], &line["line_of"], &line["n"]),
            (&site.into(), &site.into(), &(at % 2).into())
        );
        assert!(line["module"].as_str().unwrap().starts_with(&format!("module_{site}_")));
    }
    assert_eq!((&told[6000]["event"], &told[6000]["n"]), (&"afterwards".into(), &7.into()));
}
