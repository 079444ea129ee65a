//! The worker: takes records out of all rings in the order of their time, gives each to the drains of its route, and
//! releases the rings once the bytes have left the process.

#[cfg(all(test, not(loom)))]
mod strike;
#[cfg(all(test, not(loom)))]
mod tests;

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use super::{
    Phase, Shared,
    delivery::{Delivery, Entry},
    heartbeat::Heartbeat,
    plan::{self, Planned, Spot},
    producer::mark_logger_thread,
    queue::{Next, Place, Queue, Waiting},
    recovery::Recovery,
    reporter::{Reports, loss_report, report},
    route::routes_in,
    second_look::{SecondLook, secrets_in},
    supervise::caught,
};
use crate::{
    category::Class,
    codec::decode::Decoder,
    format::LineCache,
    level::Level,
    raw::fault::faults,
    record::{OwnedRecordBuilder, Record, Stamp},
    redact::Redaction,
};

/// Bytes of records between two flushes: small enough that memory stays bounded and the rings are released early.
const BATCH_BYTES: usize = 256 * 1024;
/// How long one flush of the drains on this thread may take by their contract.
const FLUSH_BOUND: Duration = Duration::from_secs(5);
/// Pauses when the rings are empty: the first after work, and the longest, which an idle program keeps.
const SHORT_PAUSE: Duration = Duration::from_millis(1);
const LONG_PAUSE: Duration = Duration::from_millis(64);
/// After the shutdown only stragglers are looked for.
const CLOSED_PAUSE: Duration = Duration::from_millis(100);
/// How often drains in trouble and those on their own threads are looked after.
const LOOK_AFTER: Duration = Duration::from_millis(250);
/// How often drains are ticked: what is promised within a second has to be seen in half of one.
const TICK: Duration = Duration::from_millis(500);
/// Passes without a record, one pause apart, after which a closing pipeline is closed.
const QUIET_PASSES: u32 = 2;

/// The worker's thread.
pub(super) struct Worker {
    desk: Desk,
    queue: Queue,
    recovery: Recovery,
    seen_made: u64,
    pause: Duration,
    quiet_passes: u32,
    renewed_at: Instant,
    looked_after_at: Instant,
    ticked_at: Instant,
    /// The latest ticket at the last tick.
    ticked_for: u64,
    losses_reported_at: Instant,
    losses_reported: u64,
    faults_reported: u64,
    heartbeat: Option<Heartbeat>,
}

/// What it takes to deliver records, of whatever queue.
pub(super) struct Desk {
    pub(super) shared: Arc<Shared>,
    pub(super) delivery: Delivery,
    pub(super) reports: Reports,
    pub(super) decoder: Decoder,
    pub(super) lines: LineCache,
    pub(super) second_look: SecondLook,
}

/// A drain does not take what is recovered: the rest waits where it is, because it is safer there than on stderr.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Refused;

impl Worker {
    pub(super) fn new(
        shared: Arc<Shared>,
        delivery: Delivery,
        reports: Reports,
        queue: Queue,
        recovery: Recovery,
    ) -> Self {
        let now = Instant::now();
        let heartbeat = shared.heartbeat.map(|every| Heartbeat::new(every, shared.counter.monotonic()));
        Worker {
            desk: Desk {
                shared,
                delivery,
                reports,
                decoder: Decoder::default(),
                lines: LineCache::for_many(),
                second_look: SecondLook::default(),
            },
            queue,
            recovery,
            seen_made: 0,
            pause: SHORT_PAUSE,
            quiet_passes: 0,
            renewed_at: now,
            looked_after_at: now,
            ticked_at: now,
            ticked_for: 0,
            losses_reported_at: now,
            losses_reported: 0,
            faults_reported: faults(),
            heartbeat,
        }
    }

    fn shared(&self) -> &Shared {
        &self.desk.shared
    }

    /// Runs until the pipeline is closed and its last handle is gone, or until the worker's own code panics: what drains,
    /// journals and filters do is caught where they are called, so that this is a bug of the logger.
    pub(super) fn run(mut self) {
        mark_logger_thread();
        if let Err(message) = caught(|| self.work()) {
            self.shared().lose_worker();
            let _ = caught(|| self.report_loss(&message));
            self.shared().release_waiting();
        }
        // a drain may panic at its end
        let _ = caught(move || drop(self));
    }

