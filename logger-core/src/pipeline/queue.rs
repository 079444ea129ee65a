//! All rings of one run, read as one stream in the order of time.

use std::{collections::VecDeque, convert::Infallible, ops::Range, sync::Arc};

use super::{
    plan::{Plan, Spot},
    registry::Intake,
    reporter::{Reporter, report},
    run_folder::Abandoned,
    second_look::Origin,
    spill::{Spill, SpillUse, Spilled, read as read_spill},
};
use crate::{
    category::Class,
    clock::Anchor,
    codec::{
        ALIGN,
        checksum::overwrite,
        decode::{Decoder, Outline, outline, text, whole},
        dictionary::{Dictionary, Entries},
    },
    level::Level,
    raw::{
        memory::Region,
        ring::{Consumer, Position, ring},
    },
    run::Run,
    sync::Ordering as RingOrdering,
};

/// Names of threads that are kept before the unused ones are forgotten.
const MANY_NAMES: usize = 1024;

/// The rings of one run with what is needed to make records of their bytes.
pub(super) struct Queue {
    pub(super) run: Arc<Run>,
    /// Whether the run is over and its records are written by another one.
    pub(super) recovered: bool,
    sources: Vec<Source>,
    names: Vec<Arc<str>>,
    /// Sources with something to read, each with the counter of its next record.
    ready: Vec<(u64, usize)>,
    pub(super) anchor: Anchor,
    /// The call sites and contexts of the records, as far as they are known.
    entries: Entries,
    /// Where those are that came since; `None` for a run that is over.
    dictionary: Option<Arc<Dictionary>>,
    /// The number of the latest record.
    pub(super) seq: u64,
    /// Trades that a recovery has delivered.
    pub(super) trades: u64,
    /// `None` where nothing outlives the process.
    pub(super) plan: Option<Plan>,
}

/// One ring with what is known of it.
struct Source {
    /// The number of its file.
    number: u32,
    class: Class,
    consumer: Consumer,
    /// `None` for a ring of a run that is over.
    spill: Option<Arc<Spill>>,
    /// The thread that made the next record, as an index of [`Queue::names`].
    thread: u32,
    /// Records from the spill: they come after what the ring had when they were taken, and before what it got since.
    spilled: VecDeque<Spilled>,
    /// Where the last record ends that was taken from the spill and read.
    spill_read: u64,
    /// Records that were taken.
    taken: u64,
    /// Records that were counted as damaged; `None` where nothing was found to be.
    damaged: Option<u64>,
}

/// Where a record lies that was read and not yet released.
#[derive(Debug)]
pub(super) enum Place {
    /// In the ring of the source with this index.
    Ring { source: usize, position: Position },
    /// On the heap: it came from a spill, or is the logger's own.
    Heap(Box<[u8]>),
}

/// The next record of a source.
#[derive(Debug, Clone, Copy)]
pub(super) struct Next {
    pub(super) source: usize,
    pub(super) size: usize,
    pub(super) counter: u64,
    /// The highest number of the dictionary that it refers to.
    refers_to: u32,
    from_spill: bool,
}

/// What is known of the next record of a source.
#[derive(Debug, Clone, Copy)]
pub(super) struct Waiting<'q> {
    /// They begin with the record.
    pub(super) bytes: &'q [u8],
    /// Where it lies, as the plan notes it.
    pub(super) spot: Spot,
    pub(super) class: Class,
    /// Which thread made it: see [`Queue::thread_name`].
    pub(super) thread: u32,
}

impl Queue {
    /// Where its records come from.
    pub(super) fn origin(&self) -> Origin {
        if self.recovered { Origin::EarlierRun } else { Origin::ThisRun }
    }

    /// The queue of this run: no rings yet.
    pub(super) fn new(
        run: Arc<Run>,
        anchor: Anchor,
        dictionary: Option<Arc<Dictionary>>,
        plan: Option<Plan>,
    ) -> Self {
        let queue = Queue {
            run,
            recovered: false,
            sources: Vec::new(),
            names: Vec::new(),
            ready: Vec::new(),
            anchor,
            entries: Entries::default(),
            dictionary,
            seq: 0,
            trades: 0,
            plan,
        };
        queue.note_anchor();
        queue
    }

