//! Behind a pipeline, as applications have it.

use std::{
    fs,
    io::Write as _,
    net::TcpListener,
    path::Path,
    process::{Command, Stdio},
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use logger_core::{
    Category, Drain, DrainError, Filter, Level, OwnedRecord, Pipeline, Record, Route, ShutdownGuard, crit,
    error, info,
};
use logger_file::{FileDrain, FileOptions};
use logger_telegram::{AlertHandle, Alerts, AlertsBuilder, Rule, Webhook};
use logger_testserver::{Fault, Server};

use crate::support::{PATIENCE, telegram, unlimited, webhook};

/// What reached another drain.
#[derive(Clone, Default)]
struct Seen(Arc<Mutex<Vec<String>>>);

impl Drain for Seen {
    fn log(&mut self, record: &Record<'_>) -> Result<(), DrainError> {
        self.0.lock().unwrap().push(record.event().to_owned());
        Ok(())
    }

    fn flush(&mut self, _: Instant) -> Result<(), DrainError> {
        Ok(())
    }
}

fn start(builder: AlertsBuilder) -> (ShutdownGuard, AlertHandle, Seen) {
    let alerts = builder.allow_host("127.0.0.1").start().unwrap();
    let (handle, seen) = (alerts.handle(), Seen::default());
    let errors = Route::new("errors", seen.clone()).filter(Filter::at_least(Level::Error));
    let guard =
        Pipeline::builder().app_name("bot").route(errors).route(alerts.route("alerts")).start().unwrap();
    (guard, handle, seen)
}

#[test]
fn a_shutdown_waits_until_the_last_alert_is_delivered_and_the_counts_are_told() {
    let server = unlimited();
    server.fail([Fault::Stall(Duration::from_millis(300))]);
    let (guard, _, _) = start(Alerts::builder().target(webhook(&server)));
    let log = guard.logger();
    for _ in 0..1_000 {
        crit!(log, "margin call");
    }
    assert!(guard.shutdown(PATIENCE).finished);
    let told: u64 = server.shown().last().unwrap().text.rsplit('×').next().unwrap().parse().unwrap();
    assert_eq!((server.shown().len() <= 2, told), (true, 1_000));
}

#[test]
fn a_flush_waits_until_an_alert_was_delivered_or_tried() {
    let server = unlimited();
    server.fail([Fault::Stall(Duration::from_millis(300))]);
    let (guard, _, _) = start(Alerts::builder().target(webhook(&server)));
    crit!(guard.logger(), "x");
    assert!(guard.flush(PATIENCE).finished);
    assert_eq!(server.shown().len(), 1);
    server.fail_always(Some(Fault::Status(500)));
    crit!(guard.logger(), "y");
    assert!(guard.flush(PATIENCE).finished);
    assert!(server.received().len() >= 2);
}

#[test]
fn a_flush_does_not_wait_for_a_service_that_has_asked_for_a_wait_nor_for_what_comes_meanwhile() {
    let server = unlimited();
    server.fail_always(Some(Fault::Wait(3_600.0)));
    let (guard, _, _) = start(Alerts::builder().target(webhook(&server)));
    for event in ["x", "y"] {
        crit!(guard.logger(), "{event}");
        assert!(guard.flush(PATIENCE).finished);
        assert_eq!(server.received().iter().map(|it| it.status).collect::<Vec<_>>(), [429]);
    }
}

#[test]
fn what_the_alerts_say_of_themselves_is_logged_and_no_alert() {
    let server = unlimited();
    server.fail_always(Some(Fault::Status(500)));
    let pipeline = Arc::new(Mutex::new(None::<Pipeline>));
    let told = Arc::clone(&pipeline);
    let builder =
        Alerts::builder().target(webhook(&server)).report_every(Duration::ZERO).on_event(move |event| {
            if let Some(pipeline) = &*told.lock().unwrap() {
                let report = OwnedRecord::new(Level::Critical, event.to_string());
                pipeline.report(report.category(Category::Logger));
                crit!(pipeline.logger(), "for the reports alone");
            }
        });
    let (guard, handle, seen) = start(builder);
    *pipeline.lock().unwrap() = Some(guard.pipeline().clone());
    crit!(guard.logger(), "x");
    let deadline = Instant::now() + PATIENCE;
    while seen.0.lock().unwrap().len() < 3 {
        assert!(Instant::now() < deadline);
        let _ = guard.flush(Duration::from_millis(50));
    }
    assert_eq!(handle.health().accepted, 1);
    let seen = seen.0.lock().unwrap();
    assert!(seen[1].starts_with("alerts to webhook fail: 500"));
    assert!(seen[1..].iter().all(|event| event.starts_with("alerts to webhook fail")), "{seen:?}");
}

#[test]
fn f28_a_target_that_is_a_black_hole_holds_no_other_drain_up() {
    let server = unlimited();
    server.fail_always(Some(Fault::BlackHole(PATIENCE)));
    let (guard, handle, seen) = start(Alerts::builder().target(telegram(&server)).target(webhook(&server)));
    let log = guard.logger();
    for n in 0..20_000_u64 {
        error!(log, "error"; "n" => n);
        if n % 100 == 0 {
            crit!(log, "critical");
        }
    }
    // all of them pass the worker while the first request hangs, which it does for longer than this takes
    let deadline = Instant::now() + PATIENCE;
    while seen.0.lock().unwrap().len() < 20_200 {
        assert!(Instant::now() < deadline, "{}", seen.0.lock().unwrap().len());
        std::thread::park_timeout(Duration::from_millis(5));
    }
    let health = handle.health();
    assert_eq!(health.targets.iter().map(|it| it.sent).sum::<u64>(), 0);
    let began = Instant::now();
    let report = guard.shutdown(Duration::from_millis(300));
    assert!(!report.finished && began.elapsed() < PATIENCE, "it ends by its deadline");
    assert_eq!(report.health.total().dropped.total(), 0);
}

/// How long a program takes until its file has so many records, each hundredth of them CRITICAL.
fn time_of(records: u64, alerts: Alerts) -> Duration {
    let folder = tempfile::tempdir().unwrap();
    let written = Arc::new(AtomicU64::new(0));
    let file = FileDrain::open(folder.path().join("bot.log"), FileOptions::default()).unwrap();
    let file = Route::new("file", Counted(file, Arc::clone(&written)));
    let guard = Pipeline::builder().route(file).route(alerts.route("alerts")).start().unwrap();
    let log = guard.logger();
    let began = Instant::now();
    for n in 0..records {
        if n % 100 == 0 {
            crit!(log, "critical");
        } else {
            error!(log, "error"; "n" => n);
        }
    }
    while written.load(Ordering::Relaxed) < records {
        assert!(began.elapsed() < PATIENCE);
        std::thread::park_timeout(Duration::from_micros(200));
    }
    let took = began.elapsed();
    // what goes on at its end is over before the next one begins
    let _ = guard.shutdown(Duration::from_millis(100));
    took
}

/// Counts what it passes on.
struct Counted<D>(D, Arc<AtomicU64>);

impl<D: Drain> Drain for Counted<D> {
    fn log(&mut self, record: &Record<'_>) -> Result<(), DrainError> {
        self.1.fetch_add(1, Ordering::Relaxed);
        self.0.log(record)
    }

    fn flush(&mut self, deadline: Instant) -> Result<(), DrainError> {
        self.0.flush(deadline)
    }
}

#[test]
fn f28_files_are_as_fast_beside_a_target_that_is_a_black_hole_as_beside_one_that_works() {
    let (works, hole) = (unlimited(), unlimited());
    hole.fail_always(Some(Fault::BlackHole(PATIENCE)));
    let alerts = |server: &Server| {
        let builder = Alerts::builder().target(webhook(server)).allow_host("127.0.0.1");
        builder.start().unwrap()
    };
    // side by side, and the best of several, so that what else the machine does falls on both
    let mut best = [Duration::MAX; 2];
    for round in 0..8 {
        for at in [round % 2, 1 - round % 2] {
            best[at] = best[at].min(time_of(20_000, alerts([&works, &hole][at])));
        }
    }
    let [beside_one_that_works, beside_a_hole] = best.map(|it| it.as_millis());
    println!(
        "20,000 records into a file: {beside_one_that_works} ms beside a target that works, \
         {beside_a_hole} ms beside a black hole"
    );
    assert!(!hole.received().is_empty() && hole.shown().is_empty());
    // one request that is waited for would be 2 s, which is many times as much
    assert!(best[1] < best[0] * 3, "{best:?}");
}

#[test]
fn rules_see_trades_and_watches_see_what_is_no_alert() {
    let server = unlimited();
    let fills = Rule::each("fills").category(logger_core::Category::Trade).event("order filled");
    let heartbeat = Rule::silence("heartbeat", Duration::from_millis(400)).event("tick").level(Level::Info);
    let builder = Alerts::builder().target(webhook(&server)).rule(fills).rule(heartbeat);
    let (guard, _, _) = start(builder.rule(Rule::rate("errors", 3, Duration::from_secs(60))));
    let log = guard.logger();
    info!(logger_core::LoggerExt::trade(&log), "order filled");
    info!(log, "tick");
    for _ in 0..4 {
        error!(log, "error");
    }
    let has = |text: &'static str| {
        server.wait_until(PATIENCE, |shown| shown.iter().any(|it| it.text.starts_with(text)))
    };
    assert!(has("order filled ×1") && has("errors: 4 records within 60 s ×1"), "{:?}", server.shown());
    assert!(has("heartbeat: no record for "), "{:?}", server.shown());
    info!(log, "tick");
    assert!(has("heartbeat: there are records again, after "), "{:?}", server.shown());
}

