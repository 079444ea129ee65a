//! Medians with what lies around them, and ratios run by run.

/// The median of some runs, with the lowest and the highest.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Spread {
    pub(crate) median: f64,
    pub(crate) min: f64,
    pub(crate) max: f64,
}

impl Spread {
    /// Of the values of some runs; `None` of no runs.
    pub(crate) fn of(values: impl IntoIterator<Item = f64>) -> Option<Spread> {
        let mut values: Vec<f64> = values.into_iter().collect();
        values.sort_by(f64::total_cmp);
        let (min, max) = (*values.first()?, *values.last()?);
        let (low, high) = (values[(values.len() - 1) / 2], values[values.len() / 2]);
        Some(Spread { median: f64::midpoint(low, high), min, max })
    }
}

/// What is left of a time when the empty call is taken away: at least one nanosecond, so that it can be divided by.
pub(crate) fn net(time: f64, empty: f64) -> f64 {
    (time - empty).max(1.0)
}

/// The ratios of pairs that were measured in the same run. A run that lacks one of the two has none.
pub(crate) fn ratios(pairs: impl IntoIterator<Item = (Option<f64>, Option<f64>)>) -> Option<Spread> {
    let ratio = |(value, reference): (Option<f64>, Option<f64>)| {
        let (value, reference) = (value?, reference?);
        (reference > 0.0).then(|| value / reference)
    };
    Spread::of(pairs.into_iter().filter_map(ratio))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spread(values: &[f64]) -> Option<(f64, f64, f64)> {
        Spread::of(values.iter().copied()).map(|it| (it.min, it.median, it.max))
    }

    #[test]
    fn the_median_is_the_middle_or_lies_between_the_two_in_the_middle() {
        assert_eq!(spread(&[]), None);
        assert_eq!(spread(&[4.0]), Some((4.0, 4.0, 4.0)));
        assert_eq!(spread(&[9.0, 1.0, 4.0]), Some((1.0, 4.0, 9.0)));
        assert_eq!(spread(&[9.0, 1.0, 4.0, 5.0]), Some((1.0, 4.5, 9.0)));
    }

    #[test]
    fn a_ratio_is_taken_in_each_run_before_the_median() {
        // the machine was twice as slow in the second run: the ratio of the medians would say 1.5
        let pairs = [(Some(20.0), Some(10.0)), (Some(40.0), Some(20.0)), (Some(30.0), Some(15.0))];
        let both = ratios(pairs).unwrap();
        assert_eq!((both.min, both.median, both.max), (2.0, 2.0, 2.0));
        assert_eq!(ratios([(None, Some(1.0)), (Some(1.0), None), (Some(1.0), Some(0.0))]), None);
    }

    #[test]
    fn a_net_time_is_never_below_a_nanosecond() {
        assert_eq!(net(90.0, 20.0), 70.0);
        assert_eq!(net(18.0, 20.0), 1.0);
    }
}