    /// The queue that a dead process has left. A ring that cannot be read is reported and left out.
    pub(super) fn abandoned(run: &Abandoned, plan: Plan, reporter: &Reporter) -> Self {
        let who = Arc::new(run.description.run());
        let mut queue = Queue::new(who, Anchor::through(plan.anchor()), None, None);
        queue.recovered = true;
        queue.entries = run.entries().unwrap_or_else(|error| {
            let what = "call sites of an earlier run cannot be read; its records say less";
            reporter.push(report(Level::Critical, what).field("error", error.to_string().as_str()));
            Entries::default()
        });
        queue.plan = Some(plan);
        let mut missing = 0;
        for left in run.rings() {
            let tell = |what| {
                report(Level::Critical, what).field("ring", left.number).field("earlier_run", queue.run.id())
            };
            for number in missing..left.number {
                reporter.push(tell("ring of an earlier run is gone").field("ring", number));
            }
            missing = left.number + 1;
            let consumer = left.ring.unwrap_or_else(|error| {
                let what = "ring of an earlier run cannot be read; what is in it is lost";
                reporter.push(tell(what).field("error", error.as_str()));
                // its spill may be whole
                empty_ring()
            });
            let spill = left.spill.unwrap_or_else(|error| {
                let what = "spill of an earlier run cannot be read; what is in it is lost";
                reporter.push(tell(what).field("error", error.as_str()));
                Vec::new()
            });
            let header = consumer.header();
            let class = Class::ALL[usize::from(header.class().load(RingOrdering::Acquire) != 0)];
            let arrived = header.spill_arrived().load(RingOrdering::Acquire);
            let spilled = read_spill(&spill, arrived);
            if spilled.left_over > 0 {
                let what = "spill of an earlier run has bytes that are no whole record";
                reporter.push(tell(what).field("bytes", spilled.left_over));
            }
            queue.sources.push(Source {
                spilled: spilled.records,
                spill_read: spilled.from as u64,
                ..Source::new(left.number, class, consumer, None)
            });
        }
        queue
    }

    pub(super) fn add(&mut self, ring: Intake) {
        self.sources.push(Source::new(ring.number, ring.class, ring.consumer, Some(ring.spill)));
    }

    /// Writes down how counters become times, for a recovery.
    pub(super) fn note_anchor(&self) {
        if let Some(plan) = &self.plan {
            plan.set_anchor(self.anchor.point());
        }
    }

    /// Whether a thread is inside a log call, so that not all that was accepted is in the rings yet.
    pub(super) fn calls_under_way(&self) -> bool {
        self.sources.iter().any(|it| it.consumer.header().in_call().load(RingOrdering::Acquire) != 0)
    }

    /// Looks which records are there, stamped at or before `until`. Returns whether there are any.
    pub(super) fn look(&mut self, decoder: &mut Decoder, reporter: &Reporter, until: u64) -> bool {
        self.ready.clear();
        for at in 0..self.sources.len() {
            self.sources[at].consumer.look();
            if let Some(next) = self.peek(decoder, reporter, at)
                && next.counter <= until
            {
                self.ready.push((next.counter, at));
            }
        }
        !self.ready.is_empty()
    }

    /// The source whose next record is the earliest, as an index of those that are ready, and the time up to which it
    /// stays so.
    pub(super) fn earliest(&self, until: u64) -> Option<(usize, u64)> {
        earliest(&self.ready, until)
    }

    /// The next record of a ready source, if it is stamped at or before `limit`; else notes when it comes.
    pub(super) fn next_of(
        &mut self,
        decoder: &mut Decoder,
        reporter: &Reporter,
        ready: usize,
        limit: u64,
    ) -> Option<Next> {
        let (_, source) = self.ready[ready];
        match self.peek(decoder, reporter, source) {
            None => {
                self.ready.swap_remove(ready);
                None
            }
            Some(next) if next.counter > limit => {
                self.ready[ready].0 = next.counter;
                None
            }
            next => next,
        }
    }

    /// The next record of a source; goes past the names of threads and over to the spill.
    pub(super) fn peek(&mut self, decoder: &mut Decoder, reporter: &Reporter, at: usize) -> Option<Next> {
        let source = &mut self.sources[at];
        loop {
            let next = |found: Outline, from_spill| Next {
                source: at,
                size: found.size,
                counter: found.counter,
                refers_to: found.refers_to,
                from_spill,
            };
            let spilled = source.spilled.front().map(|spilled| outline(&spilled.bytes));
            let Ok(spilled) = spilled.transpose() else {
                if let Some(lost) = source.spilled.pop_front() {
                    source.spill_read = lost.end();
                    let bytes = lost.bytes.len() as u64;
                    source.tell_damage(reporter, "record in a spill is damaged and lost", bytes);
                }
                continue;
            };
            let spilled = spilled.map(|found| next(found, true));
            let Some(bytes) = source.consumer.peek() else {
                if spilled.is_some() {
                    return spilled;
                }
                let spill = source.spill.as_ref().filter(|spill| spill.in_use() != SpillUse::None)?;
                // what the ring got before the spill came into use comes before the spill
                if !source.consumer.look() {
                    source.spilled = spill.take();
                }
                continue;
            };
            let found = if self.recovered { whole(bytes) } else { outline(bytes).ok() };
            let Some(found) = found else {
                let bytes = source.consumer.skip_to(ALIGN, |bytes| whole(bytes).is_some());
                source.tell_damage(reporter, "ring is damaged; what was in a part of it is lost", bytes);
                continue;
            };
            if found.is_thread_name {
                if let Ok(parts) = decoder.decode(bytes, &self.entries) {
                    source.thread = self.names.len() as u32;
                    self.names.push(text(parts.event()).into());
                }
                source.consumer.advance(found.size);
                continue;
            }
            // the ring was empty when the spill was taken: of the same moment, what was spilled is older
            return spilled.filter(|it| it.counter <= found.counter).or_else(|| Some(next(found, false)));
        }
    }

