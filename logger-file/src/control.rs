//! What a program may ask of a file while it is written.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

/// Asks a [`FileDrain`](crate::FileDrain) for something, from any thread; clones ask the same one.
///
/// The drain answers before the next record, and so not before there is one. A call stores one flag: it may come from a
/// signal handler.
#[derive(Debug, Clone, Default)]
pub struct FileControl {
    rotate: Arc<AtomicBool>,
}

impl FileControl {
    /// Ends the file, unless it is empty.
    pub fn rotate(&self) {
        self.rotate.store(true, Ordering::Release);
    }

    pub(crate) fn take_rotate(&self) -> bool {
        // most often there is nothing to take, and a load costs less than a swap
        self.rotate.load(Ordering::Relaxed) && self.rotate.swap(false, Ordering::AcqRel)
    }
}
