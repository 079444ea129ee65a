//! A running logger.

use std::{ops::Deref, time::Duration};

use logger_core::{Context, Health, Level, Logger, LoggerExt as _, Pipeline, Report, ShutdownGuard};

use crate::{builder::MetaLoggerBuilder, file_control::FileControls, settings::Settings};

/// A running logger: what an application holds from its start to its end.
///
/// It dereferences to a [`Logger`], so that `info!(logger, "…")` works on it. When it is dropped, logging ends in order,
/// within [`ShutdownGuard::DROP_TIMEOUT`]; loggers that are still held then write to the fallback.
#[must_use = "dropping the logger ends logging; bind it as `let logger`, not `let _`"]
#[derive(Debug)]
pub struct MetaLogger {
    guard: ShutdownGuard,
    logger: Logger,
    files: FileControls,
    settings: Settings,
}

impl MetaLogger {
    /// Begins a configuration: the defaults, and the environment of the process.
    pub fn builder() -> MetaLoggerBuilder {
        MetaLoggerBuilder::default()
    }

    pub(crate) fn new(guard: ShutdownGuard, files: FileControls, settings: Settings) -> Self {
        MetaLogger { logger: guard.logger(), guard, files, settings }
    }

    /// What the files can be asked for.
    #[cfg(feature = "file")]
    pub(crate) fn files(&self) -> &FileControls {
        &self.files
    }

    /// Ends all files that are not empty, within half a second: each becomes a backup, and a new one begins. When a
    /// [`flush`](MetaLogger::flush) that is called later returns, it is done.
    pub fn rotate(&self) {
        self.files.rotate();
    }

    /// Opens all files anew by their names, or makes them, within half a second: somebody else has moved them. They notice
    /// that by themselves; when a [`flush`](MetaLogger::flush) that is called later returns, it is done.
    pub fn reopen(&self) {
        self.files.reopen();
    }

    /// A logger without context, which may outlive this one.
    pub fn logger(&self) -> Logger {
        self.logger.clone()
    }

    /// A logger whose records carry `context`.
    #[must_use = "the context is bound to the logger that is returned"]
    pub fn bind(&self, context: Context) -> Logger {
        self.logger.bind(&context)
    }

    /// A logger whose records are trades: they have a queue and a file of their own, go there whatever the level is, and
    /// are never dropped.
    #[must_use = "the logger that is returned logs trades, this one does not"]
    pub fn trade(&self) -> Logger {
        self.logger.trade()
    }

    /// The pipeline, which may be cloned and outlive this logger.
    pub fn pipeline(&self) -> &Pipeline {
        self.guard.pipeline()
    }

    /// What the logger was started with.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// The level from which on records are taken.
    pub fn level(&self) -> Level {
        self.pipeline().level()
    }

    /// Changes the level; it holds from the next call on, in all threads.
    pub fn set_level(&self, level: Level) {
        self.pipeline().set_level(level);
    }

    /// Returns when all that was logged before the call, in any thread, has left the process, or at the latest after
    /// `timeout`.
    pub fn flush(&self, timeout: Duration) -> Report {
        self.guard.flush(timeout)
    }

    /// What became of the records so far.
    pub fn health(&self) -> Health {
        self.pipeline().health()
    }

    /// Ends logging: refuses new records, empties the queues, flushes all drains, and says what was written, what is left
    /// and what was lost. Returns at the latest after `timeout`.
    pub fn shutdown(self, timeout: Duration) -> Report {
        self.guard.shutdown(timeout)
    }
}

impl Deref for MetaLogger {
    type Target = Logger;

    fn deref(&self) -> &Logger {
        &self.logger
    }
}
