//! From the caller to the drains: the slog-facing front, the queue, the worker and its routes.
//!
//! | file | what it is for |
//! |---|---|
//! | `logger` | what applications hold: a `slog::Logger` that can be bound to context and to trades |
//! | `producer` | a log call: into the ring of its thread |
//! | `levels` | from which level on a record is accepted |
//! | `registry`, `overflow`, `spill`, `budget` | all rings of a pipeline; what happens when one is full; who may fill it |
//! | `queue`, `worker`, `delivery`, `route` | out of the rings by time, and to the drains that want the record |
//! | `run_folder`, `plan`, `recovery` | what outlives the process, and how the next one writes it |
//! | `supervise`, `detached`, `fallback` | a drain that fails; one on its own thread; where its records go instead |
//! | `reporter`, `heartbeat`, `health`, `call_time` | what the logger says of itself, in its log and in figures |
//! | `tickets`, `bell`, `guard`, `exit`, `panics`, `signals` | waiting for the worker, waking it, and the end |
//! | `fork` | a child without a worker |

mod bell;
mod budget;
mod builder;
mod call_time;
#[cfg(all(test, loom))]
mod closing_model;
mod delivery;
mod detached;
mod exit;
mod fallback;
mod fork;
#[cfg(all(unix, any(test, fuzzing)))]
#[cfg_attr(not(fuzzing), expect(unreachable_pub, reason = "the fuzz targets reach it"))]
pub mod fuzzing;
mod guard;
mod health;
mod heartbeat;
mod levels;
mod logger;
mod overflow;
mod panics;
mod plan;
mod producer;
mod queue;
mod recovery;
mod registry;
mod reporter;
mod route;
mod run_folder;
mod second_look;
mod signals;
mod spill;
mod supervise;
mod tickets;
mod worker;

