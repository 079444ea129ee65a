//! A drain under supervision: its failures and panics are caught, counted and reported, and it is tried again after a
//! growing pause.

use std::{
    any::Any,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{Arc, atomic::Ordering},
    time::{Duration, Instant},
};

use super::{
    health::{DrainState, DrainStats},
    reporter::{Reporter, chain, report},
};
use crate::{
    clock::Timestamp,
    drain::{Drain, DrainError},
    level::Level,
    record::Record,
};

/// The pause before the first try of a drain that failed; it doubles up to [`LAST_PAUSE`].
const FIRST_PAUSE: Duration = Duration::from_millis(100);
const LAST_PAUSE: Duration = Duration::from_secs(5);

/// A drain with the state of its supervision. Owned by the thread on which the drain runs.
pub(crate) struct Supervised {
    drain: Box<dyn Drain>,
    stats: Arc<DrainStats>,
    reporter: Arc<Reporter>,
    report_every: Duration,
    /// Records that the drain took since it was flushed last.
    taken: u64,
    trouble: Option<Trouble>,
}

/// A drain that failed.
struct Trouble {
    pause: Duration,
    retry_at: Instant,
    reported_at: Instant,
    stage: Stage,
    /// [`DrainStats::diverted`] and [`DrainStats::dropped`] when it began.
    diverted_before: u64,
    dropped_before: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    /// It fails, or has not been tried again.
    Lasts,
    /// It works again; records of the same batch that it did not take before are still to be counted.
    IsOver,
}

impl Supervised {
    pub(crate) fn new(
        drain: Box<dyn Drain>,
        stats: Arc<DrainStats>,
        reporter: Arc<Reporter>,
        report_every: Duration,
    ) -> Self {
        Supervised { drain, stats, reporter, report_every, taken: 0, trouble: None }
    }

    pub(crate) fn stats(&self) -> &DrainStats {
        &self.stats
    }

    pub(crate) fn state(&self) -> DrainState {
        if self.trouble.is_some() { DrainState::Failing } else { DrainState::Ok }
    }

    /// Offers a record. Returns whether the drain took it; a drain in trouble is not asked before its pause is over.
    pub(crate) fn offer(&mut self, record: &Record<'_>) -> bool {
        if let Some(trouble) = &self.trouble
            && self.taken == 0
            && Instant::now() < trouble.retry_at
        {
            return false;
        }
        match guarded(|| self.drain.log(record)) {
            Ok(()) => {
                self.taken += 1;
                true
            }
            Err(failure) => {
                self.failed(failure);
                false
            }
        }
    }

    /// Flushes what the drain took. Returns how many of the records taken since the last flush did not arrive; they are
    /// the last ones.
    pub(crate) fn flush(&mut self, deadline: Instant) -> u64 {
        let taken = std::mem::take(&mut self.taken);
        if taken == 0 {
            return 0;
        }
        match guarded(|| self.drain.flush(deadline)) {
            Ok(()) => {
                self.stats.delivered.fetch_add(taken, Ordering::AcqRel);
                self.note_success();
                0
            }
            Err(failure) => {
                let arrived = failure.arrived().min(taken);
                self.stats.delivered.fetch_add(arrived, Ordering::AcqRel);
                self.failed(failure);
                taken - arrived
            }
        }
    }

    /// Lets the drain do what has to be done now and then.
    pub(crate) fn tick(&mut self, now: Timestamp) {
        if let Err(failure) = guarded(|| {
            self.drain.tick(now);
            Ok(())
        }) {
            self.failed(failure);
        }
    }

    /// Says again that the drain is in trouble, once per interval.
    pub(crate) fn remind(&mut self, now: Instant) {
        let Some(trouble) = &mut self.trouble else { return };
        if now.duration_since(trouble.reported_at) < self.report_every {
            return;
        }
        trouble.reported_at = now;
        let health = self.stats.snapshot();
        self.reporter.push(
            report(Level::Error, "drain still fails")
                .field("drain", health.name.as_str())
                .field("error", health.last_error.as_deref())
                .field("diverted", health.diverted - trouble.diverted_before)
                .field("dropped", health.dropped - trouble.dropped_before),
        );
    }

