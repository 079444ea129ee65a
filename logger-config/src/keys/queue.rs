//! The queues between the application and the drains.

use crate::{
    key::keys,
    quantity::{Bytes, Span, Whole},
    setting::{QueueMemory, WhenFull},
};

const KIB: u64 = 1 << 10;
const GIB: u64 = 1 << 30;

/// A queue of one thread. Smaller, and a burst of trades would not fit; larger, and many threads would fill the memory.
pub(crate) type RingSize = Bytes<{ 64 * KIB }, GIB>;
/// What one thread may keep on the heap when its queue is full.
pub(crate) type SpillSize = Bytes<{ 64 * KIB }, GIB>;
/// How long a caller may wait for room in a full queue.
pub(crate) type Wait = Span<1, 10_000>;
/// A part of a queue in percent.
pub(crate) type Share = Whole<1, 100>;

keys! {
    /// where the queues are: in memory that outlives the process, so that the next start writes what a kill has left, or on
    /// the heap. Without files it is always the heap
    MEMORY: QueueMemory = "queue.memory", default("shared");
    /// the queue of trades of one thread; rounded up to a power of two
    TRADE_RING: RingSize = "queue.trade_ring", default("128 KiB");
    /// the queue of everything else of one thread; rounded up to a power of two
    GENERAL_RING: RingSize = "queue.general_ring", default("512 KiB");
    /// how long the caller of a record that is kept waits for room in a full queue
    WAIT: Wait = "queue.wait", default("50ms");
    /// where a thread's records that are kept go when its queue is still full; beyond it they go to the fallback
    SPILL: SpillSize = "queue.spill", default("8 MiB");
    /// the wait of trades, which are always kept; absent: `queue.wait`
    TRADE_WAIT: Wait = "queue.trade_wait", example("100ms");
    /// the spill of trades; absent: `queue.spill`
    TRADE_SPILL: SpillSize = "queue.trade_spill", example("16 MiB");
    /// what happens to ERROR and CRITICAL when the queue is full: kept as trades are, or dropped at once and counted
    ERRORS: WhenFull = "queue.errors", default("keep");
    /// the wait of errors that are kept; absent: `queue.wait`
    ERROR_WAIT: Wait = "queue.error_wait", example("20ms");
    /// the spill of errors that are kept; absent: `queue.spill`
    ERROR_SPILL: SpillSize = "queue.error_spill", example("1 MiB");
    /// the same for all other records; keep makes callers wait for the disk
    GENERAL: WhenFull = "queue.general", default("drop");
    /// the wait of other records that are kept; absent: `queue.wait`
    GENERAL_WAIT: Wait = "queue.general_wait", example("2ms");
    /// the spill of other records that are kept; absent: `queue.spill`
    GENERAL_SPILL: SpillSize = "queue.general_spill", example("1 MiB");
    /// how many percent of a queue DEBUG and TRACE may fill where other records are dropped; what is beyond is for INFO and
    /// above
    DEBUG_SHARE: Share = "queue.debug_share", default("75");
}
