//! Time: a cheap counter on the caller's thread, turned into UTC by the worker. The only place that reads a clock.

use std::{
    fmt,
    sync::{
        Arc, OnceLock,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use crate::raw::tsc;

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
    /// Now, in UTC.
    pub fn now(&self) -> Timestamp {
        match self {
            Clock::System => Timestamp::now(),
            Clock::Manual(clock) => clock.now(),
        }
    }

    /// What this machine has to count with.
    pub(crate) fn counter(&self) -> Counter {
        match self {
            Clock::System if Calibration::of_process().is_some() => Counter::Processor,
            Clock::System => Counter::Monotonic,
            Clock::Manual(clock) => Counter::Manual(Arc::clone(clock)),
        }
    }
}

/// Where callers read the counter that they put into records. It never runs backwards and has no meaning by itself.
#[derive(Debug, Clone)]
pub(crate) enum Counter {
    /// The time-stamp counter of the processor.
    Processor,
    /// Nanoseconds of the monotonic clock.
    Monotonic,
    /// Nanoseconds, as a test counts them.
    Manual(Arc<ManualClock>),
}

impl Counter {
    #[inline]
    pub(crate) fn read(&self) -> u64 {
        match self {
            Counter::Processor => tsc::read(),
            Counter::Monotonic => monotonic_nanos(),
            Counter::Manual(clock) => clock.nanos(),
        }
    }

    /// How many steps of the counter there are in a second, as far as that is known by now.
    pub(crate) fn per_second(&self) -> u64 {
        match self {
            Counter::Processor => ((NANOS as u128) * u128::from(ONE) / u128::from(self.rate().max(1))) as u64,
            Counter::Monotonic | Counter::Manual(_) => NANOS as u64,
        }
    }

    /// Nanoseconds of a step, in units of [`ONE`], as far as that is known by now.
    pub(crate) fn rate(&self) -> u64 {
        match (self, Calibration::of_process()) {
            (Counter::Processor, Some(calibration)) => calibration.rate(Sample::take()),
            _ => ONE,
        }
    }

    /// Nanoseconds of that many steps, at a rate that [`Counter::rate`] gave.
    #[inline]
    pub(crate) fn nanos_of(steps: u64, rate: u64) -> u64 {
        ((u128::from(steps) * u128::from(rate)) >> 32) as u64
    }

    /// Nanoseconds by the monotonic clock.
    pub(crate) fn monotonic(&self) -> u64 {
        match self {
            Counter::Processor | Counter::Monotonic => monotonic_nanos(),
            Counter::Manual(clock) => clock.nanos(),
        }
    }

    pub(crate) fn now(&self) -> Timestamp {
        match self {
            Counter::Processor | Counter::Monotonic => Timestamp::now(),
            Counter::Manual(clock) => clock.now(),
        }
    }
}

/// A rate of one nanosecond a step; rates are so many times as large, to have a fraction.
const ONE: u64 = 1 << 32;

/// Nanoseconds since the first call in this process, by the monotonic clock.
fn monotonic_nanos() -> u64 {
    static BASE: OnceLock<Instant> = OnceLock::new();
    BASE.get_or_init(Instant::now).elapsed().as_nanos() as u64
}

/// The processor's counter and the monotonic clock, read at one moment.
#[derive(Debug, Clone, Copy)]
struct Sample {
    ticks: u64,
    nanos: u64,
}

impl Sample {
    /// Of several pairs the one that took the least time, because nothing came in between.
    fn take() -> Self {
        let pair = || {
            let (before, nanos, after) = (tsc::read(), monotonic_nanos(), tsc::read());
            let took = after.wrapping_sub(before);
            (took, Sample { ticks: before.wrapping_add(took / 2), nanos })
        };
        (0..5)
            .map(|_| pair())
            .min_by_key(|(took, _)| *took)
            .map_or(Sample { ticks: 0, nanos: 0 }, |(_, it)| it)
    }
}

/// From when on the steps of the processor's counter are compared with the clock. The longer ago that is, the better is
/// the rate known.
#[derive(Debug)]
struct Calibration {
    start: Sample,
}

impl Calibration {
    /// The time that the first measurement takes: 20 ns of uncertainty in it are 10 µs after a second, by when the next one
    /// was made.
    const FIRST: u64 = 2_000_000;

    /// `None` where the processor's counter is no clock.
    fn of_process() -> Option<&'static Calibration> {
        static CALIBRATION: OnceLock<Option<Calibration>> = OnceLock::new();
        let calibrate = || {
            tsc::is_reliable().then(|| {
                let start = Sample::take();
                while monotonic_nanos() < start.nanos + Self::FIRST {
                    std::hint::spin_loop();
                }
                Calibration { start }
            })
        };
        CALIBRATION.get_or_init(calibrate).as_ref()
    }

    fn rate(&self, now: Sample) -> u64 {
        let nanos = u128::from(now.nanos.saturating_sub(self.start.nanos));
        let ticks = u128::from(now.ticks.saturating_sub(self.start.ticks).max(1));
        (nanos * u128::from(ONE) / ticks) as u64
    }
}

