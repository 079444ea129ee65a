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
//!
//! # Lines of the cache
//!
//! Each line of the bytes goes from the producer's processor to the consumer's and back. The producer asks for it some calls
//! before it writes there, the consumer takes it for writing although it only reads: a line that is held for reading by both
//! would be taken for one that is there already, and the producer would wait for it at its first store.

use super::memory::{LINE, Region};
use crate::sync::{AtomicU64, Ordering};

/// Words at the start of a ring's region.
pub(crate) const WORDS: usize = 512;

/// What the two ends of a ring know of each other, in the words of its region. Each end writes to cache lines of its own,
/// so that neither slows the other.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Header<'a>(&'a [AtomicU64; WORDS]);

macro_rules! words {
    ($($(#[$doc:meta])* $name:ident = $index:literal;)+) => {
        impl<'a> Header<'a> {$(
            $(#[$doc])*
            #[inline]
            pub(crate) fn $name(self) -> &'a AtomicU64 {
                &self.0[$index]
            }
        )+}
    };
}

words! {
    /// Written by the producer: where the next record begins. Its Release store publishes the bytes before it.
    head = 0;
    /// Written by the producer: records that it put here or into the spill.
    committed = 2;
    /// Written by the producer: records lost because the queue was full.
    lost_full = 3;
    /// Written by the producer: 1 while a call is under way.
    in_call = 4;
    /// Written by the consumer: the bytes before it may be overwritten.
    tail = 32;
    /// Written by the consumer: 1 once there is none any more.
    consumer_gone = 33;
    /// Written by the consumer: how many bytes of the file of the spill have arrived.
    spill_arrived = 34;
    /// Written when the ring is made: its capacity in bytes.
    capacity = 64;
    /// Written when the ring is made: the index of its class.
    class = 65;
}

impl<'a> Header<'a> {
    #[inline]
    fn of(region: &'a Region) -> Self {
        Header(region.words().first_chunk().expect("a ring's region has as many words"))
    }
}

/// Bytes that a ring of `capacity` bytes takes behind its words: a quarter more.
fn bytes_of(capacity: usize) -> usize {
    capacity + capacity / 4
}

/// The capacity that a ring gets which is asked for `capacity` bytes: a power of two, at least 64.
fn rounded(capacity: usize) -> usize {
    capacity.next_power_of_two().max(64)
}

/// Makes a ring of `capacity` bytes (rounded up to a power of two, at least 64) that takes records of up to a quarter
/// of it at any time. `allocate` gives a region with so many words and bytes.
pub(crate) fn ring<E>(
    capacity: usize,
    allocate: impl FnOnce(usize, usize) -> Result<Region, E>,
) -> Result<(Producer, Consumer), E> {
    let capacity = rounded(capacity);
    let memory = allocate(WORDS, bytes_of(capacity))?;
    Header::of(&memory).capacity().store(capacity as u64, Ordering::Relaxed);
    let geometry = Geometry::new(capacity);
    let producer = Producer::new(memory.clone(), geometry);
    let consumer = Consumer { memory, geometry, tail: 0, read: 0, limit: 0 };
    Ok((producer, consumer))
}

/// How long the file of a ring is, by the words that it begins with; `None` where they make no sense.
pub(crate) fn file_len(header: &Region) -> Option<u64> {
    let capacity = Header::of(header).capacity().load(Ordering::Acquire);
    let bytes = capacity.checked_add(capacity / 4)?;
    capacity.is_power_of_two().then_some(bytes)?.checked_add(WORDS as u64 * 8)
}

/// The consuming end of a ring that a dead process has left; `None` where its header makes no sense.
pub(crate) fn abandoned(memory: Region) -> Option<Consumer> {
    let header = Header::of(&memory);
    let capacity = usize::try_from(header.capacity().load(Ordering::Acquire)).ok()?;
    let (head, tail) = (header.head().load(Ordering::Acquire), header.tail().load(Ordering::Acquire));
    if capacity < 64 || !capacity.is_power_of_two() || bytes_of(capacity) > memory.len() {
        return None;
    }
    let geometry = Geometry::new(capacity);
    if head < tail || head - tail > geometry.capacity {
        return None;
    }
    Some(Consumer { memory, geometry, tail, read: tail, limit: tail })
}

/// The arithmetic of positions; the same on both sides.
#[derive(Debug, Clone, Copy)]
struct Geometry {
    /// A power of two.
    capacity: u64,
    slack: u64,
}

impl Geometry {
    fn new(capacity: usize) -> Self {
        Geometry { capacity: capacity as u64, slack: (bytes_of(capacity) - capacity) as u64 }
    }

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

    /// How many bytes may be written at `head` when everything from `tail` on is still needed. None, where the two make
    /// no sense together: the memory of the header was cut, and the consumer will store its tail again.
    fn free(self, head: u64, tail: u64) -> usize {
        if head.wrapping_sub(tail) > self.capacity {
            return 0;
        }
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
    memory: Region,
    geometry: Geometry,
    head: u64,
    /// The tail as it was when last looked at; the true one is at it or further on.
    seen_tail: u64,
    /// Free bytes in one piece at the head, as far as that look told.
    room: usize,
    /// Where the head is when a quarter of the ring is in use, as far as that look told.
    quarter: u64,
    /// What the counters of the header have to be: that memory may be cut.
    committed: u64,
    lost_full: u64,
    /// When the last record was begun, by the counter of the clock.
    last: u64,
}

/// The counter of the records that were put in, as [`Producer::put`] lends it.
pub(crate) struct Committed<'a> {
    own: &'a mut u64,
    shown: &'a AtomicU64,
}

impl Committed<'_> {
    /// Counts one more.
    #[inline]
    pub(crate) fn count(self) {
        *self.own += 1;
        self.shown.store(*self.own, Ordering::Relaxed);
    }
}

/// Below this many known free bytes the producer looks at the consumer's tail again, which costs a cache miss.
const LOOK_AGAIN: usize = 4096;

/// So far ahead lines are fetched: some ten calls, which take as long as the fetching.
const FETCHED: usize = 1024;
/// So far ahead the consumer takes them.
const TAKEN: u64 = 1024;
/// Steps of the counter of the clock after which the consumer has most likely come by: some ten microseconds.
const PAUSE: u64 = 30_000;

impl Producer {
    fn new(memory: Region, geometry: Geometry) -> Self {
        let (head, seen_tail, room, quarter, committed, lost_full) = (0, 0, 0, 0, 0, 0);
        let mut producer =
            Producer { memory, geometry, head, seen_tail, room, quarter, committed, lost_full, last: 0 };
        producer.look();
        producer
    }

    /// Looks how far the consumer has got.
    #[cold]
    fn look(&mut self) {
        self.seen_tail = self.header().tail().load(Ordering::Acquire);
        self.room = self.geometry.free(self.head, self.seen_tail);
        self.quarter = self.seen_tail.wrapping_add(self.geometry.capacity / 4);
    }

    /// Makes a record of what `write` writes into the free bytes at the head, which are in one piece. It gets the counter
    /// of records too, to count this one before anyone can see it, and returns how many bytes the record has; with
    /// `None` nothing is put in.
    #[inline]
    pub(crate) fn put(&mut self, write: impl FnOnce(&mut [u8], Committed<'_>) -> Option<usize>) -> bool {
        if self.room < LOOK_AGAIN {
            self.look();
        }
        let (offset, room) = (self.geometry.offset(self.head), self.room);
        // SAFETY: the bytes lie outside of `[tail, head)`: `seen_tail` was stored by the consumer after its last look
        // at what lies before it (Acquire pairs with its Release), and only this producer writes, through `&mut self`.
        let free = unsafe { self.memory.bytes_mut(offset as usize, room) };
        let header = Header::of(&self.memory);
        let committed = Committed { own: &mut self.committed, shown: header.committed() };
        let Some(used) = write(free, committed) else { return false };
        assert!(used <= room, "only free bytes become a record");
        if offset + used as u64 >= self.geometry.capacity {
            self.head = self.geometry.after(self.head, used);
            self.room = self.geometry.free(self.head, self.seen_tail);
        } else {
            self.head += used as u64;
            self.room = room - used;
        }
        header.head().store(self.head, Ordering::Release);
        self.fetch_ahead(used);
        true
    }

    /// The same for a call that begins at `now`, by the counter of the clock: it is noted as under way meanwhile. After a
    /// pause the lines of the next records are fetched anew: the consumer's processor reads ahead, and takes them with it.
    #[inline]
    pub(crate) fn put_in_call(
        &mut self,
        now: u64,
        write: impl FnOnce(&mut [u8], Committed<'_>) -> Option<usize>,
    ) -> bool {
        self.header().in_call().store(1, Ordering::Relaxed);
        if now.wrapping_sub(self.last) > PAUSE {
            self.fetch_anew();
        }
        self.last = now;
        let is_put = self.put(write);
        self.header().in_call().store(0, Ordering::Release);
        is_put
    }

    /// Asks for all lines that [`Producer::fetch_ahead`] has asked for before.
    #[inline]
    fn fetch_anew(&self) {
        if self.room >= LOOK_AGAIN {
            self.memory.will_write::<FETCHED>(self.geometry.offset(self.head) as usize);
        }
    }

    /// Counts a record that was put beside the ring.
    pub(crate) fn count_spilled(&mut self) {
        Committed { own: &mut self.committed, shown: Header::of(&self.memory).committed() }.count();
    }

    /// Counts a record that was dropped because there was no room.
    pub(crate) fn count_lost(&mut self) {
        self.lost_full += 1;
        self.header().lost_full().store(self.lost_full, Ordering::Relaxed);
    }

    /// Asks for the lines that the records after the next ones will be written to, about as many as were just used up: whoever
    /// writes longer records waits for memory in any case. The consumer
    /// had them last, on another processor; a call that would wait for each of them would take three times as long.
    #[inline(always)]
    fn fetch_ahead(&self, used: usize) {
        // where the ring is nearly full the consumer still needs what lies ahead
        if self.room >= LOOK_AGAIN {
            let ahead = self.geometry.offset(self.head + FETCHED as u64) as usize;
            self.memory.will_write::<{ 3 * LINE }>(ahead);
            if used > 2 * LINE {
                self.memory.will_write::<{ 4 * LINE }>(ahead + 3 * LINE);
            }
        }
    }

    /// Whether more than a quarter of the ring is in use.
    #[inline]
    pub(crate) fn is_past_quarter(&mut self) -> bool {
        self.head > self.quarter && {
            self.look();
            self.head > self.quarter
        }
    }

    /// The part of the ring that is in use as far as known, in 256ths; looks at the consumer's tail only where the
    /// last look says that the ring is fuller than `threshold`.
    pub(crate) fn fill(&mut self, threshold: u64) -> u64 {
        let fill = |this: &Self| {
            let used = this.head.wrapping_sub(this.seen_tail).min(this.geometry.capacity);
            // a division would cost as much as the rest of the call
            (used * 256) >> this.geometry.capacity.trailing_zeros()
        };
        if fill(self) > threshold {
            self.look();
        }
        fill(self)
    }

    /// The longest record that fits at any time, once the consumer has caught up.
    pub(crate) fn max_record(&self) -> usize {
        self.geometry.slack as usize
    }

    /// Whether the consumer is gone, and with it every reader of what is put in here.
    pub(crate) fn is_orphaned(&self) -> bool {
        self.header().consumer_gone().load(Ordering::Acquire) != 0
    }

    /// The counters of the ring, for whoever wants to sum them up.
    pub(crate) fn counters(&self) -> Counters {
        Counters(self.memory.clone())
    }

    pub(crate) fn header(&self) -> Header<'_> {
        Header::of(&self.memory)
    }
}

/// Shared sight of a ring's counters.
#[derive(Debug)]
pub(crate) struct Counters(Region);

impl Counters {
    pub(crate) fn header(&self) -> Header<'_> {
        Header::of(&self.0)
    }

    /// The capacity of the ring, and how much of it is in use, in bytes.
    pub(crate) fn fill(&self) -> (u64, u64) {
        let header = self.header();
        let capacity = header.capacity().load(Ordering::Relaxed);
        // the tail first: it never passes a head that is read later
        let tail = header.tail().load(Ordering::Acquire);
        (capacity, header.head().load(Ordering::Relaxed).saturating_sub(tail).min(capacity))
    }
}

/// The end that takes records out. Belongs to the worker.
#[derive(Debug)]
pub(crate) struct Consumer {
    memory: Region,
    geometry: Geometry,
    /// What the producer was told: the bytes before it are its own again.
    tail: u64,
    /// The next record to be read. The bytes from `tail` to here can be read again by [`Consumer::at`].
    read: u64,
    /// The head as it was when last looked at.
    limit: u64,
}

/// A place in a ring, to come back to before it is released.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Position(pub(crate) u64);

impl Consumer {
    /// Looks at what the producer has put in since. Returns whether there is anything to read.
    pub(crate) fn look(&mut self) -> bool {
        let head = self.header().head().load(Ordering::Acquire);
        // a head that makes no sense is not looked at: the memory of the header was cut, and the producer will store its
        // own again with the next record
        if head.wrapping_sub(self.read) <= self.geometry.capacity {
            self.limit = head;
            self.take_lines(self.read, TAKEN);
        }
        self.read != self.limit
    }

    /// Takes the lines that are read next away from the producer's processor, as if they were to be written. Lines that both
    /// have only for reading the producer could not fetch ahead: it would wait for each of them.
    #[inline(always)]
    fn take_lines(&self, from: u64, bytes: u64) {
        let end = self.limit.min(from.wrapping_add(bytes));
        let mut at = from & !(LINE as u64 - 1);
        while at < end {
            self.memory.will_write::<LINE>(self.geometry.offset(at) as usize);
            at += LINE as u64;
        }
    }

    /// Bytes that begin with the next record; `None` when all that was there at the last [`Consumer::look`] is read.
    pub(crate) fn peek(&self) -> Option<&[u8]> {
        (self.read != self.limit).then(|| self.slice(self.read))
    }

    /// Where the next record is.
    pub(crate) fn position(&self) -> Position {
        Position(self.read)
    }

    /// The first record that is not released.
    pub(crate) fn released(&self) -> Position {
        Position(self.tail)
    }

    /// Goes past the next record, which is `len` bytes long.
    pub(crate) fn advance(&mut self, len: usize) {
        self.take_lines(self.read.wrapping_add(TAKEN), len as u64);
        self.read = self.geometry.after(self.read, len);
    }

    /// Gives up what cannot be read: goes on by `step` bytes at a time to where `is_record` holds, or to the end of what is
    /// there. Returns how many bytes that is.
    pub(crate) fn skip_to(&mut self, step: usize, is_record: impl Fn(&[u8]) -> bool) -> u64 {
        let began = self.read;
        while self.read != self.limit {
            self.read = self.geometry.after(self.read, step).min(self.limit);
            if self.peek().is_some_and(&is_record) {
                break;
            }
        }
        self.read.wrapping_sub(began)
    }

    /// Bytes that begin with a record that was read before and not released.
    pub(crate) fn at(&self, position: Position) -> &[u8] {
        assert!(self.tail <= position.0 && position.0 < self.read, "read, and not released");
        self.slice(position.0)
    }

    /// The same, to overwrite what is not to stay there until the producer comes by again.
    pub(crate) fn at_mut(&mut self, position: Position) -> &mut [u8] {
        assert!(self.tail <= position.0 && position.0 < self.read, "read, and not released");
        let len = self.geometry.readable(position.0, self.read);
        // SAFETY: as in `slice`, of which no borrow is alive, by `&mut self`; the producer neither reads nor writes what it has
        // put in before it is released.
        unsafe { self.memory.bytes_mut(self.geometry.offset(position.0) as usize, len) }
    }

    /// Gives the bytes of all records that were read back to the producer.
    pub(crate) fn release(&mut self) {
        self.tail = self.read;
        // compared with the memory, not with the last store: that memory may have been cut since
        if self.header().tail().load(Ordering::Relaxed) != self.tail {
            self.header().tail().store(self.tail, Ordering::Release);
        }
    }

    pub(crate) fn header(&self) -> Header<'_> {
        Header::of(&self.memory)
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
        self.header().consumer_gone().store(1, Ordering::Release);
    }
}

