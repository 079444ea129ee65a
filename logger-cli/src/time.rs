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
    by_places(text).or_else(|| nanos(PARSER.parse_timestamp(text).ok()?))
}

/// A time as our own lines have it, `2026-01-31T09:00:00.123456Z`, by the places of its digits; `None` where it may be another.
/// Each line of a log is asked for its time, and a parser for all that RFC 3339 allows has much more to decide.
fn by_places(text: &[u8]) -> Option<i64> {
    const FORM: &[u8] = b"dddd-dd-ddTdd:dd:dd.";
    let (head, rest) = text.split_at_checked(FORM.len())?;
    let fits = |(found, form): (&u8, &u8)| if *form == b'd' { found.is_ascii_digit() } else { found == form };
    if !head.iter().zip(FORM).all(fits) {
        return None;
    }
    let (fraction, end) = rest.split_at_checked(rest.len().checked_sub(1)?)?;
    if end != b"Z" || !(1..=9).contains(&fraction.len()) || !fraction.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let number = |digits: &[u8]| digits.iter().fold(0_i64, |number, it| number * 10 + i64::from(it - b'0'));
    let (year, month, day) = (number(&head[..4]), number(&head[5..7]), number(&head[8..10]));
    let (hour, minute, second) = (number(&head[11..13]), number(&head[14..16]), number(&head[17..19]));
    // a second that was put in is left to the parser
    let is_plain = (1..=days_of(year, month)).contains(&day) && hour < 24 && minute < 60 && second < 60;
    if !is_plain || !(1678..2262).contains(&year) {
        return None;
    }
    let seconds = (days_since_1970(year, month, day) * 24 + hour) * 3_600 + minute * 60 + second;
    Some(seconds * 1_000_000_000 + number(fraction) * 10_i64.pow(9 - fraction.len() as u32))
}

/// How many days a month has; none where there is no such month.
fn days_of(year: i64, month: i64) -> i64 {
    match month {
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => 0,
    }
}

/// Days from 1970-01-01 on, in the Gregorian calendar: years that begin in March have their odd day at their end.
fn days_since_1970(year: i64, month: i64, day: i64) -> i64 {
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let of_months = (153 * month + 2) / 5;
    365 * year + year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400) + of_months + day - 719_469
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
    fn a_time_by_places_is_the_one_that_the_parser_reads() {
        static PARSER: DateTimeParser = DateTimeParser::new();
        let parsed = |text: &str| PARSER.parse_timestamp(text.as_bytes()).ok().and_then(nanos);
        let mut by_place = 0;
        for day in (-106_000..=106_000_i64).step_by(13) {
            let nanos = day * 86_400_000_000_000
                + (day * 7_919 % 86_400) * 1_000_000_000
                + (day * day * 31) % 1_000_000_000;
            let time = Timestamp::from_nanosecond(nanos.into()).unwrap();
            for text in [format!("{time:.6}"), format!("{time:.9}"), format!("{time:.1}")] {
                assert_eq!(read_bytes(text.as_bytes()), parsed(&text), "{text}");
                by_place += usize::from(by_places(text.as_bytes()).is_some());
            }
        }
        assert!(by_place > 40_000, "{by_place}");
        for text in [
            "1969-12-31T23:59:59.999999Z",
            "1970-01-01T00:00:00.0Z",
            "2000-02-28T23:59:59.9Z",
            "2000-02-29T00:00:00.1Z",
            "2100-03-01T00:00:00.1Z",
            "2026-02-31T00:00:00.1Z",
            "2026-04-31T00:00:00.1Z",
            "2026-12-31T00:00:00.1Z",
            "2000-02-30T00:00:00.1Z",
            "1900-02-29T00:00:00.1Z",
            "2026-01-31T09:00:60.1Z",
            "2026-01-31T24:00:00.1Z",
            "2026-00-10T09:00:00.1Z",
            "2026-13-10T09:00:00.1Z",
            "2026-01-00T09:00:00.1Z",
            "2026-01-10T09:00:00.Z",
            "2026-01-10T09:00:00.1234567890Z",
            "2026-01-10T09:00:00.1+01:00",
            "2026-01-10t09:00:00.1z",
            "2026-01-10 09:00:00.1Z",
            "2026-01-10T09:00:00Z",
            "9999-12-10T09:00:00.1Z",
            "0000-01-01T00:00:00.1Z",
        ] {
            assert_eq!(read_bytes(text.as_bytes()), parsed(text), "{text}");
        }
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
