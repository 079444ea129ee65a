//! Registers drains and starts a pipeline.

use std::{
    fmt, io,
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    thread,
    time::Duration,
};

use super::{
    Pipeline, Shared,
    budget::Budget,
    delivery::{Active, Delivery, End},
    detached::{Detached, Link},
    exit,
    fallback::Fallback,
    guard::ShutdownGuard,
    health::{DrainStats, Recovered},
    overflow::Overflow,
    panics,
    plan::{MAX_ROUTES, Plan},
    queue::Queue,
    recovery::Recovery,
    registry::{Registry, RingSizes},
    reporter::{Reporter, Reports, report},
    route::{Filter, Placement, Route},
    run_folder::RunFolder,
    signals::{self, Signals},
    supervise::Supervised,
    worker::Worker,
};
use crate::{
    clock::{Anchor, Clock},
    codec::{
        dictionary::{self, Dictionary},
        frames::trace_from,
    },
    drain::Drain,
    level::Level,
    raw::{append::Appendix, memory::Region},
    redact::Redaction,
    run::Run,
};

/// Registers drains and starts a [`Pipeline`]. Made by [`Pipeline::builder`].
#[must_use = "a pipeline begins with `start`"]
pub struct PipelineBuilder {
    app_name: Option<String>,
    pub(super) level: Level,
    pub(super) clock: Clock,
    ring_sizes: RingSizes,
    pub(super) overflow: Overflow,
    pub(super) redaction: Redaction,
    pub(super) traced_from: Option<Level>,
    routes: Vec<Route>,
    fallback: Option<Box<dyn Drain>>,
    reports: Option<Box<dyn Drain>>,
    pub(super) report_every: Duration,
    queue_folders: Vec<PathBuf>,
    pub(super) budget: Option<Budget>,
    panics: Panics,
    signals: Option<Signals>,
    pub(super) heartbeat: Option<Duration>,
    pub(super) time_one_in: Option<u64>,
}

/// What a pipeline does with the panics of the process.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Panics {
    Log,
    Leave,
}

/// A pipeline could not be started.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StartError {
    /// Two routes have one name, so that reports and figures could not tell them apart.
    #[error("two routes are named `{name}`")]
    RouteName {
        /// The name.
        name: String,
    },
    /// There are more than 32 routes.
    #[error("more than {MAX_ROUTES} routes")]
    TooManyRoutes,
    /// The operating system refused a thread.
    #[error("cannot start the thread of {of}")]
    Thread {
        /// What the thread is for.
        of: String,
        /// The refusal.
        #[source]
        source: io::Error,
    },
}

impl PipelineBuilder {
    pub(super) fn new() -> Self {
        PipelineBuilder {
            app_name: None,
            level: Level::Info,
            clock: Clock::System,
            ring_sizes: RingSizes::default(),
            overflow: Overflow::default(),
            redaction: Redaction::default(),
            traced_from: Some(Level::Critical),
            routes: Vec::new(),
            fallback: None,
            reports: None,
            report_every: Duration::from_secs(10),
            queue_folders: Vec::new(),
            budget: None,
            panics: Panics::Leave,
            signals: None,
            heartbeat: None,
            time_one_in: None,
        }
    }

    /// The name of the application in every record; by default the name of its executable.
    pub fn app_name(mut self, name: impl Into<String>) -> Self {
        self.app_name = Some(name.into());
        self
    }

    /// The level from which general records are accepted; INFO by default. Trades are always accepted.
    pub fn level(mut self, level: Level) -> Self {
        self.level = level;
        self
    }

    /// The clock; by default the system's.
    pub fn clock(mut self, clock: Clock) -> Self {
        self.clock = clock;
        self
    }

    /// The sizes of the rings of each thread.
    pub fn ring_sizes(mut self, sizes: RingSizes) -> Self {
        self.ring_sizes = sizes;
        self
    }

    /// What happens when a queue is full.
    pub fn overflow(mut self, overflow: Overflow) -> Self {
        self.overflow = overflow;
        self
    }

