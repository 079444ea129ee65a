//! What the callers, the worker and those who ask for figures share, and the life of a pipeline from its start to its end.

use std::{
    panic::AssertUnwindSafe,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, AtomicU8, AtomicU64, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use super::{
    bell::Bell,
    budget::Budgets,
    builder::{self, PipelineBuilder},
    call_time::CallTimer,
    detached::Link,
    fallback::Fallback,
    fork::Home,
    health::{ClassStats, Counts, DrainStats, Dropped, Health, QueuePlace, Recovered, Stage},
    levels::LiveLevels,
    overflow::Overflow,
    producer::Orphans,
    registry::Registry,
    reporter::Reporter,
    route::NewFilters,
    second_look::{Origin, SecondLook},
    supervise::caught,
    tickets::Tickets,
};
use crate::{
    category::{Category, Class},
    clock::{Anchor, Counter, Timestamp},
    codec::{
        decode::Decoder,
        dictionary::{Dictionary, Entries},
    },
    format::LineCache,
    level::Level,
    outlet::Outlet,
    record::{Record, Stamp},
    redact::LiveRedaction,
    run::Run,
};

/// What the callers, the worker and those who ask for figures share.
///
/// What every call looks at comes first, together: each line of the cache that has left it meanwhile makes a call wait.
#[derive(Debug)]
#[repr(C, align(64))]
pub(crate) struct Shared {
    pub(super) counter: Counter,
    pub(super) id: u64,
    pub(super) dictionary: Arc<Dictionary>,
    pub(super) home: Home,
    pub(super) phase: AtomicU8,
    pub(super) abandoned: AtomicBool,
    /// Whether the worker's own code panicked, so that nobody empties the queue any more.
    pub(super) worker_lost: AtomicBool,
    pub(super) levels: LiveLevels,
    pub(super) call_timer: CallTimer,
    pub(super) redaction: LiveRedaction,
    pub(super) overflow: Overflow,
    pub(super) registry: Arc<Registry>,
    pub(super) run: Arc<Run>,
    /// Filters that the worker puts in the place of those of its routes.
    pub(super) new_filters: NewFilters,
    pub(super) traced_from: Option<Level>,
    pub(super) orphans: Orphans,
    pub(super) bell: Bell,
    pub(super) tickets: Tickets,
    pub(super) fallback: Arc<Fallback>,
    pub(super) reporter: Arc<Reporter>,
    pub(super) report_every: Duration,
    pub(super) budgets: Option<Budgets>,
    pub(super) over_budget: AtomicU64,
    pub(super) classes: [ClassStats; 2],
    pub(super) late: AtomicU64,
    pub(super) late_lost: AtomicU64,
    pub(super) recovered: Mutex<Recovered>,
    started: Timestamp,
    /// Whether a folder for the queue was asked for, whatever became of it.
    folder_wanted: bool,
    pub(super) heartbeat: Option<Duration>,
    pub(super) drains: Vec<Arc<DrainStats>>,
    pub(super) links: Vec<Arc<Link>>,
    /// They are called under the eyes of [`caught`] only.
    pub(super) outlets: AssertUnwindSafe<Vec<Arc<dyn Outlet>>>,
}

/// How long to wait before a recovery that was postponed is asked for again.
const LOOK_AGAIN: Duration = Duration::from_millis(20);

/// The life of a pipeline.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(super) enum Phase {
    /// Records go into the queue.
    Open = 0,
    /// New records go to the fallback; the queue is being emptied.
    Closing = 1,
    /// The queue is empty, or the worker is lost.
    Closed = 2,
}

