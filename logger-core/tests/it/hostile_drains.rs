//! A drain whose errors and panics are traps themselves costs its own records and nothing else.

use std::{
    error::Error,
    fmt,
    panic::panic_any,
    sync::{Arc, Barrier, Mutex},
    thread,
    time::{Duration, Instant},
};

use logger_core::{Drain, DrainError, DrainState, Filter, Logger, Record, Route, info};

use crate::support::{Act, Collector, Gate, PATIENCE, Scripted, assert_balanced, pipeline};

/// Panics when it is dropped; where that was for a panic of its own, with another trap.
struct Trap;

impl Drop for Trap {
    fn drop(&mut self) {
        if !thread::panicking() {
            panic_any(Trap);
        }
    }
}

/// An error that cannot be shown.
#[derive(Debug)]
struct Unspeakable;

impl fmt::Display for Unspeakable {
    fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
        panic!("in an error")
    }
}

impl Error for Unspeakable {}

/// An error that cannot be got rid of.
struct Sticky(#[allow(dead_code, reason = "it is dropped")] Trap);

impl fmt::Debug for Sticky {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Sticky")
    }
}

impl fmt::Display for Sticky {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("sticky")
    }
}

impl Error for Sticky {}

/// Does with a record what its event says.
struct Hostile;

impl Drain for Hostile {
    fn log(&mut self, record: &Record<'_>) -> Result<(), DrainError> {
        let error = DrainError::new("cannot take it");
        match record.event() {
            "unspeakable" => Err(error.with_source(Unspeakable)),
            "sticky" => Err(error.with_source(Sticky(Trap))),
            "trap" => panic_any(Trap),
            _ => Ok(()),
        }
    }

    fn flush(&mut self, _: Instant) -> Result<(), DrainError> {
        Ok(())
    }
}

impl Drop for Hostile {
    fn drop(&mut self) {
        panic_any(Trap);
    }
}

const EVENTS: [(&str, &str); 3] = [
    ("unspeakable", "panic in its error: in an error"),
    ("sticky", "panic in its error: no message"),
    ("trap", "panic: no message"),
];

#[test]
fn an_error_or_a_panic_that_panics_itself_is_one_failure_of_its_drain() {
    for detached in [false, true] {
        for (event, text) in EVENTS {
            let (healthy, lines) = Collector::new();
            let (fallback, fallen) = Collector::new();
            let route = Route::new("hostile", Hostile);
            let route = if detached { route.detached(16) } else { route };
            let guard = pipeline()
                .route(route)
                .route(Route::new("healthy", healthy))
                .fallback(fallback)
                .start()
                .unwrap();
            info!(guard.logger(), "{}", event);
            info!(guard.logger(), "harmless");
            let report = guard.shutdown(PATIENCE);
            assert!(report.finished, "{event}");
            assert_balanced(&report);
            assert_eq!(lines.events(), [event, "harmless"]);
            assert_eq!(fallen.events()[0], event);
            let drain = report.health.drain("hostile").unwrap();
            assert_eq!((drain.last_error.as_deref(), drain.state), (Some(text), DrainState::Failing));
        }
    }
}

#[test]
fn a_fallback_that_is_a_trap_costs_the_caller_nothing() {
    let guard = pipeline().fallback(Hostile).start().unwrap();
    let (log, pipeline) = (guard.logger(), guard.pipeline().clone());
    assert!(guard.shutdown(PATIENCE).finished);
    for (event, _) in EVENTS {
        info!(log, "{}", event);
    }
    // an error that cannot be shown is dropped without being asked for its text
    assert_eq!((pipeline.health().late, pipeline.health().late_lost), (3, 3));
    // whoever drops the last handle drops the fallback
    thread::scope(|scope| {
        let dropped = scope.spawn(move || drop((log, pipeline)));
        assert!(dropped.join().is_ok());
    });
}

/// Logs something itself with the first record that it gets.
struct Talks {
    log: Arc<Mutex<Option<Logger>>>,
    inner: Collector,
}

impl Drain for Talks {
    fn log(&mut self, record: &Record<'_>) -> Result<(), DrainError> {
        if let Some(log) = self.log.lock().unwrap().take() {
            info!(log, "from inside the fallback");
        }
        self.inner.log(record)
    }

