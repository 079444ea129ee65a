//! The worker: takes records out of all rings in the order of their time, gives each to the drains of its route, and
//! releases the rings once the bytes have left the process.

use std::{
    collections::VecDeque,
    sync::Arc,
    time::{Duration, Instant},
};

use super::{
    Phase, Shared,
    delivery::{Delivery, Entry},
    overflow::SpillUse,
    producer::mark_logger_thread,
    registry::Intake,
    reporter::{Reports, loss_report, report},
};
use crate::{
    clock::Anchor,
    codec::decode::{Decoder, Outline, outline, text},
    format::LineCache,
    level::Level,
    raw::ring::Position,
    record::{OwnedRecordBuilder, Record, Stamp},
    sync::Ordering as RingOrdering,
};

/// Bytes of records between two flushes: small enough that memory stays bounded and the rings are released early.
const BATCH_BYTES: usize = 256 * 1024;
/// How long one flush of the drains on this thread may take by their contract.
const FLUSH_BOUND: Duration = Duration::from_secs(5);
/// Pauses when the rings are empty: the first after work, and the longest, which an idle program keeps.
const SHORT_PAUSE: Duration = Duration::from_millis(1);
const LONG_PAUSE: Duration = Duration::from_millis(10);
/// After the shutdown only stragglers are looked for.
const CLOSED_PAUSE: Duration = Duration::from_millis(100);
/// How often drains in trouble and those on their own threads are looked after.
const LOOK_AFTER: Duration = Duration::from_millis(250);
/// Passes without a record, one pause apart, after which a closing pipeline is closed.
const QUIET_PASSES: u32 = 2;
/// Names of threads that are kept before the unused ones are forgotten.
const MANY_NAMES: usize = 1024;

/// One ring with what the worker knows of it.
struct Source {
    intake: Intake,
    /// The thread that made the next record, as an index of [`Worker::names`].
    thread: u32,
    /// Records from the spill: they come after what the ring had when they were taken, and before what it got since.
    spilled: VecDeque<Box<[u8]>>,
}

/// Where a record of the batch lies.
#[derive(Debug)]
pub(super) enum Place {
    /// In the ring of the source with this index.
    Ring { source: usize, position: Position },
    /// On the heap: it came from a spill, or is the logger's own.
    Heap(Box<[u8]>),
}

/// The state of the worker's thread.
pub(super) struct Worker {
    shared: Arc<Shared>,
    sources: Vec<Source>,
    seen_made: u64,
    names: Vec<Arc<str>>,
    /// Sources with something to read, each with the counter of its next record.
    ready: Vec<(u64, usize)>,
    delivery: Delivery,
    reports: Reports,
    decoder: Decoder,
    lines: LineCache,
    anchor: Anchor,
    seq: u64,
    pause: Duration,
    quiet_passes: u32,
    renewed_at: Instant,
    looked_after_at: Instant,
    losses_reported_at: Instant,
    losses_reported: u64,
}

impl Worker {
    pub(super) fn new(shared: Arc<Shared>, delivery: Delivery, reports: Reports) -> Self {
        let anchor = Anchor::new(&shared.clock);
        let now = Instant::now();
        Worker {
            shared,
            sources: Vec::new(),
            seen_made: 0,
            names: Vec::new(),
            ready: Vec::new(),
            delivery,
            reports,
            decoder: Decoder::default(),
            lines: LineCache::default(),
            anchor,
            seq: 0,
            pause: SHORT_PAUSE,
            quiet_passes: 0,
            renewed_at: now,
            looked_after_at: now,
            losses_reported_at: now,
            losses_reported: 0,
        }
    }

    /// Runs until the pipeline is closed and its last handle is gone.
    pub(super) fn run(mut self) {
        mark_logger_thread();
        self.shared.bell.attach_worker();
        loop {
            let ticket = self.shared.tickets.asked();
            let phase = self.shared.phase();
            self.take_new_rings();
            let calls = self.calls_under_way();
            let found = self.pass();
            self.quiet_passes = if found || calls { 0 } else { self.quiet_passes + 1 };
            let closes = phase == Phase::Closing && self.quiet_passes >= QUIET_PASSES;
            self.look_after(closes);
            if closes {
                self.shared.close();
            }
            self.shared.tickets.settle(ticket);
            if phase == Phase::Closed && self.shared.is_abandoned() {
                return;
            }
            if !found {
                self.rest(phase);
            }
        }
    }

