//! All latencies of a run, without loss: how often each number of nanoseconds was seen.

use std::{collections::BTreeMap, fmt, str::FromStr};

use anyhow::Context as _;

/// Nanoseconds and how often. Its text form is `20:5 30:1`, in rising order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Histogram {
    counts: BTreeMap<u64, u64>,
}

impl FromIterator<u64> for Histogram {
    fn from_iter<I: IntoIterator<Item = u64>>(nanos: I) -> Self {
        let mut histogram = Histogram::default();
        nanos.into_iter().for_each(|it| *histogram.counts.entry(it).or_default() += 1);
        histogram
    }
}

impl Histogram {
    pub(crate) fn len(&self) -> u64 {
        self.counts.values().sum()
    }

    /// The smallest value that `share` (0 to 1) of all values do not pass; 0 of an empty histogram.
    pub(crate) fn percentile(&self, share: f64) -> u64 {
        let rank = (share * self.len() as f64).ceil().max(1.0) as u64;
        let mut seen = 0;
        for (&nanos, count) in &self.counts {
            seen += count;
            if seen >= rank {
                return nanos;
            }
        }
        0
    }

    /// The median of what was measured by a clock with steps of `step` nanoseconds: the calls of a step are taken to lie
    /// evenly in it. A step may be as long as a call, and without this one call in a hundred would move the median by it.
    pub(crate) fn median_in_steps(&self, step: u64) -> f64 {
        let step = step.max(1);
        let mut steps: BTreeMap<u64, u64> = BTreeMap::new();
        for (&nanos, count) in &self.counts {
            *steps.entry((nanos + step / 2) / step).or_default() += count;
        }
        let half = self.len() as f64 / 2.0;
        let mut below = 0.0;
        for (at, count) in steps {
            let count = count as f64;
            if below + count >= half && count > 0.0 {
                return (at as f64 - 0.5 + (half - below) / count) * step as f64;
            }
            below += count;
        }
        0.0
    }

    pub(crate) fn max(&self) -> u64 {
        self.counts.last_key_value().map_or(0, |(&nanos, _)| nanos)
    }

    pub(crate) fn add(&mut self, other: &Histogram) {
        other.counts.iter().for_each(|(&nanos, count)| *self.counts.entry(nanos).or_default() += count);
    }
}

impl fmt::Display for Histogram {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, (nanos, count)) in self.counts.iter().enumerate() {
            let space = if at == 0 { "" } else { " " };
            write!(f, "{space}{nanos}:{count}")?;
        }
        Ok(())
    }
}

impl FromStr for Histogram {
    type Err = anyhow::Error;

    fn from_str(text: &str) -> anyhow::Result<Self> {
        let pair = |word: &str| {
            let (nanos, count) = word.split_once(':').with_context(|| format!("`{word}` has no colon"))?;
            Ok((nanos.parse()?, count.parse()?))
        };
        Ok(Histogram { counts: text.split_whitespace().map(pair).collect::<anyhow::Result<_>>()? })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_percentile_is_the_value_of_the_nearest_rank() {
        let histogram: Histogram = (1..=1000).rev().collect();
        let of = |share| histogram.percentile(share);
        assert_eq!((of(0.5), of(0.99), of(0.999), of(1.0)), (500, 990, 999, 1000));
        assert_eq!((of(0.0), histogram.max(), histogram.len()), (1, 1000, 1000));
        assert_eq!([7, 7, 7, 9].into_iter().collect::<Histogram>().percentile(0.75), 7);
        assert_eq!([7, 7, 7, 9].into_iter().collect::<Histogram>().percentile(0.76), 9);
        assert_eq!(Histogram::default().percentile(0.5), 0);
    }

    #[test]
    fn a_median_in_steps_moves_with_the_calls_around_it() {
        let of = |text: &str, step| text.parse::<Histogram>().unwrap().median_in_steps(step);
        // a call of 14 ns reads 10 in six cases of ten, and 20 in the others
        assert!((of("10:600 20:400", 10) - 13.3).abs() < 0.1);
        assert!((of("9:300 10:300 19:100 20:300", 10) - 13.3).abs() < 0.1);
        assert_eq!(of("10:1000", 10), 10.0);
        assert_eq!(of("10:500 20:500", 10), 15.0);
        assert_eq!(of("1:1 2:1 3:1", 1), 2.0);
        assert_eq!(of("", 10), 0.0);
    }

    #[test]
    fn its_text_form_is_read_back_and_two_are_added() {
        let histogram: Histogram = [30, 20, 20].into_iter().collect();
        assert_eq!(histogram.to_string(), "20:2 30:1");
        let mut read: Histogram = "20:2 30:1".parse().unwrap();
        assert_eq!(read, histogram);
        read.add(&"20:1 40:9".parse().unwrap());
        assert_eq!(read.to_string(), "20:3 30:1 40:9");
        assert!("20".parse::<Histogram>().is_err() && "20:x".parse::<Histogram>().is_err());
    }
}
