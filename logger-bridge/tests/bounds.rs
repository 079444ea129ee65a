//! What a library that never ends to bring new keys, places and causes costs: a bounded amount, and no record. A program of its
//! own, because the bounds are those of a process.
#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

#[path = "shared/lines.rs"]
mod lines;

use std::{error::Error, fmt, time::Duration};

use log::{Log as _, RecordBuilder};
use logger_bridge::{log::LogBridge, tracing::TracingLayer};
use logger_core::{Overflow, OverflowPolicy, Pipeline, Route, ShutdownGuard};
use serde_json::Value;
use tracing_subscriber::{Registry, layer::SubscriberExt as _};

use self::lines::Lines;

const PATIENCE: Duration = Duration::from_secs(60);

fn start() -> (ShutdownGuard, LogBridge, Lines) {
    let lines = Lines::default();
    // whoever logs faster than the worker of a debug build waits
    let waits = OverflowPolicy::Keep { wait: PATIENCE, spill: 1 << 20 };
    let builder = Pipeline::builder().overflow(Overflow::default().general(waits));
    let guard = builder.route(Route::new("lines", lines.clone())).start().unwrap();
    let bridge = LogBridge::new(&guard.logger());
    (guard, bridge, lines)
}

fn end(guard: ShutdownGuard, lines: &Lines) -> Vec<Value> {
    let report = guard.shutdown(PATIENCE);
    assert!(report.finished && report.health.total().dropped.total() == 0, "{report:?}");
    lines.text().lines().map(|it| serde_json::from_str(it).unwrap()).collect()
}

/// So many keys and names of modules are kept, of so many bytes each, and so many places.
const KEYS: usize = 8_192;
const LONGEST: usize = 1_024;
const PLACES: u32 = 65_536;

/// The bounds are those of a process, which tests may share: one thing after the other.
#[test]
fn what_never_ends_takes_a_bounded_amount_and_costs_no_record() {
    keys_and_modules();
    places();
}

fn keys_and_modules() {
    let (guard, bridge, lines) = start();
    let log = |key: &str, module: &str, value: u64| {
        let values = [(key, value)];
        bridge.log(
            &RecordBuilder::new()
                .level(log::Level::Info)
                .module_path(Some(module))
                .target(module)
                .key_values(&values)
                .args(format_args!("x"))
                .build(),
        );
    };
    let longest = "k".repeat(LONGEST);
    log(&longest, "m", 1);
    log(&format!("{longest}k"), "m", 2);
    for n in 0..10_000 {
        log(&format!("key_{n}"), &format!("module_{}", n / 2), n);
    }
    log("key_7", "module_3", 70);
    let found = end(guard, &lines);
    assert_eq!(found.len(), 10_003);
    // the core itself cuts a key that is longer than its own bound
    assert!(found[0].get("too_many_keys").is_none(), "{}", found[0]);
    assert_eq!(found[1]["too_many_keys"], 2);
    let of_numbers = &found[2..10_002];
    let has_own = |n: usize| of_numbers[n].get(format!("key_{n}")).is_some();
    let own = (0..10_000).take_while(|n| has_own(*n)).count();
    assert!((0..10_000).skip(own).all(|n| of_numbers[n]["too_many_keys"] == n), "and no value is lost");
    let modules =
        of_numbers.iter().take_while(|it| it["module"].as_str().is_some_and(|it| !it.is_empty())).count();
    // with the longest key, a module of before, and what another test may have brought
    assert!((KEYS - 10..KEYS).contains(&(own + modules.div_ceil(2))), "{own} {modules}");
    assert_eq!(of_numbers[9_999]["target"], "module_4999", "what no module can say the target says");
    assert_eq!((&found[10_002]["key_7"], &found[10_002]["module"]), (&70.into(), &"module_3".into()));
}

fn places() {
    let (guard, bridge, lines) = start();
    for line in 1..=PLACES + 100 {
        let mut record = RecordBuilder::new();
        let record = record.level(log::Level::Info).file_static(Some("of_a_library.rs")).line(Some(line));
        bridge.log(&record.args(format_args!("x")).build());
    }
    let found = end(guard, &lines);
    assert_eq!(found.len() as u32, PLACES + 100);
    let is_placed = |(it, line): &(&Value, u32)| it["line"] == *line && it["file"] == "of_a_library.rs";
    let placed = found.iter().zip(1..).take_while(is_placed).count();
    // the modules of before are places, too
    assert!((PLACES as usize - 5_100..PLACES as usize).contains(&placed), "{placed}");
    assert!(found[placed..].iter().all(|it| it["event"] == "x" && it["line"] == 0), "{:?}", found.last());
}

/// An error that is its own cause.
#[derive(Debug)]
struct Endless;

impl fmt::Display for Endless {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("again")
    }
}

impl Error for Endless {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(self)
    }
}

#[test]
fn an_error_that_is_its_own_cause_has_an_end() {
    let (guard, bridge, lines) = start();
    log::set_max_level(log::LevelFilter::Trace);
    log::info!(logger: bridge, error:err = Endless; "of log");
    let layer = Registry::default().with(TracingLayer::new(&guard.logger()));
    tracing::subscriber::with_default(layer, || {
        let error: &(dyn Error + 'static) = &Endless;
        tracing::info!(error, "of tracing");
    });
    let found = end(guard, &lines);
    assert_eq!((&found[0]["event"], &found[1]["event"]), (&"of log".into(), &"of tracing".into()));
    for it in &found {
        let causes = it["error"]["causes"].as_array().unwrap();
        assert!(it["error"]["message"] == "again" && (5..=32).contains(&causes.len()), "{it}");
        assert!(causes.iter().all(|it| it == "again"), "{it}");
    }
}