    /// The keys whose values are masked on the thread that logs them; [`Redaction::default`] by default.
    pub fn redaction(mut self, redaction: Redaction) -> Self {
        self.redaction = redaction;
        self
    }

    /// From which level on records have a field `backtrace`, of where their call was made; CRITICAL by default, `None` for none.
    ///
    /// The caller takes the addresses only, which costs some microseconds; the worker turns them into names and lines, which
    /// may take a tenth of a second for the first one. Calls below that level pay nothing. In a record that a later start
    /// recovers, addresses stay numbers. A field `backtrace` of the call itself stands in its place.
    pub fn backtraces_from(mut self, level: impl Into<Option<Level>>) -> Self {
        self.traced_from = level.into();
        self
    }

    /// Adds a drain. Drains get records in the order in which they were added.
    pub fn route(mut self, route: Route) -> Self {
        self.routes.push(route);
        self
    }

    /// Sets the drain that gets the records which another drain did not take, and those that are logged after the
    /// shutdown. It is called by several threads, one at a time, and has to return within 200 ms.
    pub fn fallback(mut self, drain: impl Drain + 'static) -> Self {
        self.fallback = Some(Box::new(drain));
        self
    }

    /// Sets the drain of the logger's own reports: a drain that fails or hangs, records that were lost, a clock that was
    /// set. By default they go to the fallback.
    pub fn reports(mut self, drain: impl Drain + 'static) -> Self {
        self.reports = Some(Box::new(drain));
        self
    }

    /// How often the same trouble is reported again; 10 s by default.
    pub fn report_every(mut self, interval: Duration) -> Self {
        self.report_every = interval;
        self
    }

    /// Logs a record with the main figures once per interval, by the pipeline's clock; by default there is none.
    ///
    /// Its event is `heartbeat`, its level INFO, its category [`Category::Logger`](crate::Category::Logger). It goes through the routes,
    /// also where the level of the pipeline is above INFO, and is in none of the figures.
    pub fn heartbeat(mut self, every: Duration) -> Self {
        self.heartbeat = Some(every);
        self
    }

    /// Times one log call in `calls`, on average, from its timestamp to its return: [`Health::call_time`](crate::Health::call_time).
    /// By default none is. A call that is not timed pays for it with a few instructions that are there in any case; one that is
    /// timed with some 50 ns. 0 is none.
    pub fn time_one_in(mut self, calls: u64) -> Self {
        self.time_one_in = (calls > 0).then_some(calls);
        self
    }

    /// Keeps the queue in files below a folder, so that what is in it survives the death of the process: the next start
    /// with the same folder writes it, once. Several calls name several folders; the queue goes into the first one in
    /// which it can be made, and all of them are looked through for what earlier runs have left. It belongs in shared
    /// memory (`/dev/shm`), because on a disk a log call may have to wait for it. Without this call, or where none of the
    /// folders can be used, the queue is on the heap, which is reported.
    ///
    /// One folder belongs to one application and one set of destinations. Only unix has it; elsewhere the queue stays on
    /// the heap.
    pub fn queue_folder(mut self, folder: impl Into<PathBuf>) -> Self {
        self.queue_folders.push(folder.into());
        self
    }

    /// Gives each expert a budget of records below WARNING. What is over it is dropped before it is encoded, and counted in
    /// [`Dropped::over_budget`](crate::Dropped::over_budget). By default there is none.
    pub fn budget(mut self, budget: Budget) -> Self {
        self.budget = Some(budget);
        self
    }

    /// Logs each panic of the process, also one that the application catches, as CRITICAL: the event is its message, the
    /// field `panic_location` is `file:line:column`, and the field `backtrace` is there whatever `RUST_BACKTRACE` says.
    /// Then all that was logged before is flushed, for at most 2 s, and the hook that was there before runs. Without this
    /// call panics are left alone.
    ///
    /// It holds under `panic = "abort"` too. The hook is put in at the first start of a pipeline that asks for it, and
    /// stays; a hook that the application sets later replaces it, unless it calls the one that it takes out.
    ///
    /// A panic in a drain is in the reports instead, and one of a value that is being logged is in the record of that
    /// call; for both the previous hook runs all the same.
    pub fn log_panics(mut self) -> Self {
        self.panics = Panics::Log;
        self
    }

