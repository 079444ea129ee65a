//! The logger's own reports: records of category `logger` that never enter the rings.

use std::{
    error::Error,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use super::{Shared, health::Health, supervise::Supervised};
use crate::{
    category::{Category, Class},
    level::Level,
    record::{OwnedRecord, OwnedRecordBuilder, Record},
};

/// Where threads of the logger leave reports; the worker hands them to the reports drain.
#[derive(Debug, Default)]
pub(crate) struct Reporter {
    waiting: Mutex<Vec<OwnedRecordBuilder>>,
    /// For the routes, too.
    own: Mutex<Vec<OwnedRecordBuilder>>,
}

/// Reports that may wait; more are a storm, and the counts in the next ones tell of it.
const MAX_WAITING: usize = 1024;

impl Reporter {
    pub(crate) fn push(&self, report: OwnedRecordBuilder) {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        if waiting.len() < MAX_WAITING {
            waiting.push(report);
        }
    }

    /// A report that the routes get as well.
    pub(crate) fn push_own(&self, report: OwnedRecordBuilder) {
        let mut own = self.own.lock().unwrap_or_else(PoisonError::into_inner);
        if own.len() < MAX_WAITING {
            own.push(report);
        }
    }

    pub(crate) fn take_own(&self) -> Vec<OwnedRecordBuilder> {
        std::mem::take(&mut *self.own.lock().unwrap_or_else(PoisonError::into_inner))
    }

    pub(crate) fn take(&self) -> Vec<OwnedRecordBuilder> {
        std::mem::take(&mut *self.waiting.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// Begins a report.
pub(crate) fn report(level: Level, event: &str) -> OwnedRecordBuilder {
    OwnedRecord::new(level, event).category(Category::Logger).place("", "logger_core", 0).thread("logger")
}

/// An error and its causes in one line.
pub(crate) fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text.push_str(": ");
        text.push_str(&cause.to_string());
        source = cause.source();
    }
    text
}

/// What was lost so far, by class and reason; `new` since the last such report.
pub(crate) fn loss_report(health: &Health, new: u64) -> OwnedRecordBuilder {
    let classes = [(Class::Trade, &health.trade), (Class::General, &health.general)];
    let mut record = report(Level::Warning, "records lost").field("new", new);
    for (class, counts) in classes {
        let dropped = counts.dropped;
        let reasons = [
            ("queue_full", dropped.queue_full),
            ("over_budget", dropped.over_budget),
            ("reentrant", dropped.reentrant),
            ("undelivered", dropped.undelivered),
        ];
        for (reason, count) in reasons.into_iter().filter(|&(_, count)| count > 0) {
            record = record.field(&format!("{class}_{reason}"), count);
        }
    }
    record
}

/// The drain of the reports, under supervision like any other; the fallback gets what it does not take.
pub(crate) struct Reports {
    drain: Option<Supervised>,
    seq: u64,
}

/// How long one report may take.
const BOUND: Duration = Duration::from_millis(500);

impl Reports {
    pub(crate) fn new(drain: Option<Supervised>) -> Self {
        Reports { drain, seq: 0 }
    }

    /// Writes a report.
    pub(crate) fn log(&mut self, report: OwnedRecordBuilder, shared: &Shared) {
        self.seq += 1;
        let record = report.seq(self.seq).timestamp(shared.counter.now()).run(&shared.run).build();
        self.pass_on(&record.borrow(), shared);
    }

    /// Writes a record that was logged from inside a drain.
    pub(crate) fn pass_on(&mut self, record: &Record<'_>, shared: &Shared) {
        let taken = self
            .drain
            .as_mut()
            .is_some_and(|drain| drain.offer(record) && drain.flush(std::time::Instant::now() + BOUND) == 0);
        if !taken {
            shared.fallback.log(record);
        }
        if let Some(drain) = &mut self.drain {
            drain.settle();
        }
    }
}