    /// Says what has become of the worker, and hands on what else was to be reported.
    fn report_loss(&mut self, message: &str) {
        let what =
            "worker of the logger is lost; records go to the fallback from now on, and what is queued stays";
        let pending = self.shared().health().total().pending;
        let loss = report(Level::Critical, what).field("panic", message).field("queued", pending);
        for report in self.desk.shared.reporter.take().into_iter().chain([loss]) {
            self.desk.reports.log(report, &self.desk.shared);
        }
    }

    fn work(&mut self) {
        self.shared().bell.attach_worker();
        loop {
            let ticket = self.shared().tickets.asked();
            let phase = self.shared().phase();
            self.take_new_filters();
            // after the end only stragglers are written: a folder that was removed since is not made again
            let is_at_work = phase != Phase::Closed;
            if is_at_work {
                // what an earlier run has left comes before what this one logs
                self.recovery.run_if_due(&mut self.desk);
            }
            // a record stamped after this moment waits for the next pass, so that one stamped before it, whose ring is
            // new or whose thread was interrupted before it could put it in, has a chance to come first
            let until = self.shared().counter.read();
            self.take_new_rings();
            let calls = self.queue.calls_under_way();
            let found = self.pass(until);
            self.quiet_passes = if found || calls { 0 } else { self.quiet_passes + 1 };
            let closes = phase == Phase::Closing && self.quiet_passes >= QUIET_PASSES;
            self.look_after(closes);
            if is_at_work {
                self.beat_if_due();
                self.tick_if_due(until, ticket);
            }
            if closes {
                self.shared().registry.remove_folder();
                self.shared().close();
            }
            self.shared().tickets.settle(ticket);
            if phase == Phase::Closed && self.shared().is_abandoned() {
                return;
            }
            if !found {
                self.rest(phase);
            }
        }
    }

    /// Sleeps a while: shortly after work, longer when there was none.
    fn rest(&mut self, phase: Phase) {
        self.shared().bell.sleep(match phase {
            Phase::Open => self.pause,
            Phase::Closing => SHORT_PAUSE,
            Phase::Closed => CLOSED_PAUSE,
        });
        self.pause = (self.pause * 2).min(LONG_PAUSE);
    }

    fn take_new_filters(&mut self) {
        let filters = self.shared().new_filters.take();
        if !filters.is_empty() {
            let floor = self.desk.delivery.replace_filters(filters);
            self.shared().levels.set_floor(floor);
        }
    }

    fn take_new_rings(&mut self) {
        let made = self.shared().registry.made();
        if made != self.seen_made {
            self.seen_made = made;
            for intake in self.desk.shared.registry.take_fresh() {
                self.queue.add(intake);
            }
        }
    }

    /// Delivers what is in the rings and was stamped at or before `until`. Returns whether there was anything.
    fn pass(&mut self, until: u64) -> bool {
        let mut found = false;
        while self.desk.batch(&mut self.queue, until) == Ok(true) {
            found = true;
            self.pause = SHORT_PAUSE;
            self.shared().bell.ring_progress();
        }
        found
    }

    /// What has to be done now and then: the clock, drains in trouble, reports. `closing`: for the last time.
    fn look_after(&mut self, closing: bool) {
        let now = Instant::now();
        if now.duration_since(self.renewed_at) >= self.queue.anchor.renew_after() {
            self.renewed_at = now;
            let step = self.queue.anchor.renew(&self.desk.shared.counter);
            self.queue.note_anchor();
            if let Some(step) = step {
                self.log_own(
                    report(Level::Warning, "system clock was set")
                        .field("by_seconds", step.nanos as f64 / 1e9),
                );
            }
        }
        if closing || now.duration_since(self.looked_after_at) >= LOOK_AFTER {
            self.looked_after_at = now;
            self.desk.delivery.look_after(now);
            let health = self.shared().health();
            let lost = health.total().dropped.total();
            let due = now.duration_since(self.losses_reported_at) >= self.shared().report_every;
            if lost > self.losses_reported && (closing || due || self.losses_reported == 0) {
                let report = loss_report(&health, lost - self.losses_reported);
                self.log_own(report);
                self.losses_reported = lost;
                self.losses_reported_at = now;
            }
            if faults() > self.faults_reported {
                self.faults_reported = faults();
                self.log_own(report(
                    Level::Critical,
                    "somebody has cut the memory of the queue; what was in it is lost, and a kill loses what comes",
                ));
            }
            for report in self.desk.shared.reporter.take_own() {
                self.log_own(report);
            }
            for report in self.desk.shared.reporter.take() {
                self.desk.reports.log(report, &self.desk.shared);
            }
        }
    }