#[cfg(test)]
fn on_heap(capacity: usize) -> (Producer, Consumer) {
    let made = ring(capacity, |words, bytes| Ok::<_, std::convert::Infallible>(Region::heap(words, bytes)));
    let Ok(ends) = made;
    ends
}

#[cfg(all(test, not(loom)))]
mod tests {
    use std::collections::VecDeque;

    use proptest::prelude::*;

    use super::*;

    fn push(producer: &mut Producer, record: &[u8]) -> bool {
        producer.put(|free, _| {
            free.get_mut(..record.len())?.copy_from_slice(record);
            Some(record.len())
        })
    }

    /// A record of `len` bytes that says its length, so that the reader knows where it ends.
    fn record(len: usize, fill: u8) -> Vec<u8> {
        let mut bytes = vec![fill; len];
        bytes[..8].copy_from_slice(&(len as u64).to_le_bytes());
        bytes
    }

    fn pop(consumer: &mut Consumer) -> Option<Vec<u8>> {
        let bytes = consumer.peek()?;
        let len = u64::from_le_bytes(*bytes.first_chunk()?) as usize;
        let record = bytes[..len].to_vec();
        consumer.advance(len);
        Some(record)
    }

    #[derive(Debug, Clone)]
    enum Step {
        Push(usize),
        Look,
        Pop,
        Release,
        Again,
    }

