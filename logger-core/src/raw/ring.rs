//! A queue of byte records between one producer and one consumer, without a lock.
//!
//! # Positions
//!
//! `head` and `tail` count bytes since the ring was made and never run backwards. The low bits of a position are an
//! offset, the high bits count laps. A record begins at an offset below `capacity` and may reach into the `slack` that
//! lies behind it; the position after a record that reached or passed `capacity` is the start of the next lap. So a
//! record is never split and never moved, whatever its length up to `slack`.
//!
//! # Protocol
//!
//! | field | written by | read by | pairs |
//! |---|---|---|---|
//! | `head` | producer, Release, after the bytes of a record | consumer, Acquire | publishes the bytes |
//! | `tail` | consumer, Release, after its last look at the bytes | producer, Acquire | gives the bytes back |
//! | bytes in `[tail, head)` | nobody | consumer | |
//! | all other bytes | producer | nobody | |
//!
//! The producer writes into free bytes and then stores `head` once: whatever happens before the store, also the death
//! of the process, leaves the ring as it was. The design is the classic single-producer ring of Lamport (1977) with
//! positions cached on both sides as in `rigtorp/SPSCQueue` and whole records as in a bip buffer.

use std::sync::Arc;

use super::memory::{Header, Memory};
use crate::sync::{AtomicU64, Ordering};

/// Makes a ring of `capacity` bytes (rounded up to a power of two, at least 64) that takes records of up to a quarter
/// of it at any time.
pub(crate) fn ring(capacity: usize) -> (Producer, Consumer) {
    let capacity = capacity.next_power_of_two().max(64);
    let slack = capacity / 4;
    let geometry = Geometry { capacity: capacity as u64, slack: slack as u64 };
    let memory = Arc::new(Memory::heap(capacity + slack));
    let producer = Producer { memory: Arc::clone(&memory), geometry, head: 0, seen_tail: 0 };
    let consumer = Consumer { memory, geometry, tail: 0, read: 0, limit: 0 };
    (producer, consumer)
}

/// The arithmetic of positions; the same on both sides.
#[derive(Debug, Clone, Copy)]
struct Geometry {
    /// A power of two.
    capacity: u64,
    slack: u64,
}

impl Geometry {
    fn offset(self, position: u64) -> u64 {
        position & (self.capacity - 1)
    }

    fn lap(self, position: u64) -> u64 {
        position & !(self.capacity - 1)
    }

    /// The position after a record of `len` bytes at `position`.
    fn after(self, position: u64, len: usize) -> u64 {
        if self.offset(position) + len as u64 >= self.capacity {
            self.lap(position) + self.capacity
        } else {
            position + len as u64
        }
    }

    /// How many bytes may be written at `head` when everything from `tail` on is still needed.
    fn free(self, head: u64, tail: u64) -> usize {
        let end =
            if self.lap(head) == self.lap(tail) { self.capacity + self.slack } else { self.offset(tail) };
        (end - self.offset(head)) as usize
    }

    /// How many bytes may hold a record at `read` when everything before `limit` was written.
    fn readable(self, read: u64, limit: u64) -> usize {
        let end =
            if self.lap(read) == self.lap(limit) { self.offset(limit) } else { self.capacity + self.slack };
        (end - self.offset(read)) as usize
    }
}

/// The end that puts records in. Belongs to one thread at a time.
#[derive(Debug)]
pub(crate) struct Producer {
    memory: Arc<Memory>,
    geometry: Geometry,
    head: u64,
    /// The tail as it was when last looked at; the true one is at it or further on.
    seen_tail: u64,
}

/// Below this many known free bytes the producer looks at the consumer's tail again, which costs a cache miss.
const LOOK_AGAIN: usize = 4096;

impl Producer {
    /// The free bytes at the head, in one piece. What is written there is a record only after [`Producer::commit`].
    pub(crate) fn free(&mut self) -> &mut [u8] {
        if self.geometry.free(self.head, self.seen_tail) < LOOK_AGAIN {
            self.seen_tail = self.header().tail.0.load(Ordering::Acquire);
        }
        let len = self.geometry.free(self.head, self.seen_tail);
        // SAFETY: the bytes lie outside of `[tail, head)`: `seen_tail` was stored by the consumer after its last look
        // at what lies before it (Acquire pairs with its Release), and only this producer writes, through `&mut self`.
        unsafe { self.memory.bytes_mut(self.geometry.offset(self.head) as usize, len) }
    }