    /// Lets the drains do what has to be done now and then, and what somebody who waits for a flush has asked them for.
    fn tick_if_due(&mut self, until: u64, ticket: u64) {
        if ticket == self.ticked_for && self.ticked_at.elapsed() < TICK {
            return;
        }
        (self.ticked_for, self.ticked_at) = (ticket, Instant::now());
        let now = self.queue.anchor.timestamp(until);
        self.desk.delivery.tick(now);
    }

    /// Writes the record with the main figures, if it is time.
    fn beat_if_due(&mut self) {
        let now = self.desk.shared.counter.monotonic();
        if let Some(heartbeat) = self.heartbeat.as_mut().filter(|it| it.is_due(now)) {
            let record = heartbeat.beat(now, &self.desk.shared.health());
            self.log_through_routes(record);
        }
    }

    /// Writes a record of the logger's own into the reports, and through the routes into the files.
    fn log_own(&mut self, report: OwnedRecordBuilder) {
        self.log_through_routes(report.clone());
        self.desk.reports.log(report, &self.desk.shared);
    }

    fn log_through_routes(&mut self, report: OwnedRecordBuilder) {
        let (desk, queue) = (&mut self.desk, &mut self.queue);
        queue.seq += 1;
        let timestamp = queue.anchor.timestamp(desk.shared.counter.read());
        let own = report.run(&queue.run).seq(queue.seq).timestamp(timestamp).build();
        let routes = desk.delivery.routes_of(&own.borrow());
        if let Some(plan) = &queue.plan {
            plan.begin(queue.seq, desk.delivery.marks());
            plan.add(0, Planned { spot: Spot::Own, routes });
        }
        let refused = desk.delivery.offer(&own.borrow(), routes, &queue.run);
        desk.delivery.batch.push(Entry {
            place: Place::Heap(own.bytes().into()),
            timestamp,
            seq: queue.seq,
            thread: u32::MAX,
            class: None,
            masked: false,
            lost: false,
            refused,
        });
        let finished = desk.finish_batch(queue);
        debug_assert!(finished.is_ok(), "a live queue diverts what is refused");
    }
}

impl Desk {
    /// Delivers up to [`BATCH_BYTES`] of records of a queue stamped at or before `until`, flushes, and releases the
    /// rings. Returns whether there was anything to read.
    ///
    /// # Errors
    ///
    /// [`Refused`], for a recovered queue only: what the batch holds is not released.
    pub(super) fn batch(&mut self, queue: &mut Queue, until: u64) -> Result<bool, Refused> {
        if !queue.look(&mut self.decoder, &self.shared.reporter, until) {
            // names of threads may have been read
            queue.release();
            queue.count_damaged(|class, records| self.shared.count_damaged(class, records));
            return Ok(false);
        }
        if let Some(plan) = &queue.plan {
            plan.begin(queue.seq + 1, self.delivery.marks());
        }
        // after `until`: what is logged after a change of the list is in a later batch
        let redaction = self.shared.redaction.load();
        let mut bytes = 0;
        while bytes < BATCH_BYTES
            && let Some((ready, limit)) = queue.earliest(until)
        {
            while bytes < BATCH_BYTES
                && self.delivery.batch.len() < plan::MAX_RECORDS
                && let Some(next) = queue.next_of(&mut self.decoder, &self.shared.reporter, ready, limit)
            {
                bytes += next.size;
                self.deliver(queue, next, None, &redaction);
            }
            if self.delivery.batch.len() == plan::MAX_RECORDS {
                break;
            }
        }
        self.finish_batch(queue)?;
        Ok(true)
    }

