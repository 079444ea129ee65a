//! Time: a cheap counter on the caller's thread, turned into UTC by the worker. The only place that reads a clock.

use std::{
    fmt,
    sync::{
        Arc, OnceLock,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

/// A point in time: nanoseconds since 1970-01-01T00:00:00Z, from the year 1677 to 2262.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(i64);

/// A point in time by calendar and clock, in UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Civil {
    /// Year of the Gregorian calendar.
    pub year: i32,
    /// 1 to 12.
    pub month: u32,
    /// 1 to 31.
    pub day: u32,
    /// 0 to 23.
    pub hour: u32,
    /// 0 to 59.
    pub minute: u32,
    /// 0 to 59; a leap second is the second before it, as in Unix time.
    pub second: u32,
    /// 0 to 999,999,999.
    pub nanosecond: u32,
}

impl Timestamp {
    /// The point that many nanoseconds after (or, negative, before) 1970-01-01T00:00:00Z.
    pub const fn from_unix_nanos(nanos: i64) -> Self {
        Timestamp(nanos)
    }

    /// Nanoseconds since 1970-01-01T00:00:00Z; negative before it.
    pub const fn unix_nanos(self) -> i64 {
        self.0
    }

    /// Now, by the system's clock.
    #[expect(clippy::disallowed_methods, reason = "this is the place that reads the wall clock")]
    pub fn now() -> Self {
        let nanos = match SystemTime::now().duration_since(UNIX_EPOCH) {
            Ok(after) => i64::try_from(after.as_nanos()).unwrap_or(i64::MAX),
            Err(before) => i64::try_from(before.duration().as_nanos()).map_or(i64::MIN, |nanos| -nanos),
        };
        Timestamp(nanos)
    }

    /// The same point by calendar and clock, in UTC.
    pub fn civil(self) -> Civil {
        let days = self.0.div_euclid(86_400 * NANOS);
        let in_day = self.0.rem_euclid(86_400 * NANOS);
        let (year, month, day) = civil_from_days(days);
        let seconds = (in_day / NANOS) as u32;
        Civil {
            year,
            month,
            day,
            hour: seconds / 3_600,
            minute: seconds / 60 % 60,
            second: seconds % 60,
            nanosecond: (in_day % NANOS) as u32,
        }
    }
}

const NANOS: i64 = 1_000_000_000;

/// RFC 3339 in UTC with microseconds: `2026-01-31T23:59:59.999999Z`.
impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Civil { year, month, day, hour, minute, second, nanosecond } = self.civil();
        write!(
            f,
            "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{:06}Z",
            nanosecond / 1_000
        )
    }
}

/// Days since 1970-01-01 to year, month and day, after Howard Hinnant's `civil_from_days`
/// (<https://howardhinnant.github.io/date_algorithms.html>).
fn civil_from_days(days: i64) -> (i32, u32, u32) {
    let shifted = days + 719_468;
    let era = shifted.div_euclid(146_097);
    let day_of_era = shifted.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    (year as i32, month as u32, day as u32)
}

/// Where the pipeline gets its time from: the system, or a test.
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub enum Clock {
    /// The system's clocks.
    #[default]
    System,
    /// A clock that a test sets.
    Manual(Arc<ManualClock>),
}

impl Clock {
    /// The counter that callers put into records: nanoseconds that never run backwards, of no meaning by themselves.
    #[inline]
    pub(crate) fn counter(&self) -> u64 {
        match self {
            Clock::System => monotonic_nanos(),
            Clock::Manual(clock) => clock.counter.load(Ordering::SeqCst),
        }
    }

    /// Now, in UTC.
    pub fn now(&self) -> Timestamp {
        match self {
            Clock::System => Timestamp::now(),
            Clock::Manual(clock) => Timestamp(clock.wall.load(Ordering::SeqCst) as i64),
        }
    }
}

/// Nanoseconds since the first call in this process, by the monotonic clock.
fn monotonic_nanos() -> u64 {
    static BASE: OnceLock<Instant> = OnceLock::new();
    BASE.get_or_init(Instant::now).elapsed().as_nanos() as u64
}

/// A clock that stands still until a test moves it.
#[derive(Debug)]
pub struct ManualClock {
    counter: AtomicU64,
    wall: AtomicU64,
}

impl ManualClock {
    /// A clock that stands at `start`.
    pub fn new(start: Timestamp) -> Arc<Self> {
        Arc::new(ManualClock { counter: AtomicU64::new(1), wall: AtomicU64::new(start.0 as u64) })
    }

    /// Time passes.
    pub fn advance(&self, by: Duration) {
        let nanos = by.as_nanos() as u64;
        self.wall.fetch_add(nanos, Ordering::SeqCst);
        self.counter.fetch_add(nanos, Ordering::SeqCst);
    }

    /// Somebody sets the system's clock: the wall clock jumps, the counter does not.
    pub fn step_to(&self, wall: Timestamp) {
        self.wall.store(wall.0 as u64, Ordering::SeqCst);
    }
}

