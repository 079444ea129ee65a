//! The worker's own code panics: callers go on, nobody waits, and nothing is lost.
#![expect(clippy::unwrap_used, reason = "a test may")]

use std::{
    io,
    path::Path,
    sync::{
        Arc, Barrier, Mutex, Once,
        atomic::{AtomicU64, Ordering},
    },
    thread,
};

use super::*;
#[cfg(unix)]
use crate::pipeline::run_folder::{Found, runs};
use crate::{
    Batch, Drain, DrainError, Format as _, Journal, JsonFormat, Mark, Overflow, OverflowPolicy, Pipeline,
    PipelineBuilder, Report, RingSizes, Route, ShutdownGuard, info, slog,
};

/// Whoever waits that long waits for ever: the test runner ends the test.
const NEVER: Duration = Duration::from_secs(24 * 3_600);

/// A destination that outlives a pipeline and tells how far it has got.
#[derive(Clone, Default)]
struct Disk(Arc<Mutex<Vec<String>>>);

impl Disk {
    fn field(&self, key: &str) -> Vec<String> {
        let value = |line: &String| serde_json::from_str::<serde_json::Value>(line).unwrap()[key].clone();
        let text = |it: serde_json::Value| it.as_str().map_or_else(|| it.to_string(), str::to_owned);
        self.0.lock().unwrap().iter().map(|line| text(value(line))).collect()
    }

    fn drain(&self) -> DiskDrain {
        DiskDrain { disk: self.clone(), buffered: Vec::new() }
    }

    fn route(&self) -> Route {
        Route::new("disk", self.drain()).journal(Arc::new(self.clone()))
    }
}

impl Journal for Disk {
    fn mark(&self) -> Option<Mark> {
        Some(Mark::new([self.0.lock().unwrap().len() as u64, 0, 0]))
    }

    fn records_since(&self, mark: Mark, _: Batch<'_>) -> io::Result<u64> {
        Ok(self.0.lock().unwrap().len() as u64 - mark.words()[0])
    }
}

struct DiskDrain {
    disk: Disk,
    buffered: Vec<String>,
}

impl Drain for DiskDrain {
    fn log(&mut self, record: &Record<'_>) -> Result<(), DrainError> {
        let mut line = Vec::new();
        JsonFormat::default().format(record, &mut line);
        self.buffered.push(String::from_utf8(line).unwrap());
        Ok(())
    }

    fn flush(&mut self, _: Instant) -> Result<(), DrainError> {
        self.disk.0.lock().unwrap().append(&mut self.buffered);
        Ok(())
    }
}

/// Small rings in which callers would wait for ever if they waited.
fn builder(disk: &Disk, folder: &Path) -> PipelineBuilder {
    let waits = OverflowPolicy::Keep { wait: NEVER, spill: 1 << 20 };
    Pipeline::builder()
        .app_name(strike::APP)
        .ring_sizes(RingSizes { trade: 2048, general: 2048 })
        .overflow(Overflow::default().trades(waits).errors(waits).general(waits))
        .queue_folder(folder.join("queue"))
        .route(disk.route())
}

#[cfg(unix)]
const PATIENCE: Duration = Duration::from_secs(60);

