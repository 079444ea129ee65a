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

/// How far a destination has got. Registered beside its drain: [`Route::journal`](crate::Route::journal).
///
/// It lets the next start after a kill write each record exactly once: the pipeline asks for a mark before each batch,
/// and the next start asks how many records arrived after it.
pub trait Journal: Send + Sync {
    /// The place behind the last record that arrived; `None` while the destination cannot be reached. Called on the
    /// worker's thread before each batch: no system call.
    fn mark(&self) -> Option<Mark>;

    /// How many records arrived whole after `mark`, which a process that is gone has made. Called before the drain gets
    /// its first record. What arrived in part only is removed.
    ///
    /// # Errors
    ///
    /// The destination cannot be read: the recovery is tried again later.
    fn records_since(&self, mark: Mark) -> io::Result<u64>;
}
