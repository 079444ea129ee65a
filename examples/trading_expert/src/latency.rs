//! How long calls took: a histogram of fixed size, because a list would grow while it measures.

use std::time::{Duration, Instant};

/// Buckets per power of two: a bucket is at most an eighth wider than its lower bound.
const STEPS: u64 = 8;
const STEP_BITS: u32 = STEPS.trailing_zeros();
const BUCKETS: usize = (64 - STEP_BITS as usize + 1) * STEPS as usize;

/// Counts durations by size, in nanoseconds, to within 12.5 %.
#[derive(Debug, Clone)]
pub struct Histogram {
    counts: Box<[u64]>,
}

impl Default for Histogram {
    fn default() -> Self {
        Histogram { counts: vec![0; BUCKETS].into() }
    }
}

impl Histogram {
    /// Runs `call` and counts how long it took. The two looks at the clock are part of it, some 20 to 50 ns.
    pub fn time<R>(&mut self, call: impl FnOnce() -> R) -> R {
        let start = Instant::now();
        let result = call();
        self.add(start.elapsed());
        result
    }

    /// Counts one duration.
    pub fn add(&mut self, took: Duration) {
        let nanos = u64::try_from(took.as_nanos()).unwrap_or(u64::MAX);
        self.counts[bucket(nanos)] += 1;
    }

    /// Adds the counts of another histogram.
    pub fn merge(&mut self, other: &Histogram) {
        for (count, more) in self.counts.iter_mut().zip(&other.counts) {
            *count += more;
        }
    }

    /// How many durations were counted.
    pub fn len(&self) -> u64 {
        self.counts.iter().sum()
    }

    /// Whether none was counted.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The duration that `share` of all do not exceed, such as 0.5 for the median: the upper bound of its bucket.
    /// `None` where nothing was counted.
    pub fn quantile(&self, share: f64) -> Option<Duration> {
        let rank = (self.len() as f64 * share).ceil().max(1.0) as u64;
        let mut seen = 0;
        let index = self.counts.iter().position(|count| {
            seen += count;
            seen >= rank
        })?;
        Some(Duration::from_nanos(upper_bound(index)))
    }
}

/// The bucket of a number: below `STEPS` its own, above by its highest bit and the `STEP_BITS` bits after it.
fn bucket(nanos: u64) -> usize {
    if nanos < STEPS {
        return nanos as usize;
    }
    let shift = nanos.ilog2() - STEP_BITS;
    ((u64::from(shift) + 1) * STEPS + (nanos >> shift) - STEPS) as usize
}

/// The largest number of a bucket.
fn upper_bound(index: usize) -> u64 {
    let (row, column) = (index as u64 / STEPS, index as u64 % STEPS);
    match row.checked_sub(1) {
        None => column,
        Some(shift) => (((STEPS + column) << shift) - 1) + (1 << shift),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_number_lies_in_its_bucket_and_the_bucket_is_narrow() {
        let numbers = (0..70)
            .chain((3..64).flat_map(|bit| [(1 << bit) - 1, 1 << bit, (1 << bit) + 1]))
            .chain([u64::MAX]);
        for nanos in numbers {
            let index = bucket(nanos);
            let upper = upper_bound(index);
            let below = index.checked_sub(1).map(upper_bound);
            assert!(nanos <= upper && below.is_none_or(|below| nanos > below), "{nanos} in {index}");
            assert!((upper - nanos) as f64 <= nanos as f64 / STEPS as f64, "{nanos} in a bucket to {upper}");
        }
    }

    #[test]
    fn quantiles_are_those_of_what_was_counted() {
        let mut histogram = Histogram::default();
        assert_eq!(histogram.quantile(0.5), None);
        let mut other = Histogram::default();
        (0..98).for_each(|_| histogram.add(Duration::from_nanos(5)));
        (0..2).for_each(|_| other.add(Duration::from_nanos(1000)));
        histogram.merge(&other);
        assert_eq!(histogram.len(), 100);
        assert_eq!(histogram.quantile(0.5), Some(Duration::from_nanos(5)));
        assert_eq!(histogram.quantile(0.98), Some(Duration::from_nanos(5)));
        assert_eq!(histogram.quantile(0.99), Some(Duration::from_nanos(1023)));
    }
}
