use std::{
    fmt,
    sync::{
        Arc, Barrier, Mutex,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use logger_core::{
    Context, Drain, DrainError, DrainState, Filter, Level, Logger, LoggerExt as _, Overflow, OverflowPolicy,
    Record, RingSizes, Route, StartError, critical, debug, error, info, trace, warning,
};

use crate::support::{
    Act, Collector, Gate, Lines, Logs, PATIENCE, Scripted, Three, assert_balanced, one, pipeline, three,
};

#[test]
fn each_record_goes_to_the_drains_of_its_level_and_category() {
    let Three { guard, general, trades, errors } = three(pipeline());
    let log = guard.logger();
    debug!(log, "debug");
    info!(log, "info");
    error!(log, "error");
    critical!(log.trade(), "margin call");
    debug!(log.trade(), "trade at debug");
    let report = guard.shutdown(PATIENCE);
    assert!(report.finished);
    assert_balanced(&report);
    assert_eq!(general.events(), ["info", "error", "margin call"]);
    assert_eq!(errors.events(), ["error", "margin call"]);
    assert_eq!(trades.events(), ["margin call", "trade at debug"]);
    assert_eq!((report.health.trade.written, report.health.general.written), (2, 2));
}

#[test]
fn a_level_set_at_run_time_to_trace_or_error_works_at_once() {
    let Three { guard, general, errors, .. } = three(pipeline());
    let log = guard.logger();
    trace!(log, "1");
    guard.pipeline().set_level(Level::Trace);
    trace!(log, "2");
    guard.pipeline().set_level(Level::Critical);
    warning!(log, "3");
    error!(log, "4");
    let _ = guard.shutdown(PATIENCE);
    assert_eq!(general.events(), ["2"]);
    assert_eq!(errors.events(), ["4"], "errors.log keeps its own level");
}

#[test]
fn eight_threads_lose_nothing_and_each_keeps_its_order() {
    // with too little room for the straight way most of the time, and with enough
    for general in [4096, 16 * 1024] {
        eight_threads(RingSizes { trade: 4096, general });
    }
}

fn eight_threads(sizes: RingSizes) {
    const THREADS: usize = 8;
    const RECORDS: usize = 10_000;
    let keep = OverflowPolicy::Keep { wait: PATIENCE, spill: 0 };
    let (guard, lines) = one(pipeline().ring_sizes(sizes).overflow(Overflow::default().general(keep)));
    let start = Arc::new(Barrier::new(THREADS));
    let threads: Vec<_> = (0..THREADS)
        .map(|thread| {
            let (log, start) = (guard.logger(), Arc::clone(&start));
            thread::spawn(move || {
                start.wait();
                for n in 0..RECORDS {
                    info!(log, "n"; "producer" => thread, "n" => n);
                }
            })
        })
        .collect();
    threads.into_iter().for_each(|thread| thread.join().unwrap());
    let report = guard.shutdown(PATIENCE);
    assert_balanced(&report);
    assert_eq!(report.health.general.written, (THREADS * RECORDS) as u64);
    let (producers, numbers) = (lines.field("producer"), lines.field("n"));
    let mut next = [0; THREADS];
    for (producer, n) in producers.iter().zip(&numbers) {
        let producer = producer.as_u64().unwrap() as usize;
        assert_eq!(n.as_u64().unwrap(), next[producer], "order of thread {producer}");
        next[producer] += 1;
    }
    assert_eq!(next, [RECORDS as u64; THREADS]);
    let seqs: Vec<u64> = lines.field("seq").iter().map(|seq| seq.as_u64().unwrap()).collect();
    assert!(seqs.iter().copied().eq(1..=(THREADS * RECORDS) as u64), "seq has no gap");
}

#[test]
fn records_of_two_threads_stand_in_the_order_of_their_time() {
    let (guard, lines) = one(pipeline());
    let turn = Arc::new(Barrier::new(2));
    let other = {
        let (log, turn) = (guard.logger(), Arc::clone(&turn));
        thread::spawn(move || {
            for n in 0..200 {
                turn.wait();
                info!(log, "n"; "n" => 2 * n + 1);
                turn.wait();
            }
        })
    };
    let log = guard.logger();
    for n in 0..200 {
        info!(log, "n"; "n" => 2 * n);
        turn.wait();
        turn.wait();
    }
    other.join().unwrap();
    let _ = guard.shutdown(PATIENCE);
    let numbers: Vec<u64> = lines.field("n").iter().map(|n| n.as_u64().unwrap()).collect();
    assert!(numbers.iter().copied().eq(0..400), "{numbers:?}");
    assert!(lines.field("timestamp").is_sorted_by_key(|at| at.as_str().unwrap().to_owned()));
}

/// A pipeline whose worker is held up inside its first record, of which the queue is full then.
fn held_up(overflow: Overflow) -> (logger_core::ShutdownGuard, Lines, Arc<Barrier>) {
    let (inner, lines) = Collector::new();
    let barrier = Arc::new(Barrier::new(2));
    let gate = Gate { barrier: Arc::clone(&barrier), inner, passed: false };
    let guard = pipeline()
        .ring_sizes(RingSizes { trade: 2048, general: 2048 })
        .overflow(overflow)
        .route(Route::new("gate", gate).filter(Filter::all()))
        .start()
        .unwrap();
    info!(guard.logger(), "first");
    barrier.wait();
    (guard, lines, barrier)
}

#[test]
fn a_full_queue_drops_general_records_with_a_count_and_keeps_trades_and_errors() {
    let keep = OverflowPolicy::Keep { wait: Duration::ZERO, spill: 1 << 20 };
    let (guard, lines, barrier) = held_up(Overflow::default().trades(keep).errors(keep));
    let log = guard.logger();
    let trades = log.trade();
    for n in 0..100 {
        info!(log, "general"; "n" => n);
        info!(trades, "trade"; "n" => n);
        error!(log, "error"; "n" => n);
    }
    barrier.wait();
    let report = guard.shutdown(PATIENCE);
    assert!(report.finished);
    assert_balanced(&report);
    let events = lines.events();
    let of = |event: &str| events.iter().filter(|it| *it == event).count() as u64;
    assert_eq!((of("trade"), of("error")), (100, 100));
    assert!(report.health.general.dropped.queue_full > 0, "the queue was full");
    assert_eq!(of("general") + report.health.general.dropped.queue_full, 100);
    assert_eq!(report.health.trade.dropped.total(), 0);
    for event in ["trade", "error"] {
        let numbers: Vec<u64> = lines
            .get()
            .iter()
            .map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap())
            .filter(|line| line["event"] == event)
            .map(|line| line["n"].as_u64().unwrap())
            .collect();
        assert!(numbers.iter().copied().eq(0..100), "{event} in order: {numbers:?}");
    }
}

#[test]
fn a_flood_of_debug_leaves_room_for_the_rest() {
    let (guard, lines, barrier) = held_up(Overflow::default());
    guard.pipeline().set_level(Level::Debug);
    let log = guard.logger();
    (0..100).for_each(|_| debug!(log, "debug"));
    info!(log, "info");
    barrier.wait();
    let report = guard.shutdown(PATIENCE);
    assert_balanced(&report);
    assert!(report.health.general.dropped.queue_full > 0);
    assert!(lines.events().contains(&"info".to_owned()));
}

#[test]
fn an_expert_that_floods_sheds_its_own_records_only_and_no_trade_or_warning() {
    let clock = logger_core::ManualClock::new(logger_core::Timestamp::from_unix_nanos(0));
    let budget = logger_core::Budget { per_second: 1, burst: 10 };
    let Three { guard, general, trades, .. } =
        three(pipeline().clock(logger_core::Clock::Manual(clock)).budget(budget));
    let expert = |name: &str| guard.logger().bind(&Context::new().expert_name(name));
    let (flooding, modest) = (expert("flooding"), expert("modest"));
    for _ in 0..20 {
        info!(flooding, "info"; "by" => "flooding");
        info!(flooding.bind(&Context::new().order_id(1)), "info"; "by" => "flooding");
    }
    info!(modest, "info"; "by" => "modest");
    info!(guard.logger(), "info"; "by" => "nobody");
    warning!(flooding, "warning"; "by" => "flooding");
    info!(flooding.trade(), "trade"; "by" => "flooding");
    let report = guard.shutdown(PATIENCE);
    assert_balanced(&report);
    let by = general.field("by");
    let of = |name: &str| by.iter().filter(|it| *it == name).count();
    assert_eq!((of("flooding"), of("modest"), of("nobody")), (10 + 2, 1, 1));
    assert_eq!(trades.len(), 1);
    assert_eq!(report.health.general.dropped.over_budget, 30);
    assert_eq!(general.field("general_over_budget").last().unwrap().as_u64(), Some(30));
}

#[test]
fn the_loss_is_reported_in_the_log_with_the_number_of_the_health_figures() {
    let (guard, lines, barrier) = held_up(Overflow::default());
    let log = guard.logger();
    for _ in 0..100 {
        info!(log, "general");
    }
    barrier.wait();
    let report = guard.shutdown(PATIENCE);
    let dropped = report.health.general.dropped.queue_full;
    let reported = lines.field("general_queue_full");
    assert_eq!(reported.iter().filter_map(serde_json::Value::as_u64).max(), Some(dropped));
}

#[test]
fn when_ring_and_spill_are_full_a_trade_goes_to_the_fallback_on_the_callers_thread() {
    let (inner, lines) = Collector::new();
    let (fallback, fallen) = Collector::new();
    let barrier = Arc::new(Barrier::new(2));
    let gate = Gate { barrier: Arc::clone(&barrier), inner, passed: false };
    let guard = pipeline()
        .ring_sizes(RingSizes { trade: 2048, general: 2048 })
        .overflow(Overflow::default().trades(OverflowPolicy::Keep { wait: Duration::ZERO, spill: 1000 }))
        .route(Route::new("gate", gate).filter(Filter::all()))
        .fallback(fallback)
        .start()
        .unwrap();
    let log = guard.logger().trade();
    info!(log, "trade");
    barrier.wait();
    (1..100).for_each(|_| info!(log, "trade"));
    assert!(fallen.len() > 0, "before the worker goes on");
    barrier.wait();
    let report = guard.shutdown(PATIENCE);
    assert_balanced(&report);
    assert_eq!(report.health.trade.written, 100);
    assert_eq!(lines.len() + fallen.len(), 100);
}

#[test]
fn a_record_longer_than_a_ring_takes_arrives_whole_and_in_order() {
    let (guard, lines) = one(pipeline().ring_sizes(RingSizes { trade: 1024, general: 1024 }));
    let log = guard.logger();
    let long = "x".repeat(100_000);
    info!(log, "1");
    info!(log, "2"; "text" => &long);
    info!(log, "3");
    let report = guard.shutdown(PATIENCE);
    assert_balanced(&report);
    assert_eq!(lines.events(), ["1", "2", "3"]);
    assert_eq!(lines.field("text")[1], long);
}

#[test]
fn what_is_longer_than_the_limits_is_cut_and_says_so() {
    let (guard, lines) = one(pipeline());
    let log = guard.logger();
    let long = "é".repeat(1_000_000);
    info!(log, "str"; "text" => &long);
    info!(log, "display"; "text" => %long);
    let _ = guard.shutdown(PATIENCE);
    assert_eq!(lines.field("truncated"), [true, true]);
    assert_eq!(lines.field("truncated_bytes")[0], 2_000_000 - 256 * 1024);
    for text in lines.field("text") {
        assert_eq!(text.as_str().unwrap().len(), 256 * 1024);
    }
}

struct Deep(usize);

impl serde::Serialize for Deep {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if self.0 == 0 { serializer.serialize_unit() } else { serializer.collect_seq([Deep(self.0 - 1)]) }
    }
}

