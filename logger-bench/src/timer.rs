//! The clock of single calls, and pauses.

use std::{
    collections::BTreeSet,
    thread,
    time::{Duration, Instant},
};

use crate::histogram::Histogram;

/// How long `call` takes, in nanoseconds.
///
/// The system's clock waits until all that was begun before is done, and reads the time-stamp counter then. A counter that
/// is read without that is cheaper, but lets the processor hide some ten nanoseconds of every call behind the reading.
#[inline]
pub(crate) fn time(call: impl FnOnce()) -> u64 {
    let start = Instant::now();
    call();
    start.elapsed().as_nanos() as u64
}

/// The step of the clock, in nanoseconds, as the times of an empty call show it.
pub(crate) fn clock_step() -> u64 {
    let times: BTreeSet<u64> = (0..10_000).map(|_| time(|| ())).collect();
    step_of(&times)
}

/// How far apart the times lie that are seen: most often by one step. A time is rounded to whole nanoseconds, so that two
/// which differ by less than three are one.
fn step_of(times: &BTreeSet<u64>) -> u64 {
    let mut gaps = Histogram::default();
    let mut last: Option<u64> = None;
    for &time in times {
        match last {
            Some(before) if time - before < 3 => {}
            Some(before) => {
                gaps.add(&[time - before].into_iter().collect());
                last = Some(time);
            }
            None => last = Some(time),
        }
    }
    gaps.percentile(0.25).max(1)
}

/// Returns at `due`, and gives the core away until then, as a program does that waits for its next tick.
pub(crate) fn wait_until(due: Instant) {
    loop {
        let left = due.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return;
        }
        thread::park_timeout(left);
    }
}

/// Waits that long.
pub(crate) fn pause(length: Duration) {
    wait_until(Instant::now() + length);
}

/// Looks every millisecond whether `done`; returns whether it was before the deadline.
pub(crate) fn poll(at_most: Duration, mut done: impl FnMut() -> bool) -> bool {
    let deadline = Instant::now() + at_most;
    loop {
        if done() {
            return true;
        }
        if Instant::now() >= deadline {
            return false;
        }
        pause(Duration::from_millis(1));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_step_is_the_gap_between_times() {
        let step = |times: &[u64]| step_of(&times.iter().copied().collect());
        assert_eq!(step(&[20, 21, 30, 31, 40, 50, 51, 90]), 10);
        assert_eq!(step(&[19, 20, 21, 22, 23]), 3);
        assert_eq!(step(&[20]), 1);
    }
}