    fn steps() -> impl Strategy<Value = Vec<Step>> {
        let step = prop_oneof![
            4 => (1_usize..=8).prop_map(|words| Step::Push(words * 8)),
            2 => Just(Step::Look),
            4 => Just(Step::Pop),
            2 => Just(Step::Release),
            1 => Just(Step::Again),
        ];
        proptest::collection::vec(step, 1..400)
    }

    proptest! {
        /// The reference is a queue of vectors.
        #[test]
        fn a_ring_gives_back_what_was_put_in_once_and_in_order(steps in steps()) {
            let (mut producer, mut consumer) = on_heap(256);
            let (mut queued, mut visible, mut held) = (VecDeque::new(), 0, Vec::new());
            for (n, step) in steps.into_iter().enumerate() {
                match step {
                    Step::Push(len) => {
                        let record = record(len, n as u8);
                        if push(&mut producer, &record) {
                            queued.push_back(record);
                        } else {
                            prop_assert!(!queued.is_empty() || !held.is_empty(), "an empty ring takes {len} bytes");
                        }
                    }
                    Step::Look => {
                        consumer.look();
                        visible = queued.len();
                    }
                    Step::Pop => {
                        let position = consumer.position();
                        let popped = pop(&mut consumer);
                        prop_assert_eq!(popped.is_some(), visible > 0);
                        if let Some(record) = popped {
                            visible -= 1;
                            let expected = queued.pop_front();
                            prop_assert_eq!(Some(&record), expected.as_ref());
                            held.push((position, record));
                        }
                    }
                    Step::Release => {
                        consumer.release();
                        held.clear();
                    }
                    Step::Again => {
                        for (position, record) in &held {
                            prop_assert_eq!(&consumer.at(*position)[..record.len()], &record[..]);
                        }
                    }
                }
            }
        }
    }