#[test]
fn muted_alerts_are_counted_and_their_number_is_told() {
    let server = unlimited();
    let (guard, handle, _) = start(Alerts::builder().target(webhook(&server)));
    handle.mute(Duration::from_secs(3_600));
    for _ in 0..3 {
        crit!(guard.logger(), "x");
    }
    assert!(guard.flush(PATIENCE).finished);
    assert_eq!((handle.health().muted, server.received().len()), (3, 0));
    handle.unmute();
    let told = |shown: &[logger_testserver::Shown]| {
        shown.iter().any(|it| it.text.starts_with("3 alerts were not sent while alerts were muted"))
    };
    assert!(server.wait_until(PATIENCE, told), "{:?}", server.shown());
    crit!(guard.logger(), "y");
    assert!(server.wait_until(PATIENCE, |shown| shown.iter().any(|it| it.text == "y ×1")));
}

/// The name of the variable by which a test makes itself the program that is killed, and what it is told.
const CHILD: &str = "ALERTS_TEST_CHILD";

/// A program with a queue in shared memory that logs as fast as it can until it is killed.
#[test]
fn child_that_is_killed() {
    let Ok(told) = std::env::var(CHILD) else { return };
    let (folder, url) = told.split_once(' ').unwrap();
    let (guard, _) = program(Path::new(folder), url);
    let log = guard.logger();
    let mut acked = fs::File::create(Path::new(folder).join("acked")).unwrap();
    for n in 0..u64::MAX {
        crit!(log, "critical {n}");
        // a byte for each call that has returned: there is no moment at which the file says less
        acked.write_all(b"x").unwrap();
        if n == 40 {
            loop {
                std::thread::park();
            }
        }
    }
}

