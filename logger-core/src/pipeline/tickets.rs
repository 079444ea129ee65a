//! How a thread waits until the worker has done all that was asked before.

use std::{
    sync::{
        Condvar, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Instant,
};

/// Numbered requests: the worker has settled a ticket when all that was logged before it was drawn is delivered.
#[derive(Debug, Default)]
#[repr(align(128))] // as for the bell
pub(crate) struct Tickets {
    asked: AtomicU64,
    settled: Mutex<u64>,
    changed: Condvar,
}

impl Tickets {
    pub(crate) fn draw(&self) -> u64 {
        self.asked.fetch_add(1, Ordering::AcqRel) + 1
    }

    /// The latest ticket.
    pub(crate) fn asked(&self) -> u64 {
        self.asked.load(Ordering::Acquire)
    }

    /// Says that all up to `ticket` are settled; wakes those who wait if that is news.
    pub(crate) fn settle(&self, ticket: u64) {
        let mut settled = self.settled.lock().unwrap_or_else(PoisonError::into_inner);
        if *settled != ticket {
            *settled = ticket;
            self.changed.notify_all();
        }
    }

    /// Waits for a ticket. Returns whether it was settled by the deadline.
    pub(crate) fn wait(&self, ticket: u64, deadline: Instant) -> bool {
        let mut settled = self.settled.lock().unwrap_or_else(PoisonError::into_inner);
        while *settled < ticket {
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return false;
            }
            settled = self.changed.wait_timeout(settled, left).unwrap_or_else(PoisonError::into_inner).0;
        }
        true
    }
}