#[derive(Clone)]
struct DeepValue(usize);

impl serde::Serialize for DeepValue {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Deep(self.0).serialize(serializer)
    }
}

#[derive(Clone)]
struct NestedPanic;

impl serde::Serialize for NestedPanic {
    fn serialize<S: serde::Serializer>(&self, _: S) -> Result<S::Ok, S::Error> {
        std::panic::resume_unwind(Box::new(()))
    }
}

#[derive(Clone)]
struct NestedRefusal;

impl serde::Serialize for NestedRefusal {
    fn serialize<S: serde::Serializer>(&self, _: S) -> Result<S::Ok, S::Error> {
        Err(serde::ser::Error::custom("not today"))
    }
}

#[test]
fn a_nested_value_that_panics_or_refuses_says_so_in_its_place() {
    let (guard, lines) = one(pipeline());
    info!(guard.logger(), "x"; "a" => slog_serde(NestedPanic), "b" => slog_serde(NestedRefusal), "after" => 1);
    let _ = guard.shutdown(PATIENCE);
    assert_eq!(lines.field("a")[0], "<panic in Serialize>");
    assert_eq!(lines.field("b")[0], "<cannot serialize: not today>");
    assert_eq!(lines.field("after")[0], 1);
}

#[test]
fn nested_values_keep_their_structure_and_a_bottomless_one_does_not_end_the_stack() {
    let (guard, lines) = one(pipeline());
    let log = guard.logger();
    let book = serde_json::json!({ "bids": [[1.5, 2]], "note": "a\"b\u{202e}" });
    info!(log, "x"; "book" => slog_serde(book.clone()), "deep" => slog_serde(DeepValue(10_000)), "after" => 1);
    let _ = guard.shutdown(PATIENCE);
    assert_eq!(lines.field("book")[0], book);
    assert_eq!(lines.field("deep")[0], "<nested value too long or too deep>");
    assert_eq!(lines.field("after")[0], 1);
    assert!(!lines.get()[0].contains('\u{202e}'), "nothing that turns text round stands in a line");
}

