//! How the two sides wake each other: the caller a worker that sleeps, the worker callers that wait for room.

use std::{
    sync::{
        Condvar, Mutex, OnceLock, PoisonError,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    thread::{self, Thread},
    time::{Duration, Instant},
};

/// Wakes the worker, and those who wait for it.
///
/// In cache lines of its own: it is written while others read what would lie beside it with every log call.
#[repr(align(128))]
#[derive(Debug, Default)]
pub(crate) struct Bell {
    worker: OnceLock<Thread>,
    asleep: AtomicBool,
    waiting: AtomicUsize,
    lock: Mutex<()>,
    progress: Condvar,
}

/// How long a caller without room waits before it looks again by itself.
const LOOK_AGAIN: Duration = Duration::from_millis(1);

impl Bell {
    /// The worker introduces itself.
    pub(crate) fn attach_worker(&self) {
        let _ = self.worker.set(thread::current());
    }

    /// Wakes the worker if it sleeps; costs one load if it does not.
    #[inline]
    pub(crate) fn wake(&self) {
        if self.asleep.load(Ordering::Relaxed) && self.asleep.swap(false, Ordering::AcqRel) {
            self.unpark();
        }
    }

    #[cold]
    fn unpark(&self) {
        if let Some(worker) = self.worker.get() {
            worker.unpark();
        }
    }

    /// The worker sleeps. A bell that rings between its last look at the rings and this call is missed, so `at_most` is
    /// what a record may have to wait.
    pub(crate) fn sleep(&self, at_most: Duration) {
        self.asleep.store(true, Ordering::Release);
        thread::park_timeout(at_most);
        self.asleep.store(false, Ordering::Relaxed);
    }

    /// The worker has made room in the rings.
    pub(crate) fn ring_progress(&self) {
        if self.waiting.load(Ordering::Relaxed) > 0 {
            self.progress.notify_all();
        }
    }

    /// A caller waits for room for a moment, at most until the deadline.
    pub(crate) fn wait_for_progress(&self, deadline: Instant) {
        self.wake();
        self.waiting.fetch_add(1, Ordering::Relaxed);
        let lock = self.lock.lock().unwrap_or_else(PoisonError::into_inner);
        let left = deadline.saturating_duration_since(Instant::now()).min(LOOK_AGAIN);
        let _woken = self.progress.wait_timeout(lock, left).unwrap_or_else(PoisonError::into_inner);
        self.waiting.fetch_sub(1, Ordering::Relaxed);
    }
}
