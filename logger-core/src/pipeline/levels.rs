//! From which level on records are accepted: one level for the whole, and others for parts of the program.

use std::sync::{
    Arc, Mutex, PoisonError,
    atomic::{AtomicU8, Ordering},
};

use arc_swap::ArcSwap;

use super::Pipeline;
use crate::{category::Category, codec::flag, context::with_scope, level::Level, value::Value};

/// From which level on records are accepted, for the drains that follow the level of the logger.
///
/// Of several levels that fit a record that of its expert holds, then that of the longest module, then that of its category,
/// then that of the whole. A drain with a level of its own ([`Filter::at_least`](crate::Filter::at_least)) does not heed them,
/// and trades are accepted at any level.
///
/// A call costs nothing more for it while no part has a level of its own. While one has, a call at or above the lowest of all
/// levels is judged by its module and its expert, after its values were evaluated.
///
/// ```
/// use logger_core::{Category, Level, Levels};
///
/// let levels = Levels::new(Level::Info).module("my_bot::orders", Level::Debug).expert("GridBot", Level::Trace);
/// assert_eq!(levels.of(None, "my_bot::orders::limit", Category::General), Level::Debug);
/// assert_eq!(levels.of(Some("GridBot"), "my_bot::orders", Category::General), Level::Trace);
/// assert_eq!(levels.of(Some("MyEmaBot"), "my_bot", Category::General), Level::Info);
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Levels {
    level: Level,
    experts: Vec<(String, Level)>,
    /// The longest path first.
    modules: Vec<(String, Level)>,
    categories: [Option<Level>; 3],
}

impl Levels {
    /// One level for the whole.
    pub const fn new(level: Level) -> Self {
        Levels { level, experts: Vec::new(), modules: Vec::new(), categories: [None; 3] }
    }

    /// A level for the records of one expert: those of loggers and scopes whose context has this `expert_name`. Of two calls
    /// with one name the later counts, here and below.
    #[must_use]
    pub fn expert(mut self, name: impl Into<String>, level: Level) -> Self {
        put(&mut self.experts, name.into(), level);
        self
    }

    /// A level for a module, such as `my_bot::orders`, and those below it.
    #[must_use]
    pub fn module(mut self, path: impl Into<String>, level: Level) -> Self {
        put(&mut self.modules, path.into(), level);
        self.modules.sort_by_key(|(path, _)| std::cmp::Reverse(path.len()));
        self
    }

    /// A level for a category.
    #[must_use]
    pub fn category(mut self, category: Category, level: Level) -> Self {
        self.categories[category as usize] = Some(level);
        self
    }

    /// The same with another level of the whole.
    #[must_use]
    pub fn with_level(self, level: Level) -> Self {
        Levels { level, ..self }
    }

    /// The level of the whole.
    pub const fn level(&self) -> Level {
        self.level
    }

    /// The level of a record.
    pub fn of(&self, expert: Option<&str>, module: &str, category: Category) -> Level {
        let of_expert = || expert.and_then(|name| self.experts.iter().find(|(it, _)| it == name));
        let of_module = || self.modules.iter().find(|(path, _)| is_in(module, path));
        let part = of_expert().or_else(of_module).map(|(_, level)| *level);
        part.or(self.categories[category as usize]).unwrap_or(self.level)
    }

    fn has_parts(&self) -> bool {
        !self.experts.is_empty() || !self.modules.is_empty() || self.categories != [None; 3]
    }

    fn lowest(&self) -> Level {
        let parts = self.experts.iter().chain(&self.modules).map(|(_, level)| *level);
        parts.chain(self.categories.into_iter().flatten()).fold(self.level, Level::min)
    }
}

fn put(levels: &mut Vec<(String, Level)>, name: String, level: Level) {
    levels.retain(|(it, _)| *it != name);
    levels.push((name, level));
}

/// Whether a module is `parent` or below it.
fn is_in(module: &str, parent: &str) -> bool {
    module.strip_prefix(parent).is_some_and(|rest| rest.is_empty() || rest.starts_with("::"))
}

/// The levels that hold just now. What a call looks at in passing is one byte each.
#[derive(Debug)]
pub(super) struct LiveLevels {
    /// The level of the whole, or [`PARTS`].
    limit: AtomicU8,
    /// The lowest level that is accepted of records that are no trades.
    admission: AtomicU8,
    /// The lowest level that a route asks for by itself, or [`NO_FLOOR`].
    floor: AtomicU8,
    current: ArcSwap<Levels>,
    /// Held while the fields above are changed.
    change: Mutex<()>,
}

/// Above every level, so that each record is compared with the levels of its parts.
const PARTS: u8 = u8::MAX;
/// Above every level: no record is accepted for the sake of a route alone.
const NO_FLOOR: u8 = u8::MAX;