fn slog_serde<T: serde::Serialize + Clone + Send + 'static>(value: T) -> logger_core::slog::Serde<T> {
    logger_core::slog::Serde(value)
}

struct Panics;

impl fmt::Display for Panics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("half a va")?;
        panic!("in Display")
    }
}

struct Refuses;

impl fmt::Display for Refuses {
    fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
        Err(fmt::Error)
    }
}

struct BadValue {
    panics: bool,
}

impl logger_core::slog::Value for BadValue {
    fn serialize(
        &self,
        _: &logger_core::slog::Record<'_>,
        key: &'static str,
        serializer: &mut dyn logger_core::slog::Serializer,
    ) -> logger_core::slog::Result {
        serializer.emit_u32(key, 1)?;
        assert!(!self.panics, "in Value::serialize");
        Err(logger_core::slog::Error::Other)
    }
}

#[test]
fn a_value_that_panics_or_fails_costs_its_own_field_only() {
    let (guard, lines) = one(pipeline());
    let log = guard.logger();
    info!(log, "a"; "bad" => %Panics, "good" => 1);
    info!(log, "b"; "bad" => %Refuses, "good" => 2);
    info!(log, "{}", Panics; "good" => 3);
    info!(log, "d"; "good" => 4, "bad" => BadValue { panics: true });
    info!(log, "e"; "good" => 5, "bad" => BadValue { panics: false });
    info!(log, "f"; "good" => 6);
    let report = guard.shutdown(PATIENCE);
    assert_balanced(&report);
    assert_eq!(lines.events(), ["a", "b", "<panic in Display>", "d", "e", "f"]);
    assert_eq!(lines.field("bad")[..2], ["<panic in Display>", "<error in Display>"]);
    assert_eq!(lines.field("_error")[3], "panic in Value::serialize");
    assert!(lines.field("_error")[4].is_string());
    // slog hands over the last field first: what comes after it in that order is lost with it
    assert_eq!(lines.field("bad")[3..5], [1, 1]);
    assert_eq!(lines.field("good")[5], 6);
}

