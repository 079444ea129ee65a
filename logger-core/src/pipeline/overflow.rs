//! What happens when a queue is full.

use std::{
    collections::VecDeque,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicU8, Ordering},
    },
    time::Duration,
};

use crate::{category::Class, level::Level};

/// What happens to a record when the queue of its class is full.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum OverflowPolicy {
    /// It is never dropped: the caller waits up to `wait` for room; then the record goes into a spill on the heap of up to
    /// `spill` bytes a thread; then the caller itself hands it to the fallback.
    Keep {
        /// How long one call may wait.
        wait: Duration,
        /// Bytes that the spill of one thread may hold.
        spill: usize,
    },
    /// It is dropped at once and counted; the caller never waits.
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
}

impl Default for Overflow {
    /// Trades and errors are kept, the rest is dropped and counted.
    fn default() -> Self {
        Overflow { trades: OverflowPolicy::KEEP, errors: OverflowPolicy::KEEP, general: OverflowPolicy::Drop }
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
}

/// Where records of one ring wait when it has no room, in their order. As long as it is in use, all records that are
/// kept go here, so that none overtakes another; the worker empties it once the ring before it is empty.
#[derive(Debug, Default)]
pub(crate) struct Spill {
    state: AtomicU8,
    records: Mutex<Spilled>,
}

#[derive(Debug, Default)]
struct Spilled {
    records: VecDeque<Box<[u8]>>,
    bytes: usize,
}

/// Why a spill is in use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum SpillUse {
    /// It is empty.
    None = 0,
    /// A record was longer than the ring takes; there is room for others.
    LongRecord = 1,
    /// The ring was full.
    Overflow = 2,
}

impl Spill {
    pub(crate) fn in_use(&self) -> SpillUse {
        match self.state.load(Ordering::Acquire) {
            0 => SpillUse::None,
            1 => SpillUse::LongRecord,
            _ => SpillUse::Overflow,
        }
    }

    /// Adds a record if the spill then holds at most `max` bytes.
    pub(crate) fn push(&self, record: &[u8], max: usize, reason: SpillUse) -> Result<(), SpillFull> {
        let mut spilled = self.records.lock().unwrap_or_else(PoisonError::into_inner);
        if spilled.bytes + record.len() > max {
            return Err(SpillFull);
        }
        spilled.bytes += record.len();
        spilled.records.push_back(record.into());
        // never from Overflow back to LongRecord
        self.state.fetch_max(reason as u8, Ordering::AcqRel);
        Ok(())
    }

    /// Takes all records and ends the use of the spill. The worker calls it when it has read the ring to its end.
    pub(crate) fn take(&self) -> VecDeque<Box<[u8]>> {
        let mut spilled = self.records.lock().unwrap_or_else(PoisonError::into_inner);
        spilled.bytes = 0;
        let records = std::mem::take(&mut spilled.records);
        self.state.store(SpillUse::None as u8, Ordering::Release);
        records
    }
}

/// The spill has no room for the record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct SpillFull;
