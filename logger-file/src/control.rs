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
    reopen: Arc<AtomicBool>,
}

impl FileControl {
    /// Ends the file, unless it is empty.
    pub fn rotate(&self) {
        self.rotate.store(true, Ordering::Release);
    }

    /// Opens the file anew by its name, or creates it: somebody else has renamed it.
    ///
    /// The drain sees that by itself when it writes; this is for those who expect an answer to a signal.
    pub fn reopen(&self) {
        self.reopen.store(true, Ordering::Release);
    }

    /// From now on each SIGHUP of this process is a [`reopen`](FileControl::reopen), and does not end the process any more.
    /// Handlers that are there go on to be called.
    ///
    /// # Errors
    ///
    /// As the system says.
    #[cfg(unix)]
    pub fn reopen_on_hangup(&self) -> std::io::Result<()> {
        signal_hook::flag::register(signal_hook::consts::SIGHUP, Arc::clone(&self.reopen)).map(drop)
    }

    pub(crate) fn take_rotate(&self) -> bool {
        take(&self.rotate)
    }

    pub(crate) fn take_reopen(&self) -> bool {
        take(&self.reopen)
    }
}

/// Most often there is nothing to take, and a load costs less than a swap.
fn take(flag: &AtomicBool) -> bool {
    flag.load(Ordering::Relaxed) && flag.swap(false, Ordering::AcqRel)
}