impl LiveLevels {
    pub(super) fn new(level: Level, floor: Option<Level>) -> Self {
        let levels = LiveLevels {
            limit: AtomicU8::new(level as u8),
            admission: AtomicU8::new(level as u8),
            floor: AtomicU8::new(floor.map_or(NO_FLOOR, |floor| floor as u8)),
            current: ArcSwap::from_pointee(Levels::new(level)),
            change: Mutex::new(()),
        };
        levels.change(|levels| levels);
        levels
    }

    /// Whether records of a level that are no trades may be accepted.
    #[inline]
    pub(super) fn admit(&self, level: Level) -> bool {
        level as u8 >= self.admission.load(Ordering::Relaxed)
    }

    pub(super) fn current(&self) -> Arc<Levels> {
        self.current.load_full()
    }

    /// Changes the levels; of two changes at one time none is lost.
    pub(super) fn change(&self, change: impl FnOnce(Levels) -> Levels) {
        let _one_at_a_time = self.change.lock().unwrap_or_else(PoisonError::into_inner);
        let levels = change(Levels::clone(&self.current.load()));
        let limit = if levels.has_parts() { PARTS } else { levels.level as u8 };
        let lowest = levels.lowest() as u8;
        self.current.store(Arc::new(levels));
        self.limit.store(limit, Ordering::Relaxed);
        self.admission.store(lowest.min(self.floor.load(Ordering::Relaxed)), Ordering::Relaxed);
    }

    /// Changes the lowest level that a route asks for by itself.
    pub(super) fn set_floor(&self, floor: Option<Level>) {
        self.floor.store(floor.map_or(NO_FLOOR, |floor| floor as u8), Ordering::Relaxed);
        self.change(|levels| levels);
    }
}

impl Pipeline {
    /// The flag of a record by its level; `None` for one that no drain wants.
    #[inline]
    pub(super) fn judge(&self, level: Level, record: &slog::Record<'_>) -> Option<u8> {
        let limit = self.shared().levels.limit.load(Ordering::Relaxed);
        if level as u8 >= limit { Some(0) } else { self.judge_below(limit, level, record) }
    }

    /// A record below the level of the whole, or any while parts have levels of their own.
    #[cold]
    fn judge_below(&self, limit: u8, level: Level, record: &slog::Record<'_>) -> Option<u8> {
        let levels = &self.shared().levels;
        if limit == PARTS && level >= self.limit_of(record.module()) {
            return Some(0);
        }
        let is_wanted =
            self.category == Category::Trade || level as u8 >= levels.floor.load(Ordering::Relaxed);
        is_wanted.then_some(flag::BELOW_LEVEL)
    }

    /// The level of this logger's records of a module.
    fn limit_of(&self, module: &str) -> Level {
        let levels = self.shared().levels.current.load();
        let mut limit = None;
        if !levels.experts.is_empty() {
            with_scope(|scope| {
                if let Some((_, Value::Str(expert))) = scope.iter().filter(|(key, _)| *key == EXPERT).last() {
                    limit = Some(levels.of(Some(expert), module, self.category));
                }
            });
        }
        limit.unwrap_or_else(|| levels.of(self.expert.as_deref(), module, self.category))
    }
}

/// The key of the name of an expert.
pub(super) const EXPERT: &str = "expert_name";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_part_of_a_record_holds() {
        let levels = Levels::new(Level::Info)
            .category(Category::Trade, Level::Error)
            .module("bot", Level::Warning)
            .module("bot::orders", Level::Trace)
            .expert("Ema", Level::Critical);
        for (expert, module, category, level) in [
            (None, "other", Category::General, Level::Info),
            (None, "other", Category::Trade, Level::Error),
            (None, "bot", Category::Trade, Level::Warning),
            (None, "bots", Category::General, Level::Info),
            (None, "bot::orders", Category::General, Level::Trace),
            (None, "bot::orders::x", Category::General, Level::Trace),
            (None, "bot::orders_x", Category::General, Level::Warning),
            (Some("Ema"), "bot::orders", Category::General, Level::Critical),
            (Some("Emax"), "bot::orders", Category::General, Level::Trace),
        ] {
            assert_eq!(levels.of(expert, module, category), level, "{expert:?} {module} {category}");
        }
        assert_eq!(levels.lowest(), Level::Trace);
    }

    #[test]
    fn a_part_that_is_named_again_has_the_later_level() {
        let levels = Levels::new(Level::Info).module("a", Level::Trace).module("a", Level::Error);
        assert_eq!(levels.of(None, "a", Category::General), Level::Error);
        assert_eq!(levels.lowest(), Level::Info);
    }
}