    /// Sleeps a while: shortly after work, longer when there was none.
    fn rest(&mut self, phase: Phase) {
        self.shared.bell.sleep(match phase {
            Phase::Open => self.pause,
            Phase::Closing => SHORT_PAUSE,
            Phase::Closed => CLOSED_PAUSE,
        });
        self.pause = (self.pause * 2).min(LONG_PAUSE);
    }

    /// Whether a thread is inside a log call, so that not all that was accepted is in the rings yet.
    fn calls_under_way(&self) -> bool {
        self.sources.iter().any(|it| it.intake.consumer.header().in_call.load(RingOrdering::Acquire) != 0)
    }

    fn take_new_rings(&mut self) {
        let made = self.shared.registry.made();
        if made != self.seen_made {
            self.seen_made = made;
            for intake in self.shared.registry.take_fresh() {
                self.sources.push(Source { intake, thread: 0, spilled: VecDeque::new() });
            }
        }
    }

    /// Delivers what is in the rings now. Returns whether there was anything.
    fn pass(&mut self) -> bool {
        // a record stamped after this moment waits for the next pass, so that one stamped before it, whose thread was
        // interrupted before it could put it in, has a chance to come first
        let until = self.shared.clock.counter();
        let mut found = false;
        while self.batch(until) {
            found = true;
            self.pause = SHORT_PAUSE;
        }
        found
    }

    /// Delivers up to [`BATCH_BYTES`] of records stamped at or before `until`, flushes, and releases the rings. Returns
    /// whether there was anything to read.
    fn batch(&mut self, until: u64) -> bool {
        self.ready.clear();
        for at in 0..self.sources.len() {
            self.sources[at].intake.consumer.look();
            if let Some(outline) = self.next_record(at)
                && outline.counter <= until
            {
                self.ready.push((outline.counter, at));
            }
        }
        if self.ready.is_empty() {
            // names of threads may have been read
            self.release();
            return false;
        }
        let mut bytes = 0;
        while bytes < BATCH_BYTES
            && let Some((index, limit)) = earliest(&self.ready, until)
        {
            bytes += self.deliver_run(index, limit, BATCH_BYTES - bytes);
        }
        self.finish_batch();
        self.shared.bell.ring_progress();
        true
    }

    /// Delivers records of one ready source as long as they are not later than `limit`, the next record of another.
    fn deliver_run(&mut self, index: usize, limit: u64, max_bytes: usize) -> usize {
        let (_, at) = self.ready[index];
        let mut bytes = 0;
        loop {
            let Some(outline) = self.next_record(at) else {
                self.ready.swap_remove(index);
                return bytes;
            };
            if outline.counter > limit || bytes >= max_bytes {
                self.ready[index].0 = outline.counter;
                return bytes;
            }
            self.deliver(at, outline);
            bytes += outline.size;
        }
    }

    /// The outline of the next record of a source; goes past the names of threads and over to the spill.
    fn next_record(&mut self, at: usize) -> Option<Outline> {
        let source = &mut self.sources[at];
        loop {
            if let Some(bytes) = source.spilled.front() {
                return outline(bytes).ok();
            }
            let consumer = &mut source.intake.consumer;
            let Some(bytes) = consumer.peek() else {
                // what the ring got before the spill came into use comes before the spill
                if source.intake.spill.in_use() == SpillUse::None || consumer.look() {
                    consumer.peek()?;
                } else {
                    source.spilled = source.intake.spill.take();
                }
                continue;
            };
            let Ok(found) = outline(bytes) else {
                consumer.skip_all();
                self.shared.reporter.push(report(Level::Critical, "ring is damaged; what was in it is lost"));
                continue;
            };
            if !found.is_thread_name {
                return Some(found);
            }
            if let Ok(parts) = self.decoder.decode(bytes) {
                source.thread = self.names.len() as u32;
                self.names.push(text(parts.event()).into());
            }
            consumer.advance(found.size);
        }
    }