    /// What the records that were peeked at refer to.
    pub(super) fn entries(&self) -> &Entries {
        &self.entries
    }

    /// Learns of what a record refers to, if it is new.
    #[inline]
    pub(super) fn meet(&mut self, next: Next) {
        if self.entries.lacks(next.refers_to)
            && let Some(dictionary) = &self.dictionary
        {
            self.entries.renew(dictionary);
        }
    }

    /// What is known of a record that was peeked at.
    #[inline]
    pub(super) fn found(&self, next: Next) -> Waiting<'_> {
        let source = &self.sources[next.source];
        let spilled = if next.from_spill { source.spilled.front() } else { None };
        Waiting {
            bytes: match spilled {
                Some(spilled) => &spilled.bytes,
                None => source.consumer.peek().unwrap_or_default(),
            },
            spot: match spilled {
                Some(spilled) => Spot::Spill { ring: source.number, offset: spilled.offset },
                None => Spot::Ring { ring: source.number, position: source.consumer.position().0 },
            },
            class: source.class,
            thread: source.thread,
        }
    }

    /// Goes past a record that was peeked at.
    pub(super) fn take(&mut self, next: Next) -> Place {
        let source = &mut self.sources[next.source];
        source.taken += 1;
        let spilled = if next.from_spill { source.spilled.pop_front() } else { None };
        match spilled {
            Some(spilled) => {
                source.spill_read = spilled.end();
                Place::Heap(spilled.bytes)
            }
            None => {
                let position = source.consumer.position();
                source.consumer.advance(next.size);
                Place::Ring { source: next.source, position }
            }
        }
    }

    /// Tells how many records more were lost in damaged parts of rings, by class. How many lay there nobody can say, so
    /// that they are counted when the ring is empty: all that was put in and not taken out.
    pub(super) fn count_damaged(&mut self, mut lost: impl FnMut(Class, u64)) {
        // what an earlier run has accepted is in no figure of this one
        for source in self.sources.iter_mut().filter(|_| !self.recovered) {
            let Some(before) = source.damaged else { continue };
            let now = source.missing().unwrap_or(before);
            if now > before {
                source.damaged = Some(now);
                lost(source.class, now - before);
            }
        }
    }

    /// The bytes of a record that was taken and not released.
    pub(super) fn placed<'a>(&'a self, place: &'a Place) -> &'a [u8] {
        match place {
            Place::Ring { source, position } => self.sources[*source].consumer.at(*position),
            Place::Heap(bytes) => bytes,
        }
    }

    /// Overwrites texts of a record of `size` bytes that was taken and not released: its file outlives the process. What lay
    /// in a spill goes with the file of the spill.
    pub(super) fn overwrite(&mut self, place: &Place, size: usize, texts: &[Range<usize>]) {
        if let Place::Ring { source, position } = place
            && let Some(record) = self.sources[*source].consumer.at_mut(*position).get_mut(..size)
        {
            overwrite(record, texts);
        }
    }

    /// The name of a thread.
    pub(super) fn thread_name(&self, thread: u32) -> &str {
        self.names.get(thread as usize).map_or("", |name| name)
    }

    /// Gives the memory of all records that were taken back to the callers.
    pub(super) fn release(&mut self) {
        for source in &mut self.sources {
            source.release();
        }
        if self.names.len() > MANY_NAMES {
            self.forget_names();
        }
    }

    /// Keeps the names that a source still has.
    fn forget_names(&mut self) {
        let names = std::mem::take(&mut self.names);
        for source in &mut self.sources {
            if let Some(name) = names.get(source.thread as usize) {
                source.thread = self.names.len() as u32;
                self.names.push(Arc::clone(name));
            }
        }
    }

    /// The next record, if it is the one that a plan has noted at `spot`.
    pub(super) fn planned(&mut self, decoder: &mut Decoder, reporter: &Reporter, spot: Spot) -> Found {
        let (Spot::Ring { ring, .. } | Spot::Spill { ring, .. }) = spot else { return Found::Gone };
        let Some(at) = self.sources.iter().position(|source| source.number == ring) else {
            return Found::Gone;
        };
        let source = &self.sources[at];
        let released = match spot {
            Spot::Ring { position, .. } => position < source.consumer.released().0,
            Spot::Spill { offset, .. } => offset < source.spill_read,
            Spot::Own => true,
        };
        if released {
            return Found::Gone;
        }
        self.sources[at].consumer.look();
        match self.peek(decoder, reporter, at) {
            Some(next) if self.found(next).spot == spot => Found::Next(next),
            // it was damaged, and what comes behind it was found
            Some(next) if is_behind(self.found(next).spot, spot) => Found::Gone,
            None => {
                let what = "record of an interrupted batch is not where it was; it is lost";
                reporter.push(report(Level::Critical, what).field("ring", ring));
                Found::Gone
            }
            Some(_) => Found::Elsewhere,
        }
    }
}