    /// Empties the queue when one of `signals` asks the process to end, and then lets the signal do what it would have
    /// done. Without this call signals are left alone.
    ///
    /// - Where nobody handles it, the pipeline is shut down, for at most [`Signals::within`], and the process ends of the
    ///   signal, so that its parent sees which one it was. What other threads log meanwhile goes to the fallback.
    /// - Where the application had a handler before this pipeline was started, the pipeline is flushed, for at most the
    ///   same time, and that handler runs; from then on it has the signal for itself. It may log: the pipeline stays open.
    ///   A handler that the application sets later and that calls the one it finds, as those of the crate `signal-hook`
    ///   do, runs at once, and the pipeline is flushed meanwhile; one that does not call it is alone with the signal.
    /// - A second signal waits for nothing and does at once what it does without this call. In the child of a fork the
    ///   first one does.
    /// - A signal that is ignored when the pipeline starts, as under `nohup`, stays ignored.
    ///
    /// It is the matter of a thread of its own, one for the process. Elsewhere than on unix this call changes nothing: there
    /// the process ends as without it.
    pub fn handle_signals(mut self, signals: Signals) -> Self {
        self.signals = Some(signals);
        self
    }

    /// Writes what earlier runs have left, as the start of a pipeline with these routes and folders does, and ends. Returns
    /// when nothing is left that can be written, or at the latest after `timeout`; [`Recovered::postponed`] then says what
    /// stays. Runs whose process lives are not touched.
    ///
    /// # Errors
    ///
    /// As for [`PipelineBuilder::start`].
    pub fn recover(self, timeout: Duration) -> Result<Recovered, StartError> {
        Ok(self.start()?.recover(timeout))
    }

    /// Starts the worker and the threads of detached drains.
    ///
    /// # Errors
    ///
    /// [`StartError::RouteName`] and [`StartError::Thread`]; nothing is left running.
    pub fn start(mut self) -> Result<ShutdownGuard, StartError> {
        self.check_names()?;
        self.redaction.prepare();
        if let Some(level) = self.traced_from {
            trace_from(level);
        }
        let run =
            Arc::new(Run::new(self.app_name.take().unwrap_or_else(Run::default_app_name), self.clock.now()));
        let fallback = Arc::new(Fallback::new(self.fallback.take()));
        let reporter = Arc::new(Reporter::default());
        let routes = std::mem::take(&mut self.routes);
        let fixed_floor = Filter::floor(routes.iter().map(|route| &route.filter));
        let mut drains = Vec::new();
        let mut links = Vec::new();
        let mut outlets = Vec::new();
        let mut active = Vec::new();
        for Route { name, drain, filter, placement, journal, outlet } in routes {
            outlets.extend(outlet);
            let stats = DrainStats::new(name.clone());
            drains.push(Arc::clone(&stats));
            let supervised =
                Supervised::new(drain, Arc::clone(&stats), Arc::clone(&reporter), self.report_every);
            let end = match placement {
                Placement::Worker => End::Worker { drain: supervised, taken: Vec::new() },
                Placement::Detached { queue } => {
                    let link = Link::new(queue, Arc::clone(&stats), Arc::clone(&reporter));
                    links.push(Arc::clone(&link));
                    let detached = Detached::start(supervised, link, Arc::clone(&fallback));
                    End::Detached(detached.map_err(|source| StartError::Thread {
                        of: format!("drain `{}`", stats.name),
                        source,
                    })?)
                }
            };
            active.push(Active { name, filter, journal, end });
        }
        let reports = self.reports.take().map(|drain| {
            let stats = DrainStats::new("reports".into());
            Supervised::new(drain, stats, Arc::clone(&reporter), self.report_every)
        });
        let names: Vec<String> = active.iter().map(|route| route.name.clone()).collect();
        let (folder, plan) = self.make_folder(&run, &names, &reporter).unzip();
        let dictionary = Arc::new(Dictionary::new(dictionary_memory(folder.as_deref(), &reporter)));
        let registry = Registry::new(self.ring_sizes, folder, Arc::clone(&reporter));
        let queue_dictionary = Arc::clone(&dictionary);
        let shared = Arc::new(Shared::new(
            &self,
            fixed_floor,
            run,
            registry,
            dictionary,
            fallback,
            reporter,
            drains,
            links,
            outlets,
        ));
        let anchor = Anchor::new(&shared.counter);
        let queue = Queue::new(Arc::clone(&shared.run), anchor, Some(queue_dictionary), plan);
        let recovery = Recovery::new(self.queue_folders, shared.run.id());
        let worker =
            Worker::new(Arc::clone(&shared), Delivery::new(active), Reports::new(reports), queue, recovery);
        thread::Builder::new()
            .name("log-worker".into())
            .spawn(move || worker.run())
            .map_err(|source| StartError::Thread { of: "the worker".into(), source })?;
        exit::watch(&shared);
        if self.panics == Panics::Log {
            panics::listen(&shared);
        }
        let guard = ShutdownGuard::new(Pipeline::new(Arc::clone(&shared)));
        if let Some(signals) = self.signals {
            signals::listen(&shared, signals)
                .map_err(|source| StartError::Thread { of: "the signals".into(), source })?;
        }
        Ok(guard)
    }

