//! From the caller to the drains: the slog-facing front, the queue, the worker and its routes.
//!
//! | file | what it is for |
//! |---|---|
//! | `logger` | what applications hold: a `slog::Logger` that can be bound to context and to trades |
//! | `producer` | a log call: into the ring of its thread |
//! | `shared` | what all threads share of a pipeline: its parts, its life and its figures |
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
mod shared;
mod signals;
mod spill;
mod supervise;
mod tickets;
mod worker;

use std::{
    fmt,
    sync::{Arc, atomic::Ordering},
    time::{Duration, Instant},
};

use slog::OwnedKVList;

pub(crate) use self::shared::Shared;
use self::{
    budget::Account,
    producer::{Call, Outcome, submit},
    shared::Phase,
};
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
use crate::{
    category::Category,
    clock::deadline_in,
    codec::{
        self, Section,
        bound::Bound,
        dictionary::SiteCache,
        encode::{Encoder, Head},
        express::Express,
        fields::Fields,
        place::Place,
        words::Room,
    },
    context::{Context, with_scope},
    level::Level,
    record::OwnedRecordBuilder,
    redact::Redaction,
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
    shared: Arc<Shared>,
    /// Held for its end.
    _handle: Arc<Handle>,
    bound: Arc<Bound>,
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

impl Pipeline {
    /// Begins a pipeline: level INFO, no drains.
    pub fn builder() -> PipelineBuilder {
        PipelineBuilder::new()
    }

    fn new(shared: Arc<Shared>) -> Self {
        Pipeline {
            _handle: Arc::new(Handle { shared: Arc::clone(&shared) }),
            shared,
            bound: Arc::new(Bound::new(Fields::default())),
            category: Category::General,
            account: None,
            expert: None,
        }
    }

    /// A logger on this pipeline, with the context and the category that this handle carries.
    pub fn logger(&self) -> Logger {
        self.again().into_logger()
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

    /// Changes which keys are masked and which patterns; it holds from the next call on, in all threads. What was masked by
    /// the list of before stays so. A name that is added is masked, before any drain gets the record, also in what was made
    /// before: in a context that was bound, in a record that is on its way. The thread of the pipeline does that, which then
    /// looks at the keys of each record.
    pub fn set_redaction(&self, redaction: Redaction) {
        let shared = self.shared();
        shared.redaction.replace(redaction, &shared.dictionary);
    }

    /// Returns when all that was logged before the call, in any thread, has left the process, or at the latest after
    /// `timeout`.
    pub fn flush(&self, timeout: Duration) -> Report {
        let finished = self.shared().flush(deadline_in(timeout));
        Report { finished, health: self.health() }
    }

    /// The same for the drains on the worker's thread only: one on a thread of its own that hangs, such as a console, is not
    /// waited for. In the child of a fork, whose records go to the fallback, it is not finished.
    pub fn flush_worker(&self, timeout: Duration) -> Report {
        let shared = self.shared();
        let finished = shared.home.is_here() && shared.flush_worker(deadline_in(timeout));
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
        &self.shared
    }

    fn with_context(&self, context: &Context) -> Pipeline {
        let mut bound = self.bound.fields.clone();
        let redaction = self.shared().redaction.load();
        if redaction.adds() {
            bound.append(&context.fields().redacted(&redaction));
        } else {
            bound.append(context.fields());
        }
        let named = context.fields().iter().filter(|(key, _)| *key == levels::EXPERT).last();
        let named = named.map(|(_, expert)| expert.to_string());
        let budgets = self.shared().budgets.as_ref();
        let account = budgets.zip(named.as_ref()).map(|(budgets, expert)| budgets.account(expert));
        let account = account.or_else(|| self.account.clone());
        let expert = named.map(Arc::from).or_else(|| self.expert.clone());
        Pipeline { bound: Arc::new(Bound::new(bound)), account, expert, ..self.clone() }
    }

    /// The same, for a logger of its own.
    fn again(&self) -> Pipeline {
        Pipeline { bound: Arc::new(self.bound.again()), ..self.clone() }
    }

    /// The one logger on this handle to which slog has bound nothing.
    fn into_logger(self) -> Logger {
        let bound = Arc::clone(&self.bound);
        let logger = slog::Logger::root_typed(self, slog::o!());
        bound.made_with(logger.list());
        logger
    }
}

impl Pipeline {
    /// Not inlined, so that the many places of an application that log do not each have a copy of it.
    #[inline(never)]
    fn submit(&self, record: &slog::Record<'_>, list: &OwnedKVList, level: Level) {
        let shared = self.shared();
        let Some(below) = self.judge(level, record) else { return };
        let counter = shared.counter.read();
        if let Some(account) = &self.account
            && !self.is_in_budget(account, level, counter)
        {
            return;
        }
        let head = Head::new(level, self.category, counter).with(below);
        let from = codec::call::Call { record, list };
        match producer::express(self, from, head, level) {
            Outcome::Put => {}
            Outcome::Unfit => self.submit_any(from, head, level, None),
            Outcome::NoRoom(deadline) => self.submit_any(from, head, level, deadline),
        }
        if shared.call_timer.picks(counter) {
            shared.call_timer.note(counter, shared.counter.read());
        }
    }

    /// Whether the expert may log one more; what it may not is counted.
    #[inline(never)]
    fn is_in_budget(&self, account: &Account, level: Level, counter: u64) -> bool {
        let is_in = level > Level::Info || self.category == Category::Trade || account.take(counter);
        if !is_in {
            self.shared().over_budget.fetch_add(1, Ordering::Relaxed);
        }
        is_in
    }

    /// Writes a record that can go the straight way. Returns how many bytes it has; `None` where it cannot.
    ///
    /// Not inlined, so that it has the registers to itself.
    #[inline(never)]
    fn express(
        &self,
        from: codec::call::Call<'_, '_>,
        head: Head,
        room: &mut Room,
        cache: &mut SiteCache,
    ) -> Option<usize> {
        let mut express = Express::begin(room, &self.shared().dictionary, &self.shared().redaction);
        from.express(&mut express, cache, self.bound.is_empty(from.list));
        let number = self.bound.number(express.dictionary);
        with_scope(|scope| express.put_scope(scope));
        match number {
            Some(number) => express.put_context(number),
            None if self.bound.fields.count > 0 => express.put_last(Section::Bound, &self.bound.fields),
            None => {}
        }
        express.end(head)
    }

    /// The way that every record can go.
    #[inline(never)]
    fn submit_any(
        &self,
        from: codec::call::Call<'_, '_>,
        head: Head,
        level: Level,
        deadline: Option<Instant>,
    ) {
        let shared = self.shared();
        submit(
            shared,
            &Call {
                class: self.category.class(),
                level,
                deadline,
                encode: |buffer: &mut _, flags, sites| {
                    let redaction = shared.redaction.load();
                    let mut encoder = Encoder::begin(buffer, head.with(flags), &redaction);
                    let event = from.encode(&mut encoder, sites);
                    encoder.section(Section::Scope, |writer| {
                        if shared.traced_from.is_some_and(|from| level >= from) {
                            writer.frames("backtrace");
                        }
                        with_scope(|scope| writer.redacted(scope));
                    });
                    encoder.section(Section::Bound, |writer| writer.encoded(&self.bound.fields));
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
