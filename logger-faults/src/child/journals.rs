//! Journals with a bug that the judge has to catch.

use std::{io, path::PathBuf};

use logger_core::{Batch, Journal, Mark};
use logger_file::{Fs as _, OsFs};

/// A bug: knows of no record that arrived.
pub(super) struct Forgets<J>(pub(super) J);

impl<J: Journal> Journal for Forgets<J> {
    fn mark(&self) -> Option<Mark> {
        self.0.mark()
    }

    fn records_since(&self, mark: Mark, batch: Batch<'_>) -> io::Result<u64> {
        self.0.records_since(mark, batch).map(|_| 0)
    }

    fn batch_done(&self) {
        self.0.batch_done();
    }
}

/// A bug: knows of the open file alone.
pub(super) struct ForgetsEnded<J> {
    pub(super) inner: J,
    /// The open file.
    pub(super) file: PathBuf,
}

impl<J: Journal> Journal for ForgetsEnded<J> {
    fn mark(&self) -> Option<Mark> {
        self.inner.mark()
    }

    fn records_since(&self, mark: Mark, batch: Batch<'_>) -> io::Result<u64> {
        let records = self.inner.records_since(mark, batch)?;
        let open = OsFs.inspect(&self.file)?.and_then(|found| found.id);
        let is_open = open.is_some_and(|id| [id.device, id.number] == mark.words()[..2]);
        Ok(if is_open { records } else { 0 })
    }

    fn batch_done(&self) {
        self.inner.batch_done();
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

    fn batch_done(&self) {
        self.0.batch_done();
    }
}