#[test]
fn a_display_that_logs_is_kept_once_and_counted_beyond() {
    let (guard, lines) = one(pipeline());
    let log = guard.logger();
    info!(log, "outer"; "value" => %Logs(&log, 1));
    info!(log, "outer"; "value" => %Logs(&log, 2));
    let report = guard.shutdown(PATIENCE);
    assert_balanced(&report);
    assert_eq!(lines.events()[..4], ["outer", "inner", "outer", "inner"]);
    assert_eq!(report.health.general.dropped.reentrant, 1);
    assert_eq!(report.health.general.accepted, 5);
}

#[test]
fn what_a_drain_does_not_take_goes_to_the_fallback_and_the_failure_to_the_reports() {
    let (inner, lines) = Collector::new();
    let (fallback, fallen) = Collector::new();
    let (reports, reported) = Collector::new();
    let (healthy, others) = Collector::new();
    let failing = Arc::new(AtomicBool::new(true));
    let drain = {
        let failing = Arc::clone(&failing);
        Scripted {
            on_log: |_: &Record<'_>| Act::Take,
            on_flush: move || failing.load(Ordering::SeqCst).then_some(0),
            inner,
        }
    };
    let guard = pipeline()
        .route(Route::new("file", drain))
        .route(Route::new("healthy", healthy))
        .fallback(fallback)
        .reports(reports)
        .start()
        .unwrap();
    let log = guard.logger();
    info!(log, "while it fails");
    let report = guard.flush(PATIENCE);
    assert_eq!(report.health.drain("file").unwrap().state, DrainState::Failing);
    assert_eq!(report.health.drain("file").unwrap().last_error.as_deref(), Some("cannot flush: scripted"));
    failing.store(false, Ordering::SeqCst);
    let mut logged = 1;
    while guard.pipeline().health().drain("file").unwrap().state != DrainState::Ok {
        info!(log, "until it works");
        logged += 1;
        let _ = guard.flush(PATIENCE);
    }
    let report = guard.shutdown(PATIENCE);
    assert_balanced(&report);
    let file = report.health.drain("file").unwrap();
    assert_eq!((file.delivered + file.diverted, file.dropped), (logged, 0));
    assert_eq!((lines.len() as u64, fallen.len() as u64), (file.delivered, file.diverted));
    assert_eq!(others.len() as u64, logged, "the other drain got everything");
    let events = reported.events();
    assert_eq!(events.first().map(String::as_str), Some("drain fails; its records go to the fallback"));
    assert_eq!(events.last().map(String::as_str), Some("drain works again"));
    assert_eq!(reported.field("diverted").last().unwrap().as_u64(), Some(file.diverted));
}

