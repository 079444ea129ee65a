//! What is done while nothing is logged, and what a journal is told.

use std::{
    io,
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use logger_core::{
    Batch, Clock, Drain, DrainError, Journal, ManualClock, Mark, Pipeline, Record, Route, Timestamp, info,
};

use crate::support::PATIENCE;

/// What a drain and its journal were asked, in order.
#[derive(Clone, Default)]
struct Calls(Arc<Mutex<Vec<Call>>>);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Call {
    Mark,
    Log(Timestamp),
    Flush,
    Done,
    Tick(Timestamp),
}

impl Calls {
    fn add(&self, call: Call) {
        self.0.lock().unwrap().push(call);
    }

    fn get(&self) -> Vec<Call> {
        self.0.lock().unwrap().clone()
    }

    fn ticks(&self) -> usize {
        self.get().iter().filter(|call| matches!(call, Call::Tick(_))).count()
    }

    fn await_ticks(&self, count: usize) {
        while self.ticks() < count {
            std::thread::park_timeout(Duration::from_millis(5));
        }
    }
}

struct Noted(Calls);

impl Drain for Noted {
    fn log(&mut self, record: &Record<'_>) -> Result<(), DrainError> {
        self.0.add(Call::Log(record.timestamp()));
        Ok(())
    }

    fn flush(&mut self, _deadline: Instant) -> Result<(), DrainError> {
        self.0.add(Call::Flush);
        Ok(())
    }

    fn tick(&mut self, now: Timestamp) {
        self.0.add(Call::Tick(now));
        assert!(self.0.ticks() != 2, "a panic, as planned");
    }
}

impl Journal for Noted {
    fn mark(&self) -> Option<Mark> {
        self.0.add(Call::Mark);
        None
    }

    fn records_since(&self, _: Mark, _: Batch<'_>) -> io::Result<u64> {
        Ok(0)
    }

    fn batch_done(&self) {
        self.0.add(Call::Done);
    }
}

#[test]
fn a_drain_is_ticked_while_nothing_is_logged_and_after_a_panic_in_a_tick() {
    for detached in [false, true] {
        let calls = Calls::default();
        let route = Route::new("noted", Noted(calls.clone()));
        let route = if detached { route.detached(10) } else { route };
        let guard = Pipeline::builder().route(route).start().unwrap();
        calls.await_ticks(4);
        let panics = guard.pipeline().health().drain("noted").unwrap().panics;
        assert_eq!(panics, 1, "detached: {detached}");
        let times: Vec<_> = calls.get().into_iter().filter(|it| *it != Call::Flush).collect();
        let is_later = |pair: &[Call]| matches!(pair, [Call::Tick(one), Call::Tick(two)] if one <= two);
        assert!(times.windows(2).all(is_later), "{times:?}");
        assert!(guard.shutdown(PATIENCE).finished);
    }
}

#[test]
fn after_the_shutdown_a_drain_is_left_alone_whoever_still_holds_a_logger() {
    for detached in [false, true] {
        let (calls, clock) = (Calls::default(), ManualClock::new(Timestamp::from_unix_nanos(0)));
        let route = Route::new("noted", Noted(calls.clone()));
        let route = if detached { route.detached(10) } else { route };
        let builder = Pipeline::builder().clock(Clock::Manual(Arc::clone(&clock))).route(route);
        let guard = builder.heartbeat(Duration::from_secs(60)).start().unwrap();
        let pipeline = guard.pipeline().clone();
        assert!(guard.shutdown(PATIENCE).finished);
        let before = calls.get();
        clock.advance(Duration::from_secs(3_600));
        for _ in 0..3 {
            // the worker looks for stragglers
            assert!(pipeline.flush(PATIENCE).finished);
        }
        let is_touched = |call: &&Call| matches!(call, Call::Tick(_) | Call::Log(_));
        let after = calls.get();
        assert_eq!(after[before.len()..].iter().find(is_touched), None, "detached: {detached}");
    }
}

#[test]
fn a_flush_returns_after_a_tick_and_a_tick_is_behind_the_records_before_it() {
    let calls = Calls::default();
    let guard = Pipeline::builder().route(Route::new("noted", Noted(calls.clone()))).start().unwrap();
    for _ in 0..20 {
        info!(guard.logger(), "record");
        let before = calls.ticks();
        assert!(guard.flush(PATIENCE).finished);
        assert!(calls.ticks() > before);
        let calls = calls.get();
        let last = |is: fn(&Call) -> bool| calls.iter().rposition(is).unwrap();
        let (logged, ticked) =
            (last(|it| matches!(it, Call::Log(_))), last(|it| matches!(it, Call::Tick(_))));
        assert!(logged < ticked, "{calls:?}");
        let (Call::Log(logged), Call::Tick(ticked)) = (calls[logged], calls[ticked]) else { unreachable!() };
        assert!(logged <= ticked);
    }
}

#[test]
fn a_journal_is_told_when_a_batch_is_done_and_not_before_its_flush() {
    let folder = tempfile::tempdir().unwrap();
    let calls = Calls::default();
    let route = Route::new("noted", Noted(calls.clone())).journal(Arc::new(Noted(calls.clone())));
    let guard = Pipeline::builder().queue_folder(folder.path().join("queue")).route(route).start().unwrap();
    info!(guard.logger(), "record");
    assert!(guard.flush(PATIENCE).finished);
    info!(guard.logger(), "record");
    assert!(guard.shutdown(PATIENCE).finished);
    let calls = calls.get();
    let seen: Vec<_> = calls.iter().filter(|call| !matches!(call, Call::Tick(_))).collect();
    assert_eq!(seen.len(), 8, "{calls:?}");
    for batch in seen.chunks(4) {
        assert!(matches!(batch, [Call::Mark, Call::Log(_), Call::Flush, Call::Done]), "{calls:?}");
    }
}
