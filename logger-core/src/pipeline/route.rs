//! Which records a drain gets, and on which thread it runs.

use std::{
    fmt,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
};

use super::supervise::caught;
use crate::{
    category::Category, drain::Drain, journal::Journal, level::Level, outlet::Outlet, record::Record,
};

/// A drain with what the pipeline has to know of it: its name, the records it gets, the thread it runs on.
pub struct Route {
    pub(crate) name: String,
    pub(crate) drain: Box<dyn Drain>,
    pub(crate) filter: Filter,
    pub(crate) placement: Placement,
    pub(crate) journal: Option<Arc<dyn Journal>>,
    pub(crate) outlet: Option<Arc<dyn Outlet>>,
}

impl Route {
    /// A drain that runs on the worker's thread and gets the records at or above the logger's level.
    pub fn new(name: impl Into<String>, drain: impl Drain + 'static) -> Self {
        Route {
            name: name.into(),
            drain: Box::new(drain),
            filter: Filter::at_logger_level(),
            placement: Placement::Worker,
            journal: None,
            outlet: None,
        }
    }

    /// Says how far the drain's destination has got, so that the next start after a kill writes each record there exactly
    /// once. Without it a record of the batch that was being written may be written twice. Not for detached drains.
    #[must_use]
    pub fn journal(mut self, journal: Arc<dyn Journal>) -> Self {
        self.journal = Some(journal);
        self
    }

    /// Says what goes on behind the drain, so that a flush and a shutdown wait for that, too.
    #[must_use]
    pub fn outlet(mut self, outlet: Arc<dyn Outlet>) -> Self {
        self.outlet = Some(outlet);
        self
    }

    /// Sets which records it gets.
    #[must_use]
    pub fn filter(mut self, filter: Filter) -> Self {
        self.filter = filter;
        self
    }

    /// Gives the drain a thread of its own and a queue of `queue` records (at least 1). A drain that may be slow or hang
    /// belongs there: the worker never waits for it. When its queue is full the newest record is dropped for this drain
    /// and counted in [`DrainHealth::dropped`](crate::DrainHealth::dropped).
    #[must_use]
    pub fn detached(mut self, queue: usize) -> Self {
        self.placement = Placement::Detached { queue: queue.max(1) };
        self
    }
}

impl fmt::Debug for Route {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Route")
            .field("name", &self.name)
            .field("filter", &self.filter)
            .field("placement", &self.placement)
            .finish_non_exhaustive()
    }
}

/// Where a drain runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Placement {
    /// On the worker's thread.
    Worker,
    /// On its own thread, behind a queue of so many records.
    Detached { queue: usize },
}

/// Which records a drain gets.
pub struct Filter {
    threshold: Threshold,
    category: Option<Category>,
    predicate: Option<Predicate>,
}

type Predicate = Box<dyn Fn(&Record<'_>) -> bool + Send + Sync>;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Threshold {
    /// Whatever any other route lets in.
    None,
    /// The level of the pipeline, which may change.
    Logger,
    /// A level of its own.
    Level(Level),
}

impl Filter {
    const fn new(threshold: Threshold, category: Option<Category>) -> Self {
        Filter { threshold, category, predicate: None }
    }

    /// Every record that the pipeline accepts: trades, and what is at or above its level or that of another route.
    pub const fn all() -> Self {
        Self::new(Threshold::None, None)
    }

    /// Records at or above the pipeline's level, which may change at run time.
    pub const fn at_logger_level() -> Self {
        Self::new(Threshold::Logger, None)
    }

    /// Records at or above `level`, whatever the pipeline's level is.
    pub const fn at_least(level: Level) -> Self {
        Self::new(Threshold::Level(level), None)
    }

    /// Records of one category, at any level.
    pub const fn category(category: Category) -> Self {
        Self::new(Threshold::None, Some(category))
    }

    /// Of these records only those for which `predicate` is true. It runs on the worker's thread; where it panics the
    /// record passes.
    #[must_use]
    pub fn and(mut self, predicate: impl Fn(&Record<'_>) -> bool + Send + Sync + 'static) -> Self {
        self.predicate = Some(match self.predicate {
            None => Box::new(predicate),
            Some(first) => Box::new(move |record| first(record) && predicate(record)),
        });
        self
    }

    /// The lowest level that some of these filters ask for by themselves, whatever the logger's level is.
    pub(crate) fn floor<'f>(filters: impl Iterator<Item = &'f Filter>) -> Option<Level> {
        filters.filter_map(|filter| filter.admits_from(Level::Critical)).min()
    }

    /// The lowest level of general records that it asks the pipeline to accept, when that has the level `logger`.
    pub(crate) fn admits_from(&self, logger: Level) -> Option<Level> {
        match (self.category, self.threshold) {
            (Some(Category::Trade), _) | (_, Threshold::None) => None,
            (_, Threshold::Logger) => Some(logger),
            (_, Threshold::Level(level)) => Some(level),
        }
    }

    #[inline]
    pub(crate) fn matches(&self, record: &Record<'_>) -> bool {
        let level = match self.threshold {
            Threshold::None => true,
            Threshold::Logger => !record.is_below_level(),
            Threshold::Level(level) => record.level() >= level,
        };
        level
            && self.category.is_none_or(|category| category == record.category())
            && self.predicate.as_ref().is_none_or(|predicate| {
                // a predicate that panics decides nothing: the record is kept
                caught(|| predicate(record)).unwrap_or(true)
            })
    }
}

/// Filters that wait for the worker, which puts them into its routes.
#[derive(Debug, Default)]
pub(super) struct NewFilters {
    any: AtomicBool,
    filters: Mutex<Vec<(String, Filter)>>,
}

impl NewFilters {
    pub(super) fn put(&self, filters: impl IntoIterator<Item = (String, Filter)>) {
        self.lock().extend(filters);
        self.any.store(true, Ordering::Release);
    }

    /// Those that came since the last call, the earliest first.
    pub(super) fn take(&self) -> Vec<(String, Filter)> {
        match self.any.load(Ordering::Relaxed) && self.any.swap(false, Ordering::Acquire) {
            true => std::mem::take(&mut *self.lock()),
            false => Vec::new(),
        }
    }

    fn lock(&self) -> MutexGuard<'_, Vec<(String, Filter)>> {
        self.filters.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Filter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Filter")
            .field("threshold", &self.threshold)
            .field("category", &self.category)
            .field("predicate", &self.predicate.as_ref().map(|_| ".."))
            .finish()
    }
}