    /// Makes a record of the first `len` bytes that were written into [`Producer::free`].
    pub(crate) fn commit(&mut self, len: usize) {
        assert!(len <= self.geometry.free(self.head, self.seen_tail), "only free bytes become a record");
        self.head = self.geometry.after(self.head, len);
        self.memory.header().head.store(self.head, Ordering::Release);
    }

    /// The part of the ring that is in use as far as known, in 256ths; looks at the consumer's tail only where the
    /// last look says that the ring is fuller than `threshold`.
    pub(crate) fn fill(&mut self, threshold: u64) -> u64 {
        let fill = |this: &Self| (this.head - this.seen_tail) * 256 / this.geometry.capacity;
        if fill(self) > threshold {
            self.seen_tail = self.header().tail.0.load(Ordering::Acquire);
        }
        fill(self)
    }

    /// The longest record that fits at any time, once the consumer has caught up.
    pub(crate) fn max_record(&self) -> usize {
        self.geometry.slack as usize
    }

    /// Whether the consumer is gone, and with it every reader of what is put in here.
    pub(crate) fn is_orphaned(&self) -> bool {
        self.header().consumer_gone.load(Ordering::Acquire) != 0
    }

    /// The counters of the ring, for whoever wants to sum them up.
    pub(crate) fn counters(&self) -> Counters {
        Counters(Arc::clone(&self.memory))
    }

    pub(crate) fn header(&self) -> &Header {
        self.memory.header()
    }
}

/// Shared sight of a ring's counters.
#[derive(Debug)]
pub(crate) struct Counters(Arc<Memory>);

impl Counters {
    pub(crate) fn header(&self) -> &Header {
        self.0.header()
    }
}

/// Adds one to a counter that only this thread writes: no locked instruction is needed.
#[inline]
pub(crate) fn increment(counter: &AtomicU64) {
    counter.store(counter.load(Ordering::Relaxed) + 1, Ordering::Relaxed);
}

/// The end that takes records out. Belongs to the worker.
#[derive(Debug)]
pub(crate) struct Consumer {
    memory: Arc<Memory>,
    geometry: Geometry,
    /// What the producer was told: the bytes before it are its own again.
    tail: u64,
    /// The next record to be read. The bytes from `tail` to here can be read again by [`Consumer::at`].
    read: u64,
    /// The head as it was when last looked at.
    limit: u64,
}

/// A place in a ring, to come back to before it is released.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Position(u64);

impl Consumer {
    /// Looks at what the producer has put in since. Returns whether there is anything to read.
    pub(crate) fn look(&mut self) -> bool {
        self.limit = self.header().head.load(Ordering::Acquire);
        self.read != self.limit
    }

    /// Bytes that begin with the next record; `None` when all that was there at the last [`Consumer::look`] is read.
    pub(crate) fn peek(&self) -> Option<&[u8]> {
        (self.read != self.limit).then(|| self.slice(self.read))
    }

    /// Where the next record is.
    pub(crate) fn position(&self) -> Position {
        Position(self.read)
    }

    /// Goes past the next record, which is `len` bytes long.
    pub(crate) fn advance(&mut self, len: usize) {
        self.read = self.geometry.after(self.read, len);
    }

    /// Gives up what cannot be read: goes to the end of what is there.
    pub(crate) fn skip_all(&mut self) {
        self.read = self.limit;
    }

    /// Bytes that begin with a record that was read before and not released.
    pub(crate) fn at(&self, position: Position) -> &[u8] {
        assert!(self.tail <= position.0 && position.0 < self.read, "read, and not released");
        self.slice(position.0)
    }

    /// Gives the bytes of all records that were read back to the producer.
    pub(crate) fn release(&mut self) {
        if self.tail != self.read {
            self.tail = self.read;
            self.header().tail.0.store(self.tail, Ordering::Release);
        }
    }

    pub(crate) fn header(&self) -> &Header {
        self.memory.header()
    }

    fn slice(&self, position: u64) -> &[u8] {
        let len = self.geometry.readable(position, self.limit);
        // SAFETY: the bytes lie in `[tail, limit)`, or in slack behind a record of it; `limit` was stored by the
        // producer after it wrote them (Acquire pairs with its Release), and it does not touch them again before
        // `release`, which needs `&mut self` and so the end of this borrow.
        unsafe { self.memory.bytes(self.geometry.offset(position) as usize, len) }
    }
}

impl Drop for Consumer {
    fn drop(&mut self) {
        self.header().consumer_gone.store(1, Ordering::Release);
    }
}