    #[test]
    fn a_ring_that_is_drained_takes_its_longest_record_at_every_offset() {
        let (mut producer, mut consumer) = on_heap(256);
        let longest = producer.max_record();
        for n in 0..1000 {
            assert!(push(&mut producer, &record(8 + n % 4 * 8, 1)));
            assert!(push(&mut producer, &record(longest, 2)));
            consumer.look();
            assert!(pop(&mut consumer).is_some() && pop(&mut consumer).is_some());
            consumer.release();
        }
    }

    #[test]
    fn what_is_not_released_is_not_overwritten() {
        let (mut producer, mut consumer) = on_heap(64);
        let mut put = 0_u8;
        while push(&mut producer, &record(16, put)) {
            put += 1;
        }
        consumer.look();
        let first = pop(&mut consumer).unwrap();
        assert!(!push(&mut producer, &record(16, 99)), "read, but not released");
        assert_eq!(first[8..], [0; 8]);
        consumer.release();
        assert!(push(&mut producer, &record(16, 99)));
    }

    #[test]
    fn what_is_written_and_not_committed_is_not_seen() {
        let (mut producer, mut consumer) = on_heap(64);
        producer.put(|free, _| {
            free[..8].copy_from_slice(&8_u64.to_le_bytes());
            assert!(!consumer.look());
            None
        });
        assert!(!consumer.look());
        assert!(push(&mut producer, &record(8, 0)) && consumer.look());
    }

