//! Times at which files end: by the minute, the hour or the day, in a time zone.

use jiff::{ZonedDateTime, civil, tz::TimeZone};
use logger_core::Timestamp;

/// The times at which a file ends, and the next one begins.
///
/// ```
/// use logger_file::Schedule;
///
/// let at_the_close = Schedule::daily_at(17, 0)?.zone("America/New_York")?;
/// let quarters = Schedule::every_minutes(15)?;
/// # Ok::<(), logger_file::ScheduleError>(())
/// ```
///
/// Times are in UTC unless a [`zone`](Schedule::zone) is named. Where clocks are put forward over the time of day at
/// which a file should end, it ends as much later as they are put forward; where a time of day comes twice, the file
/// ends at the first. Hours and minutes are counted from midnight in real time, so that no file is longer than the
/// others on the day on which the clocks are changed; the last one of a day ends at midnight in any case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Schedule {
    every: Every,
    zone: TimeZone,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Every {
    /// From midnight on.
    Minutes(u32),
    /// Once a day, at this time.
    DayAt(civil::Time),
}

/// A schedule that cannot be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ScheduleError {
    /// No such span of minutes.
    #[error("files cannot end every {minutes} minutes; allowed are 1 to 1440")]
    Minutes {
        /// As it was given.
        minutes: u32,
    },
    /// No such time of day.
    #[error("files cannot end at {hour}:{minute:02}; allowed are 0:00 to 23:59")]
    TimeOfDay {
        /// As it was given.
        hour: u8,
        /// As it was given.
        minute: u8,
    },
    /// No such time zone.
    #[error("there is no time zone `{name}`; allowed is a name such as `UTC` or `Europe/Berlin`")]
    Zone {
        /// As it was given.
        name: String,
    },
}

/// The time from one end of a file to the next, as the schedule has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Period {
    /// The first point in it.
    pub(crate) start: Timestamp,
    /// The first point after it.
    pub(crate) end: Timestamp,
}

impl Schedule {
    /// At midnight.
    pub fn daily() -> Self {
        Schedule { every: Every::DayAt(civil::Time::midnight()), zone: TimeZone::UTC }
    }

    /// Every day at this time.
    ///
    /// # Errors
    ///
    /// For an hour above 23 or a minute above 59.
    pub fn daily_at(hour: u8, minute: u8) -> Result<Self, ScheduleError> {
        let wrong = || ScheduleError::TimeOfDay { hour, minute };
        let [h, m] = [hour, minute].map(|it| i8::try_from(it).unwrap_or(i8::MAX));
        let at = civil::Time::new(h, m, 0, 0).map_err(|_| wrong())?;
        Ok(Schedule { every: Every::DayAt(at), zone: TimeZone::UTC })
    }

    /// At every full hour.
    pub fn hourly() -> Self {
        Schedule { every: Every::Minutes(60), zone: TimeZone::UTC }
    }

    /// At midnight, and every so many minutes after it: with 360 four times a day.
    ///
    /// # Errors
    ///
    /// For 0 minutes, and for more than a day has (1440).
    pub fn every_minutes(minutes: u32) -> Result<Self, ScheduleError> {
        if minutes == 0 || minutes > 24 * 60 {
            return Err(ScheduleError::Minutes { minutes });
        }
        Ok(Schedule { every: Every::Minutes(minutes), zone: TimeZone::UTC })
    }

    /// The same in the time zone of that name, by the time zone database of the computer, or where it has none by the
    /// one that is built in.
    ///
    /// # Errors
    ///
    /// For a name that the database does not have.
    pub fn zone(self, name: &str) -> Result<Self, ScheduleError> {
        let zone = TimeZone::get(name).map_err(|_| ScheduleError::Zone { name: name.into() })?;
        Ok(Schedule { zone, ..self })
    }

    /// The period that a point in time lies in.
    pub(crate) fn period(&self, at: Timestamp) -> Period {
        // only the first and the last day that a timestamp can name have no day before or after them
        self.period_in_zone(at).unwrap_or(Period { start: at, end: Timestamp::from_unix_nanos(i64::MAX) })
    }

