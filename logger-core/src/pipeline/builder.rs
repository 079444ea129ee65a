//! Registers drains and starts a pipeline.

use std::{
    fmt, io,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    thread,
    time::Duration,
};

use super::{
    Pipeline, Shared,
    delivery::{Active, Delivery, End},
    detached::{Detached, Link},
    exit,
    fallback::Fallback,
    guard::ShutdownGuard,
    health::DrainStats,
    overflow::Overflow,
    registry::{Registry, RingSizes},
    reporter::{Reporter, Reports},
    route::{Placement, Route},
    supervise::Supervised,
    worker::Worker,
};
use crate::{clock::Clock, drain::Drain, level::Level, run::Run};

/// Registers drains and starts a [`Pipeline`]. Made by [`Pipeline::builder`].
#[must_use = "a pipeline begins with `start`"]
pub struct PipelineBuilder {
    app_name: Option<String>,
    pub(super) level: Level,
    pub(super) clock: Clock,
    ring_sizes: RingSizes,
    pub(super) overflow: Overflow,
    routes: Vec<Route>,
    fallback: Option<Box<dyn Drain>>,
    reports: Option<Box<dyn Drain>>,
    pub(super) report_every: Duration,
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
            routes: Vec::new(),
            fallback: None,
            reports: None,
            report_every: Duration::from_secs(10),
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

    /// Starts the worker and the threads of detached drains.
    ///
    /// # Errors
    ///
    /// [`StartError::RouteName`] and [`StartError::Thread`]; nothing is left running.
    pub fn start(mut self) -> Result<ShutdownGuard, StartError> {
        self.check_names()?;
        let run =
            Arc::new(Run::new(self.app_name.take().unwrap_or_else(Run::default_app_name), self.clock.now()));
        let fallback = Arc::new(Fallback::new(self.fallback.take()));
        let reporter = Arc::new(Reporter::default());
        let routes = std::mem::take(&mut self.routes);
        let general_floor = |level| routes.iter().filter_map(|route| route.filter.admits_from(level)).min();
        // what the routes ask for by themselves, whatever the logger's level is
        let fixed_floor = general_floor(Level::Critical).filter(|_| !routes.is_empty());
        let mut drains = Vec::new();
        let mut links = Vec::new();
        let mut active = Vec::new();
        for Route { name, drain, filter, placement } in routes {
            let stats = DrainStats::new(name);
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
            active.push(Active { filter, end });
        }
        let reports = self.reports.take().map(|drain| {
            let stats = DrainStats::new("reports".into());
            Supervised::new(drain, stats, Arc::clone(&reporter), self.report_every)
        });
        let registry = Registry::new(self.ring_sizes);
        let shared =
            Arc::new(Shared::new(&self, fixed_floor, run, registry, fallback, reporter, drains, links));
        let worker = Worker::new(Arc::clone(&shared), Delivery::new(active), Reports::new(reports));
        thread::Builder::new()
            .name("log-worker".into())
            .spawn(move || worker.run())
            .map_err(|source| StartError::Thread { of: "the worker".into(), source })?;
        exit::watch(&shared);
        Ok(ShutdownGuard::new(Pipeline::new(shared)))
    }

    fn check_names(&self) -> Result<(), StartError> {
        for (at, route) in self.routes.iter().enumerate() {
            if self.routes[..at].iter().any(|other| other.name == route.name) {
                return Err(StartError::RouteName { name: route.name.clone() });
            }
        }
        Ok(())
    }
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