    /// The memory of a ring with this header.
    fn left(capacity: u64, head: u64, tail: u64) -> Region {
        let memory = Region::heap(WORDS, bytes_of(256));
        let header = Header::of(&memory);
        header.capacity().store(capacity, Ordering::Relaxed);
        header.head().store(head, Ordering::Relaxed);
        header.tail().store(tail, Ordering::Relaxed);
        memory
    }

    #[test]
    fn a_ring_that_was_left_is_read_from_its_tail_to_its_head() {
        let memory = left(256, 256 + 96, 256 + 64);
        // SAFETY: nobody else knows the memory.
        unsafe { memory.bytes_mut(64, 32) }.copy_from_slice(&[record(16, 1), record(16, 2)].concat());
        let mut consumer = abandoned(memory).unwrap();
        assert_eq!((consumer.released(), consumer.position()), (Position(320), Position(320)));
        assert!(consumer.look());
        assert_eq!(pop(&mut consumer), Some(record(16, 1)));
        assert_eq!(pop(&mut consumer), Some(record(16, 2)));
        assert_eq!(pop(&mut consumer), None);
    }

    #[test]
    fn a_header_that_makes_no_sense_is_that_of_no_ring() {
        let is_ring = |(capacity, head, tail)| abandoned(left(capacity, head, tail)).is_some();
        for header in [(64, 0, 0), (256, 0, 0), (256, 256, 0), (256, 5000, 4900)] {
            assert!(is_ring(header), "{header:?}");
        }
        for (header, why) in [
            ((32, 0, 0), "smaller than any"),
            ((0, 0, 0), "never written"),
            ((96, 0, 0), "no power of two"),
            ((512, 0, 0), "longer than its memory"),
            ((u64::MAX, 0, 0), "longer than any memory"),
            ((256, 8, 16), "released before it was written"),
            ((256, 257, 0), "more in use than it holds"),
        ] {
            assert!(!is_ring(header), "{why}: {header:?}");
        }
    }