    /// Whether the queue is to be kept in a folder.
    pub(super) fn wants_folder(&self) -> bool {
        !self.queue_folders.is_empty()
    }

    /// What is known of earlier runs before anybody has looked.
    pub(super) fn to_be_recovered(&self) -> Recovered {
        Recovered { postponed: self.queue_folders.len() as u64, ..Recovered::default() }
    }

    /// The folder of this run in the first place where it can be made. Each place where it cannot is reported.
    fn make_folder(
        &self,
        run: &Run,
        routes: &[String],
        reporter: &Reporter,
    ) -> Option<(Arc<RunFolder>, Plan)> {
        for base in &self.queue_folders {
            match RunFolder::create(base, run, routes) {
                Ok((folder, plan)) => return Some((Arc::new(folder), plan)),
                Err(error) => reporter.push(
                    report(Level::Warning, "queue cannot be kept in a folder; the next place is tried")
                        .field("folder", base.display().to_string().as_str())
                        .field("error", error.to_string().as_str()),
                ),
            }
        }
        if !self.queue_folders.is_empty() {
            reporter.push(report(Level::Warning, "queue is on the heap: a kill loses what is in it"));
        }
        None
    }

    fn check_names(&self) -> Result<(), StartError> {
        for (at, route) in self.routes.iter().enumerate() {
            if at == MAX_ROUTES {
                return Err(StartError::TooManyRoutes);
            }
            if self.routes[..at].iter().any(|other| other.name == route.name) {
                return Err(StartError::RouteName { name: route.name.clone() });
            }
        }
        Ok(())
    }
}

/// Memory for the dictionary of a run: in its folder, or on the heap where that cannot be had.
fn dictionary_memory(folder: Option<&RunFolder>, reporter: &Reporter) -> Appendix {
    let region = match folder.map(RunFolder::dictionary) {
        Some(Ok(region)) => region,
        Some(Err(error)) => {
            reporter.push(
                report(
                    Level::Warning,
                    "dictionary of the queue is on the heap: a kill loses events and keys",
                )
                .field("error", error.to_string().as_str()),
            );
            Region::heap(0, dictionary::BYTES)
        }
        None => Region::heap(0, dictionary::BYTES),
    };
    Appendix::new(region)
}

impl fmt::Debug for PipelineBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PipelineBuilder")
            .field("app_name", &self.app_name)
            .field("level", &self.level)
            .field("routes", &self.routes)
            .finish_non_exhaustive()
    }
}

/// The number of a pipeline in this process: tells a thread which of its rings are whose.
pub(super) fn next_id() -> u64 {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    NEXT.fetch_add(1, Ordering::Relaxed)
}
