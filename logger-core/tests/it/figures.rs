//! The figures of a pipeline: each moves when what it counts happens, and says so to Prometheus too.

use std::{
    collections::BTreeMap,
    fmt,
    io::Write as _,
    process::{Command, Stdio},
    sync::{
        Arc, Barrier,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use logger_core::{
    Clock, Condition, Context, DrainState, Filter, Health, Histogram, Level, LoggerExt as _, ManualClock,
    Outlet, Overflow, OverflowPolicy, QueuePlace, Record, RingSizes, Route, ShutdownGuard, Stage,
    TargetHealth, Timestamp, debug, error, info,
};

use crate::recovery::{Then, crash_images, queue_in, recover};
use crate::support::{Act, Collector, Gate, Lines, Logs, PATIENCE, Scripted, assert_balanced, one, pipeline};

/// What a scraper reads: each sample by its name and labels.
fn scraped(health: &Health) -> BTreeMap<String, f64> {
    let text = health.to_prometheus();
    let lines = text.lines().map(|line| Ok(line.to_owned()));
    let scrape = prometheus_parse::Scrape::parse(lines).unwrap();
    let mut found = BTreeMap::new();
    for sample in scrape.samples {
        let mut labels: Vec<String> =
            sample.labels.iter().map(|(name, value)| format!("{name}={value}")).collect();
        labels.sort();
        let name = format!("{} {}", sample.metric, labels.join(" ")).trim_end().to_owned();
        match sample.value {
            prometheus_parse::Value::Histogram(buckets) => {
                for bucket in buckets {
                    found.insert(format!("{name} le={}", bucket.less_than), bucket.count);
                }
            }
            prometheus_parse::Value::Counter(it)
            | prometheus_parse::Value::Gauge(it)
            | prometheus_parse::Value::Untyped(it) => {
                assert!(found.insert(name.clone(), it).is_none(), "{name} is there twice");
            }
            prometheus_parse::Value::Summary(_) => panic!("{name} is no summary"),
        }
    }
    found
}

#[track_caller]
fn check(health: &Health, expected: &[(&str, f64)]) {
    let found = scraped(health);
    for (name, value) in expected {
        assert_eq!(found.get(*name), Some(value), "{name} in {found:#?}");
    }
}

/// What Prometheus' own tool says of the text; `None` where it is not installed.
fn promtool(text: &str) -> Option<(bool, String)> {
    let started = Command::new("promtool")
        .args(["check", "metrics"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn();
    let Ok(mut child) = started else {
        let _ =
            writeln!(std::io::stderr(), "promtool is not installed: its judgement of the figures is skipped");
        return None;
    };
    let _ = child.stdin.take().unwrap().write_all(text.as_bytes());
    let output = child.wait_with_output().unwrap();
    Some((
        output.status.success(),
        String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned(),
    ))
}

/// A service behind a drain.
#[derive(Debug)]
struct Service(TargetHealth);

impl Outlet for Service {
    fn settle(&self, _: Instant) -> bool {
        true
    }

    fn close(&self, _: Instant) -> bool {
        true
    }

    fn health(&self) -> Vec<TargetHealth> {
        vec![self.0.clone()]
    }
}

fn service(name: &str) -> Arc<Service> {
    let millis = Duration::from_millis;
    let delay =
        Histogram::new([(millis(5), 1), (millis(100), 2), (millis(900), 1)], millis(1_105), millis(900));
    Arc::new(Service(TargetHealth {
        name: name.into(),
        state: DrainState::Failing,
        delivered: 4,
        waiting: 3,
        lost: 2,
        retried: 1,
        last_error: Some("refused".into()),
        delay,
    }))
}

/// A pipeline with small rings, whose drain is held up at its first record until the barrier is met.
fn held_up(sizes: RingSizes) -> (ShutdownGuard, Lines, Arc<Barrier>) {
    let keep = OverflowPolicy::Keep { wait: Duration::ZERO, spill: 1 << 20 };
    let (inner, lines) = Collector::new();
    let barrier = Arc::new(Barrier::new(2));
    let gate = Gate { barrier: Arc::clone(&barrier), inner, passed: false };
    let builder = pipeline().ring_sizes(sizes).overflow(Overflow::default().trades(keep));
    let guard = builder.route(Route::new("gate", gate).filter(Filter::all())).start().unwrap();
    info!(guard.logger(), "first");
    barrier.wait();
    (guard, lines, barrier)
}

#[test]
fn each_figure_of_the_queue_moves_and_comes_back() {
    let (guard, _, barrier) = held_up(RingSizes { trade: 2048, general: 2048 });
    let before = guard.health();
    assert_eq!((before.trade_queue.rings, before.general_queue.rings), (0, 1));
    let log = guard.logger();
    let trades = log.trade();
    for n in 0..100 {
        info!(log, "general"; "n" => n);
        info!(trades, "trade"; "n" => n);
    }
    let full = guard.health();
    for queue in [full.trade_queue, full.general_queue] {
        assert_eq!((queue.rings, queue.capacity), (1, 2048));
        assert!(
            queue.used > 1024 && queue.used <= 2048 && queue.fullest_per_mille == queue.used * 1_000 / 2048
        );
    }
    assert!(
        full.trade.spilled > 0 && full.trade.spilled < 100 && full.trade_queue.spill_bytes > 0,
        "{full:?}"
    );
    assert_eq!((full.general.spilled, full.general_queue.spill_bytes), (0, 0));
    assert_eq!((full.total().spilled, full.condition()), (full.trade.spilled, Condition::Degraded));
    let lost = full.general.dropped.queue_full;
    check(
        &full,
        &[
            ("logger_records_accepted_total class=trade", 100.0),
            ("logger_records_accepted_total class=general", 101.0),
            ("logger_records_dropped_total class=general reason=queue_full", lost as f64),
            ("logger_records_dropped_total class=trade reason=queue_full", 0.0),
            ("logger_records_spilled_total class=trade", full.trade.spilled as f64),
            ("logger_records_pending class=trade", 100.0),
            ("logger_queue_capacity_bytes class=trade", 2048.0),
            ("logger_queue_used_bytes class=trade", full.trade_queue.used as f64),
            ("logger_queue_spill_bytes class=trade", full.trade_queue.spill_bytes as f64),
            ("logger_queue_fullest_ratio class=trade", full.trade_queue.fullest_per_mille as f64 / 1e3),
            ("logger_queue_rings class=trade", 1.0),
            ("logger_condition state=degraded", 1.0),
        ],
    );
    assert!(lost > 0);
    barrier.wait();
    let report = guard.shutdown(PATIENCE);
    assert!(report.finished);
    let after = report.health;
    assert_eq!((after.trade_queue.used, after.trade_queue.spill_bytes, after.general_queue.used), (0, 0, 0));
    assert_eq!((after.trade.spilled, after.trade.written), (full.trade.spilled, 100));
    check(&after, &[("logger_records_written_total class=trade", 100.0), ("logger_stage state=closed", 1.0)]);
}

#[test]
fn each_reason_of_a_loss_is_a_figure_of_its_own_and_degrades_the_condition() {
    let clock = ManualClock::new(Timestamp::from_unix_nanos(0));
    let (inner, _) = Collector::new();
    let fails = Scripted { on_log: |_: &Record<'_>| Act::Fail, on_flush: || None, inner };
    let budget = logger_core::Budget { per_second: 1, burst: 10 };
    let builder = pipeline().clock(Clock::Manual(clock)).budget(budget);
    let guard = builder.route(Route::new("fails", fails)).start().unwrap();
    let log = guard.logger();
    let none = [
        ("logger_records_dropped_total class=general reason=over_budget", 0.0),
        ("logger_records_dropped_total class=general reason=reentrant", 0.0),
        ("logger_records_dropped_total class=general reason=undelivered", 0.0),
        ("logger_records_dropped_total class=trade reason=undelivered", 0.0),
    ];
    check(&guard.health(), &none);
    let floods = log.bind(&Context::new().expert_name("floods"));
    (0..13).for_each(|_| info!(floods, "more than its budget"));
    info!(log, "outer"; "value" => %Logs(&log, 2));
    info!(log.trade(), "a trade that nobody takes");
    let report = guard.shutdown(PATIENCE);
    let health = &report.health;
    check(
        health,
        &[
            ("logger_records_accepted_total class=general", 16.0),
            ("logger_records_written_total class=general", 0.0),
            ("logger_records_pending class=general", 0.0),
            ("logger_records_dropped_total class=general reason=over_budget", 3.0),
            ("logger_records_dropped_total class=general reason=reentrant", 1.0),
            // what the budget let through, and a record with the one inside it
            ("logger_records_dropped_total class=general reason=undelivered", 12.0),
            ("logger_records_dropped_total class=general reason=queue_full", 0.0),
            ("logger_records_dropped_total class=general reason=damaged", 0.0),
            ("logger_records_dropped_total class=trade reason=undelivered", 1.0),
            ("logger_records_dropped_total class=trade reason=over_budget", 0.0),
        ],
    );
    assert_balanced(&report);
    let total = health.total().dropped;
    assert_eq!((total.over_budget, total.reentrant, total.undelivered, total.total()), (3, 1, 13, 17));
    let json: serde_json::Value = serde_json::from_str(&health.to_json()).unwrap();
    assert_eq!((&json["accepted"], &json["dropped"], &json["written"]), (&17.into(), &17.into(), &0.into()));
    // shut down, its drain fails, and: each lost record once, whoever failed to take it
    assert_eq!(json["reasons"][2], "17 records are lost", "{json}");
}

#[test]
fn a_drain_in_trouble_is_seen_in_the_figures_and_in_the_condition() {
    let fails = Arc::new(AtomicBool::new(false));
    let (inner, _) = Collector::new();
    let seen = Arc::clone(&fails);
    let drain = Scripted {
        on_log: move |_: &Record<'_>| if seen.load(Ordering::SeqCst) { Act::Panic } else { Act::Take },
        on_flush: || None,
        inner,
    };
    let (fallback, _) = Collector::new();
    let guard = pipeline().fallback(fallback).route(Route::new("disk", drain)).start().unwrap();
    info!(guard.logger(), "one");
    assert!(guard.flush(PATIENCE).finished);
    let well = guard.health();
    assert_eq!(
        (well.condition(), well.stage, well.queue_place),
        (Condition::Ok, Stage::Open, QueuePlace::Heap)
    );
    check(&well, &[("logger_drain_state drain=disk state=ok", 1.0), ("logger_condition state=ok", 1.0)]);
    fails.store(true, Ordering::SeqCst);
    error!(guard.logger(), "two");
    assert!(guard.flush(PATIENCE).finished);
    let ill = guard.health();
    assert_eq!(ill.condition(), Condition::Failing);
    check(
        &ill,
        &[
            ("logger_drain_state drain=disk state=ok", 0.0),
            ("logger_drain_state drain=disk state=failing", 1.0),
            ("logger_drain_delivered_total drain=disk", 1.0),
            ("logger_drain_diverted_total drain=disk", 1.0),
            ("logger_drain_panics_total drain=disk", 1.0),
            ("logger_condition state=failing", 1.0),
        ],
    );
    let json: serde_json::Value = serde_json::from_str(&ill.to_json()).unwrap();
    assert_eq!(
        (&json["condition"], &json["reasons"][0]),
        (&"failing".into(), &"drain `disk` is failing".into())
    );
    assert_eq!(json["drains"][0]["last_error"], "panic: scripted panic");
    let logger = guard.logger();
    let pipeline = guard.pipeline().clone();
    let _ = guard.shutdown(PATIENCE);
    info!(logger, "late");
    assert_eq!((pipeline.health().stage, pipeline.health().late), (Stage::Closed, 1));
    check(&pipeline.health(), &[("logger_records_late_total", 1.0)]);
}

#[test]
fn a_queue_that_had_to_be_on_the_heap_degrades_the_condition() {
    let temp = tempfile::tempdir().unwrap();
    let file = temp.path().join("file");
    std::fs::write(&file, "").unwrap();
    let (guard, _) = one(pipeline().queue_folder(&file));
    assert!(guard.flush(PATIENCE).finished);
    let health = guard.health();
    assert_eq!(health.queue_place, QueuePlace::HeapInstead);
    assert_eq!(health.condition(), Condition::Degraded, "{health:?}");
    #[cfg(unix)]
    {
        let (guard, _) = one(pipeline().queue_folder(temp.path().join("queue")));
        info!(guard.logger(), "one");
        assert!(guard.flush(PATIENCE).finished);
        let health = guard.health();
        assert_eq!(
            (health.queue_place, health.condition()),
            (QueuePlace::Folder, Condition::Ok),
            "{health:?}"
        );
    }
}

#[test]
fn what_was_recovered_is_counted_by_class_wherever_the_kill_has_struck() {
    let temp = tempfile::tempdir().unwrap();
    let (mut both, mut some) = (0, 0);
    for (point, (folder, disks)) in crash_images(temp.path()).into_iter().enumerate().step_by(7) {
        let (all, all_trades) = disks.missing();
        let health = recover(&folder, &disks).health;
        let found = health.recovered;
        assert_eq!((found.records, found.trades), (all, all_trades), "kill point {point}");
        let runs = u64::from(found.runs > 0);
        check(
            &health,
            &[
                ("logger_recovered_records_total class=trade", all_trades as f64),
                ("logger_recovered_records_total class=general", (all - all_trades) as f64),
                ("logger_recovered_runs_total", runs as f64),
                ("logger_recovery_runs reason=postponed", 0.0),
            ],
        );
        both += u32::from(all_trades > 0 && all > all_trades);
        some += u32::from(all > 0 && all < 80);
    }
    assert!(both > 10 && some > 10, "{both} {some}");
}

#[test]
fn an_earlier_run_that_cannot_be_written_yet_is_a_figure_until_it_is() {
    let temp = tempfile::tempdir().unwrap();
    let (folder, disks) = crash_images(temp.path()).swap_remove(0);
    let refuses = Arc::new(AtomicBool::new(true));
    let guard = {
        let refuses = Arc::clone(&refuses);
        let at = move || if refuses.load(Ordering::SeqCst) { Then::Fail } else { Then::GoOn };
        disks.routes(queue_in(&folder), at).start().unwrap()
    };
    let _ = guard.flush(PATIENCE);
    let health = guard.health();
    assert_eq!((health.recovered.postponed, health.recovered.runs), (1, 0));
    check(&health, &[("logger_recovery_runs reason=postponed", 1.0), ("logger_recovered_runs_total", 0.0)]);
    assert!(health.to_json().contains("1 earlier runs are not written yet"), "{}", health.to_json());
    refuses.store(false, Ordering::SeqCst);
    while guard.health().recovered.postponed > 0 {
        let _ = guard.flush(PATIENCE);
    }
    check(
        &guard.health(),
        &[("logger_recovery_runs reason=postponed", 0.0), ("logger_recovered_runs_total", 1.0)],
    );
    assert!(guard.shutdown(PATIENCE).finished);
}

#[test]
fn the_delay_of_a_target_is_a_histogram() {
    let (drain, _) = Collector::new();
    let guard = pipeline().route(Route::new("alerts", drain).outlet(service("telegram"))).start().unwrap();
    let health = guard.health();
    assert_eq!((health.targets.len(), health.condition()), (1, Condition::Failing));
    check(
        &health,
        &[
            ("logger_target_delay_seconds target=telegram le=0.005", 1.0),
            ("logger_target_delay_seconds target=telegram le=0.05", 1.0),
            ("logger_target_delay_seconds target=telegram le=0.1", 3.0),
            ("logger_target_delay_seconds target=telegram le=1", 4.0),
            ("logger_target_delay_seconds target=telegram le=inf", 4.0),
            ("logger_target_delivered_total target=telegram", 4.0),
            ("logger_target_waiting target=telegram", 3.0),
            ("logger_target_lost_total target=telegram", 2.0),
            ("logger_target_retried_total target=telegram", 1.0),
            ("logger_target_state state=failing target=telegram", 1.0),
        ],
    );
    assert!(health.to_prometheus().contains("logger_target_delay_seconds_sum{target=\"telegram\"} 1.105\n"));
}

/// A value whose text takes 5 µs by a manual clock, once.
struct Slow(Arc<ManualClock>, AtomicBool);

impl fmt::Display for Slow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.1.swap(true, Ordering::SeqCst) {
            self.0.advance(Duration::from_micros(5));
        }
        f.write_str("slow")
    }
}

#[test]
fn the_time_of_a_call_is_in_the_histogram_where_calls_are_timed() {
    let clock = ManualClock::new(Timestamp::from_unix_nanos(0));
    let (guard, _) = one(pipeline().clock(Clock::Manual(Arc::clone(&clock))).time_one_in(1));
    let log = guard.logger();
    (0..3).for_each(|n| info!(log, "quick"; "n" => n));
    debug!(log, "below the level");
    info!(log, "slow"; "value" => %Slow(clock, AtomicBool::new(false)));
    let health = guard.health();
    let calls = health.call_time.as_ref().unwrap();
    assert_eq!((calls.one_in, calls.histogram.count()), (1, 4));
    assert_eq!(
        (calls.histogram.longest(), calls.histogram.sum()),
        (Duration::from_micros(5), Duration::from_micros(5))
    );
    check(
        &health,
        &[
            ("logger_call_duration_seconds le=0.000000064", 3.0),
            ("logger_call_duration_seconds le=0.000004096", 3.0),
            ("logger_call_duration_seconds le=0.000008192", 4.0),
            ("logger_call_sample_ratio", 1.0),
        ],
    );
    let (untimed, _) = one(pipeline());
    info!(untimed.logger(), "one");
    assert!(untimed.health().call_time.is_none());
    assert!(!untimed.health().to_prometheus().contains("logger_call"));
}

/// Waits until so many lines with this event have arrived.
fn await_events(guard: &ShutdownGuard, lines: &Lines, event: &str, count: usize) -> Vec<serde_json::Value> {
    let deadline = Instant::now() + PATIENCE;
    loop {
        let _ = guard.flush(PATIENCE);
        let parsed =
            lines.get().into_iter().map(|line| serde_json::from_str::<serde_json::Value>(&line).unwrap());
        let found: Vec<_> = parsed.filter(|line| line["event"] == event).collect();
        if found.len() >= count {
            return found;
        }
        assert!(Instant::now() < deadline, "{} of {count}", found.len());
    }
}

#[test]
fn a_heartbeat_comes_once_an_interval_with_the_main_figures_and_goes_to_no_report() {
    let clock = ManualClock::new(Timestamp::from_unix_nanos(1_000_000_000_000));
    let (reports, reported) = Collector::new();
    let builder = pipeline().clock(Clock::Manual(Arc::clone(&clock))).reports(reports);
    // a level above its own does not silence it
    let (guard, lines) = one(builder.level(Level::Error).heartbeat(Duration::from_secs(60)));
    let log = guard.logger();
    (0..3).for_each(|_| error!(log, "one"));
    info!(log.trade(), "two");
    // the worker has begun before the clock is moved
    assert_eq!(await_events(&guard, &lines, "one", 3).len(), 3);
    clock.advance(Duration::from_secs(59));
    assert!(guard.flush(PATIENCE).finished);
    assert!(!lines.events().contains(&"heartbeat".to_owned()));
    clock.advance(Duration::from_secs(1));
    let first = await_events(&guard, &lines, "heartbeat", 1).remove(0);
    assert_eq!((&first["level"], &first["category"]), (&"info".into(), &"logger".into()));
    assert_eq!((&first["condition"], &first["accepted"]), (&"ok".into(), &4.into()));
    assert_eq!((&first["trades"], &first["written"], &first["dropped"]), (&1.into(), &4.into(), &0.into()));
    assert_eq!(
        (first["uptime_seconds"].as_f64(), first["accepted_per_second"].as_f64()),
        (Some(60.0), Some(0.1))
    );
    // late by half an interval, and then at its old beat
    clock.advance(Duration::from_secs(90));
    assert_eq!(await_events(&guard, &lines, "heartbeat", 2).len(), 2);
    clock.advance(Duration::from_secs(30));
    assert_eq!(await_events(&guard, &lines, "heartbeat", 3)[2]["accepted_per_second"].as_f64(), Some(0.0));
    let report = guard.shutdown(PATIENCE);
    assert_eq!(report.health.total().accepted, 4, "it is in no figure");
    assert!(!reported.events().contains(&"heartbeat".to_owned()), "{:?}", reported.events());
}

#[test]
fn without_being_asked_for_there_is_no_heartbeat() {
    let clock = ManualClock::new(Timestamp::from_unix_nanos(0));
    let (guard, lines) = one(pipeline().clock(Clock::Manual(Arc::clone(&clock))));
    clock.advance(Duration::from_secs(1_000_000));
    info!(guard.logger(), "one");
    assert_eq!(await_events(&guard, &lines, "one", 1).len(), 1);
    assert_eq!(guard.shutdown(PATIENCE).health.total().written, 1);
    assert!(!lines.events().contains(&"heartbeat".to_owned()));
}

#[test]
fn names_that_are_hostile_are_escaped_and_prometheus_takes_the_text() {
    let (drain, _) = Collector::new();
    let evil = "a\"} 1\nlogger_fake 7\\";
    let route = Route::new(evil, drain).outlet(service(evil));
    let guard = pipeline().time_one_in(1).route(route).start().unwrap();
    info!(guard.logger(), "one");
    assert!(guard.flush(PATIENCE).finished);
    let text = guard.health().to_prometheus();
    assert!(text.contains(r#"logger_drain_delivered_total{drain="a\"} 1\nlogger_fake 7\\"} 1"#), "{text}");
    assert!(text.lines().all(|line| line.starts_with("# ") || line.starts_with("logger_")), "{text}");
    assert!(!text.lines().any(|line| line.starts_with("logger_fake")), "{text}");
    if let Some((fine, said)) = promtool(&text) {
        assert!(fine && said.is_empty(), "{said}");
        let (fine, _) = promtool(&text.replace("\\n", "\n")).unwrap();
        assert!(!fine, "the tool would have noticed");
    }
}

#[test]
fn what_is_logged_on_a_thread_that_works_for_a_drain_goes_to_the_reports_alone() {
    let (reports, reported) = Collector::new();
    let (guard, lines) = one(pipeline().reports(reports));
    let log = guard.logger();
    let helper = std::thread::spawn(move || {
        logger_core::join_logger();
        error!(log, "of a client");
    });
    helper.join().unwrap();
    info!(guard.logger(), "of the application");
    assert!(guard.shutdown(PATIENCE).finished);
    assert_eq!(
        (lines.events(), reported.events()),
        (vec!["of the application".into()], vec!["of a client".into()])
    );
}
