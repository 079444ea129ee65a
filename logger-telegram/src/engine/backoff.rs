//! The pause after a failure: a random part of a bound that doubles, so that many programs do not come back together.

use std::time::Duration;

/// The bound of the first pause: with the limit of one request it leaves room for a second one within 5 s.
pub(crate) const FIRST: Duration = Duration::from_millis(250);
const LAST: Duration = Duration::from_secs(60);

/// Full jitter, as in "Exponential Backoff And Jitter" of the AWS Architecture Blog.
#[derive(Debug, Default)]
pub(crate) struct Backoff {
    failures: u32,
}

impl Backoff {
    /// Another failure: how long to wait.
    pub(crate) fn next(&mut self) -> Duration {
        let bound = bound(self.failures);
        self.failures = self.failures.saturating_add(1);
        bound.mul_f64(fastrand::f64())
    }

    pub(crate) fn reset(&mut self) {
        self.failures = 0;
    }

    pub(crate) fn failures(&self) -> u32 {
        self.failures
    }
}

fn bound(failures: u32) -> Duration {
    (FIRST * (1 << failures.min(10))).min(LAST)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bound_doubles_up_to_a_minute() {
        let bounds: Vec<u128> = (0..11).map(|failures| bound(failures).as_millis()).collect();
        assert_eq!(bounds, [250, 500, 1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000, 60_000]);
        assert_eq!(bound(u32::MAX), LAST);
    }

    #[test]
    fn a_pause_is_any_part_of_the_bound_and_a_success_begins_anew() {
        let first: Vec<Duration> = (0..200)
            .map(|_| {
                let mut backoff = Backoff::default();
                backoff.next()
            })
            .collect();
        assert!(first.iter().all(|&pause| pause <= FIRST));
        assert!(first.iter().any(|&pause| pause < FIRST / 4) && first.iter().any(|&pause| pause > FIRST / 2));
        let mut backoff = Backoff::default();
        backoff.next();
        backoff.reset();
        assert_eq!(backoff.failures(), 0);
    }
}