use std::{
    fmt,
    panic::AssertUnwindSafe,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, AtomicU8, AtomicU64, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use slog::OwnedKVList;

pub use self::{
    budget::Budget,
    builder::{PipelineBuilder, StartError},
    guard::ShutdownGuard,
    health::{
        CallTime, Condition, Counts, DrainHealth, DrainState, Dropped, HUNG_AFTER, Health, QueueHealth,
        QueuePlace, Recovered, Report, Stage, TargetHealth,
    },
    levels::Levels,
    logger::{Logger, LoggerExt},
    overflow::{Overflow, OverflowPolicy},
    producer::join_logger,
    registry::RingSizes,
    route::{Filter, Route},
    run_folder::shared_memory_folder,
    signals::Signals,
};
use self::{
    budget::{Account, Budgets},
    call_time::CallTimer,
    detached::Link,
    fallback::Fallback,
    fork::Home,
    health::{ClassStats, DrainStats},
    levels::LiveLevels,
    producer::{Call, Outcome, submit},
    registry::Registry,
    reporter::Reporter,
    second_look::SecondLook,
    supervise::caught,
    tickets::Tickets,
};
use crate::{
    category::{Category, Class},
    clock::{Anchor, Counter, Timestamp},
    codec::{
        self, Section,
        bound::Bound,
        decode::Decoder,
        dictionary::{Dictionary, Entries, SiteCache},
        encode::{Encoder, Head},
        express::Express,
        kind,
        place::Place,
    },
    context::{Context, with_scope},
    format::LineCache,
    level::Level,
    outlet::Outlet,
    record::{OwnedRecordBuilder, Record, Stamp},
    redact::Redaction,
    run::Run,
};

/// The front of the logging system: a [`slog::Drain`] that puts each record into the queue of its thread and returns.
///
/// Cheap to clone. A clone may carry context and a category of its own; [`LoggerExt`] makes such ones.
///
/// # Forks
///
/// A child that `fork` made without an `exec` has no worker, and the queue stays its parent's. What it logs goes to the
/// fallback at once, with the process id of the child, and is counted as [`Health::late`]; `flush` and `shutdown` return
/// at once, because nothing of the child is waiting. It may start a pipeline of its own. A child that is made past the C
/// library's `fork` (`vfork`, `_Fork`, the system call itself) is not noticed and must not log; nor may a value fork while
/// it is being formatted and let the child return into the log call.
#[derive(Clone)]
pub struct Pipeline {
    handle: Arc<Handle>,
    bound: Option<Arc<Bound>>,
    category: Category,
    /// The account of the expert that the context names, where experts have a budget.
    account: Option<Arc<Account>>,
    /// The expert that the context names.
    expert: Option<Arc<str>>,
}

/// Tells the worker when the last clone is gone.
struct Handle {
    shared: Arc<Shared>,
}

impl Drop for Handle {
    fn drop(&mut self) {
        self.shared.abandoned.store(true, Ordering::Release);
        self.shared.begin_shutdown();
    }
}

/// What the callers, the worker and those who ask for figures share.
#[derive(Debug)]
pub(crate) struct Shared {
    id: u64,
    home: Home,
    run: Arc<Run>,
    counter: Counter,
    dictionary: Arc<Dictionary>,
    phase: AtomicU8,
    abandoned: AtomicBool,
    /// Whether the worker's own code panicked, so that nobody empties the queue any more.
    worker_lost: AtomicBool,
    levels: LiveLevels,
    /// Filters that the worker puts in the place of those of its routes.
    new_filters: route::NewFilters,
    overflow: Overflow,
    redaction: Redaction,
    traced_from: Option<Level>,
    registry: Arc<Registry>,
    orphans: producer::Orphans,
    bell: bell::Bell,
    tickets: Tickets,
    fallback: Arc<Fallback>,
    reporter: Arc<Reporter>,
    report_every: Duration,
    budgets: Option<Budgets>,
    over_budget: AtomicU64,
    classes: [ClassStats; 2],
    late: AtomicU64,
    late_lost: AtomicU64,
    recovered: Mutex<Recovered>,
    started: Timestamp,
    /// Whether a folder for the queue was asked for, whatever became of it.
    folder_wanted: bool,
    heartbeat: Option<Duration>,
    call_timer: CallTimer,
    drains: Vec<Arc<DrainStats>>,
    links: Vec<Arc<Link>>,
    /// They are called under the eyes of [`caught`] only.
    outlets: AssertUnwindSafe<Vec<Arc<dyn Outlet>>>,
}

/// How long to wait before a recovery that was postponed is asked for again.
const LOOK_AGAIN: Duration = Duration::from_millis(20);

/// The life of a pipeline.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
enum Phase {
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
    fn new(
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
            new_filters: route::NewFilters::default(),
            overflow: builder.overflow,
            redaction: builder.redaction.clone(),
            traced_from: builder.traced_from,
            registry,
            orphans: producer::Orphans::default(),
            bell: bell::Bell::default(),
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
    fn admits(&self, level: Level, category: Category) -> bool {
        category == Category::Trade || self.levels.admit(level)
    }

    #[inline]
    fn is_open(&self) -> bool {
        self.phase.load(Ordering::Acquire) == Phase::Open as u8
    }

    fn phase(&self) -> Phase {
        match self.phase.load(Ordering::Acquire) {
            0 => Phase::Open,
            1 => Phase::Closing,
            _ => Phase::Closed,
        }
    }

    fn is_abandoned(&self) -> bool {
        self.abandoned.load(Ordering::Acquire)
    }

    /// New records go to the fallback from now on.
    fn begin_shutdown(&self) {
        self.phase.fetch_max(Phase::Closing as u8, Ordering::AcqRel);
        self.bell.wake();
    }

    /// The worker has emptied the queue.
    fn close(&self) {
        self.phase.store(Phase::Closed as u8, Ordering::Release);
    }

    /// The worker is gone, and what is queued stays where it is. New records go to the fallback, and those who wait for the
    /// worker are let go by [`Shared::release_waiting`].
    fn lose_worker(&self) {
        self.worker_lost.store(true, Ordering::Release);
        self.close();
    }

    /// Nobody waits for the worker any more.
    fn release_waiting(&self) {
        self.tickets.settle(u64::MAX);
        self.bell.ring_progress();
    }

    fn is_worker_lost(&self) -> bool {
        self.worker_lost.load(Ordering::Acquire)
    }

    /// Delivers all that was logged before to the drains on the worker's thread. Returns whether that was done by the deadline.
    fn flush_worker(&self, deadline: Instant) -> bool {
        let ticket = self.tickets.draw();
        self.bell.wake();
        self.tickets.wait(ticket, deadline) && !self.is_worker_lost()
    }

    /// Delivers all that was logged before. Returns whether that was done by the deadline. In the child of a fork there is
    /// nothing to do: what it logs goes to the fallback at once, and the queue is its parent's.
    fn flush(&self, deadline: Instant) -> bool {
        if !self.home.is_here() {
            return true;
        }
        self.flush_worker(deadline) && self.drains_settled(deadline, |it| it.settle(deadline))
    }

    /// Ends the pipeline. Returns whether all is delivered by the deadline. As for [`Shared::flush`], the child of a fork
    /// has nothing to end.
    fn shut_down(&self, deadline: Instant) -> bool {
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
    fn drains_settled(&self, deadline: Instant, outlet: impl Fn(&dyn Outlet) -> bool) -> bool {
        let links = self.links.iter().all(|link| link.wait_settled(deadline));
        // all of them are told, also where the first one takes its time
        let late = self.outlets.iter().filter(|it| !caught(|| outlet(it.as_ref())).unwrap_or(false)).count();
        links && late == 0
    }

    fn health(&self) -> Health {
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

    fn counts(&self, class: Class) -> Counts {
        // what was settled is read first: it never passes what was committed
        let stats = &self.classes[class as usize];
        let settled = stats.settled.load(Ordering::Acquire);
        let undelivered = stats.undelivered.load(Ordering::Acquire);
        let direct = stats.direct.load(Ordering::Acquire);
        let sums = self.registry.sums(class);
        let reentrant = self.orphans.lost_reentrant(class);
        let over_budget = match class {
            Class::Trade => 0,
            Class::General => self.over_budget.load(Ordering::Acquire),
        };
        Counts {
            accepted: sums.committed + sums.lost_full + direct + reentrant + over_budget,
            written: settled.saturating_sub(undelivered) + direct,
            direct,
            spilled: sums.spilled,
            dropped: Dropped { queue_full: sums.lost_full, over_budget, reentrant, undelivered },
            pending: sums.committed.saturating_sub(settled),
        }
    }

    /// The worker has looked for what earlier runs have left.
    fn note_recovered(&self, recovered: Recovered) {
        *self.recovered.lock().unwrap_or_else(PoisonError::into_inner) = recovered;
    }

    /// Waits until nothing of earlier runs is left that can be written, at most until the deadline.
    fn await_recovery(&self, deadline: Instant) -> Recovered {
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

    fn count_settled(&self, class: Class) {
        self.classes[class as usize].settled.fetch_add(1, Ordering::AcqRel);
    }

    /// The caller's thread hands a record over that no queue has room for. Returns whether it arrived.
    fn hand_to_fallback(&self, class: Class, bytes: &[u8]) -> bool {
        let arrived = self.fallback_takes(bytes);
        if arrived {
            self.classes[class as usize].direct.fetch_add(1, Ordering::AcqRel);
        }
        arrived
    }

    /// A record came after the shutdown, or in the child of a fork.
    fn log_late(&self, bytes: &[u8]) {
        self.late.fetch_add(1, Ordering::AcqRel);
        if !self.fallback_takes(bytes) {
            self.late_lost.fetch_add(1, Ordering::AcqRel);
        }
    }

    /// A record came in the child of a fork from inside another one, and has nowhere to go.
    fn lose_late(&self) {
        self.late.fetch_add(1, Ordering::AcqRel);
        self.late_lost.fetch_add(1, Ordering::AcqRel);
    }

    #[cold]
    fn fallback_takes(&self, bytes: &[u8]) -> bool {
        let (mut decoder, mut sites) = (Decoder::default(), Entries::default());
        if self.home.is_here() {
            sites.renew(&self.dictionary);
        }
        let Ok(parts) = decoder.decode(bytes, &sites) else { return false };
        let mut second_look = SecondLook::default();
        let parts = second_look.look(parts, &self.redaction);
        let timestamp = Anchor::new(&self.counter).timestamp(parts.header.counter);
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

impl Pipeline {
    /// Begins a pipeline: level INFO, no drains.
    pub fn builder() -> PipelineBuilder {
        PipelineBuilder::new()
    }

    fn new(shared: Arc<Shared>) -> Self {
        Pipeline {
            handle: Arc::new(Handle { shared }),
            bound: None,
            category: Category::General,
            account: None,
            expert: None,
        }
    }

    /// A logger on this pipeline, with the context and the category that this handle carries.
    pub fn logger(&self) -> Logger {
        slog::Logger::root_typed(self.clone(), slog::o!())
    }

    /// The level from which general records are accepted for the drains that follow it.
    pub fn level(&self) -> Level {
        self.levels().level()
    }

    /// Changes the level of the whole; it holds from the next call on, in all threads.
    pub fn set_level(&self, level: Level) {
        self.shared().levels.change(|levels| levels.with_level(level));
    }

    /// The levels of the whole and of parts of the program.
    pub fn levels(&self) -> Arc<Levels> {
        self.shared().levels.current()
    }

    /// Changes the levels of the whole and of parts, all at once; they hold from the next call on, in all threads.
    pub fn set_levels(&self, levels: Levels) {
        self.shared().levels.change(|_| levels);
    }

    /// Gives routes, by their names, other filters. They hold for what the worker takes out of the queue from its next pass
    /// on, which is at the latest after 100 ms; names that no route has are passed over.
    pub fn set_filters(&self, filters: impl IntoIterator<Item = (String, Filter)>) {
        self.shared().new_filters.put(filters);
        self.shared().bell.wake();
    }

    /// Returns when all that was logged before the call, in any thread, has left the process, or at the latest after
    /// `timeout`.
    pub fn flush(&self, timeout: Duration) -> Report {
        let finished = self.shared().flush(Instant::now() + timeout);
        Report { finished, health: self.health() }
    }

    /// The same for the drains on the worker's thread only: one on a thread of its own that hangs, such as a console, is not
    /// waited for. In the child of a fork, whose records go to the fallback, it is not finished.
    pub fn flush_worker(&self, timeout: Duration) -> Report {
        let shared = self.shared();
        let finished = shared.home.is_here() && shared.flush_worker(Instant::now() + timeout);
        Report { finished, health: self.health() }
    }

    /// What became of the records so far.
    pub fn health(&self) -> Health {
        self.shared().health()
    }

    /// Hands over a report by a drain, or what goes on behind one, of its own troubles: it goes to the drain of reports and
    /// through the routes within a second, and is in none of the figures. Its category is to be [`Category::Logger`].
    pub fn report(&self, report: OwnedRecordBuilder) {
        self.shared().reporter.push_own(report);
    }

    fn shut_down(&self, deadline: Instant) -> Report {
        let finished = self.shared().shut_down(deadline);
        Report { finished, health: self.health() }
    }

    fn shared(&self) -> &Shared {
        &self.handle.shared
    }

    fn with_context(&self, context: &Context) -> Pipeline {
        let mut bound = self.bound.as_ref().map(|it| it.fields.clone()).unwrap_or_default();
        let redaction = &self.shared().redaction;
        if redaction.adds() {
            bound.append(&context.fields().redacted(redaction));
        } else {
            bound.append(context.fields());
        }
        let named = context.fields().iter().filter(|(key, _)| *key == levels::EXPERT).last();
        let named = named.map(|(_, expert)| expert.to_string());
        let budgets = self.shared().budgets.as_ref();
        let account = budgets.zip(named.as_ref()).map(|(budgets, expert)| budgets.account(expert));
        let account = account.or_else(|| self.account.clone());
        let expert = named.map(Arc::from).or_else(|| self.expert.clone());
        Pipeline { bound: Some(Arc::new(Bound::new(bound))), account, expert, ..self.clone() }
    }
}

impl Pipeline {
    /// Not inlined, so that the many places of an application that log do not each have a copy of it.
    #[inline(never)]
    fn submit(&self, record: &slog::Record<'_>, list: &OwnedKVList, level: Level) {
        let shared = self.shared();
        let Some(below) = self.judge(level, record.module()) else { return };
        let counter = shared.counter.read();
        if let Some(account) = &self.account
            && level <= Level::Info
            && self.category != Category::Trade
            && !account.take(counter)
        {
            shared.over_budget.fetch_add(1, Ordering::Relaxed);
            return;
        }
        let head = Head { level, category: self.category, counter, flags: below, kind: kind::RECORD };
        let from = codec::call::Call { record, list };
        match producer::express(self, from, head) {
            Outcome::Put => {}
            Outcome::Unfit => self.submit_any(from, head, None),
            Outcome::NoRoom(deadline) => self.submit_any(from, head, deadline),
        }
        if shared.call_timer.picks(counter) {
            shared.call_timer.note(counter, shared.counter.read());
        }
    }

    /// Writes a record that can go the straight way.
    #[inline]
    fn express<'x>(
        &'x self,
        from: codec::call::Call<'_, '_>,
        express: &mut Express<'x>,
        cache: &'x mut SiteCache,
    ) {
        from.express(express, cache);
        let number = self.bound.as_ref().and_then(|bound| bound.number(express.dictionary));
        with_scope(|scope| express.put_scope(scope));
        match (number, &self.bound) {
            (Some(number), _) => express.put_context(number),
            (None, Some(bound)) => express.put_last(Section::Bound, &bound.fields),
            (None, None) => {}
        }
    }

    /// The way that every record can go.
    #[inline(never)]
    fn submit_any(&self, from: codec::call::Call<'_, '_>, head: Head, deadline: Option<Instant>) {
        let shared = self.shared();
        submit(
            shared,
            &Call {
                class: self.category.class(),
                level: head.level,
                deadline,
                encode: |buffer: &mut _, flags, sites| {
                    let head = Head { flags: head.flags | flags, ..head };
                    let mut encoder = Encoder::begin(buffer, head, &shared.redaction);
                    let event = from.encode(&mut encoder, sites);
                    encoder.section(Section::Scope, |writer| {
                        if shared.traced_from.is_some_and(|from| head.level >= from) {
                            writer.frames("backtrace");
                        }
                        with_scope(|scope| writer.redacted(scope));
                    });
                    if let Some(bound) = &self.bound {
                        encoder.section(Section::Bound, |writer| writer.encoded(&bound.fields));
                    }
                    encoder.end(|| Place::of(from.record), event);
                },
            },
        );
    }
}

impl slog::Drain for Pipeline {
    type Ok = ();
    type Err = slog::Never;

    #[inline]
    fn log(&self, record: &slog::Record<'_>, list: &OwnedKVList) -> Result<(), slog::Never> {
        let level = Level::from(record.level());
        if self.shared().admits(level, self.category) {
            self.submit(record, list, level);
        }
        Ok(())
    }

    #[inline]
    fn is_enabled(&self, level: slog::Level) -> bool {
        self.shared().admits(level.into(), self.category)
    }

    fn flush(&self) -> Result<(), slog::FlushError> {
        if logger::is_asked_for(self) {
            return Ok(());
        }
        let report = Pipeline::flush(self, ShutdownGuard::DROP_TIMEOUT);
        if report.finished { Ok(()) } else { Err(std::io::Error::from(std::io::ErrorKind::TimedOut).into()) }
    }
}

impl fmt::Debug for Pipeline {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pipeline")
            .field("app_name", &self.shared().run.app_name())
            .field("level", &self.level())
            .field("category", &self.category)
            .finish_non_exhaustive()
    }
}
