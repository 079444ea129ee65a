//! A running logger.

use std::{ops::Deref, sync::Arc, time::Duration};

use logger_core::{Context, Health, Level, Logger, LoggerExt as _, Pipeline, Report, ShutdownGuard};

use crate::{
    builder::MetaLoggerBuilder,
    explain::Explanation,
    file_control::FileControls,
    global::{self, AlreadyGlobal},
    layers::Layers,
    level_change::LevelChange,
    running::Running,
    settings::Settings,
    wiring::Started,
};
#[cfg(feature = "reload")]
use crate::{
    settings::OwnDrains,
    sources::{Content, Sources},
};

/// A running logger: what an application holds from its start to its end.
///
/// It dereferences to a [`Logger`], so that `info!(logger, "…")` works on it. When it is dropped, logging ends in order,
/// within [`ShutdownGuard::DROP_TIMEOUT`]; loggers that are still held then write to the fallback.
#[must_use = "dropping the logger ends logging; bind it as `let logger`, not `let _`"]
#[derive(Debug)]
pub struct MetaLogger {
    // these two end before the pipeline does
    running: Ending,
    #[cfg(feature = "metrics-http")]
    metrics: Option<logger_metrics::MetricsServer>,
    guard: ShutdownGuard,
    logger: Logger,
    files: FileControls,
    #[cfg(feature = "alerts")]
    alerts: Option<logger_telegram::AlertHandle>,
}

/// Ends what belongs to a running logger when it is dropped.
#[derive(Debug)]
struct Ending(Arc<Running>);

impl Drop for Ending {
    fn drop(&mut self) {
        global::forget(&self.0);
        self.0.end();
    }
}

/// Where a configuration came from, to look there again.
#[cfg(feature = "reload")]
pub(crate) struct Origins {
    pub(crate) sources: Sources,
    pub(crate) contents: Vec<Content>,
    pub(crate) own: OwnDrains,
}

impl MetaLogger {
    /// Begins a configuration: the defaults, and the environment of the process.
    pub fn builder() -> MetaLoggerBuilder {
        MetaLoggerBuilder::default()
    }

    pub(crate) fn start(started: Started, settings: Settings, layers: &Layers) -> Self {
        let running = Running::new(&started, settings, layers);
        let guard = started.guard;
        MetaLogger {
            logger: guard.logger(),
            guard,
            running: Ending(running),
            #[cfg(feature = "metrics-http")]
            metrics: started.metrics,
            files: started.files,
            #[cfg(feature = "alerts")]
            alerts: started.alerts,
        }
    }

    /// Follows the files of the configuration from now on.
    #[cfg(feature = "reload")]
    pub(crate) fn follow(&self, layers: Layers, origins: Origins) {
        self.running.0.follow(layers, origins);
    }

    /// The alerts: what became of them, a mute, other rules. `None` where no target is turned on.
    #[cfg(feature = "alerts")]
    pub fn alerts(&self) -> Option<&logger_telegram::AlertHandle> {
        self.alerts.as_ref()
    }

    /// Where the figures are served, with the port that was given for port 0; `None` where `metrics.listen` is absent.
    #[cfg(feature = "metrics-http")]
    pub fn metrics_address(&self) -> Option<std::net::SocketAddr> {
        self.metrics.as_ref().map(logger_metrics::MetricsServer::address)
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

    /// Makes this the logger that [`global`](fn@crate::global) gives, until it is dropped or shut down.
    ///
    /// # Errors
    ///
    /// [`AlreadyGlobal`] where there is one: the error says which, and where in the program it was made the global one.
    #[track_caller]
    pub fn make_global(&self) -> Result<(), AlreadyGlobal> {
        global::set(&self.running.0, &self.logger, &self.settings().app_name)
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

    /// What the logger runs on: what it was started with, and of a configuration that was read later what could be applied.
    /// Levels that [`MetaLogger::set_level`] has set are not in it.
    pub fn settings(&self) -> Settings {
        self.running.0.settings()
    }

    /// Where every value that the logger runs on comes from and what it hides; secrets are masked. A value that needs a restart
    /// is shown as it was at the start.
    pub fn explain(&self) -> Explanation {
        self.running.0.explain()
    }

    /// The level from which on records are taken.
    pub fn level(&self) -> Level {
        self.pipeline().level()
    }

    /// Changes a level; it holds from the next call on, in all threads. The change is logged as a WARNING.
    ///
    /// Takes a [`Level`] for the whole program, or a [`LevelChange`] for a part of it or for a while. Of two changes of one
    /// part the later holds. What the configuration says later, after it was reloaded, ends a change for good of the same
    /// part; one for a while holds until its end.
    pub fn set_level(&self, change: impl Into<LevelChange>) {
        self.running.0.set_level(change.into());
    }

    /// Ends all changes of [`MetaLogger::set_level`]: the levels are what the configuration says.
    pub fn reset_levels(&self) {
        self.running.0.reset_levels();
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
        drop(self.running);
        #[cfg(feature = "metrics-http")]
        drop(self.metrics);
        self.guard.shutdown(timeout)
    }
}

impl Deref for MetaLogger {
    type Target = Logger;

    fn deref(&self) -> &Logger {
        &self.logger
    }
}

#[cfg(all(test, feature = "reload"))]
mod tests {
    use super::*;
    use crate::{
        LevelChange, Route,
        testing::{Nowhere, until},
    };

    #[test]
    fn nothing_looks_after_a_logger_that_has_ended() {
        let quiet = [("LOG_TO_CONSOLE", "0"), ("LOG_TO_FILE", "0"), ("LOG__QUEUE__MEMORY", "heap")];
        let builder = MetaLogger::builder().environment(quiet).without_dotenv();
        let logger = builder.drain(Route::new("nowhere", Nowhere)).build().unwrap();
        logger.set_level(LevelChange::new(Level::Debug).lasting(Duration::from_secs(3_600)));
        let running = Arc::downgrade(&logger.running.0);
        assert!(logger.shutdown(Duration::from_secs(60)).finished);
        until("its thread has ended", || running.upgrade().is_none());
    }
}
