//! What is to be reached, and whether it is.

mod measured;

use crate::{sample::Samples, stats::Spread};

/// On which side of its limit a figure has to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Bound {
    AtMost,
    AtLeast,
}

/// A figure and what it has to be.
#[derive(Debug, Clone)]
pub(crate) struct Goal {
    /// `P1` to `P15`; `L2` and `A5` of the files behind a call.
    pub(crate) id: &'static str,
    /// Which of the figures of that goal.
    pub(crate) part: &'static str,
    /// `None`: it was not measured.
    pub(crate) value: Option<Spread>,
    pub(crate) bound: Bound,
    pub(crate) limit: f64,
    pub(crate) unit: &'static str,
}

impl Goal {
    const fn at_most(id: &'static str, part: &'static str, limit: f64, unit: &'static str) -> Goal {
        Goal { id, part, value: None, bound: Bound::AtMost, limit, unit }
    }

    const fn at_least(id: &'static str, part: &'static str, limit: f64, unit: &'static str) -> Goal {
        Goal { id, part, value: None, bound: Bound::AtLeast, limit, unit }
    }

    fn with(self, value: Option<Spread>) -> Goal {
        Goal { value, ..self }
    }

    /// Whether the median is on the right side; `None` where nothing was measured.
    pub(crate) fn met(&self) -> Option<bool> {
        let median = self.value?.median;
        Some(match self.bound {
            Bound::AtMost => median <= self.limit,
            Bound::AtLeast => median >= self.limit,
        })
    }

    /// How far the median is on the wrong side: above 1 where the goal is missed. Of two parts the worse one has more.
    pub(crate) fn strain(&self) -> f64 {
        let Some(Spread { median, .. }) = self.value else { return f64::NEG_INFINITY };
        match self.bound {
            // a limit of nothing is passed by anything
            Bound::AtMost if self.limit == 0.0 => median,
            Bound::AtMost => median / self.limit,
            Bound::AtLeast => self.limit / median,
        }
    }
}

/// Every goal with its figure from these samples.
pub(crate) fn judge(samples: &Samples, runs: usize) -> Vec<Goal> {
    measured::all(samples, runs)
}

/// The parts of each goal, in order.
pub(crate) fn by_id(goals: &[Goal]) -> impl Iterator<Item = &[Goal]> {
    goals.chunk_by(|one, next| one.id == next.id)
}

/// Whether a goal is met in all its parts; `None` where one is not measured and none is missed.
pub(crate) fn all_met(parts: &[Goal]) -> Option<bool> {
    let met = || parts.iter().map(Goal::met);
    if met().any(|it| it == Some(false)) {
        return Some(false);
    }
    met().all(|it| it.is_some()).then_some(true)
}

/// The part that is furthest on the wrong side.
pub(crate) fn worst(parts: &[Goal]) -> Option<&Goal> {
    parts.iter().max_by(|one, other| one.strain().total_cmp(&other.strain()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn goal(bound: Bound, limit: f64, median: Option<f64>) -> Goal {
        let value = median.map(|median| Spread { median, min: 0.0, max: 99.0 });
        Goal { value, bound, ..Goal::at_most("P1", "x", limit, "") }
    }

    #[test]
    fn the_median_decides_and_a_limit_that_is_just_reached_is_met() {
        use Bound::{AtLeast, AtMost};
        for (bound, median, met) in [
            (AtMost, Some(3.0), Some(true)),
            (AtMost, Some(3.1), Some(false)),
            (AtLeast, Some(3.0), Some(true)),
            (AtLeast, Some(2.9), Some(false)),
            (AtMost, None, None),
        ] {
            assert_eq!(goal(bound, 3.0, median).met(), met, "{bound:?} {median:?}");
        }
    }

    #[test]
    fn a_goal_is_met_when_all_its_parts_are_and_one_missing_figure_leaves_it_open() {
        let part = |median| goal(Bound::AtMost, 1.0, median);
        assert_eq!(all_met(&[part(Some(1.0)), part(Some(0.5))]), Some(true));
        assert_eq!(all_met(&[part(Some(1.0)), part(None)]), None);
        assert_eq!(all_met(&[part(Some(2.0)), part(None)]), Some(false));
    }

    #[test]
    fn the_worst_part_is_the_one_that_is_furthest_from_its_limit() {
        let parts = [
            goal(Bound::AtMost, 10.0, Some(12.0)),
            goal(Bound::AtLeast, 3.0, Some(1.0)),
            goal(Bound::AtMost, 1.0, None),
        ];
        assert_eq!(worst(&parts).unwrap().limit, 3.0);
        let lost = [goal(Bound::AtMost, 0.0, Some(0.0)), goal(Bound::AtMost, 0.0, Some(5.0))];
        assert_eq!(worst(&lost).unwrap().value.unwrap().median, 5.0);
    }
}