/// When `timeout` is over that begins now. One without end, such as [`Duration::MAX`], is over in a hundred years: adding it
/// to an [`Instant`] would panic.
///
/// ```
/// use std::time::{Duration, Instant};
///
/// assert!(logger_core::deadline_in(Duration::MAX) > Instant::now() + Duration::from_secs(3_600));
/// ```
pub fn deadline_in(timeout: Duration) -> Instant {
    const FOREVER: Duration = Duration::from_secs(100 * 365 * 24 * 3_600);
    let now = Instant::now();
    now.checked_add(timeout.min(FOREVER)).unwrap_or(now)
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

    fn now(&self) -> Timestamp {
        Timestamp(self.wall.load(Ordering::SeqCst) as i64)
    }

    /// What it counts with.
    fn nanos(&self) -> u64 {
        self.counter.load(Ordering::SeqCst)
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
    point: Point,
    /// Nanoseconds that the line loses in its first [`RENEW_NANOS`].
    slew: i64,
    /// UTC minus the monotonic clock when they were read last.
    offset: i64,
    latest: i64,
    renewals: u32,
}

/// A point and a slope: what it takes to draw the line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Point {
    pub(crate) counter: u64,
    /// UTC nanoseconds.
    pub(crate) utc: i64,
    /// Nanoseconds of a step of the counter, in units of [`ONE`].
    pub(crate) rate: u64,
}

impl Point {
    /// Nanoseconds from here to `counter`.
    #[inline]
    fn elapsed(&self, counter: u64) -> i64 {
        let steps = counter.wrapping_sub(self.counter) as i64;
        ((i128::from(steps) * i128::from(self.rate)) >> 32) as i64
    }
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
    pub(crate) fn new(clock: &Counter) -> Self {
        let (counter, utc) = (clock.read(), clock.now().0);
        let offset = utc.wrapping_sub(clock.monotonic() as i64);
        let point = Point { counter, utc, rate: clock.rate() };
        Anchor { point, slew: 0, offset, latest: i64::MIN, renewals: 0 }
    }

    /// How long after the last one the next [`Anchor::renew`] is due: at first soon, as the rate of the counter is known
    /// better and better.
    pub(crate) fn renew_after(&self) -> Duration {
        match self.renewals {
            0 => Duration::from_millis(10),
            1 => Duration::from_millis(100),
            _ => Duration::from_nanos(RENEW_NANOS as u64),
        }
    }

    pub(crate) fn renew(&mut self, clock: &Counter) -> Option<ClockStep> {
        let (counter, measured, monotonic) = (clock.read(), clock.now().0, clock.monotonic());
        let ahead = self.line(counter).saturating_sub(measured).max(0);
        self.point = Point { counter, utc: measured.saturating_add(ahead), rate: clock.rate() };
        self.slew = ahead.min(RENEW_NANOS / 2);
        let offset = measured.wrapping_sub(monotonic as i64);
        let nanos = offset.wrapping_sub(self.offset);
        self.offset = offset;
        self.renewals = self.renewals.saturating_add(1);
        (nanos.abs() > STEP_NANOS).then_some(ClockStep { nanos })
    }

    /// A line through one known point, for the counters of a process that is gone.
    pub(crate) fn through(point: Point) -> Self {
        Anchor { point, slew: 0, offset: 0, latest: i64::MIN, renewals: 0 }
    }

    /// What the line is drawn from.
    pub(crate) fn point(&self) -> Point {
        self.point
    }

    pub(crate) fn timestamp(&mut self, counter: u64) -> Timestamp {
        self.latest = self.latest.max(self.line(counter));
        Timestamp(self.latest)
    }

    fn line(&self, counter: u64) -> i64 {
        let elapsed = self.point.elapsed(counter);
        let lost = if self.slew == 0 { 0 } else { elapsed.clamp(0, RENEW_NANOS) * self.slew / RENEW_NANOS };
        self.point.utc.saturating_add(elapsed - lost)
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
        let clock = Counter::Manual(manual.clone());
        let mut anchor = Anchor::new(&clock);
        manual.step_to(Timestamp(997 * NANOS));
        assert_eq!(anchor.renew(&clock), Some(ClockStep { nanos: -3 * NANOS }));
        let mut seen = vec![anchor.timestamp(clock.read()).0];
        for _ in 0..8 {
            manual.advance(Duration::from_nanos(RENEW_NANOS as u64));
            seen.push(anchor.timestamp(clock.read()).0);
            assert_eq!(anchor.renew(&clock), None);
        }
        let halves: Vec<i64> = seen.iter().map(|nanos| nanos / (NANOS / 2)).collect();
        assert_eq!(halves, [2000, 2001, 2002, 2003, 2004, 2005, 2006, 2008, 2010]);
        assert_eq!(anchor.timestamp(clock.read()), clock.now());
    }

    #[test]
    fn a_clock_set_forward_is_noted_and_followed() {
        let manual = ManualClock::new(Timestamp(0));
        let clock = Counter::Manual(manual.clone());
        let mut anchor = Anchor::new(&clock);
        manual.step_to(Timestamp(7_200 * NANOS));
        assert_eq!(anchor.renew(&clock), Some(ClockStep { nanos: 7_200 * NANOS }));
        assert_eq!(anchor.timestamp(clock.read()), Timestamp(7_200 * NANOS));
        assert_eq!(anchor.renew(&clock), None);
    }
}