#[test]
fn of_a_flush_that_got_half_through_only_the_other_half_goes_to_the_fallback() {
    let (inner, lines) = Collector::new();
    let (fallback, fallen) = Collector::new();
    let barrier = Arc::new(Barrier::new(2));
    let (gate_inner, _gate_lines) = Collector::new();
    let gate = Gate { barrier: Arc::clone(&barrier), inner: gate_inner, passed: false };
    let mut flushes = 0;
    let drain = Scripted {
        on_log: |_: &Record<'_>| Act::Take,
        on_flush: move || {
            flushes += 1;
            (flushes == 2).then_some(3)
        },
        inner,
    };
    let guard = pipeline()
        .route(Route::new("gate", gate))
        .route(Route::new("half", drain))
        .fallback(fallback)
        .start()
        .unwrap();
    let log = guard.logger();
    info!(log, "0");
    barrier.wait();
    // these ten are one batch, because the worker stands in the gate
    (1..=10).for_each(|n| info!(log, "{n}"));
    barrier.wait();
    let report = guard.shutdown(PATIENCE);
    assert_balanced(&report);
    assert_eq!(lines.events(), ["0", "1", "2", "3"]);
    assert_eq!(fallen.events()[..7], ["4", "5", "6", "7", "8", "9", "10"]);
}

#[test]
fn a_drain_that_panics_costs_others_nothing_and_is_called_again() {
    let (inner, lines) = Collector::new();
    let (fallback, fallen) = Collector::new();
    let (healthy, others) = Collector::new();
    let drain = Scripted {
        on_log: |record: &Record<'_>| if record.event() == "bad" { Act::Panic } else { Act::Take },
        on_flush: || None,
        inner,
    };
    let guard = pipeline()
        .route(Route::new("panics", drain))
        .route(Route::new("healthy", healthy))
        .fallback(fallback)
        .start()
        .unwrap();
    let log = guard.logger();
    info!(log, "bad");
    let report = guard.flush(PATIENCE);
    assert_eq!(report.health.drain("panics").unwrap().panics, 1);
    let mut logged = 1;
    while guard.pipeline().health().drain("panics").unwrap().state != DrainState::Ok {
        info!(log, "good");
        logged += 1;
        let _ = guard.flush(PATIENCE);
    }
    let report = guard.shutdown(PATIENCE);
    assert_balanced(&report);
    assert_eq!(others.len(), logged);
    let records = |lines: &Lines| lines.field("category").iter().filter(|it| *it == "general").count();
    assert_eq!(records(&lines) + records(&fallen), logged);
    assert!(fallen.events().contains(&"bad".to_owned()));
}

#[test]
fn a_filter_that_panics_lets_the_record_pass_and_ends_nothing() {
    let (drain, lines) = Collector::new();
    let filter = Filter::at_logger_level().and(|record| match record.event() {
        "refused" => false,
        "panics" => panic!("in a filter"),
        _ => true,
    });
    let guard = pipeline().route(Route::new("filtered", drain).filter(filter)).start().unwrap();
    let log = guard.logger();
    info!(log, "refused");
    info!(log, "panics");
    info!(log, "passes");
    assert_balanced(&guard.shutdown(PATIENCE));
    assert_eq!(lines.events(), ["panics", "passes"]);
}