/// In a thread of its own, whose rings are gone with it.
#[cfg(unix)]
fn log_in_a_thread(guard: &ShutdownGuard, events: &[&'static str]) {
    let log = guard.logger();
    thread::scope(|scope| {
        scope.spawn(|| {
            for event in events {
                slog::info!(log, "{}", event);
            }
        });
    });
}

/// Returns when the worker is lost; flushes until then.
fn wait_for_the_loss(guard: &ShutdownGuard) -> Report {
    let shared = guard.pipeline().shared();
    while !shared.is_worker_lost() {
        let _ = guard.flush(NEVER);
    }
    guard.flush(NEVER)
}

#[test]
fn callers_neither_wait_for_a_worker_that_is_lost_nor_fill_its_queue() {
    const LATE: u64 = 1_000;
    let folder = tempfile::tempdir().unwrap();
    let (disk, fallback, reports) = (Disk::default(), Disk::default(), Disk::default());
    let guard =
        builder(&disk, folder.path()).fallback(fallback.drain()).reports(reports.drain()).start().unwrap();
    let log = guard.logger();
    info!(log, "{}", strike::BEFORE);
    assert!(!wait_for_the_loss(&guard).finished, "what is queued is not written");
    // far more than the ring holds
    (0..LATE).for_each(|n| info!(log, "late"; "n" => n));
    let report = guard.shutdown(NEVER);
    assert!(!report.finished);
    let general = report.health.general;
    assert_eq!((general.accepted, general.written, general.pending), (1, 0, 1));
    assert_eq!((report.health.late, report.health.late_lost), (LATE, 0));
    assert_eq!(fallback.field("n"), (0..LATE).map(|n| n.to_string()).collect::<Vec<_>>());
    assert_eq!(reports.field("level"), ["critical"]);
    assert_eq!(
        (reports.field("panic"), reports.field("queued")),
        (vec!["struck before".into()], vec!["1".into()])
    );
    assert!(disk.0.lock().unwrap().is_empty());
}

/// Holds the worker up in its first record until the barrier is met a second time.
struct Gate(Arc<Barrier>, Once);

impl Drain for Gate {
    fn log(&mut self, _: &Record<'_>) -> Result<(), DrainError> {
        self.1.call_once(|| {
            self.0.wait();
            self.0.wait();
        });
        Ok(())
    }

    fn flush(&mut self, _: Instant) -> Result<(), DrainError> {
        Ok(())
    }
}

#[test]
fn a_caller_that_waits_for_room_when_the_worker_is_lost_is_let_go() {
    const RECORDS: u64 = 200;
    let folder = tempfile::tempdir().unwrap();
    let (fallback, gate) = (Disk::default(), Arc::new(Barrier::new(2)));
    let waits = OverflowPolicy::Keep { wait: NEVER, spill: 0 };
    let guard = builder(&Disk::default(), folder.path())
        .overflow(Overflow::default().general(waits))
        .route(Route::new("gate", Gate(Arc::clone(&gate), Once::new())))
        .fallback(fallback.drain())
        .start()
        .unwrap();
    let log = guard.logger();
    let returned = AtomicU64::new(0);
    thread::scope(|scope| {
        scope.spawn(|| {
            info!(log, "first");
            info!(log, "{}", strike::BEFORE);
            for _ in 0..RECORDS {
                info!(log, "more than the ring holds");
                returned.fetch_add(1, Ordering::SeqCst);
            }
        });
        gate.wait();
        // a call that has not returned after so many looks waits for room, most likely
        let mut looks = (0, 0);
        while looks.1 < 10_000 {
            let now = returned.load(Ordering::SeqCst);
            looks = if now > 0 && now == looks.0 { (now, looks.1 + 1) } else { (now, 0) };
            thread::yield_now();
        }
        gate.wait();
    });
    let report = guard.shutdown(NEVER);
    let general = report.health.general;
    assert_eq!(general.dropped.total(), 0);
    assert_eq!(general.accepted + report.health.late, RECORDS + 2);
    let told = || fallback.field("event").len() as u64;
    let expected = general.direct + report.health.late + 1;
    // the last of them is the report of the loss, by a thread that a shutdown does not wait for
    while told() < expected {
        thread::yield_now();
    }
    assert_eq!(told(), expected);
}

#[test]
fn who_waits_for_a_worker_when_it_is_lost_is_let_go() {
    let folder = tempfile::tempdir().unwrap();
    let guard = builder(&Disk::default(), folder.path()).start().unwrap();
    thread::scope(|scope| {
        // each waits for a worker that lives, or hears that it is lost
        let waiting: Vec<_> = (0..4).map(|_| scope.spawn(|| while guard.flush(NEVER).finished {})).collect();
        info!(guard.logger(), "{}", strike::AFTER);
        waiting.into_iter().for_each(|it| it.join().unwrap());
    });
}

/// Where the queue outlives a run.
#[cfg(unix)]
#[test]
fn what_a_lost_worker_has_left_is_written_once_by_the_next_start() {
    for event in [strike::BEFORE, strike::AFTER] {
        let folder = tempfile::tempdir().unwrap();
        let (disk, fallback) = (Disk::default(), Disk::default());
        let guard = builder(&disk, folder.path()).fallback(fallback.drain()).start().unwrap();
        log_in_a_thread(&guard, &["1", "2"]);
        assert!(guard.flush(PATIENCE).finished);
        log_in_a_thread(&guard, &["3", event, "4"]);
        let shared = Arc::downgrade(&guard.pipeline().shared);
        let _ = wait_for_the_loss(&guard);
        assert!(!guard.shutdown(NEVER).finished);
        // the lock is free when all is gone that has it, as it is when the process ends
        while shared.strong_count() > 0 {
            thread::yield_now();
        }
        // a child that another test of this program starts has it too, until its own program begins
        while runs(&folder.path().join("queue"), "none").iter().any(|it| matches!(it, Found::Live)) {
            thread::yield_now();
        }
        let later = builder(&disk, folder.path()).app_name("is not struck").start().unwrap();
        assert!(later.shutdown(PATIENCE).finished);
        let numbers = disk.field("seq");
        assert_eq!(numbers, (1..=numbers.len()).map(|seq| seq.to_string()).collect::<Vec<_>>(), "{event}");
        // the last one may have been logged when the worker was lost already
        let events = [disk.field("event"), fallback.field("event")].concat();
        assert_eq!(
            events.iter().filter(|it| !it.starts_with("worker of")).collect::<Vec<_>>(),
            ["1", "2", "3", event, "4"]
        );
    }
}
