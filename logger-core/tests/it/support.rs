//! Drains that tests look into.

use std::{
    sync::{Arc, Barrier, Mutex},
    time::{Duration, Instant},
};

use logger_core::{
    Category, Drain, DrainError, Filter, Format as _, JsonFormat, Level, Pipeline, PipelineBuilder, Record,
    Report, Route, ShutdownGuard,
};

/// Long enough for a busy machine, short enough that a test which waits for nothing ends.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

/// Lines that a [`Collector`] has flushed.
#[derive(Clone, Default)]
pub(crate) struct Lines(Arc<Mutex<Vec<String>>>);

impl Lines {
    pub(crate) fn get(&self) -> Vec<String> {
        self.0.lock().unwrap().clone()
    }

    /// One field of each line, as JSON.
    pub(crate) fn field(&self, key: &str) -> Vec<serde_json::Value> {
        let parse = |line: &String| serde_json::from_str::<serde_json::Value>(line).unwrap()[key].clone();
        self.get().iter().map(parse).collect()
    }

    pub(crate) fn events(&self) -> Vec<String> {
        self.field("event").iter().map(|event| event.as_str().unwrap().to_owned()).collect()
    }

    pub(crate) fn len(&self) -> usize {
        self.0.lock().unwrap().len()
    }
}

/// A drain that keeps lines in memory; they count as delivered at its flush.
pub(crate) struct Collector {
    lines: Lines,
    buffered: Vec<String>,
}

impl Collector {
    pub(crate) fn new() -> (Collector, Lines) {
        let lines = Lines::default();
        (Collector { lines: lines.clone(), buffered: Vec::new() }, lines)
    }
}

impl Drain for Collector {
    fn log(&mut self, record: &Record<'_>) -> Result<(), DrainError> {
        let mut line = Vec::new();
        JsonFormat::default().format(record, &mut line);
        self.buffered.push(String::from_utf8(line).unwrap());
        Ok(())
    }

    fn flush(&mut self, _deadline: Instant) -> Result<(), DrainError> {
        self.lines.0.lock().unwrap().append(&mut self.buffered);
        Ok(())
    }
}

/// What a scripted drain does with a record.
pub(crate) enum Act {
    Take,
    Fail,
    Panic,
}

/// A drain that does with each record what a script says, and flushes as another script says: `None` is success,
/// `Some(n)` an error after `n` records arrived.
pub(crate) struct Scripted<L, F> {
    pub(crate) on_log: L,
    pub(crate) on_flush: F,
    pub(crate) inner: Collector,
}

impl<L, F> Drain for Scripted<L, F>
where
    L: FnMut(&Record<'_>) -> Act + Send,
    F: FnMut() -> Option<usize> + Send,
{
    fn log(&mut self, record: &Record<'_>) -> Result<(), DrainError> {
        match (self.on_log)(record) {
            Act::Take => self.inner.log(record),
            Act::Fail => Err(DrainError::new("cannot take it").with_source("scripted")),
            Act::Panic => panic!("scripted panic"),
        }
    }

    fn flush(&mut self, deadline: Instant) -> Result<(), DrainError> {
        match (self.on_flush)() {
            None => self.inner.flush(deadline),
            Some(arrived) => {
                self.inner.buffered.truncate(arrived);
                self.inner.flush(deadline)?;
                Err(DrainError::new("cannot flush").with_source("scripted").with_arrived(arrived as u64))
            }
        }
    }
}

/// A drain whose first record holds it up until the barrier is met a second time.
pub(crate) struct Gate {
    pub(crate) barrier: Arc<Barrier>,
    pub(crate) inner: Collector,
    pub(crate) passed: bool,
}

impl Drain for Gate {
    fn log(&mut self, record: &Record<'_>) -> Result<(), DrainError> {
        if !self.passed {
            self.passed = true;
            self.barrier.wait();
            self.barrier.wait();
        }
        self.inner.log(record)
    }

    fn flush(&mut self, deadline: Instant) -> Result<(), DrainError> {
        self.inner.flush(deadline)
    }
}

/// A pipeline with the three usual routes, each into memory.
pub(crate) struct Three {
    pub(crate) guard: ShutdownGuard,
    pub(crate) general: Lines,
    pub(crate) trades: Lines,
    pub(crate) errors: Lines,
}

pub(crate) fn three(builder: PipelineBuilder) -> Three {
    let (general_drain, general) = Collector::new();
    let (trades_drain, trades) = Collector::new();
    let (errors_drain, errors) = Collector::new();
    let guard = builder
        .route(Route::new("general", general_drain))
        .route(Route::new("trades", trades_drain).filter(Filter::category(Category::Trade)))
        .route(Route::new("errors", errors_drain).filter(Filter::at_least(Level::Error)))
        .start()
        .unwrap();
    Three { guard, general, trades, errors }
}

/// A pipeline with one route into memory.
pub(crate) fn one(builder: PipelineBuilder) -> (ShutdownGuard, Lines) {
    let (drain, lines) = Collector::new();
    (builder.route(Route::new("general", drain)).start().unwrap(), lines)
}

pub(crate) fn pipeline() -> PipelineBuilder {
    Pipeline::builder().app_name("test")
}

/// The books balance: each accepted record is written, dropped or pending.
#[track_caller]
pub(crate) fn assert_balanced(report: &Report) {
    for counts in [report.health.trade, report.health.general] {
        assert_eq!(
            counts.accepted,
            counts.written + counts.dropped.total() + counts.pending,
            "accepted = written + dropped + pending: {counts:?}"
        );
    }
}

/// Logs, while it is shown, a record that logs the next one while it is shown.
pub(crate) struct Logs<'l>(pub(crate) &'l logger_core::Logger, pub(crate) u32);

impl std::fmt::Display for Logs<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.1 > 0 {
            logger_core::info!(self.0, "inner"; "value" => %Logs(self.0, self.1 - 1));
        }
        f.write_str("shown")
    }
}