/// Turns the counter of records into UTC. Belongs to the worker.
///
/// The line from counter to UTC is drawn anew at each [`Anchor::renew`], which follows the system's clock, but time never
/// runs backwards within a run: where the system's clock was set back, ours runs at half speed until it agrees again.
#[derive(Debug)]
pub(crate) struct Anchor {
    /// The point from which the line is drawn: a counter, and the UTC nanoseconds that belong to it.
    counter: u64,
    utc: i64,
    /// Nanoseconds that the line loses in its first [`RENEW_NANOS`].
    slew: i64,
    /// UTC minus counter by the system's clocks when they were read last.
    offset: i64,
    latest: i64,
}

/// The system's clock was set by someone: how far it jumped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct ClockStep {
    pub(crate) nanos: i64,
}

/// A jump of the system's clock that is worth a line in the log; below it is the slewing of a time service.
const STEP_NANOS: i64 = 100_000_000;
/// How often the worker renews its anchor.
const RENEW_NANOS: i64 = NANOS;

impl Anchor {
    /// How often [`Anchor::renew`] wants to be called.
    pub(crate) const RENEW_EVERY: Duration = Duration::from_nanos(RENEW_NANOS as u64);

    pub(crate) fn new(clock: &Clock) -> Self {
        let (counter, utc) = (clock.counter(), clock.now().0);
        Anchor { counter, utc, slew: 0, offset: utc.wrapping_sub(counter as i64), latest: i64::MIN }
    }

    pub(crate) fn renew(&mut self, clock: &Clock) -> Option<ClockStep> {
        let (counter, measured) = (clock.counter(), clock.now().0);
        let ahead = self.line(counter).saturating_sub(measured).max(0);
        self.utc = measured.saturating_add(ahead);
        self.counter = counter;
        self.slew = ahead.min(RENEW_NANOS / 2);
        let offset = measured.wrapping_sub(counter as i64);
        let nanos = offset.wrapping_sub(self.offset);
        self.offset = offset;
        (nanos.abs() > STEP_NANOS).then_some(ClockStep { nanos })
    }

    /// A line through one known point, for the counters of a process that is gone.
    pub(crate) fn through(counter: u64, utc: i64) -> Self {
        Anchor { counter, utc, slew: 0, offset: utc.wrapping_sub(counter as i64), latest: i64::MIN }
    }

    /// The point from which the line is drawn: a counter and the UTC nanoseconds that belong to it.
    pub(crate) fn point(&self) -> (u64, i64) {
        (self.counter, self.utc)
    }

    pub(crate) fn timestamp(&mut self, counter: u64) -> Timestamp {
        self.latest = self.latest.max(self.line(counter));
        Timestamp(self.latest)
    }

    fn line(&self, counter: u64) -> i64 {
        let elapsed = counter.wrapping_sub(self.counter) as i64;
        let lost = elapsed.clamp(0, RENEW_NANOS) * self.slew / RENEW_NANOS;
        self.utc.saturating_add(elapsed - lost)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(nanos: i64, expected: &str) {
        assert_eq!(Timestamp(nanos).to_string(), expected);
    }

    #[test]
    fn timestamps_are_rfc_3339_before_1970_after_leap_days_and_at_both_ends() {
        check(0, "1970-01-01T00:00:00.000000Z");
        check(-1, "1969-12-31T23:59:59.999999Z");
        check(951_782_400 * NANOS, "2000-02-29T00:00:00.000000Z");
        check(4_107_542_399 * NANOS + 999_999_999, "2100-02-28T23:59:59.999999Z");
        check(4_107_542_400 * NANOS, "2100-03-01T00:00:00.000000Z");
        check(i64::MAX, "2262-04-11T23:47:16.854775Z");
        check(i64::MIN, "1677-09-21T00:12:43.145224Z");
    }

    #[test]
    fn a_clock_set_back_is_noted_and_answered_by_running_slower_never_backwards() {
        let manual = ManualClock::new(Timestamp(1_000 * NANOS));
        let clock = Clock::Manual(manual.clone());
        let mut anchor = Anchor::new(&clock);
        manual.step_to(Timestamp(997 * NANOS));
        assert_eq!(anchor.renew(&clock), Some(ClockStep { nanos: -3 * NANOS }));
        let mut seen = vec![anchor.timestamp(clock.counter()).0];
        for _ in 0..8 {
            manual.advance(Anchor::RENEW_EVERY);
            seen.push(anchor.timestamp(clock.counter()).0);
            assert_eq!(anchor.renew(&clock), None);
        }
        let halves: Vec<i64> = seen.iter().map(|nanos| nanos / (NANOS / 2)).collect();
        assert_eq!(halves, [2000, 2001, 2002, 2003, 2004, 2005, 2006, 2008, 2010]);
        assert_eq!(anchor.timestamp(clock.counter()), clock.now());
    }

    #[test]
    fn a_clock_set_forward_is_noted_and_followed() {
        let manual = ManualClock::new(Timestamp(0));
        let clock = Clock::Manual(manual.clone());
        let mut anchor = Anchor::new(&clock);
        manual.step_to(Timestamp(7_200 * NANOS));
        assert_eq!(anchor.renew(&clock), Some(ClockStep { nanos: 7_200 * NANOS }));
        assert_eq!(anchor.timestamp(clock.counter()), Timestamp(7_200 * NANOS));
        assert_eq!(anchor.renew(&clock), None);
    }
}