    /// Delivers the next record of a source to `only`, which the plan knows already, or to the routes that want it.
    pub(super) fn deliver(
        &mut self,
        queue: &mut Queue,
        next: Next,
        only: Option<u32>,
        redaction: &Redaction,
    ) {
        self.lines.clear();
        queue.meet(next);
        let timestamp = queue.anchor.timestamp(next.counter);
        let Waiting { bytes, spot, class, thread } = queue.found(next);
        let Ok(parts) = self.decoder.decode(bytes, queue.entries()) else {
            self.shared.reporter.push(report(Level::Critical, "record is damaged and lost"));
            if !queue.recovered {
                self.shared.count_damaged(class, 1);
            }
            queue.take(next);
            return;
        };
        let from_drain = parts.header().is_from_drain();
        let seq = if from_drain { 0 } else { queue.seq + 1 };
        let name = queue.thread_name(thread);
        let stamp = Stamp { timestamp, seq, thread: name, recovered: queue.recovered };
        let mut record = Record { parts, stamp, run: &queue.run, lines: &self.lines };
        let again = self.second_look.look(&record.parts, redaction, queue.origin());
        let masked = again.is_some();
        if let Some(again) = again {
            record.parts = again;
        }
        #[cfg(all(test, not(loom)))]
        strike::at_record(&self.shared.run, record.event());
        if from_drain {
            self.reports.pass_on(&record, &self.shared);
            if !queue.recovered {
                self.shared.count_settled(class);
            }
            queue.take(next);
            return;
        }
        let routes = only.unwrap_or_else(|| self.delivery.routes_of(&record));
        if let (Some(plan), None) = (&queue.plan, only) {
            plan.add(self.delivery.batch.len(), Planned { spot, routes });
        }
        let refused = self.delivery.offer(&record, routes, &queue.run);
        queue.seq = seq;
        if queue.recovered && only != Some(0) && class == Class::Trade {
            queue.trades += 1;
        }
        let class = (!queue.recovered).then_some(class);
        let place = queue.take(next);
        self.delivery.batch.push(Entry {
            place,
            timestamp,
            seq,
            thread,
            class,
            masked,
            lost: false,
            refused,
        });
    }

    /// Flushes the drains, gives what did not arrive to the fallback, and lets the rings go.
    ///
    /// # Errors
    ///
    /// [`Refused`], for a recovered queue only. Then the plan says what is left, and nothing is released.
    pub(super) fn finish_batch(&mut self, queue: &mut Queue) -> Result<(), Refused> {
        let deadline = Instant::now() + FLUSH_BOUND;
        for route in 0..self.delivery.routes() {
            for index in self.delivery.flush(route, deadline) {
                self.delivery.batch[index as usize].refused |= 1 << route;
            }
        }
        #[cfg(all(test, not(loom)))]
        strike::after_flush();
        let anything_refused = self.delivery.batch.iter().any(|entry| entry.refused != 0);
        if anything_refused && queue.recovered {
            return Err(Refused);
        }
        if anything_refused {
            self.divert_refused(queue);
        }
        if let Some(plan) = &queue.plan {
            plan.done();
        }
        self.wipe_masked(queue);
        self.delivery.note_done();
        self.delivery.settle(&self.shared);
        queue.release();
        Ok(())
    }

    /// Overwrites the secrets that only the second look has found: the rings outlive the process.
    fn wipe_masked(&mut self, queue: &mut Queue) {
        for entry in self.delivery.batch.iter().filter(|entry| entry.masked) {
            let Ok(parts) = self.decoder.decode(queue.placed(&entry.place), queue.entries()) else {
                continue;
            };
            let (size, texts) = (parts.bytes().len(), secrets_in(&parts, &self.shared.redaction.load()));
            if !texts.is_empty() {
                queue.overwrite(&entry.place, size, &texts);
            }
        }
    }

    /// Gives the records of the batch that a drain did not take to the fallback, once for each such drain.
    #[cold]
    fn divert_refused(&mut self, queue: &Queue) {
        for index in 0..self.delivery.batch.len() {
            for route in routes_in(self.delivery.batch[index].refused) {
                let arrived = self.send_to_fallback(queue, index);
                self.delivery.divert(route, arrived);
                self.delivery.batch[index].lost |= !arrived;
            }
        }
    }

    /// Makes a record of the batch again, from its bytes, for the fallback. Returns whether it arrived there.
    fn send_to_fallback(&mut self, queue: &Queue, index: usize) -> bool {
        let entry = &self.delivery.batch[index];
        self.lines.clear();
        let Ok(parts) = self.decoder.decode(queue.placed(&entry.place), queue.entries()) else {
            return false;
        };
        let parts =
            self.second_look.look(&parts, &self.shared.redaction.load(), queue.origin()).unwrap_or(parts);
        let (timestamp, seq) = (entry.timestamp, entry.seq);
        let stamp =
            Stamp { timestamp, seq, thread: queue.thread_name(entry.thread), recovered: queue.recovered };
        self.shared.fallback.log(&Record { parts, stamp, run: &queue.run, lines: &self.lines })
    }
}