#[test]
fn when_drain_and_fallback_both_fail_the_record_is_counted_as_undelivered() {
    let (inner, _) = Collector::new();
    let drain = Scripted { on_log: |_: &Record<'_>| Act::Fail, on_flush: || None, inner };
    let guard = pipeline().route(Route::new("fails", drain)).start().unwrap();
    let log = guard.logger();
    (0..10).for_each(|_| info!(log, "x"));
    let report = guard.shutdown(PATIENCE);
    assert!(report.finished);
    assert_balanced(&report);
    assert_eq!(report.health.general.dropped.undelivered, 10);
    assert_eq!(report.health.general.written, 0);
}

struct Hangs {
    barrier: Arc<Barrier>,
}

impl Drain for Hangs {
    fn log(&mut self, _: &Record<'_>) -> Result<(), DrainError> {
        self.barrier.wait();
        Ok(())
    }

    fn flush(&mut self, _: Instant) -> Result<(), DrainError> {
        Ok(())
    }
}

#[test]
fn a_detached_drain_that_hangs_is_seen_and_holds_up_nobody() {
    let (healthy, others) = Collector::new();
    let (reports, reported) = Collector::new();
    let barrier = Arc::new(Barrier::new(2));
    let guard = pipeline()
        .route(Route::new("hangs", Hangs { barrier: Arc::clone(&barrier) }).detached(5))
        .route(Route::new("healthy", healthy))
        .reports(reports)
        .start()
        .unwrap();
    let log = guard.logger();
    (0..100).for_each(|_| info!(log, "x"));
    while guard.pipeline().health().drain("hangs").unwrap().state != DrainState::Hung {
        let _ = guard.flush(Duration::from_millis(10));
    }
    let report = guard.shutdown(Duration::from_millis(10));
    assert!(!report.finished, "records of the drain that hangs are left, and the report says so");
    let pipeline_counts = report.health.total();
    assert_eq!((others.len(), pipeline_counts.written, pipeline_counts.pending), (100, 100, 0));
    assert!(report.health.drain("hangs").unwrap().dropped >= 90, "its queue of 5 drops what is over");
    assert!(reported.events().contains(&"drain hangs".to_owned()));
    barrier.wait();
}

#[test]
fn records_after_the_shutdown_go_to_the_fallback_and_are_counted() {
    let (drain, lines) = Collector::new();
    let (fallback, fallen) = Collector::new();
    let guard = pipeline().route(Route::new("general", drain)).fallback(fallback).start().unwrap();
    let log = guard.logger();
    let pipeline = guard.pipeline().clone();
    info!(log, "before");
    assert!(guard.shutdown(PATIENCE).finished);
    info!(log, "after"; "k" => 1);
    assert_eq!((lines.events(), fallen.events()), (vec!["before".into()], vec!["after".into()]));
    assert_eq!((pipeline.health().late, pipeline.health().late_lost), (1, 0));
    assert_eq!(pipeline.health().general.accepted, 1);
}

#[test]
fn dropping_the_guard_writes_what_is_queued() {
    let (guard, lines) = one(pipeline());
    let log = guard.logger();
    (0..1000).for_each(|_| info!(log, "x"));
    drop(guard);
    assert_eq!(lines.len(), 1000);
}

#[test]
fn threads_that_log_once_and_end_leave_their_record_and_their_ring_to_the_next() {
    let (guard, lines) = one(pipeline());
    for n in 0..500 {
        let log = guard.logger();
        thread::Builder::new()
            .name(format!("short-{n}"))
            .spawn(move || info!(log, "x"))
            .unwrap()
            .join()
            .unwrap();
    }
    let _ = guard.shutdown(PATIENCE);
    let names: Vec<_> = (0..500).map(|n| serde_json::Value::from(format!("short-{n}"))).collect();
    assert_eq!(lines.field("thread"), names);
}

struct LogsAtItsEnd(Mutex<Option<Logger>>);

impl Drop for LogsAtItsEnd {
    fn drop(&mut self) {
        if let Some(log) = self.0.get_mut().unwrap().take() {
            info!(log, "from Drop");
            info!(log.trade(), "trade from Drop");
        }
    }
}

#[test]
fn a_record_from_the_drop_of_a_thread_local_is_kept() {
    thread_local! {
        static EARLY: LogsAtItsEnd = const { LogsAtItsEnd(Mutex::new(None)) };
        static LATE: LogsAtItsEnd = const { LogsAtItsEnd(Mutex::new(None)) };
    }
    let Three { guard, general, trades, .. } = three(pipeline());
    let log = guard.logger();
    thread::spawn(move || {
        // destructors run in the reverse order of first use: one before the logger's own and one after
        EARLY.with(|it| *it.0.lock().unwrap() = Some(log.clone()));
        info!(log, "normal");
        LATE.with(|it| *it.0.lock().unwrap() = Some(log.clone()));
    })
    .join()
    .unwrap();
    let report = guard.shutdown(PATIENCE);
    assert_balanced(&report);
    assert_eq!(general.len() + report.health.late as usize, 5);
    assert_eq!(trades.events(), ["trade from Drop", "trade from Drop"]);
}

struct LogsItself {
    log: Arc<Mutex<Option<Logger>>>,
    calls: Arc<AtomicUsize>,
}

impl Drain for LogsItself {
    fn log(&mut self, _: &Record<'_>) -> Result<(), DrainError> {
        self.calls.fetch_add(1, Ordering::SeqCst);
        if let Some(log) = &*self.log.lock().unwrap() {
            info!(log, "from inside a drain");
        }
        Ok(())
    }

    fn flush(&mut self, _: Instant) -> Result<(), DrainError> {
        Ok(())
    }
}

#[test]
fn a_drain_that_logs_does_not_feed_itself_and_its_records_reach_the_reports() {
    let (reports, reported) = Collector::new();
    let slot = Arc::new(Mutex::new(None));
    let calls = Arc::new(AtomicUsize::new(0));
    let drain = LogsItself { log: Arc::clone(&slot), calls: Arc::clone(&calls) };
    let guard = pipeline().route(Route::new("logs", drain)).reports(reports).start().unwrap();
    *slot.lock().unwrap() = Some(guard.logger());
    info!(guard.logger(), "x");
    let _ = guard.flush(PATIENCE);
    let _ = guard.flush(PATIENCE);
    *slot.lock().unwrap() = None;
    let report = guard.shutdown(PATIENCE);
    assert_balanced(&report);
    assert_eq!(calls.load(Ordering::SeqCst), 1);
    assert_eq!(reported.events(), ["from inside a drain"]);
}

#[test]
fn two_pipelines_in_one_thread_keep_their_records_apart() {
    let (first, first_lines) = one(pipeline());
    let (second, second_lines) = one(pipeline());
    let (a, b) = (first.logger(), second.logger().bind(&Context::new().with("which", 2)));
    for _ in 0..10 {
        info!(a, "first");
        info!(b, "second");
    }
    let _ = (first.shutdown(PATIENCE), second.shutdown(PATIENCE));
    assert_eq!(first_lines.events(), ["first"; 10]);
    assert_eq!(second_lines.events(), ["second"; 10]);
}

#[test]
fn a_shutdown_that_was_given_up_does_not_wait_again_when_the_guard_goes() {
    let barrier = Arc::new(Barrier::new(2));
    let guard = pipeline()
        .route(Route::new("hangs", Hangs { barrier: Arc::clone(&barrier) }).detached(5))
        .start()
        .unwrap();
    let pipeline = guard.pipeline().clone();
    info!(guard.logger(), "x");
    let waiting = thread::spawn(move || {
        // ends this test if the guard were to wait for the drain again
        while pipeline.health().late == 0 {
            thread::yield_now();
        }
        barrier.wait();
    });
    let log = guard.logger();
    assert!(!guard.shutdown(Duration::from_millis(1)).finished);
    info!(log, "the guard is gone");
    waiting.join().unwrap();
}

#[test]
fn two_routes_of_one_name_are_refused() {
    let (a, _) = Collector::new();
    let (b, _) = Collector::new();
    let refused = pipeline().route(Route::new("file", a)).route(Route::new("file", b)).start();
    let error = refused.map(drop).unwrap_err();
    assert!(matches!(error, StartError::RouteName { .. }));
    assert_eq!(error.to_string(), "two routes are named `file`");
}
