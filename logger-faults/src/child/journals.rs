//! Journals with a bug that the judge has to catch.

use std::io;

use logger_core::{Batch, Journal, Mark};

/// A bug: knows of no record that arrived.
pub(super) struct Forgets<J>(pub(super) J);

impl<J: Journal> Journal for Forgets<J> {
    fn mark(&self) -> Option<Mark> {
        self.0.mark()
    }

    fn records_since(&self, mark: Mark, batch: Batch<'_>) -> io::Result<u64> {
        self.0.records_since(mark, batch).map(|_| 0)
    }
}

/// A bug: counts one record more than arrived.
pub(super) struct Boasts<J>(pub(super) J);

impl<J: Journal> Journal for Boasts<J> {
    fn mark(&self) -> Option<Mark> {
        self.0.mark()
    }

    fn records_since(&self, mark: Mark, batch: Batch<'_>) -> io::Result<u64> {
        self.0.records_since(mark, batch).map(|records| records + 1)
    }
}
