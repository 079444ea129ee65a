//! What happens when a queue is full.

use std::time::Duration;

use crate::{category::Class, level::Level};

/// What happens to a record when the queue of its class is full.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum OverflowPolicy {
    /// It is never dropped: the caller waits up to `wait` for room; then the record goes into a spill of up to `spill`
    /// bytes a thread; then the caller itself hands it to the fallback.
    Keep {
        /// How long one call may wait.
        wait: Duration,
        /// Bytes that the spill of one thread may hold.
        spill: usize,
    },
    /// It is dropped at once and counted; the caller never waits. DEBUG and TRACE are dropped already when
    /// [`Overflow::debug_share`] of the queue is full, so that a flood of them leaves room for the rest.
    Drop,
}

impl OverflowPolicy {
    /// Waits 50 ms, then up to 8 MiB of spill.
    pub const KEEP: OverflowPolicy =
        OverflowPolicy::Keep { wait: Duration::from_millis(50), spill: 8 * 1024 * 1024 };
}

/// The overflow policies of a pipeline.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Overflow {
    /// For records of category `trade`; `Drop` is not possible here and means [`OverflowPolicy::KEEP`].
    pub trades: OverflowPolicy,
    /// For other records of level ERROR and CRITICAL.
    pub errors: OverflowPolicy,
    /// For all the rest.
    pub general: OverflowPolicy,
    /// The share of a queue, in percent from 1 to 100, that DEBUG and TRACE may fill where `general` is
    /// [`OverflowPolicy::Drop`]. What is beyond it is for INFO and above.
    pub debug_share: u8,
}

impl Default for Overflow {
    /// Trades and errors are kept, the rest is dropped and counted; three quarters of a queue are for DEBUG and TRACE.
    fn default() -> Self {
        let (keep, drop) = (OverflowPolicy::KEEP, OverflowPolicy::Drop);
        Overflow { trades: keep, errors: keep, general: drop, debug_share: 75 }
    }
}

impl Overflow {
    pub(crate) fn policy(&self, class: Class, level: Level) -> OverflowPolicy {
        match class {
            Class::Trade if self.trades == OverflowPolicy::Drop => OverflowPolicy::KEEP,
            Class::Trade => self.trades,
            Class::General if level >= Level::Error => self.errors,
            Class::General => self.general,
        }
    }

    /// How many 256ths of a ring DEBUG and TRACE may fill.
    #[inline]
    pub(crate) fn debug_fill(&self) -> u64 {
        u64::from(self.debug_share.clamp(1, 100)) * 256 / 100
    }

    /// Sets the policy for trades.
    #[must_use]
    pub fn trades(mut self, policy: OverflowPolicy) -> Self {
        self.trades = policy;
        self
    }

    /// Sets the policy for errors.
    #[must_use]
    pub fn errors(mut self, policy: OverflowPolicy) -> Self {
        self.errors = policy;
        self
    }

    /// Sets the policy for the rest.
    #[must_use]
    pub fn general(mut self, policy: OverflowPolicy) -> Self {
        self.general = policy;
        self
    }

    /// Sets the share of a queue that DEBUG and TRACE may fill, in percent.
    #[must_use]
    pub fn debug_share(mut self, percent: u8) -> Self {
        self.debug_share = percent;
        self
    }
}
