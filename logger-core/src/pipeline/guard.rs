//! Ends logging in order.

use std::time::{Duration, Instant};

use super::{
    Logger, Pipeline,
    health::{Health, Recovered, Report},
};
use crate::clock::deadline_in;

/// Owns the end of a pipeline: when it is dropped, logging ends in order, within [`ShutdownGuard::DROP_TIMEOUT`].
///
/// `std::process::exit` drops nothing; on unix the pipeline ends in order there too.
#[must_use = "dropping the guard stops logging; bind it as `let _guard`, not `let _`"]
#[derive(Debug)]
pub struct ShutdownGuard {
    pipeline: Pipeline,
    /// Whether the end was asked for already, with a deadline of the caller's own.
    ended: bool,
}

impl ShutdownGuard {
    /// How long a guard that is dropped waits for the queues.
    pub const DROP_TIMEOUT: Duration = Duration::from_secs(5);

    pub(super) fn new(pipeline: Pipeline) -> Self {
        ShutdownGuard { pipeline, ended: false }
    }

    /// The pipeline, which may be cloned and outlive the guard.
    pub fn pipeline(&self) -> &Pipeline {
        &self.pipeline
    }

    /// A logger without context.
    pub fn logger(&self) -> Logger {
        self.pipeline.logger()
    }

    /// As [`Pipeline::flush`].
    pub fn flush(&self, timeout: Duration) -> Report {
        self.pipeline.flush(timeout)
    }

    /// As [`Pipeline::health`].
    pub fn health(&self) -> Health {
        self.pipeline.health()
    }

    /// Waits until nothing of earlier runs is left that can be written, at most for `timeout`, and says what became of it.
    pub fn await_recovery(&self, timeout: Duration) -> Recovered {
        self.pipeline.shared().await_recovery(deadline_in(timeout))
    }

    /// The same, and ends logging.
    pub fn recover(self, timeout: Duration) -> Recovered {
        let deadline = deadline_in(timeout);
        let recovered = self.await_recovery(timeout);
        let _ = self.shutdown(deadline.saturating_duration_since(Instant::now()));
        recovered
    }

    /// Sends new records to the fallback, empties the queues, flushes all drains, and says what was written, what is left
    /// and what was lost. Returns at the latest after `timeout`.
    pub fn shutdown(mut self, timeout: Duration) -> Report {
        self.ended = true;
        self.pipeline.shut_down(deadline_in(timeout))
    }
}

impl Drop for ShutdownGuard {
    fn drop(&mut self) {
        if !self.ended {
            let _ = self.pipeline.shut_down(deadline_in(Self::DROP_TIMEOUT));
        }
    }
}
