//! What goes on behind a drain after it has handed a record over.

use std::{fmt, time::Instant};

use crate::pipeline::TargetHealth;

/// What goes on behind a drain, on threads of its own, after the drain has handed a record over: a network that is slow.
/// Registered beside its drain: [`Route::outlet`](crate::Route::outlet).
///
/// Without it a flush ends when the drain has handed its records over, and a program that ends then ends too early.
pub trait Outlet: fmt::Debug + Send + Sync {
    /// Returns when what was handed over so far has arrived or is kept where it outlives the process, or at the deadline.
    /// Returns whether it is so. Called by whoever flushes the pipeline, on any thread.
    fn settle(&self, deadline: Instant) -> bool;

    /// The same at the end of the pipeline: nothing more is handed over.
    fn close(&self, deadline: Instant) -> bool;

    /// What became of what was handed over, for each service behind the drain. Called by whoever asks for the figures of the
    /// pipeline, on any thread; it has to return at once. By default there are none.
    fn health(&self) -> Vec<TargetHealth> {
        Vec::new()
    }
}
