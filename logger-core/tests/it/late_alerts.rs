//! A drain on a thread of its own that takes CRITICAL only, as one of alerts is: after a kill it gets each CRITICAL record
//! that is recovered once, told as late.

use std::{
    sync::{
        Arc, Barrier,
        atomic::{AtomicUsize, Ordering},
    },
    time::Instant,
};

use logger_core::{
    Clock, Drain, DrainError, Filter, Level, LoggerExt as _, ManualClock, PipelineBuilder, Record, Route,
    ShutdownGuard, Timestamp, crit, error, info,
};
use serde_json::Value;
use tempfile::TempDir;

use crate::{
    recovery::copy_folder,
    support::{Act, Collector, Gate, Lines, PATIENCE, Scripted, assert_balanced, pipeline},
};

const CRITICAL: u64 = 200;
const THEN: i64 = 1_700_000_000_000_000_000;
const HOUR: i64 = 3_600_000_000_000;

fn at(nanos: i64) -> Clock {
    Clock::Manual(ManualClock::new(Timestamp::from_unix_nanos(nanos)))
}

/// What a run has left that was killed with all of its records in the queue, and what it would have written.
fn image() -> (TempDir, Lines) {
    let (folder, image) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let (inner, written) = Collector::new();
    let barrier = Arc::new(Barrier::new(2));
    let gate = Gate { barrier: Arc::clone(&barrier), inner, passed: false };
    let (ready, _) = alerts();
    let guard = pipeline()
        .clock(at(THEN))
        .queue_folder(folder.path().join("queue"))
        .route(Route::new("general", gate))
        .route(ready)
        .start()
        .unwrap();
    let log = guard.logger();
    info!(log, "holds the worker up");
    barrier.wait();
    for n in 0..CRITICAL {
        info!(log, "info"; "n" => n);
        crit!(log, "critical"; "n" => n);
        error!(log.trade(), "trade"; "n" => n);
    }
    copy_folder(folder.path(), image.path());
    assert!(image.path().join("queue").exists());
    barrier.wait();
    assert!(guard.shutdown(PATIENCE).finished);
    (image, written)
}

/// A route as alerts have it, with room for far fewer than are recovered.
fn alerts() -> (Route, Lines) {
    let (drain, lines) = Collector::new();
    (Route::new("alerts", drain).filter(Filter::at_least(Level::Critical)).detached(16), lines)
}

fn later(image: &TempDir) -> PipelineBuilder {
    pipeline().clock(at(THEN + HOUR)).queue_folder(image.path().join("queue"))
}

fn parsed(lines: &Lines) -> Vec<Value> {
    lines.get().iter().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[track_caller]
fn assert_each_once_and_late(alerts: &Lines, written: &Lines, guard: ShutdownGuard) {
    crit!(guard.logger(), "fresh");
    let report = guard.shutdown(PATIENCE);
    assert!(report.finished);
    assert_balanced(&report);
    let mut alerts = parsed(alerts);
    let fresh = alerts.pop().unwrap();
    assert_eq!((&fresh["event"], &fresh["recovered"]), (&"fresh".into(), &Value::Null));
    let mut expected: Vec<_> =
        parsed(written).into_iter().filter(|line| line["event"] == "critical").collect();
    for line in &mut expected {
        line["recovered"] = true.into();
    }
    assert_eq!(expected.len() as u64, CRITICAL);
    // the same in all: time, run, number, thread, and the mark
    let differ = alerts.iter().zip(&expected).find(|(found, expected)| found != expected);
    assert_eq!((alerts.len(), differ), (expected.len(), None));
    assert_ne!(fresh["timestamp"].as_str().unwrap()[..13], alerts[0]["timestamp"].as_str().unwrap()[..13]);
}

#[test]
fn each_critical_record_of_a_dead_run_is_alerted_once_as_late_with_its_own_time() {
    let (image, written) = image();
    let (general, _) = Collector::new();
    let (route, alerts) = alerts();
    let guard = later(&image).route(Route::new("general", general)).route(route).start().unwrap();
    assert_each_once_and_late(&alerts, &written, guard);
}

#[test]
fn a_recovery_that_a_full_disk_holds_up_alerts_nothing_twice() {
    let (image, written) = image();
    let (inner, _) = Collector::new();
    let flushes = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&flushes);
    let full = Scripted {
        on_log: |_: &Record<'_>| Act::Take,
        on_flush: move || (counted.fetch_add(1, Ordering::SeqCst) < 3).then_some(1),
        inner,
    };
    let (route, alerts) = alerts();
    let guard = later(&image).route(Route::new("general", full)).route(route).start().unwrap();
    while flushes.load(Ordering::SeqCst) < 4 {
        let _ = guard.flush(PATIENCE);
    }
    assert_each_once_and_late(&alerts, &written, guard);
}

/// Takes nothing until the barrier is met.
struct Hangs(Arc<Barrier>);

impl Drain for Hangs {
    fn log(&mut self, _: &Record<'_>) -> Result<(), DrainError> {
        self.0.wait();
        Ok(())
    }

    fn flush(&mut self, _: Instant) -> Result<(), DrainError> {
        Ok(())
    }
}

#[test]
fn an_alert_drain_that_hangs_holds_a_recovery_up_for_a_moment_and_its_loss_is_counted() {
    let (image, written) = image();
    let (general, lines) = Collector::new();
    let barrier = Arc::new(Barrier::new(2));
    let hangs = Route::new("alerts", Hangs(Arc::clone(&barrier))).filter(Filter::at_least(Level::Critical));
    let guard = later(&image).route(Route::new("general", general)).route(hangs.detached(1)).start().unwrap();
    // more than one record at a time is never in the hands of the drain and its queue
    while lines.len() < written.len() {
        let _ = guard.pipeline().flush(std::time::Duration::from_millis(1));
    }
    let dropped = guard.pipeline().health().drain("alerts").unwrap().dropped;
    assert!((CRITICAL - 2..CRITICAL).contains(&dropped), "{dropped}");
    let releasing = std::thread::spawn(move || {
        for _ in dropped..CRITICAL {
            barrier.wait();
        }
    });
    assert!(guard.shutdown(PATIENCE).finished);
    releasing.join().unwrap();
}
