//! What a program may ask of a file while it is written.

use std::sync::{
    Arc,
    atomic::{AtomicBool, AtomicU32, Ordering},
};

use crate::Durability;

/// Asks a [`FileDrain`](crate::FileDrain) for something, from any thread; clones ask the same one.
///
/// In a pipeline the drain answers within half a second, and before a [flush](logger_core::Pipeline::flush) that is asked
/// for later returns; alone it answers before the next record. A call stores one flag: it may come from a signal handler.
#[derive(Debug, Clone, Default)]
pub struct FileControl {
    rotate: Arc<AtomicBool>,
    reopen: Arc<AtomicBool>,
    /// How many [`OnDisk`] there are.
    on_disk: Arc<AtomicU32>,
    /// Whether the last flush has waited for the disk.
    waited: Arc<AtomicBool>,
}

/// While it lives, each flush of the drain waits for the disk, whatever its [`Durability`] is: see [`FileControl::on_disk`].
#[derive(Debug)]
#[must_use = "when it is dropped the drain waits for what its `Durability` says again"]
pub struct OnDisk(FileControl);

impl OnDisk {
    /// What the last flush of the drain has brought its lines to. It is [`Durability::Os`] after one of a device, which no
    /// disk is behind.
    pub fn reached(&self) -> Durability {
        match self.0.waited.load(Ordering::Acquire) {
            true => Durability::Disk,
            false => Durability::Os,
        }
    }
}

impl Drop for OnDisk {
    fn drop(&mut self) {
        self.0.on_disk.fetch_sub(1, Ordering::AcqRel);
    }
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

    /// Has each flush wait for the disk that takes a record which is logged from now on, until the value that is returned is
    /// dropped.
    pub fn on_disk(&self) -> OnDisk {
        self.on_disk.fetch_add(1, Ordering::AcqRel);
        OnDisk(self.clone())
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

    /// What flushes wait for, if not for more.
    pub(crate) fn wants_disk(&self) -> bool {
        self.on_disk.load(Ordering::Acquire) > 0
    }

    /// Notes what a flush has waited for.
    pub(crate) fn note_flush(&self, reached: Durability) {
        self.waited.store(reached == Durability::Disk, Ordering::Release);
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