    fn flush(&mut self, deadline: Instant) -> Result<(), DrainError> {
        self.inner.flush(deadline)
    }
}

#[test]
fn a_fallback_that_logs_after_the_shutdown_does_not_wait_for_itself() {
    for detached in [false, true] {
        let gate = Arc::new(Barrier::new(2));
        let inside = Arc::clone(&gate);
        let fails = Scripted {
            on_log: move |record: &Record<'_>| {
                if record.event() == "queued" {
                    inside.wait();
                    inside.wait();
                }
                Act::Fail
            },
            on_flush: || None,
            inner: Collector::new().0,
        };
        let route = Route::new("fails", fails);
        let route = if detached { route.detached(16) } else { route };
        let (inner, fallen) = Collector::new();
        let log = Arc::new(Mutex::new(None));
        let guard = pipeline().route(route).fallback(Talks { log: Arc::clone(&log), inner }).start().unwrap();
        *log.lock().unwrap() = Some(guard.logger());
        info!(guard.logger(), "queued");
        gate.wait();
        let pipeline = guard.pipeline().clone();
        let _ = guard.shutdown(Duration::ZERO);
        gate.wait();
        assert!(pipeline.flush(PATIENCE).finished, "it waits for itself");
        assert!(fallen.events().contains(&"queued".to_owned()));
        let health = pipeline.health();
        assert_eq!((health.late, health.late_lost), (1, 1));
    }
}

#[test]
fn a_filter_that_is_a_trap_lets_the_record_pass() {
    let (drain, lines) = Collector::new();
    let filter = Filter::all().and(|_| panic_any(Trap));
    let guard = pipeline().route(Route::new("filtered", drain).filter(filter)).start().unwrap();
    info!(guard.logger(), "passes");
    assert!(guard.shutdown(PATIENCE).finished);
    assert_eq!(lines.events(), ["passes"]);
}

/// A drain that fails with its second record.
fn fails_once(inner: Collector) -> impl Drain {
    let mut records = 0;
    let on_log = move |_: &Record<'_>| {
        records += 1;
        if records == 2 { Act::Fail } else { Act::Take }
    };
    Scripted { on_log, on_flush: || None, inner }
}

#[test]
fn f15_what_a_drain_did_not_take_in_the_batch_in_which_it_works_again_is_in_the_report() {
    // longer than the pause before a drain is tried again
    let longer_than_pause = Duration::from_millis(120);
    let (inner, lines) = Collector::new();
    let (reports, reported) = Collector::new();
    let barrier = Arc::new(Barrier::new(2));
    let gate = Gate { barrier: Arc::clone(&barrier), inner: Collector::new().0, passed: false };
    let slow = Scripted {
        on_log: move |record: &Record<'_>| {
            let began = Instant::now();
            while record.event() == "later" && began.elapsed() < longer_than_pause {
                thread::park_timeout(longer_than_pause);
            }
            Act::Take
        },
        on_flush: || None,
        inner: Collector::new().0,
    };
    let guard = pipeline()
        .route(Route::new("gate", gate))
        .route(Route::new("slow", slow))
        .route(Route::new("file", fails_once(inner)))
        .fallback(Collector::new().0)
        .reports(reports)
        .start()
        .unwrap();
    let log = guard.logger();
    info!(log, "gate");
    barrier.wait();
    // all of these are one batch, because the worker stands in the gate
    (0..5).for_each(|_| info!(log, "at once"));
    (0..3).for_each(|_| info!(log, "later"));
    barrier.wait();
    let report = guard.shutdown(PATIENCE);
    assert_balanced(&report);
    let file = report.health.drain("file").unwrap();
    assert_eq!((file.state, file.delivered + file.diverted), (DrainState::Ok, 9));
    assert!(file.diverted >= 1 && lines.len() as u64 == file.delivered);
    assert_eq!(reported.events().last().map(String::as_str), Some("drain works again"));
    assert_eq!(reported.field("diverted").last().unwrap().as_u64(), Some(file.diverted));
}
