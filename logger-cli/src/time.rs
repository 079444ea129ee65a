//! Times that people write, and those in lines: nanoseconds since 1970.

use jiff::{
    SignedDuration, Timestamp, ZonedDateTime,
    civil::{Date, DateTime, Time},
    fmt::temporal::DateTimeParser,
    tz::TimeZone,
};

/// How far lines may be out of order by their time, in nanoseconds: 5 s. Processes that share a file write in turns, each
/// a batch; what is looked for by bisection begins so much earlier, and is compared line by line.
pub const SLACK: i64 = 5_000_000_000;

/// Which times are wanted; both ends belong to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Range {
    /// The first, in nanoseconds since 1970.
    pub since: Option<i64>,
    /// The last, in nanoseconds since 1970.
    pub until: Option<i64>,
}

impl Range {
    /// Any time.
    pub const ALL: Range = Range { since: None, until: None };

    /// Whether a time belongs to it.
    pub fn contains(&self, time: i64) -> bool {
        self.since.is_none_or(|since| since <= time) && self.until.is_none_or(|until| time <= until)
    }

    /// Whether it ended before `time`, so long that nothing of it comes after a line of that time.
    pub(crate) fn is_long_before(&self, time: i64) -> bool {
        self.until.is_some_and(|until| until.saturating_add(SLACK) < time)
    }

    /// Whether it begins after `time`, so long that nothing of it comes before a line of that time.
    pub(crate) fn is_long_after(&self, time: i64) -> bool {
        self.since.is_some_and(|since| time < since.saturating_sub(SLACK))
    }
}

/// A text that is no time.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{given}` is not a time; allowed are a span before now such as `-15m` or `2h`, `now`, `today`, `yesterday`, a time of \
     today such as `09:30`, a day such as `2026-01-31`, both such as `2026-01-31 09:30`, and RFC 3339"
)]
pub struct NotATime {
    given: String,
}

/// Reads an RFC 3339 time out of a line.
pub(crate) fn read_bytes(text: &[u8]) -> Option<i64> {
    static PARSER: DateTimeParser = DateTimeParser::new();
    nanos(PARSER.parse_timestamp(text).ok()?)
}

/// What is beyond the years 1677 to 2262 is no time here.
fn nanos(time: Timestamp) -> Option<i64> {
    time.as_nanosecond().try_into().ok()
}

/// Reads what a person gives for a time; times without a zone are in that of `now`.
///
/// # Errors
///
/// [`NotATime`] says what is allowed.
pub fn read(text: &str, now: &ZonedDateTime) -> Result<i64, NotATime> {
    instant(text.trim(), now).and_then(nanos).ok_or_else(|| NotATime { given: text.into() })
}

fn instant(text: &str, now: &ZonedDateTime) -> Option<Timestamp> {
    let zone = now.time_zone();
    let midnight = |date: Date| date.to_zoned_datetime(zone.clone()).ok().map(|it| it.timestamp());
    match text {
        "now" => return Some(now.timestamp()),
        "today" => return midnight(now.date()),
        "yesterday" => return midnight(now.date().yesterday().ok()?),
        _ => {}
    }
    if let Ok(span) = humantime::parse_duration(text.strip_prefix('-').unwrap_or(text)) {
        return now.timestamp().checked_sub(SignedDuration::try_from(span).ok()?).ok();
    }
    if let Ok(time) = text.parse::<Timestamp>() {
        return Some(time);
    }
    // jiff takes a date with a time of day for a time of day
    if let Some(time) = time_of_day(text) {
        return now.date().to_datetime(time).to_zoned_datetime(zone.clone()).ok().map(|it| it.timestamp());
    }
    if let Ok(time) = text.parse::<DateTime>() {
        return time.to_zoned_datetime(zone.clone()).ok().map(|it| it.timestamp());
    }
    midnight(text.parse().ok()?)
}

fn time_of_day(text: &str) -> Option<Time> {
    let looks_so = text.as_bytes().get(2) == Some(&b':');
    looks_so.then(|| text.parse().ok()).flatten()
}

/// Now, in a zone.
pub fn now(zone: TimeZone) -> ZonedDateTime {
    let nanos = logger_config::Timestamp::now().unix_nanos();
    // the clock of a machine is far from the year 9999
    Timestamp::from_nanosecond(i128::from(nanos)).unwrap_or_default().to_zoned_datetime(zone)
}

/// A time as lines for people have it, to the second.
pub fn show(time: i64, zone: &TimeZone) -> String {
    show_as(time, zone, "%Y-%m-%d %H:%M:%S")
}

/// A time in a form of `strftime`.
pub(crate) fn show_as(time: i64, zone: &TimeZone, form: &str) -> String {
    let time = Timestamp::from_nanosecond(i128::from(time)).unwrap_or_default();
    time.to_zoned_datetime(zone.clone()).strftime(form).to_string()
}

/// A span of nanoseconds, short: `1.204s`, `350µs`, `2h 3m`.
pub fn show_span(nanos: i64) -> String {
    let magnitude = nanos.unsigned_abs();
    let sign = if nanos < 0 { "-" } else { "" };
    let (seconds, minute) = (magnitude / 1_000_000_000, 60);
    match magnitude {
        0 => "0".into(),
        1..1_000_000 => format!("{sign}{}µs", magnitude / 1_000),
        1_000_000..1_000_000_000 => format!("{sign}{}ms", magnitude / 1_000_000),
        _ if seconds < minute => format!("{sign}{seconds}.{:03}s", magnitude / 1_000_000 % 1_000),
        _ if seconds < 60 * minute => format!("{sign}{}m {}s", seconds / 60, seconds % 60),
        _ => format!("{sign}{}h {}m", seconds / 3_600, seconds / 60 % 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_at(text: &str, zone: &str) -> String {
        let zone = TimeZone::get(zone).unwrap();
        let now = "2026-03-10T08:00:00Z".parse::<Timestamp>().unwrap().to_zoned_datetime(zone);
        match read(text, &now) {
            Ok(nanos) => Timestamp::from_nanosecond(nanos.into()).unwrap().to_string(),
            Err(error) => error.to_string(),
        }
    }

    #[test]
    fn times_are_those_that_people_write() {
        for (text, expected) in [
            ("now", "2026-03-10T08:00:00Z"),
            ("-15m", "2026-03-10T07:45:00Z"),
            ("1h 30m", "2026-03-10T06:30:00Z"),
            ("-2d", "2026-03-08T08:00:00Z"),
            ("today", "2026-03-09T23:00:00Z"),
            ("yesterday", "2026-03-08T23:00:00Z"),
            ("09:30", "2026-03-10T08:30:00Z"),
            ("09:30:15.5", "2026-03-10T08:30:15.5Z"),
            ("2026-02-01", "2026-01-31T23:00:00Z"),
            ("2026-02-01 09:30", "2026-02-01T08:30:00Z"),
            ("2026-02-01T09:30:00Z", "2026-02-01T09:30:00Z"),
            ("2026-02-01T09:30:00.25-05:00", "2026-02-01T14:30:00.25Z"),
        ] {
            assert_eq!(read_at(text, "Europe/Berlin"), expected, "{text}");
        }
        assert_eq!(read_at("09:30", "UTC"), "2026-03-10T09:30:00Z");
    }

    #[test]
    fn what_is_no_time_is_answered_with_what_is_one() {
        for text in ["", "soon", "25:00", "2026-13-01", "15", "-", "9:30am"] {
            assert!(
                read_at(text, "UTC").contains("is not a time; allowed are"),
                "{text}: {}",
                read_at(text, "UTC")
            );
        }
    }
}
