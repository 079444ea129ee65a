//! What the worker is about to write, noted in shared memory before it is written, so that the next start can tell which
//! records of an interrupted batch reached which file.
//!
//! A batch goes through these steps, and a kill may come between any two stores:
//!
//! 1. `begin`: the places of all destinations and the first number; the batch is open.
//! 2. for each record `add`: where it lies and which routes it goes to; then it is given to the drains.
//! 3. the drains are flushed.
//! 4. `done`: the batch is closed. Everything in it has arrived.
//! 5. the rings are released.
//!
//! A batch found open is completed by counting, for each route, the records that reached its destination since the place
//! noted in step 1: they are the first ones of the batch that go there. A batch found closed has arrived, whatever the
//! rings still hold.

use crate::{
    clock::Point,
    journal::Mark,
    raw::memory::Region,
    sync::{AtomicU64, Ordering},
};

/// Records of one batch.
pub(crate) const MAX_RECORDS: usize = 4096;
/// Routes that can have a place of their own; a bit each in an entry.
pub(crate) const MAX_ROUTES: usize = 32;

/// The layout, in words. A plan of another layout has another magic word.
const MAGIC: u64 = u64::from_le_bytes(*b"logplan2");
const MAGIC_AT: usize = 0;
const STATE_AT: usize = 1;
const SEQ_AT: usize = 2;
const COUNT_AT: usize = 3;
const COUNTER_AT: usize = 4;
const UTC_AT: usize = 5;
const MARKS_AT: usize = 8;
const MARK_WORDS: usize = 4;
const ROUTES_AT: usize = 6;
const RATE_AT: usize = 7;
const NAMES_AT: usize = MARKS_AT + MAX_ROUTES * MARK_WORDS;
/// A name of a route is its length in one word and up to 56 bytes.
const NAME_WORDS: usize = 8;
const ENTRIES_AT: usize = NAMES_AT + MAX_ROUTES * NAME_WORDS;
const ENTRY_WORDS: usize = 2;
pub(crate) const WORDS: usize = ENTRIES_AT + MAX_RECORDS * ENTRY_WORDS;

const CLOSED: u64 = 0;
const OPEN: u64 = 1;

/// The plan of a run. Written by its worker only.
#[derive(Debug)]
pub(crate) struct Plan {
    region: Region,
}

/// Where a planned record lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Spot {
    /// At this position of the ring with this number.
    Ring { ring: u32, position: u64 },
    /// At this offset of the spill of the ring with this number.
    Spill { ring: u32, offset: u64 },
    /// Nowhere any more: a record of the logger's own.
    Own,
}

/// A planned record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Planned {
    pub(crate) spot: Spot,
    /// The routes it goes to, a bit each.
    pub(crate) routes: u32,
}

/// What was under way when the process died.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Interrupted {
    /// Whether the batch was still open.
    pub(crate) open: bool,
    /// The number of its first record.
    pub(crate) first_seq: u64,
    pub(crate) records: Vec<Planned>,
    /// Where each destination stood when the batch began.
    pub(crate) marks: Vec<Option<Mark>>,
}

const OWN_RING: u32 = u32::MAX;
const SPILL_BIT: u32 = 1 << 31;

impl Plan {
    /// An empty plan for routes of these names, in zeroed memory.
    pub(crate) fn new(region: Region, routes: &[String]) -> Self {
        let plan = Plan { region };
        for (route, name) in routes.iter().take(MAX_ROUTES).enumerate() {
            let at = NAMES_AT + route * NAME_WORDS;
            let name = name_bytes(name);
            plan.set(at, name.len() as u64);
            for (word, bytes) in name.chunks(8).enumerate() {
                let mut padded = [0; 8];
                padded[..bytes.len()].copy_from_slice(bytes);
                plan.set(at + 1 + word, u64::from_le_bytes(padded));
            }
        }
        plan.set(ROUTES_AT, routes.len().min(MAX_ROUTES) as u64);
        plan.set(SEQ_AT, 1);
        plan.set(MAGIC_AT, MAGIC);
        plan
    }

    /// The names of the routes, as far as they are kept: see [`kept_name`].
    pub(crate) fn routes(&self) -> Vec<String> {
        let count = (self.get(ROUTES_AT) as usize).min(MAX_ROUTES);
        let name = |route| {
            let at = NAMES_AT + route * NAME_WORDS;
            let bytes: Vec<u8> = (1..NAME_WORDS).flat_map(|word| self.get(at + word).to_le_bytes()).collect();
            let len = (self.get(at) as usize).min(bytes.len());
            String::from_utf8_lossy(&bytes[..len]).into_owned()
        };
        (0..count).map(name).collect()
    }

    /// The plan that a dead process has left; `None` where the memory holds none of this layout.
    pub(crate) fn found(region: Region) -> Option<Self> {
        let plan = Plan { region };
        (plan.get(MAGIC_AT) == MAGIC).then_some(plan)
    }

    /// Begins a batch.
    pub(crate) fn begin(&self, first_seq: u64, marks: impl Iterator<Item = Option<Mark>>) {
        for (route, mark) in marks.take(MAX_ROUTES).enumerate() {
            let at = MARKS_AT + route * MARK_WORDS;
            self.set(at, u64::from(mark.is_some()));
            for (index, word) in mark.unwrap_or_default().words().into_iter().enumerate() {
                self.set(at + 1 + index, word);
            }
        }
        self.set(COUNT_AT, 0);
        self.set(SEQ_AT, first_seq);
        self.set(STATE_AT, OPEN);
    }

