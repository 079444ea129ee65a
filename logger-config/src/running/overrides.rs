//! Levels that code has set while the logger runs.

use std::time::{Duration, Instant};

use logger_core::Levels;

use crate::{explain::ExplainedValue, level_change::LevelChange, problem::Layer};

/// Levels that code has set: one for each part of the program, the earliest first.
#[derive(Debug, Default)]
pub(super) struct Overrides(Vec<Override>);

#[derive(Debug)]
struct Override {
    change: LevelChange,
    /// `None`: for good.
    end: Option<Instant>,
}

/// So late that nobody waits for it; the clock does not count further in some systems.
const FOREVER: Duration = Duration::from_secs(100 * 366 * 86_400);

impl Overrides {
    /// Sets one, in the place of an earlier one for the same part.
    pub(super) fn put(&mut self, change: LevelChange, now: Instant) {
        self.0.retain(|it| it.change.scope != change.scope);
        let end = change.lasting.filter(|time| *time < FOREVER).and_then(|time| now.checked_add(time));
        self.0.push(Override { change, end });
    }

    /// The levels with those that are set.
    pub(super) fn over(&self, levels: Levels) -> Levels {
        self.0.iter().fold(levels, |levels, it| it.change.scope.put(levels, it.change.level))
    }

    /// Forgets all. Returns whether there was one.
    pub(super) fn clear(&mut self) -> bool {
        !std::mem::take(&mut self.0).is_empty()
    }

    /// Forgets those for good whose key has a new value in the configuration: the last word holds.
    #[cfg(feature = "reload")]
    pub(super) fn yield_to(&mut self, changed: &[String]) {
        self.0.retain(|it| it.end.is_some() || !changed.contains(&it.change.scope.key()));
    }

    /// When the next one ends.
    pub(super) fn next_end(&self) -> Option<Instant> {
        self.0.iter().filter_map(|it| it.end).min()
    }

    /// Takes those out whose time is over.
    pub(super) fn take_ended(&mut self, now: Instant) -> Vec<LevelChange> {
        self.0.extract_if(.., |it| it.end.is_some_and(|end| end <= now)).map(|it| it.change).collect()
    }

    /// For the explanation: path and value.
    pub(super) fn explained(&self) -> impl Iterator<Item = (String, ExplainedValue)> {
        self.0.iter().map(|it| {
            let given = it.change.level.as_str().into();
            (it.change.scope.key(), ExplainedValue { given, layer: Layer::Running, position: None })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Level;

    fn change(expert: &str, millis: Option<u64>) -> LevelChange {
        let change = LevelChange::new(Level::Debug).expert(expert);
        millis.map_or(change.clone(), |millis| change.lasting(Duration::from_millis(millis)))
    }

    fn keys(changes: &[LevelChange]) -> Vec<String> {
        changes.iter().map(|it| it.scope.key()).collect()
    }

    #[test]
    fn each_change_ends_at_its_time_and_none_before() {
        let (mut overrides, now) = (Overrides::default(), Instant::now());
        let at = |millis| now + Duration::from_millis(millis);
        for (expert, millis) in [("a", Some(30)), ("b", Some(10)), ("c", None), ("d", Some(u64::MAX))] {
            overrides.put(change(expert, millis), now);
        }
        assert_eq!(overrides.next_end(), Some(at(10)));
        assert!(overrides.take_ended(at(9)).is_empty());
        assert_eq!(keys(&overrides.take_ended(at(10))), ["levels.experts.b"]);
        assert_eq!(overrides.next_end(), Some(at(30)));
        assert_eq!(keys(&overrides.take_ended(at(1_000))), ["levels.experts.a"]);
        // what is for good, and what ends when nobody lives any more
        assert_eq!((overrides.next_end(), overrides.explained().count()), (None, 2));
    }

    #[test]
    fn a_later_change_of_one_part_takes_the_place_of_the_earlier_one() {
        let (mut overrides, now) = (Overrides::default(), Instant::now());
        overrides.put(change("a", Some(10)), now);
        overrides.put(change("b", Some(20)), now);
        overrides.put(change("a", None), now);
        assert_eq!(overrides.next_end(), Some(now + Duration::from_millis(20)));
        assert_eq!(
            overrides.explained().map(|(key, _)| key).collect::<Vec<_>>(),
            ["levels.experts.b", "levels.experts.a"]
        );
        assert!(overrides.clear() && !overrides.clear());
    }

    #[cfg(feature = "reload")]
    #[test]
    fn what_the_configuration_says_later_ends_changes_for_good_of_the_same_part() {
        let (mut overrides, now) = (Overrides::default(), Instant::now());
        for (expert, millis) in [("a", None), ("b", Some(20)), ("c", None)] {
            overrides.put(change(expert, millis), now);
        }
        overrides.yield_to(&["levels.experts.a".into(), "levels.experts.b".into(), "level".into()]);
        assert_eq!(
            overrides.explained().map(|(key, _)| key).collect::<Vec<_>>(),
            ["levels.experts.b", "levels.experts.c"]
        );
    }
}