/// What a recovery finds at a planned spot.
pub(super) enum Found {
    /// The record, which is the next one of its source.
    Next(Next),
    /// Its memory was released, so that it has arrived everywhere; or it was damaged, and that is reported.
    Gone,
    /// Another record: plan and ring do not agree.
    Elsewhere,
}

impl Source {
    fn new(number: u32, class: Class, consumer: Consumer, spill: Option<Arc<Spill>>) -> Self {
        let spilled = VecDeque::new();
        Source { number, class, consumer, spill, thread: 0, spilled, spill_read: 0, taken: 0, damaged: None }
    }

    fn tell_damage(&mut self, reporter: &Reporter, what: &'static str, bytes: u64) {
        self.damaged.get_or_insert(0);
        reporter.push(report(Level::Critical, what).field("ring", self.number).field("bytes", bytes));
    }

    /// Records that were put in and not taken out; `None` while some may still be on their way.
    fn missing(&mut self) -> Option<u64> {
        let header = self.consumer.header();
        // in this order: what is counted is in the ring or its spill once no call is under way
        let committed = header.committed().load(RingOrdering::Acquire);
        let is_under_way = header.in_call().load(RingOrdering::Acquire) != 0;
        let is_spilled = self.spill.as_ref().is_some_and(|it| it.in_use() != SpillUse::None);
        let is_empty = !is_under_way && !is_spilled && self.spilled.is_empty() && !self.consumer.look();
        is_empty.then(|| committed.saturating_sub(self.taken))
    }

    fn release(&mut self) {
        self.consumer.release();
        let header = self.consumer.header();
        if header.spill_arrived().load(RingOrdering::Relaxed) != self.spill_read {
            header.spill_arrived().store(self.spill_read, RingOrdering::Release);
        }
        if self.spill_read > 0
            && self.spilled.is_empty()
            && let Some(spill) = &self.spill
        {
            let spill_read = &mut self.spill_read;
            spill.clear(*spill_read, || {
                header.spill_arrived().store(0, RingOrdering::Release);
                *spill_read = 0;
            });
        }
    }
}

/// Whether a place of a ring or its spill comes after another one of the same.
fn is_behind(place: Spot, other: Spot) -> bool {
    match (place, other) {
        (Spot::Ring { ring: a, position: at }, Spot::Ring { ring: b, position }) => a == b && at > position,
        (Spot::Spill { ring: a, offset: at }, Spot::Spill { ring: b, offset }) => a == b && at > offset,
        _ => false,
    }
}

/// In the place of a ring that cannot be read.
fn empty_ring() -> Consumer {
    let made = ring(0, |words, bytes| Ok::<_, Infallible>(Region::heap(words, bytes)));
    let Ok((_, consumer)) = made;
    consumer
}

/// The source whose next record is the earliest, if that is not after `until`, and the time up to which it stays so.
fn earliest(ready: &[(u64, usize)], until: u64) -> Option<(usize, u64)> {
    let mut best: Option<(usize, u64)> = None;
    let mut limit = until;
    for (index, &(counter, _)) in ready.iter().enumerate() {
        match best {
            Some((_, earliest)) if counter >= earliest => limit = limit.min(counter),
            _ => {
                if let Some((_, earliest)) = best {
                    limit = limit.min(earliest);
                }
                best = Some((index, counter));
            }
        }
    }
    best.filter(|&(_, counter)| counter <= until).map(|(index, _)| (index, limit))
}