    fn period_in_zone(&self, at: Timestamp) -> Result<Period, jiff::Error> {
        let now = self.local(at)?;
        let (start, end) = match self.every {
            Every::Minutes(minutes) => {
                let (midnight, next) = (nanos(&now.start_of_day()?), nanos(&now.tomorrow()?.start_of_day()?));
                let length = i64::from(minutes) * 60 * 1_000_000_000;
                let start = at.unix_nanos() - (at.unix_nanos() - midnight) % length;
                (start, (start + length).min(next))
            }
            Every::DayAt(time) => {
                let on = |date: civil::Date| self.at(date, time);
                let today = on(now.date())?;
                if today <= at.unix_nanos() {
                    (today, on(now.date().tomorrow()?)?)
                } else {
                    (on(now.date().yesterday()?)?, today)
                }
            }
        };
        // a zone that leaves out a whole day has two days that end together
        let start = start.min(at.unix_nanos());
        Ok(Period { start: Timestamp::from_unix_nanos(start), end: Timestamp::from_unix_nanos(end) })
    }

    /// What a file that began at that point is called by: its day, and the time of day where there are several a day.
    pub(crate) fn label(&self, began: Timestamp) -> String {
        let Ok(began) = self.local(began) else { return "1970-01-01".into() };
        match self.every {
            Every::Minutes(_) => began.strftime("%Y-%m-%dT%H-%M").to_string(),
            Every::DayAt(_) => began.strftime("%Y-%m-%d").to_string(),
        }
    }

    fn at(&self, date: civil::Date, time: civil::Time) -> Result<i64, jiff::Error> {
        Ok(nanos(&date.to_datetime(time).to_zoned_datetime(self.zone.clone())?))
    }

    fn local(&self, at: Timestamp) -> Result<ZonedDateTime, jiff::Error> {
        Ok(jiff::Timestamp::from_nanosecond(i128::from(at.unix_nanos()))?
            .to_zoned_datetime(self.zone.clone()))
    }
}

