//! How many durations were of what length.

use std::{
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};

/// How many durations were of what length: a copy that does not change.
///
/// Lengths are known as classes: a class holds what is longer than the bound of the one before it, and at most as long as its
/// own.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Histogram {
    /// Bound and count of each class, the shortest first.
    classes: Vec<(Duration, u64)>,
    sum: Duration,
    longest: Duration,
}

impl Histogram {
    /// Puts one together of classes with ascending bounds. `longest` is the bound of what none of them holds.
    pub fn new(
        classes: impl IntoIterator<Item = (Duration, u64)>,
        sum: Duration,
        longest: Duration,
    ) -> Histogram {
        Histogram { classes: classes.into_iter().collect(), sum, longest }
    }

    /// How many durations there are.
    pub fn count(&self) -> u64 {
        self.classes.iter().map(|(_, count)| count).sum()
    }

    /// All durations together.
    pub fn sum(&self) -> Duration {
        self.sum
    }

    /// The longest one, exactly; zero where there is none.
    pub fn longest(&self) -> Duration {
        self.longest
    }

    /// The classes: their bounds, and how many durations each holds.
    pub fn classes(&self) -> &[(Duration, u64)] {
        &self.classes
    }

    /// How many durations are in classes up to `bound`. Exact where `bound` is that of a class.
    pub fn at_most(&self, bound: Duration) -> u64 {
        self.classes.iter().take_while(|(upto, _)| *upto <= bound).map(|(_, count)| count).sum()
    }

    /// A bound that this share of the durations does not pass: 0.99 for the 99th percentile. It is the bound of a class, and
    /// never more than the longest duration; zero where there is none.
    pub fn quantile(&self, share: f64) -> Duration {
        let wanted = ((self.count() as f64 * share.clamp(0.0, 1.0)).ceil() as u64).max(1);
        let mut seen = 0;
        let class = self.classes.iter().find(|(_, count)| {
            seen += count;
            seen >= wanted
        });
        class.map_or(self.longest, |(bound, _)| (*bound).min(self.longest))
    }
}

/// Classes in each power of two: a bound is at most a sixteenth above what its class holds.
const PARTS: u64 = 16;
const PART_BITS: u32 = PARTS.trailing_zeros();
/// The power of two of nanoseconds, about 69 s, above which durations are counted as if they were as long.
const LAST_POWER: u32 = 36;
const CLASSES: usize = ((LAST_POWER - PART_BITS + 1) as u64 * PARTS) as usize;

/// A histogram that any thread adds to. Its classes are those of an HDR histogram with 4 significant bits, and powers of two
/// are bounds of classes.
#[derive(Debug)]
pub(crate) struct LiveHistogram {
    counts: Box<[AtomicU64]>,
    /// In nanoseconds.
    sum: AtomicU64,
    longest: AtomicU64,
}

impl Default for LiveHistogram {
    fn default() -> Self {
        LiveHistogram {
            counts: (0..CLASSES).map(|_| AtomicU64::new(0)).collect(),
            sum: AtomicU64::new(0),
            longest: AtomicU64::new(0),
        }
    }
}

impl LiveHistogram {
    pub(crate) fn add(&self, nanos: u64) {
        self.counts[class_of(nanos)].fetch_add(1, Ordering::Relaxed);
        self.sum.fetch_add(nanos, Ordering::Relaxed);
        self.longest.fetch_max(nanos, Ordering::Relaxed);
    }

    /// A copy of the classes that hold anything.
    pub(crate) fn snapshot(&self) -> Histogram {
        let counts = self.counts.iter().map(|count| count.load(Ordering::Relaxed)).enumerate();
        let classes = counts.filter(|(_, count)| *count > 0);
        Histogram::new(
            classes.map(|(class, count)| (Duration::from_nanos(bound_of(class)), count)),
            Duration::from_nanos(self.sum.load(Ordering::Relaxed)),
            Duration::from_nanos(self.longest.load(Ordering::Relaxed)),
        )
    }
}

fn class_of(nanos: u64) -> usize {
    // one less, so that a bound belongs to the class that it ends
    let below = nanos.saturating_sub(1).min((1 << LAST_POWER) - 1);
    let power = below.checked_ilog2().unwrap_or(0);
    match power.checked_sub(PART_BITS) {
        None => below as usize,
        Some(shift) => (u64::from(shift) * PARTS + (below >> shift)) as usize,
    }
}

fn bound_of(class: usize) -> u64 {
    let class = class as u64;
    match (class / PARTS).checked_sub(1) {
        None => class + 1,
        Some(shift) => (class % PARTS + PARTS + 1) << shift,
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    #[test]
    fn a_class_ends_at_its_bound_and_is_a_sixteenth_wide_at_most() {
        for class in 0..CLASSES {
            let bound = bound_of(class);
            assert_eq!((class_of(bound), class_of(bound + 1)), (class, (class + 1).min(CLASSES - 1)));
            let before = class.checked_sub(1).map_or(0, bound_of);
            assert!(bound - before <= (before / PARTS).max(1), "{before} to {bound}");
        }
        for power in 0..=LAST_POWER {
            assert_eq!(bound_of(class_of(1 << power)), 1 << power);
        }
        assert_eq!((class_of(0), class_of(u64::MAX)), (0, CLASSES - 1));
    }

    #[test]
    fn quantiles_are_bounds_of_classes_and_never_more_than_the_longest() {
        let live = LiveHistogram::default();
        assert_eq!(live.snapshot().quantile(0.99), Duration::ZERO);
        (1..=1_000).for_each(|micros| live.add(micros * 1_000));
        let seen = live.snapshot();
        assert_eq!((seen.count(), seen.sum()), (1_000, Duration::from_nanos(500_500_000)));
        for (share, exact) in [(0.5, 500), (0.99, 990), (0.001, 1)] {
            let (found, exact) = (seen.quantile(share), Duration::from_micros(exact));
            assert!(found >= exact && found <= exact * 17 / 16, "{share}: {found:?}");
        }
        assert_eq!(
            (seen.quantile(1.0), seen.longest()),
            (Duration::from_millis(1), Duration::from_millis(1))
        );
        assert_eq!(seen.at_most(Duration::from_nanos(1 << 19)), 524);
    }
}