impl Shared {
    #[expect(
        clippy::too_many_arguments,
        reason = "called in one place, with the parts that the builder has made"
    )]
    pub(super) fn new(
        builder: &PipelineBuilder,
        fixed_floor: Option<Level>,
        run: Arc<Run>,
        registry: Arc<Registry>,
        dictionary: Arc<Dictionary>,
        fallback: Arc<Fallback>,
        reporter: Arc<Reporter>,
        drains: Vec<Arc<DrainStats>>,
        links: Vec<Arc<Link>>,
        outlets: Vec<Arc<dyn Outlet>>,
    ) -> Self {
        Shared {
            id: builder::next_id(),
            home: Home::here(),
            run,
            counter: builder.clock.counter(),
            dictionary,
            phase: AtomicU8::new(Phase::Open as u8),
            abandoned: AtomicBool::new(false),
            worker_lost: AtomicBool::new(false),
            levels: LiveLevels::new(builder.level, fixed_floor),
            new_filters: NewFilters::default(),
            overflow: builder.overflow,
            redaction: LiveRedaction::new(builder.redaction.clone()),
            traced_from: builder.traced_from,
            registry,
            orphans: Orphans::default(),
            bell: Bell::default(),
            tickets: Tickets::default(),
            fallback,
            reporter,
            report_every: builder.report_every,
            budgets: builder.budget.map(|budget| Budgets::new(budget, builder.clock.counter().per_second())),
            over_budget: AtomicU64::new(0),
            classes: Default::default(),
            late: AtomicU64::new(0),
            late_lost: AtomicU64::new(0),
            recovered: Mutex::new(builder.to_be_recovered()),
            started: builder.clock.now(),
            folder_wanted: builder.wants_folder(),
            heartbeat: builder.heartbeat,
            call_timer: CallTimer::new(builder.time_one_in, &builder.clock.counter()),
            drains,
            links,
            outlets: AssertUnwindSafe(outlets),
        }
    }

    #[inline]
    pub(super) fn admits(&self, level: Level, category: Category) -> bool {
        category == Category::Trade || self.levels.admit(level)
    }

    #[inline]
    pub(super) fn is_open(&self) -> bool {
        self.phase.load(Ordering::Acquire) == Phase::Open as u8
    }

    pub(super) fn phase(&self) -> Phase {
        match self.phase.load(Ordering::Acquire) {
            0 => Phase::Open,
            1 => Phase::Closing,
            _ => Phase::Closed,
        }
    }

    pub(super) fn is_abandoned(&self) -> bool {
        self.abandoned.load(Ordering::Acquire)
    }

    /// New records go to the fallback from now on.
    pub(super) fn begin_shutdown(&self) {
        self.phase.fetch_max(Phase::Closing as u8, Ordering::AcqRel);
        self.bell.wake();
    }

    /// The worker has emptied the queue.
    pub(super) fn close(&self) {
        self.phase.store(Phase::Closed as u8, Ordering::Release);
    }

    /// The worker is gone, and what is queued stays where it is. New records go to the fallback, and those who wait for the
    /// worker are let go by [`Shared::release_waiting`].
    pub(super) fn lose_worker(&self) {
        self.worker_lost.store(true, Ordering::Release);
        self.close();
    }

    /// Nobody waits for the worker any more.
    pub(super) fn release_waiting(&self) {
        self.tickets.settle(u64::MAX);
        self.bell.ring_progress();
    }

    pub(super) fn is_worker_lost(&self) -> bool {
        self.worker_lost.load(Ordering::Acquire)
    }

    /// Delivers all that was logged before to the drains on the worker's thread. Returns whether that was done by the deadline.
    pub(super) fn flush_worker(&self, deadline: Instant) -> bool {
        let ticket = self.tickets.draw();
        self.bell.wake();
        self.tickets.wait(ticket, deadline) && !self.is_worker_lost()
    }

    /// Delivers all that was logged before. Returns whether that was done by the deadline. In the child of a fork there is
    /// nothing to do: what it logs goes to the fallback at once, and the queue is its parent's.
    pub(super) fn flush(&self, deadline: Instant) -> bool {
        if !self.home.is_here() {
            return true;
        }
        self.flush_worker(deadline) && self.drains_settled(deadline, |it| it.settle(deadline))
    }

    /// Ends the pipeline. Returns whether all is delivered by the deadline. As for [`Shared::flush`], the child of a fork
    /// has nothing to end.
    pub(super) fn shut_down(&self, deadline: Instant) -> bool {
        if !self.home.is_here() {
            return true;
        }
        self.begin_shutdown();
        while self.phase() != Phase::Closed {
            let ticket = self.tickets.draw();
            if !self.tickets.wait(ticket, deadline) {
                return false;
            }
        }
        self.drains_settled(deadline, |it| it.close(deadline)) && !self.is_worker_lost()
    }

    /// Waits for what goes on behind the worker. `outlet`: what to wait for behind a drain.
    pub(super) fn drains_settled(&self, deadline: Instant, outlet: impl Fn(&dyn Outlet) -> bool) -> bool {
        let links = self.links.iter().all(|link| link.wait_settled(deadline));
        // all of them are told, also where the first one takes its time
        let late = self.outlets.iter().filter(|it| !caught(|| outlet(it.as_ref())).unwrap_or(false)).count();
        links && late == 0
    }

    pub(super) fn health(&self) -> Health {
        let (late, late_lost) = (self.late.load(Ordering::Acquire), self.late_lost.load(Ordering::Acquire));
        if !self.home.is_here() {
            return Health { late, late_lost, ..Health::default() };
        }
        Health {
            trade: self.counts(Class::Trade),
            general: self.counts(Class::General),
            late,
            late_lost,
            recovered: *self.recovered.lock().unwrap_or_else(PoisonError::into_inner),
            drains: self.drains.iter().map(|stats| stats.snapshot()).collect(),
            targets: self.outlets.iter().flat_map(|it| caught(|| it.health()).unwrap_or_default()).collect(),
            started: Some(self.started),
            stage: self.stage(),
            queue_place: self.queue_place(),
            trade_queue: self.registry.fill(Class::Trade),
            general_queue: self.registry.fill(Class::General),
            call_time: self.call_timer.snapshot(),
        }
    }

    fn stage(&self) -> Stage {
        match self.phase() {
            _ if self.is_worker_lost() => Stage::WorkerLost,
            Phase::Open => Stage::Open,
            Phase::Closing => Stage::Closing,
            Phase::Closed => Stage::Closed,
        }
    }

    fn queue_place(&self) -> QueuePlace {
        match self.registry.place() {
            QueuePlace::Heap if self.folder_wanted => QueuePlace::HeapInstead,
            place => place,
        }
    }

    pub(super) fn counts(&self, class: Class) -> Counts {
        // what was settled is read first: it never passes what was committed
        let stats = &self.classes[class as usize];
        let settled = stats.settled.load(Ordering::Acquire);
        let undelivered = stats.undelivered.load(Ordering::Acquire);
        let damaged = stats.damaged.load(Ordering::Acquire);
        let direct = stats.direct.load(Ordering::Acquire);
        let sums = self.registry.sums(class);
        let reentrant = self.orphans.lost_reentrant(class);
        let over_budget = match class {
            Class::Trade => 0,
            Class::General => self.over_budget.load(Ordering::Acquire),
        };
        Counts {
            accepted: sums.committed + sums.lost_full + direct + reentrant + over_budget,
            written: settled.saturating_sub(undelivered + damaged) + direct,
            direct,
            spilled: sums.spilled,
            dropped: Dropped { queue_full: sums.lost_full, over_budget, reentrant, undelivered, damaged },
            pending: sums.committed.saturating_sub(settled),
        }
    }

    /// The worker has looked for what earlier runs have left.
    pub(super) fn note_recovered(&self, recovered: Recovered) {
        *self.recovered.lock().unwrap_or_else(PoisonError::into_inner) = recovered;
    }

    /// Waits until nothing of earlier runs is left that can be written, at most until the deadline.
    pub(super) fn await_recovery(&self, deadline: Instant) -> Recovered {
        loop {
            // the worker looks for it before it settles what a flush waits for
            let flushed = self.flush(deadline);
            let recovered = self.health().recovered;
            if recovered.postponed == 0 || !flushed || Instant::now() >= deadline {
                return recovered;
            }
            thread::park_timeout(LOOK_AGAIN);
        }
    }

    pub(super) fn count_settled(&self, class: Class) {
        self.classes[class as usize].settled.fetch_add(1, Ordering::AcqRel);
    }

    /// Records of a class could not be read.
    pub(super) fn count_damaged(&self, class: Class, records: u64) {
        let stats = &self.classes[class as usize];
        // first what is lost, so that nobody sees it as written in between
        stats.damaged.fetch_add(records, Ordering::AcqRel);
        stats.settled.fetch_add(records, Ordering::AcqRel);
    }

    /// The caller's thread hands a record over that no queue has room for. Returns whether it arrived.
    pub(super) fn hand_to_fallback(&self, class: Class, bytes: &[u8]) -> bool {
        let arrived = self.fallback_takes(bytes);
        if arrived {
            self.classes[class as usize].direct.fetch_add(1, Ordering::AcqRel);
        }
        arrived
    }

    /// A record came after the shutdown, or in the child of a fork.
    pub(super) fn log_late(&self, bytes: &[u8]) {
        self.late.fetch_add(1, Ordering::AcqRel);
        if !self.fallback_takes(bytes) {
            self.late_lost.fetch_add(1, Ordering::AcqRel);
        }
    }

    /// A record came in the child of a fork from inside another one, and has nowhere to go.
    pub(super) fn lose_late(&self) {
        self.late.fetch_add(1, Ordering::AcqRel);
        self.late_lost.fetch_add(1, Ordering::AcqRel);
    }

    #[cold]
    pub(super) fn fallback_takes(&self, bytes: &[u8]) -> bool {
        let (mut decoder, mut sites) = (Decoder::default(), Entries::default());
        if self.home.is_here() {
            sites.renew(&self.dictionary);
        }
        let Ok(parts) = decoder.decode(bytes, &sites) else { return false };
        let mut second_look = SecondLook::default();
        let parts = second_look.look(&parts, &self.redaction.load(), Origin::ThisRun).unwrap_or(parts);
        let timestamp = Anchor::new(&self.counter).timestamp(parts.header().counter);
        let thread = std::thread::current();
        let stamp = Stamp { timestamp, seq: 0, thread: thread.name().unwrap_or(""), recovered: false };
        let lines = LineCache::default();
        if self.home.is_here() {
            return self.fallback.log(&Record { parts, stamp, run: &self.run, lines: &lines });
        }
        let run = Run::fixed(self.run.app_name(), self.run.host_name(), std::process::id(), self.run.id());
        self.fallback.log(&Record { parts, stamp, run: &run, lines: &lines })
    }
}
