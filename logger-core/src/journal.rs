//! How far a destination has got, so that the next start can complete what a killed process was writing.

use std::io;

/// A place in a destination, in a form of its own: three words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Mark([u64; 3]);

impl Mark {
    /// A place by the words that the destination understands, such as a file's device, inode and length.
    pub const fn new(words: [u64; 3]) -> Self {
        Mark(words)
    }

    /// The words.
    pub const fn words(self) -> [u64; 3] {
        self.0
    }
}

/// The records that a process was writing when it died: those of one run, from a number on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Batch<'a> {
    /// The [id](crate::Run::id) of the run.
    pub run: &'a str,
    /// The number of the first record.
    pub first_seq: u64,
}

impl<'a> Batch<'a> {
    /// The records of `run` from the number `first_seq` on.
    pub const fn new(run: &'a str, first_seq: u64) -> Self {
        Batch { run, first_seq }
    }
}

/// Which records of an interrupted batch arrived at a destination.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Arrived {
    /// So many, counted from the first that goes there.
    First(u64),
    /// Those up to this number.
    UpTo(u64),
}

/// How far a destination has got. Registered beside its drain: [`Route::journal`](crate::Route::journal).
///
/// It lets the next start after a kill write each record exactly once: the pipeline asks for a mark before each batch,
/// and the next start asks how many records arrived after it.
pub trait Journal: Send + Sync {
    /// The place behind the last record that arrived; `None` while the destination cannot be reached. Called on the
    /// worker's thread before each batch: no system call.
    fn mark(&self) -> Option<Mark>;

    /// How many records of `batch` arrived whole after `mark`, which a process that is gone has made. Called before the
    /// drain gets its first record. What arrived in part only is removed. Records that say of themselves that they are of
    /// another run, which is writing there at the same time, or that have a lower number, are not counted.
    ///
    /// # Errors
    ///
    /// The destination cannot be read: the recovery is tried again later.
    fn records_since(&self, mark: Mark, batch: Batch<'_>) -> io::Result<u64>;

    /// The same where records tell which they are. The default counts them by [`records_since`](Journal::records_since),
    /// which is enough where nobody else writes to the destination or takes something away from it.
    ///
    /// # Errors
    ///
    /// As [`records_since`](Journal::records_since).
    fn arrived_since(&self, mark: Mark, batch: Batch<'_>) -> io::Result<Arrived> {
        self.records_since(mark, batch).map(Arrived::First)
    }

    /// All records of the batch that began with the last [`mark`](Journal::mark) have arrived or were given to the fallback:
    /// no recovery will ask for them. Called on the worker's thread after each batch: no system call.
    fn batch_done(&self) {}
}