    #[test]
    fn the_length_of_a_file_is_that_of_its_words_and_its_bytes_with_a_quarter_more() {
        assert_eq!(file_len(&left(256, 0, 0)), Some(4096 + 320));
        assert_eq!(file_len(&left(64, 0, 0)), Some(4096 + 80));
        for nonsense in [0, 96, u64::MAX, u64::MAX - 1] {
            assert_eq!(file_len(&left(nonsense, 0, 0)), None, "{nonsense}");
        }
    }

    #[test]
    fn a_capacity_is_rounded_up_to_a_power_of_two_and_records_may_be_a_quarter_of_it() {
        let max_record = |capacity| on_heap(capacity).0.max_record();
        assert_eq!([0, 1, 64, 65, 256].map(max_record), [16, 16, 16, 32, 64]);
    }

    #[test]
    fn how_full_a_ring_is_is_looked_at_again_only_where_that_may_change_the_answer() {
        let (mut producer, mut consumer) = on_heap(256);
        assert_eq!(producer.counters().fill(), (256, 0));
        push(&mut producer, &record(64, 1));
        assert!(!producer.is_past_quarter(), "exactly a quarter");
        assert_eq!(producer.fill(0), 64);
        push(&mut producer, &record(8, 2));
        assert!(producer.is_past_quarter());
        assert_eq!((producer.fill(256), producer.counters().fill()), (72, (256, 72)));
        consumer.look();
        pop(&mut consumer);
        consumer.release();
        assert_eq!(producer.counters().fill(), (256, 8));
        assert_eq!(producer.fill(72), 72, "not fuller than the threshold");
        assert_eq!(producer.fill(71), 8);
        pop(&mut consumer);
        push(&mut producer, &record(64, 3));
        assert!(producer.is_past_quarter());
        consumer.release();
        assert!(!producer.is_past_quarter());
    }

