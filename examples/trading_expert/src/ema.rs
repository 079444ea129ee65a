//! Exponential moving averages and the moment when two of them cross.

/// An exponential moving average. Each value weighs `2 / (period + 1)`; the first one is the average's start.
#[derive(Debug, Clone)]
pub(crate) struct Ema {
    weight: f64,
    value: Option<f64>,
}

impl Ema {
    /// An average over about `period` values.
    pub(crate) fn new(period: u32) -> Ema {
        Ema { weight: 2.0 / (f64::from(period) + 1.0), value: None }
    }

    /// Takes the next value; returns the average.
    pub(crate) fn update(&mut self, value: f64) -> f64 {
        let average = self.value.map_or(value, |last| last + (value - last) * self.weight);
        self.value = Some(average);
        average
    }
}

/// Which way the fast average went through the slow one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Cross {
    /// From below to above.
    Up,
    /// From above to below.
    Down,
}

/// A fast and a slow average over the same values.
#[derive(Debug, Clone)]
pub(crate) struct EmaPair {
    fast: Ema,
    slow: Ema,
    last: Option<Averages>,
    /// How many values are still needed before a crossing means anything.
    warm_up: u32,
}

/// The two averages after a value.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Averages {
    /// The one over fewer values.
    pub(crate) fast: f64,
    /// The one over more values.
    pub(crate) slow: f64,
}

impl EmaPair {
    /// Averages over about `fast` and `slow` values. The first `slow` values are the warm-up: they give no crossing.
    pub(crate) fn new(fast: u32, slow: u32) -> EmaPair {
        EmaPair { fast: Ema::new(fast), slow: Ema::new(slow), last: None, warm_up: slow }
    }

    /// Takes the next value; returns the averages, and the crossing if it made one.
    pub(crate) fn update(&mut self, value: f64) -> (Averages, Option<Cross>) {
        let now = Averages { fast: self.fast.update(value), slow: self.slow.update(value) };
        let last = self.last.replace(now);
        if self.warm_up > 0 {
            self.warm_up -= 1;
            return (now, None);
        }
        (now, last.and_then(|last| crossing(last, now)))
    }
}

fn crossing(last: Averages, now: Averages) -> Option<Cross> {
    if last.fast <= last.slow && now.fast > now.slow {
        Some(Cross::Up)
    } else if last.fast >= last.slow && now.fast < now.slow {
        Some(Cross::Down)
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_average_moves_by_its_weight_towards_each_value() {
        let mut ema = Ema::new(3); // weight 0.5
        assert_eq!([10.0, 20.0, 20.0, 0.0].map(|value| ema.update(value)), [10.0, 15.0, 17.5, 8.75]);
    }

    #[test]
    fn a_rise_after_a_fall_crosses_up_once_and_the_next_fall_crosses_down_once() {
        let mut pair = EmaPair::new(2, 4);
        let prices = [50.0, 40.0, 30.0, 20.0, 10.0, 30.0, 50.0, 70.0, 60.0, 20.0, 10.0];
        let crossings: Vec<_> =
            (0..).zip(prices).filter_map(|(day, price)| Some((day, pair.update(price).1?))).collect();
        assert_eq!(crossings, [(6, Cross::Up), (9, Cross::Down)]);
    }

    #[test]
    fn the_warm_up_gives_no_crossing() {
        let mut pair = EmaPair::new(2, 4);
        assert!([10.0, 90.0, 10.0, 90.0].iter().all(|price| pair.update(*price).1.is_none()));
        assert_eq!(pair.update(1.0).1, Some(Cross::Down));
    }
}