    fn failed(&mut self, failure: Failure) {
        let text = match failure {
            Failure::Error { text, .. } => text,
            Failure::Panic(message) => {
                self.stats.panics.fetch_add(1, Ordering::AcqRel);
                format!("panic: {message}")
            }
        };
        self.stats.set_last_error(text.clone());
        self.stats.set_state(DrainState::Failing);
        let now = Instant::now();
        if let Some(trouble) = &mut self.trouble {
            trouble.stage = Stage::Lasts;
            if now >= trouble.retry_at {
                trouble.pause = (trouble.pause * 2).min(LAST_PAUSE);
                trouble.retry_at = now + trouble.pause;
            }
            return;
        }
        self.trouble = Some(Trouble {
            pause: FIRST_PAUSE,
            retry_at: now + FIRST_PAUSE,
            reported_at: now,
            stage: Stage::Lasts,
            diverted_before: self.stats.diverted.load(Ordering::Acquire),
            dropped_before: self.stats.dropped.load(Ordering::Acquire),
        });
        self.reporter.push(
            report(Level::Error, "drain fails; its records go to the fallback")
                .field("drain", self.stats.name.as_str())
                .field("error", text.as_str()),
        );
    }

    fn note_success(&mut self) {
        // a flush of what it took before the failure proves nothing
        if let Some(trouble) = &mut self.trouble
            && Instant::now() >= trouble.retry_at
        {
            trouble.stage = Stage::IsOver;
        }
    }

    /// Every record of the batch is counted where it went: says so if the drain works again.
    pub(crate) fn settle(&mut self) {
        let Some(trouble) = self.trouble.as_ref().filter(|trouble| trouble.stage == Stage::IsOver) else {
            return;
        };
        let health = self.stats.snapshot();
        self.reporter.push(
            report(Level::Info, "drain works again")
                .field("drain", health.name.as_str())
                .field("diverted", health.diverted - trouble.diverted_before)
                .field("dropped", health.dropped - trouble.dropped_before),
        );
        self.stats.set_state(DrainState::Ok);
        self.trouble = None;
    }
}

/// How a call of a drain went wrong.
enum Failure {
    Error { text: String, arrived: u64 },
    Panic(String),
}

impl Failure {
    fn arrived(&self) -> u64 {
        match self {
            Failure::Error { arrived, .. } => *arrived,
            Failure::Panic(_) => 0,
        }
    }
}

fn guarded(call: impl FnOnce() -> Result<(), DrainError>) -> Result<(), Failure> {
    let error = match caught(call) {
        Ok(Ok(())) => return Ok(()),
        Ok(Err(error)) => error,
        Err(message) => return Err(Failure::Panic(message)),
    };
    let arrived = error.arrived();
    // what an error says, and its end, are the drain's own code as well
    let text =
        caught(move || chain(&error)).unwrap_or_else(|message| format!("panic in its error: {message}"));
    Err(Failure::Error { text, arrived })
}

/// Runs what is not the logger's own. `Err`: it panicked with this message.
pub(super) fn caught<T>(call: impl FnOnce() -> T) -> Result<T, String> {
    catch_unwind(AssertUnwindSafe(call)).map_err(|payload| {
        let message = panic_message(&*payload);
        // what a panic was called with may panic when it is dropped, and what that was called with too
        if let Err(second) = catch_unwind(AssertUnwindSafe(|| drop(payload))) {
            std::mem::forget(second);
        }
        message
    })
}

/// What a panic was called with, where that is a text.
pub(super) fn panic_message(payload: &(dyn Any + Send)) -> String {
    let text = payload.downcast_ref::<&str>().copied().map(str::to_owned);
    text.or_else(|| payload.downcast_ref::<String>().cloned()).unwrap_or_else(|| "no message".into())
}