    /// Delivers the next record of a source, whose outline is known.
    fn deliver(&mut self, at: usize, found: Outline) {
        let source = &mut self.sources[at];
        let class = Some(source.intake.class);
        let spilled = source.spilled.pop_front();
        let position = source.intake.consumer.position();
        let bytes = match &spilled {
            Some(bytes) => bytes,
            None => source.intake.consumer.peek().unwrap_or_default(),
        };
        self.lines.clear();
        let timestamp = self.anchor.timestamp(found.counter);
        let thread = source.thread;
        if let Ok(parts) = self.decoder.decode(bytes) {
            let name = self.names.get(thread as usize).map_or("", |name| name);
            if parts.header.is_from_drain() {
                let stamp = Stamp { timestamp, seq: 0, thread: name, recovered: false };
                let record = Record { parts, stamp, run: &self.shared.run, lines: &self.lines };
                self.reports.pass_on(&record, &self.shared);
                self.shared.count_settled(source.intake.class);
            } else {
                self.seq += 1;
                let stamp = Stamp { timestamp, seq: self.seq, thread: name, recovered: false };
                let record = Record { parts, stamp, run: &self.shared.run, lines: &self.lines };
                let place = Place::Ring { source: at, position };
                let entry = Entry { place, timestamp, seq: self.seq, thread, class, lost: false };
                self.delivery.deliver(&record, &self.shared, entry);
            }
        }
        match spilled {
            Some(bytes) => {
                if let Some(entry) = self.delivery.batch.last_mut().filter(|entry| entry.seq == self.seq) {
                    entry.place = Place::Heap(bytes);
                }
            }
            None => self.sources[at].intake.consumer.advance(found.size),
        }
    }

    /// Flushes the drains, gives what did not arrive to the fallback, and lets the rings go.
    fn finish_batch(&mut self) {
        let deadline = Instant::now() + FLUSH_BOUND;
        for route in 0..self.delivery.routes() {
            let Some((stats, missing)) = self.delivery.flush(route, deadline) else { continue };
            for index in missing {
                let arrived = self.send_to_fallback(index as usize);
                super::detached::divert(&stats, arrived);
                self.delivery.batch[index as usize].lost |= !arrived;
            }
        }
        self.delivery.settle(&self.shared);
        self.release();
        if self.names.len() > MANY_NAMES {
            self.forget_names();
        }
    }

    /// Makes a record of the batch again, from its bytes, for the fallback. Returns whether it arrived there.
    fn send_to_fallback(&mut self, index: usize) -> bool {
        let entry = &self.delivery.batch[index];
        let bytes = match &entry.place {
            Place::Ring { source, position } => self.sources[*source].intake.consumer.at(*position),
            Place::Heap(bytes) => bytes,
        };
        self.lines.clear();
        let Ok(parts) = self.decoder.decode(bytes) else { return false };
        let thread = self.names.get(entry.thread as usize).map_or("", |name| name);
        let stamp = Stamp { timestamp: entry.timestamp, seq: entry.seq, thread, recovered: false };
        self.shared.fallback.log(&Record { parts, stamp, run: &self.shared.run, lines: &self.lines })
    }

    fn release(&mut self) {
        for source in &mut self.sources {
            source.intake.consumer.release();
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

    /// What has to be done now and then: the clock, drains in trouble, reports. `closing`: for the last time.
    fn look_after(&mut self, closing: bool) {
        let now = Instant::now();
        if now.duration_since(self.renewed_at) >= Anchor::RENEW_EVERY {
            self.renewed_at = now;
            if let Some(step) = self.anchor.renew(&self.shared.clock) {
                self.log_own(
                    report(Level::Warning, "system clock was set")
                        .field("by_seconds", step.nanos as f64 / 1e9),
                );
            }
        }
        if closing || now.duration_since(self.looked_after_at) >= LOOK_AFTER {
            self.looked_after_at = now;
            self.delivery.look_after(now);
            let lost = self.shared.health().total().dropped.total();
            let due = now.duration_since(self.losses_reported_at) >= self.shared.report_every;
            if lost > self.losses_reported && (closing || due || self.losses_reported == 0) {
                self.log_own(loss_report(&self.shared.health(), lost - self.losses_reported));
                self.losses_reported = lost;
                self.losses_reported_at = now;
            }
            for report in self.shared.reporter.take() {
                self.reports.log(report, &self.shared);
            }
        }
    }

    /// Writes a record of the logger's own into the reports, and through the routes into the files.
    fn log_own(&mut self, report: OwnedRecordBuilder) {
        self.seq += 1;
        let timestamp = self.anchor.timestamp(self.shared.clock.counter());
        let own = report.clone().run(&self.shared.run).seq(self.seq).timestamp(timestamp).build();
        let place = Place::Heap(own.bytes().into());
        let thread = u32::MAX;
        let entry = Entry { place, timestamp, seq: self.seq, thread, class: None, lost: false };
        self.delivery.deliver(&own.borrow(), &self.shared, entry);
        self.finish_batch();
        self.reports.log(report, &self.shared);
    }
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
