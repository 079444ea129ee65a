//! What became of the alerts: figures.

use std::{
    fmt,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use logger_core::{DrainState, Histogram, Timestamp};

/// What became of the alerts so far.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct AlertHealth {
    /// Records that a rule has chosen, each repeat counted.
    pub accepted: u64,
    /// Records that a rule has chosen while alerts were muted; they are in no other figure.
    pub muted: u64,
    /// Records that were already known from before a kill, and are in no other figure.
    pub known: u64,
    /// Accepted records that nobody will be told of: too many different ones waited.
    pub dropped: u64,
    /// Accepted records that a kill would lose: the spool had no room for them, or could not be written.
    pub unspooled: u64,
    /// Alerts that earlier runs have left, each repeat counted.
    pub left_by_earlier_runs: u64,
    /// Lines of the spool that were damaged, and alerts in it that were too old.
    pub unreadable: u64,
    /// Bytes in the spool.
    pub spool_bytes: u64,
    /// The targets in the order in which they were added.
    pub targets: Vec<TargetHealth>,
}

impl AlertHealth {
    /// The figures of a target by its name.
    pub fn target(&self, name: &str) -> Option<&TargetHealth> {
        self.targets.iter().find(|it| it.name == name)
    }
}

/// What became of the alerts of one target so far.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct TargetHealth {
    /// Its name.
    pub name: String,
    /// How it is now.
    pub state: TargetState,
    /// Messages that the service has taken.
    pub sent: u64,
    /// Messages that were changed in place.
    pub edited: u64,
    /// Alerts that a message tells of, each repeat counted.
    pub told: u64,
    /// Of these, the ones that share a message with another.
    pub grouped: u64,
    /// Messages that said of themselves that they are late.
    pub late: u64,
    /// Requests that have to be made again.
    pub retried: u64,
    /// Times that the service asked for a wait.
    pub limited: u64,
    /// Alerts that this target has refused or that were dropped, each repeat counted.
    pub dead: u64,
    /// Alerts that wait for this target, each repeat counted.
    pub waiting: u64,
    /// When the service last took a message.
    pub last_success: Option<Timestamp>,
    /// Its last failure, without any address or token.
    pub last_error: Option<String>,
    /// From the log call to the service's answer, of the first alert of each kind where it is not late.
    pub delay: Delay,
}

impl TargetHealth {
    /// What the figures of the pipeline say of it.
    pub(crate) fn in_short(&self) -> logger_core::TargetHealth {
        let state = match self.state {
            TargetState::Ok | TargetState::Waiting => DrainState::Ok,
            TargetState::Failing | TargetState::Stopped => DrainState::Failing,
        };
        logger_core::TargetHealth {
            name: self.name.clone(),
            state,
            delivered: self.told,
            waiting: self.waiting,
            lost: self.dead,
            retried: self.retried,
            last_error: self.last_error.clone(),
            delay: self.delay.histogram(),
        }
    }
}

/// How a target is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum TargetState {
    /// It takes messages, as far as is known.
    #[default]
    Ok,
    /// It fails, and is tried again after a pause.
    Failing,
    /// It has asked for a wait.
    Waiting,
    /// It is not tried again before the next start, or before its token or address change: they or its rights are wrong.
    Stopped,
}

impl TargetState {
    /// The name in reports: lower case.
    pub const fn as_str(self) -> &'static str {
        match self {
            TargetState::Ok => "ok",
            TargetState::Failing => "failing",
            TargetState::Waiting => "waiting",
            TargetState::Stopped => "stopped",
        }
    }
}

/// A histogram of delays.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Delay {
    counts: [u64; Delay::BOUNDS.len() + 1],
    max: Duration,
    sum: Duration,
}

impl Delay {
    /// The upper bounds of the classes in milliseconds; a last one has none.
    pub const BOUNDS: [u64; 21] = [
        1, 2, 3, 4, 5, 7, 10, 15, 25, 50, 100, 250, 500, 1_000, 2_000, 3_000, 5_000, 10_000, 30_000, 60_000,
        300_000,
    ];

    pub(crate) fn add(&mut self, delay: Duration) {
        let class = Self::BOUNDS.partition_point(|&bound| Duration::from_millis(bound) < delay);
        self.counts[class] += 1;
        self.max = self.max.max(delay);
        self.sum += delay;
    }

    /// How many alerts are in each class; the last class is that without a bound.
    pub fn counts(&self) -> &[u64] {
        &self.counts
    }

    fn histogram(&self) -> Histogram {
        let bounds = Self::BOUNDS.iter().map(|&bound| Duration::from_millis(bound));
        let last = self.max.max(Duration::from_millis(Self::BOUNDS[Self::BOUNDS.len() - 1] + 1));
        Histogram::new(bounds.chain([last]).zip(self.counts.iter().copied()), self.sum, self.max)
    }

    /// How many alerts there are.
    pub fn count(&self) -> u64 {
        self.counts.iter().sum()
    }

    /// The longest delay.
    pub fn max(&self) -> Duration {
        self.max
    }

