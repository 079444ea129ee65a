//! How long log calls take: some of them are timed.

use super::health::CallTime;
use crate::{clock::Counter, histogram::LiveHistogram};

/// Times one call in so many, on average.
///
/// Which ones says the counter that a call reads for its timestamp: no call pays for another count, and no pattern in what is logged
/// meets a pattern in what is timed. Its low bits do not move on every processor, so that it is spread first.
#[derive(Debug)]
pub(super) struct CallTimer {
    /// A call is timed when its spread counter is below; 0: none is.
    below: u64,
    one_in: u64,
    /// Nanoseconds of a step of the counter, as it was known at the start: classes of one length all the time.
    rate: u64,
    times: Option<LiveHistogram>,
}

/// 2^64 divided by the golden ratio: neighbours come to lie far from each other.
const SPREAD: u64 = 0x9E37_79B9_7F4A_7C15;

impl CallTimer {
    pub(super) fn new(one_in: Option<u64>, counter: &Counter) -> Self {
        let one_in = one_in.unwrap_or(0);
        CallTimer {
            below: u64::MAX.checked_div(one_in).unwrap_or(0),
            one_in,
            rate: counter.rate(),
            times: (one_in > 0).then(LiveHistogram::default),
        }
    }

    /// Whether a call that began at `counter` is timed.
    #[inline]
    pub(super) fn picks(&self, counter: u64) -> bool {
        counter.wrapping_mul(SPREAD) < self.below
    }

    /// A call that is timed has ended.
    #[cold]
    pub(super) fn note(&self, began: u64, ended: u64) {
        if let Some(times) = &self.times {
            times.add(Counter::nanos_of(ended.saturating_sub(began), self.rate));
        }
    }

    pub(super) fn snapshot(&self) -> Option<CallTime> {
        let times = self.times.as_ref()?;
        Some(CallTime { one_in: self.one_in, histogram: times.snapshot() })
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;
    use crate::clock::Clock;

    #[test]
    fn one_call_in_so_many_is_picked_whatever_the_steps_of_the_counter() {
        let timer = CallTimer::new(Some(64), &Clock::System.counter());
        for step in [1, 2, 26, 64, 1_000, 1 << 20] {
            let picked = (0..64_000_u64).filter(|call| timer.picks(call * step + 12_345)).count();
            assert!((900..=1_100).contains(&picked), "{picked} of 64,000 in steps of {step}");
        }
        let off = CallTimer::new(None, &Clock::System.counter());
        assert!((0..1_000).all(|counter| !off.picks(counter)) && off.snapshot().is_none());
        let all = CallTimer::new(Some(1), &Clock::System.counter());
        assert!((0..1_000).all(|counter| all.picks(counter)));
    }
}