    /// The producer counts down the free bytes that it knows of, and looks at the tail again only when they are few.
    #[test]
    fn a_large_ring_is_filled_to_its_end_and_gives_everything_back() {
        let (mut producer, mut consumer) = on_heap(1 << 20);
        for round in 0..3 {
            let mut put = Vec::new();
            while push(&mut producer, &record(1000 + put.len() % 8, put.len() as u8)) {
                put.push(record(1000 + put.len() % 8, put.len() as u8));
            }
            assert!(put.len() > 1000, "round {round}: {}", put.len());
            consumer.look();
            assert!(put.into_iter().all(|record| pop(&mut consumer) == Some(record)), "round {round}");
            assert_eq!(pop(&mut consumer), None);
            consumer.release();
        }
    }

    #[test]
    fn a_short_record_costs_a_long_one_behind_it_no_room_but_its_own() {
        let (mut producer, _consumer) = on_heap(1 << 20);
        assert!(push(&mut producer, &record(8, 1)));
        assert!(push(&mut producer, &record((1 << 20) - 16, 2)));
    }

    #[test]
    fn a_record_that_takes_a_whole_empty_ring_and_more_ends_the_lap() {
        let (mut producer, mut consumer) = on_heap(256);
        for fill in 0..3 {
            assert!(push(&mut producer, &record(300, fill)));
            assert!(consumer.look());
            assert_eq!(pop(&mut consumer), Some(record(300, fill)));
            assert_eq!(pop(&mut consumer), None);
            consumer.release();
        }
    }

    /// Somebody cut the file of a ring: what is in its header then is not believed, and each end stores its own again.
    #[test]
    fn positions_that_make_no_sense_stop_nobody_for_ever() {
        let (mut producer, mut consumer) = on_heap(64);
        push(&mut producer, &record(16, 1));
        consumer.look();
        pop(&mut consumer);
        consumer.release();
        let header = |producer: &Producer, head, tail| {
            producer.header().head().store(head, Ordering::Release);
            producer.header().tail().store(tail, Ordering::Release);
        };
        header(&producer, 16 + 65, 17);
        assert!(!consumer.look(), "more than a ring holds");
        assert!(!push(&mut producer, &record(8, 2)), "the tail is before the head");
        assert_eq!(producer.counters().fill(), (64, 64));
        header(&producer, 0, 17);
        assert_eq!(producer.counters().fill(), (64, 0));
        consumer.release();
        assert!(push(&mut producer, &record(8, 2)), "the consumer has stored its tail again");
        assert!(consumer.look(), "and the producer its head");
        assert_eq!(pop(&mut consumer), Some(record(8, 2)));
    }

    #[test]
    fn what_cannot_be_read_is_given_up_to_the_next_record_or_to_the_end() {
        let (mut producer, mut consumer) = on_heap(256);
        for fill in 1..=3 {
            push(&mut producer, &record(16, fill));
        }
        consumer.look();
        assert_eq!(consumer.skip_to(8, |bytes| bytes[..16] == record(16, 2)), 16);
        assert_eq!(pop(&mut consumer), Some(record(16, 2)));
        assert_eq!(consumer.skip_to(64, |_| false), 16, "no further than what is there");
        assert_eq!(consumer.peek(), None);
        assert_eq!(consumer.skip_to(8, |_| true), 0);
        push(&mut producer, &record(32, 4));
        consumer.look();
        assert_eq!(consumer.skip_to(8, |_| false), 32);
        consumer.release();
        assert_eq!(consumer.released(), Position(80));
    }