fn program(folder: &Path, url: &str) -> (ShutdownGuard, AlertHandle) {
    let target = Webhook::new(format!("{url}/hook"));
    let alerts = Alerts::builder().allow_host("127.0.0.1").target(target).spool(folder.join("alerts.spool"));
    let alerts = alerts.start().unwrap();
    let handle = alerts.handle();
    let pipeline = Pipeline::builder().app_name("bot").queue_folder(folder.join("queue"));
    (pipeline.route(alerts.route("alerts")).start().unwrap(), handle)
}

#[test]
fn a_kill_while_the_server_is_away_costs_no_alert_and_doubles_none() {
    for wanted in [1, 8, 40] {
        let folder = tempfile::tempdir().unwrap();
        // nobody listens there
        let away = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let told = format!("{} http://{away}", folder.path().display());
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "pipeline::child_that_is_killed", "--nocapture"])
            .env(CHILD, told)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let deadline = Instant::now() + PATIENCE;
        let acked = || fs::metadata(folder.path().join("acked")).map_or(0, |it| it.len());
        while acked() < wanted {
            assert!(Instant::now() < deadline);
            std::thread::park_timeout(Duration::from_micros(100));
        }
        child.kill().unwrap();
        child.wait().unwrap();
        assert_each_once_and_late(folder.path(), &unlimited(), acked());
    }
}

fn assert_each_once_and_late(folder: &Path, server: &Server, acked: u64) {
    let (guard, handle) = program(folder, &server.url());
    assert!(guard.flush(PATIENCE).finished);
    let all = server.wait_until(PATIENCE, |shown| shown.len() as u64 >= acked);
    assert!(all, "{} of {acked} {:?}", server.shown().len(), handle.health());
    assert!(guard.shutdown(PATIENCE).finished);
    let shown: Vec<String> = server.shown().into_iter().map(|it| it.text).collect();
    // one more may have been logged whose acknowledgement was not written any more
    let expected: Vec<String> = (0..shown.len()).map(|n| format!("critical {n} ×1 late")).collect();
    assert_eq!(shown, expected);
    assert!((acked..=acked + 1).contains(&(shown.len() as u64)), "{acked} {}", shown.len());
}
