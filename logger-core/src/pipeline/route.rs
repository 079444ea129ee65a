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

    /// Whether it lets in records of a kind, as far as that tells.
    fn admits(&self, kind: Kind) -> bool {
        let level = match self.threshold {
            Threshold::None => true,
            Threshold::Logger => !kind.is_below_level,
            Threshold::Level(level) => kind.level >= level,
        };
        level && self.category.is_none_or(|category| category == kind.category)
    }

    /// Whether its predicate lets a record in.
    fn accepts(&self, record: &Record<'_>) -> bool {
        self.predicate.as_ref().is_none_or(|predicate| {
            // a predicate that panics decides nothing: the record is kept
            caught(|| predicate(record)).unwrap_or(true)
        })
    }
}

/// What most filters tell records by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Kind {
    level: Level,
    category: Category,
    is_below_level: bool,
}

impl Kind {
    const COUNT: usize = Level::ALL.len() * Category::EACH.len() * 2;

    fn all() -> impl Iterator<Item = Kind> {
        Level::ALL.into_iter().flat_map(|level| {
            Category::EACH.into_iter().flat_map(move |category| {
                [false, true].map(|is_below_level| Kind { level, category, is_below_level })
            })
        })
    }

    #[inline]
    fn of(record: &Record<'_>) -> Self {
        let (level, category) = (record.level(), record.category());
        Kind { level, category, is_below_level: record.is_below_level() }
    }

    #[inline]
    fn index(self) -> usize {
        (self.level as usize * Category::EACH.len() + self.category as usize) * 2
            + usize::from(self.is_below_level)
    }
}

/// Which routes want which records, a bit for each route, so that nobody asks each filter about each record.
#[derive(Debug)]
pub(super) struct Wanted {
    by_kind: [u32; Kind::COUNT],
    /// The routes whose filter has a predicate, which is asked.
    asked: u32,
}

impl Wanted {
    /// What these filters want, in the order of their routes, of which there are at most 32.
    pub(super) fn new<'f>(filters: impl Iterator<Item = &'f Filter>) -> Self {
        let mut wanted = Wanted { by_kind: [0; Kind::COUNT], asked: 0 };
        for (at, filter) in filters.enumerate() {
            for kind in Kind::all().filter(|kind| filter.admits(*kind)) {
                wanted.by_kind[kind.index()] |= 1 << at;
            }
            wanted.asked |= u32::from(filter.predicate.is_some()) << at;
        }
        wanted
    }

    /// The routes that want a record; `filter` has the filter of a route.
    #[inline]
    pub(super) fn routes_of<'f>(
        &self,
        record: &Record<'_>,
        filter: impl Fn(usize) -> Option<&'f Filter>,
    ) -> u32 {
        let routes = self.by_kind[Kind::of(record).index()];
        routes_in(routes & self.asked)
            .filter(|route| !filter(*route).is_some_and(|it| it.accepts(record)))
            .fold(routes, |routes, refuses| routes & !(1 << refuses))
    }
}

/// The routes whose bit is set.
#[inline]
pub(super) fn routes_in(mut bits: u32) -> impl Iterator<Item = usize> {
    std::iter::from_fn(move || {
        let lowest = (bits != 0).then(|| bits.trailing_zeros() as usize);
        bits &= bits.wrapping_sub(1);
        lowest
    })
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

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;
    use crate::record::OwnedRecord;

    #[test]
    fn a_record_is_wanted_by_the_routes_whose_filter_lets_it_in() {
        let filters = [
            Filter::all(),
            Filter::at_logger_level(),
            Filter::at_least(Level::Warning),
            Filter::category(Category::Trade),
            Filter::all().and(|record| record.event() == "wanted"),
            Filter::category(Category::General).and(|_| panic!("it decides nothing")),
            Filter::at_least(Level::Error).and(|_| true).and(|_| false),
        ];
        let wanted = Wanted::new(filters.iter());
        let routes_of = |level, category, event| {
            let record = OwnedRecord::new(level, event).category(category).build();
            let routes = wanted.routes_of(&record.borrow(), |at| filters.get(at));
            routes_in(routes).collect::<Vec<_>>()
        };
        assert_eq!(routes_of(Level::Trace, Category::General, "wanted"), [0, 1, 4, 5]);
        assert_eq!(routes_of(Level::Warning, Category::General, "other"), [0, 1, 2, 5]);
        assert_eq!(routes_of(Level::Critical, Category::Trade, "wanted"), [0, 1, 2, 3, 4]);
        assert_eq!(routes_of(Level::Debug, Category::Logger, "other"), [0, 1]);
    }

    #[test]
    fn every_kind_has_a_place_of_its_own() {
        let places: Vec<usize> = Kind::all().map(Kind::index).collect();
        assert_eq!(places, (0..Kind::COUNT).collect::<Vec<_>>());
        let low = Kind { level: Level::Debug, category: Category::General, is_below_level: true };
        assert!(!Filter::at_logger_level().admits(low) && Filter::at_least(Level::Debug).admits(low));
    }
}