    #[test]
    fn what_was_read_can_be_overwritten_until_it_is_released() {
        let (mut producer, mut consumer) = on_heap(256);
        push(&mut producer, &record(16, 1));
        push(&mut producer, &record(16, 2));
        consumer.look();
        let first = consumer.position();
        pop(&mut consumer);
        assert_eq!(consumer.at_mut(first).len(), 16, "only what was read");
        consumer.at_mut(first).fill(0);
        assert_eq!(consumer.at(first)[..16], [0; 16]);
        assert_eq!(pop(&mut consumer), Some(record(16, 2)));
    }

    #[test]
    #[should_panic(expected = "read, and not released")]
    fn what_was_not_read_cannot_be_read_again() {
        let (mut producer, mut consumer) = on_heap(64);
        push(&mut producer, &record(8, 1));
        consumer.look();
        consumer.at(consumer.position());
    }

    #[test]
    #[should_panic(expected = "read, and not released")]
    fn what_was_released_cannot_be_read_again() {
        let (mut producer, mut consumer) = on_heap(64);
        push(&mut producer, &record(8, 1));
        consumer.look();
        pop(&mut consumer);
        consumer.release();
        consumer.at(Position(0));
    }

    #[test]
    fn a_producer_sees_that_its_consumer_is_gone() {
        let (producer, consumer) = on_heap(64);
        assert!(!producer.is_orphaned());
        drop(consumer);
        assert!(producer.is_orphaned());
    }

    #[test]
    fn counters_go_on_from_what_they_were_when_their_memory_was_cut() {
        let (mut producer, _consumer) = on_heap(64);
        let shown = |producer: &Producer| {
            let header = producer.header();
            [header.committed(), header.lost_full()].map(|it| it.load(Ordering::Relaxed))
        };
        producer.put(|free, committed| {
            free[..8].copy_from_slice(&8_u64.to_le_bytes());
            committed.count();
            Some(8)
        });
        producer.count_spilled();
        producer.count_lost();
        assert_eq!(shown(&producer), [2, 1]);
        producer.header().committed().store(0, Ordering::Relaxed);
        producer.header().lost_full().store(0, Ordering::Relaxed);
        producer.count_spilled();
        producer.count_lost();
        assert_eq!(shown(&producer), [3, 2]);
    }
}

#[cfg(all(test, loom))]
mod loom_tests {
    use super::*;

    /// All interleavings (with up to three preemptions) of a producer that goes round the ring and a consumer: the bytes
    /// that the consumer sees are the ones that were committed, each record once and in order, and no byte is touched by
    /// both ends without an order between them (loom watches that).
    #[test]
    fn no_record_is_torn_lost_doubled_or_reordered() {
        let mut model = loom::model::Builder::new();
        model.preemption_bound = Some(3);
        model.check(|| {
            let (mut producer, mut consumer) = on_heap(64);
            let writer = loom::thread::spawn(move || {
                let mut put = 0;
                for _ in 0..6 {
                    let next = put + 1;
                    let done = producer.put(|free, _| {
                        free.get_mut(..32)?.fill(next);
                        Some(32)
                    });
                    put += u8::from(done);
                }
                put
            });
            let mut read = 0;
            let mut drain = |consumer: &mut Consumer| {
                consumer.look();
                while let Some(bytes) = consumer.peek() {
                    read += 1;
                    assert_eq!(bytes[..32], [read; 32]);
                    consumer.advance(32);
                }
                consumer.release();
                read
            };
            drain(&mut consumer);
            drain(&mut consumer);
            let put = writer.join().unwrap();
            assert_eq!(drain(&mut consumer), put);
        });
    }
}