    /// A bound below which this share of the alerts is: 0.99 for the 99th percentile. It is the bound of a class, and
    /// the longest delay for the last one; zero where there was none.
    pub fn quantile(&self, share: f64) -> Duration {
        let wanted = (self.count() as f64 * share.clamp(0.0, 1.0)).ceil() as u64;
        let mut seen = 0;
        for (count, &bound) in self.counts.iter().zip(&Self::BOUNDS) {
            seen += count;
            if seen >= wanted.max(1) {
                return Duration::from_millis(bound).min(self.max);
            }
        }
        self.max
    }
}

/// `half within 5 ms, 99 % within 50 ms, all within 2.3 s`.
impl fmt::Display for Delay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.count() == 0 {
            return f.write_str("no message yet");
        }
        let [half, most] = [0.5, 0.99].map(|share| spoken(self.quantile(share)));
        write!(f, "half within {half}, 99 % within {most}, all within {}", spoken(self.max))
    }
}

/// A span in two or three digits, as a person would say it.
fn spoken(span: Duration) -> String {
    let seconds = span.as_secs_f64();
    let (value, unit) = if seconds < 0.9995 { (seconds * 1_000.0, "ms") } else { (seconds, "s") };
    let digits = if value < 9.95 { format!("{value:.1}") } else { format!("{value:.0}") };
    format!("{} {unit}", digits.strip_suffix(".0").unwrap_or(&digits))
}

/// The figures, shared between those who count and those who ask.
#[derive(Debug, Default)]
pub(crate) struct Figures(Mutex<AlertHealth>);

impl Figures {
    pub(crate) fn lock(&self) -> MutexGuard<'_, AlertHealth> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quantile_is_the_bound_of_its_class_and_never_more_than_the_longest_delay() {
        let mut delay = Delay::default();
        assert_eq!(delay.quantile(0.99), Duration::ZERO);
        for _ in 0..99 {
            delay.add(Duration::from_millis(8));
        }
        delay.add(Duration::from_millis(700));
        assert_eq!(delay.quantile(0.5), Duration::from_millis(10));
        assert_eq!(delay.quantile(0.99), Duration::from_millis(10));
        assert_eq!(delay.quantile(1.0), Duration::from_millis(700));
        assert_eq!((delay.count(), delay.max()), (100, Duration::from_millis(700)));
        delay.add(Duration::from_secs(3_600));
        assert_eq!(delay.quantile(1.0), Duration::from_secs(3_600));
        assert_eq!(*delay.counts().last().unwrap(), 1);
    }

    #[test]
    fn the_figures_of_the_pipeline_say_the_same_in_short() {
        let mut health = TargetHealth {
            name: "phone".into(),
            sent: 1,
            told: 2,
            dead: 3,
            waiting: 4,
            retried: 5,
            last_error: Some("500".into()),
            ..TargetHealth::default()
        };
        health.delay.add(Duration::from_millis(8));
        health.delay.add(Duration::from_secs(400));
        let short = health.in_short();
        let figures = (short.delivered, short.lost, short.waiting, short.retried);
        assert_eq!((short.name.as_str(), figures), ("phone", (2, 3, 4, 5)));
        assert_eq!(short.last_error.as_deref(), Some("500"));
        assert_eq!((short.delay.count(), short.delay.longest()), (2, Duration::from_secs(400)));
        assert_eq!(short.delay.sum(), Duration::from_millis(400_008));
        assert_eq!(short.delay.quantile(0.5), Duration::from_millis(10));
        let states = [TargetState::Ok, TargetState::Waiting, TargetState::Failing, TargetState::Stopped];
        let short = states.map(|state| TargetHealth { state, ..TargetHealth::default() }.in_short().state);
        assert_eq!(short, [DrainState::Ok, DrainState::Ok, DrainState::Failing, DrainState::Failing]);
    }

    #[test]
    fn a_delay_is_in_the_first_class_whose_bound_it_does_not_pass() {
        for (index, bound) in Delay::BOUNDS.into_iter().enumerate() {
            let mut delay = Delay::default();
            delay.add(Duration::from_millis(bound));
            delay.add(Duration::from_millis(bound) + Duration::from_nanos(1));
            assert_eq!(delay.counts()[index..index + 2], [1, 1], "{bound}");
        }
    }

    #[test]
    fn delays_are_told_in_as_many_digits_as_a_person_says() {
        let mut delay = Delay::default();
        assert_eq!(delay.to_string(), "no message yet");
        for _ in 0..98 {
            delay.add(Duration::from_nanos(2_234_567));
        }
        delay.add(Duration::from_nanos(21_987_654));
        delay.add(Duration::from_nanos(5_264_312_345));
        assert_eq!(delay.to_string(), "half within 3 ms, 99 % within 25 ms, all within 5.3 s");
        let said = [0, 412_345, 9_960_000, 999_400_000, 999_600_000, 9_960_000_000, 125_400_000_000];
        let said = said.map(|nanos| spoken(Duration::from_nanos(nanos)));
        assert_eq!(said, ["0 ms", "0.4 ms", "10 ms", "999 ms", "1 s", "10 s", "125 s"]);
    }
}