fn nanos(zoned: &ZonedDateTime) -> i64 {
    i64::try_from(zoned.timestamp().as_nanosecond()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        let parsed: jiff::Timestamp = text.parse().unwrap();
        Timestamp::from_unix_nanos(i64::try_from(parsed.as_nanosecond()).unwrap())
    }

    /// Every file from one point to another: its label, and when it begins and ends in UTC.
    #[track_caller]
    fn check(schedule: &Schedule, from: &str, to: &str, expected: &[&str]) {
        let mut files = Vec::new();
        let mut now = at(from);
        while now < at(to) {
            let period = schedule.period(now);
            assert!(period.start <= now && now < period.end, "{period:?}");
            let last = schedule.period(Timestamp::from_unix_nanos(period.end.unix_nanos() - 1));
            assert_eq!(last, period, "the same up to its end");
            let [start, end] = [period.start, period.end].map(|it| it.to_string()[5..16].to_owned());
            files.push(format!("{} {start} {end}", schedule.label(period.start)));
            now = period.end;
        }
        assert_eq!(files, expected);
    }

    #[test]
    fn a_day_ends_at_midnight_of_its_zone() {
        check(
            &Schedule::daily(),
            "2026-01-31T23:59:59.999Z",
            "2026-02-01T12:00:00Z",
            &["2026-01-31 01-31T00:00 02-01T00:00", "2026-02-01 02-01T00:00 02-02T00:00"],
        );
        check(
            &Schedule::daily().zone("Asia/Tokyo").unwrap(),
            "2026-01-31T14:59:59Z",
            "2026-01-31T15:00:01Z",
            &["2026-01-31 01-30T15:00 01-31T15:00", "2026-02-01 01-31T15:00 02-01T15:00"],
        );
    }

    #[test]
    fn f37_a_day_on_which_clocks_change_has_23_or_25_hours() {
        let berlin = Schedule::daily().zone("Europe/Berlin").unwrap();
        check(
            &berlin,
            "2026-03-28T23:00:00Z",
            "2026-03-30T00:00:00Z",
            &["2026-03-29 03-28T23:00 03-29T22:00", "2026-03-30 03-29T22:00 03-30T22:00"],
        );
        check(
            &berlin,
            "2026-10-24T22:00:00Z",
            "2026-10-25T23:00:00Z",
            &["2026-10-25 10-24T22:00 10-25T23:00"],
        );
    }

    #[test]
    fn f37_a_time_that_is_left_out_comes_later_and_one_that_comes_twice_counts_once() {
        let berlin = Schedule::daily_at(2, 30).unwrap().zone("Europe/Berlin").unwrap();
        check(
            &berlin,
            "2026-03-28T01:30:00Z",
            "2026-03-30T01:00:00Z",
            &[
                "2026-03-28 03-28T01:30 03-29T01:30",
                "2026-03-29 03-29T01:30 03-30T00:30",
                "2026-03-30 03-30T00:30 03-31T00:30",
            ],
        );
        check(
            &berlin,
            "2026-10-24T00:30:00Z",
            "2026-10-25T02:00:00Z",
            &["2026-10-24 10-24T00:30 10-25T00:30", "2026-10-25 10-25T00:30 10-26T01:30"],
        );
    }

    #[test]
    fn f37_every_hour_is_an_hour_long_also_where_clocks_are_put_back() {
        check(
            &Schedule::hourly().zone("Europe/Berlin").unwrap(),
            "2026-10-24T23:00:00Z",
            "2026-10-25T02:30:00Z",
            &[
                "2026-10-25T01-00 10-24T23:00 10-25T00:00",
                "2026-10-25T02-00 10-25T00:00 10-25T01:00",
                "2026-10-25T02-00 10-25T01:00 10-25T02:00",
                "2026-10-25T03-00 10-25T02:00 10-25T03:00",
            ],
        );
    }

    #[test]
    fn spans_begin_anew_at_midnight() {
        check(
            &Schedule::every_minutes(500).unwrap(),
            "2026-01-31T00:00:00Z",
            "2026-02-01T00:00:01Z",
            &[
                "2026-01-31T00-00 01-31T00:00 01-31T08:20",
                "2026-01-31T08-20 01-31T08:20 01-31T16:40",
                "2026-01-31T16-40 01-31T16:40 02-01T00:00",
                "2026-02-01T00-00 02-01T00:00 02-01T08:20",
            ],
        );
    }

    #[test]
    fn a_zone_that_leaves_out_a_day_has_one_file_less() {
        let apia = Schedule::daily().zone("Pacific/Apia").unwrap();
        check(
            &apia,
            "2011-12-29T10:00:00Z",
            "2011-12-30T10:00:01Z",
            &["2011-12-29 12-29T10:00 12-30T10:00", "2011-12-31 12-30T10:00 12-31T10:00"],
        );
        check(
            &Schedule::hourly().zone("Pacific/Apia").unwrap(),
            "2011-12-30T09:00:00Z",
            "2011-12-30T10:00:01Z",
            &["2011-12-29T23-00 12-30T09:00 12-30T10:00", "2011-12-31T00-00 12-30T10:00 12-30T11:00"],
        );
    }

    #[test]
    fn what_cannot_be_is_refused_with_what_is_allowed() {
        let said = |it: Result<Schedule, ScheduleError>| it.unwrap_err().to_string();
        assert_eq!(
            said(Schedule::every_minutes(0)),
            "files cannot end every 0 minutes; allowed are 1 to 1440"
        );
        assert!(Schedule::every_minutes(1441).is_err());
        assert_eq!(said(Schedule::daily_at(24, 0)), "files cannot end at 24:00; allowed are 0:00 to 23:59");
        assert!(Schedule::daily_at(0, 60).is_err() && Schedule::daily_at(255, 255).is_err());
        assert_eq!(
            said(Schedule::daily().zone("Mars/Olympus")),
            "there is no time zone `Mars/Olympus`; allowed is a name such as `UTC` or `Europe/Berlin`"
        );
    }

    #[test]
    fn the_ends_of_time_have_a_period_too() {
        for nanos in [i64::MIN, i64::MAX] {
            let at = Timestamp::from_unix_nanos(nanos);
            let period = Schedule::daily().period(at);
            assert!(period.start <= at && at <= period.end);
            Schedule::hourly().label(at);
        }
    }
}