    /// Notes the next record of the batch, the `index`-th; it must be below [`MAX_RECORDS`].
    #[inline]
    pub(crate) fn add(&self, index: usize, planned: Planned) {
        let (ring, position) = match planned.spot {
            Spot::Ring { ring, position } => (ring, position),
            Spot::Spill { ring, offset } => (ring | SPILL_BIT, offset),
            Spot::Own => (OWN_RING, 0),
        };
        let at = ENTRIES_AT + index * ENTRY_WORDS;
        self.set(at, u64::from(ring) << 32 | u64::from(planned.routes));
        self.set(at + 1, position);
        self.set(COUNT_AT, index as u64 + 1);
    }

    /// All records of the batch have arrived; the next one will be number `next_seq`.
    pub(crate) fn done(&self) {
        self.set(STATE_AT, CLOSED);
    }

    /// How counters become times.
    pub(crate) fn set_anchor(&self, point: Point) {
        self.set(COUNTER_AT, point.counter);
        self.set(UTC_AT, point.utc as u64);
        self.set(RATE_AT, point.rate);
    }

    pub(crate) fn anchor(&self) -> Point {
        Point { counter: self.get(COUNTER_AT), utc: self.get(UTC_AT) as i64, rate: self.get(RATE_AT) }
    }

    /// What the process that died was about to write.
    pub(crate) fn interrupted(&self) -> Interrupted {
        let count = (self.get(COUNT_AT) as usize).min(MAX_RECORDS);
        let records = (0..count).map(|index| {
            let at = ENTRIES_AT + index * ENTRY_WORDS;
            let (word, position) = (self.get(at), self.get(at + 1));
            let ring = (word >> 32) as u32;
            let spot = match ring {
                OWN_RING => Spot::Own,
                _ if ring & SPILL_BIT != 0 => Spot::Spill { ring: ring & !SPILL_BIT, offset: position },
                _ => Spot::Ring { ring, position },
            };
            Planned { spot, routes: word as u32 }
        });
        let marks = (0..MAX_ROUTES).map(|route| {
            let at = MARKS_AT + route * MARK_WORDS;
            let mark = Mark::new([self.get(at + 1), self.get(at + 2), self.get(at + 3)]);
            (self.get(at) != 0).then_some(mark)
        });
        Interrupted {
            open: self.get(STATE_AT) == OPEN,
            // a damaged one is not to overflow when records are counted on from it
            first_seq: self.get(SEQ_AT).clamp(1, 1 << 62),
            records: records.collect(),
            marks: marks.collect(),
        }
    }

    #[inline]
    fn word(&self, at: usize) -> &AtomicU64 {
        &self.region.words()[at]
    }

    fn get(&self, at: usize) -> u64 {
        self.word(at).load(Ordering::Acquire)
    }

    /// Release, so that the compiler keeps the order of the stores; a process that dies has done a prefix of them.
    #[inline]
    fn set(&self, at: usize, value: u64) {
        self.word(at).store(value, Ordering::Release);
    }
}

/// As much of a route's name as a plan keeps.
pub(crate) fn kept_name(name: &str) -> &str {
    let max = (NAME_WORDS - 1) * 8;
    let end = (0..=name.len().min(max)).rev().find(|&at| name.is_char_boundary(at)).unwrap_or(0);
    &name[..end]
}

fn name_bytes(name: &str) -> &[u8] {
    kept_name(name).as_bytes()
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    #[test]
    fn a_plan_reads_back_what_was_noted_and_knows_whether_the_batch_is_open() {
        let plan = Plan::new(Region::heap(WORDS, 0), &["general".into(), "a".repeat(60)]);
        let mark = Mark::new([1, 2, 3]);
        plan.begin(7, [None, Some(mark)].into_iter());
        let records = [
            Planned { spot: Spot::Ring { ring: 3, position: 4096 }, routes: 0b101 },
            Planned { spot: Spot::Spill { ring: 0, offset: 9 }, routes: 1 },
            Planned { spot: Spot::Own, routes: 2 },
        ];
        for (index, planned) in records.into_iter().enumerate() {
            plan.add(index, planned);
        }
        let found = plan.interrupted();
        assert_eq!((found.open, found.first_seq, &found.records[..]), (true, 7, &records[..]));
        assert_eq!(found.marks[..3], [None, Some(mark), None]);
        assert_eq!(plan.routes(), ["general".to_owned(), "a".repeat(56)]);
        plan.done();
        assert!(!plan.interrupted().open);
        plan.begin(10, [None].into_iter());
        assert_eq!(plan.interrupted().records, []);
    }

    #[test]
    fn a_damaged_number_can_be_counted_on_from() {
        let plan = Plan::new(Region::heap(WORDS, 0), &[]);
        for (damaged, read) in [(0, 1), (u64::MAX, 1 << 62)] {
            plan.begin(damaged, std::iter::empty());
            assert_eq!(plan.interrupted().first_seq, read);
        }
    }

    #[test]
    fn memory_of_another_layout_is_no_plan() {
        assert!(Plan::found(Region::heap(WORDS, 0)).is_none());
    }
}
