//! When a file ends.

use logger_core::Timestamp;

use crate::{Schedule, schedule::Period};

/// When a file ends and the next one begins. Asked before each line is written; an empty file never ends.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum RotationPolicy {
    /// The file grows for ever, or somebody else rotates it.
    Never,
    /// The file ends before the line that would make it longer than this many bytes. A line that is longer by
    /// itself gets a file of its own, the only one above the limit.
    Size(u64),
    /// The file ends before the first record that was logged at or after the next time of the schedule.
    Time(Schedule),
    /// Both, whichever comes first.
    SizeOrTime {
        /// As in [`Size`](RotationPolicy::Size).
        size: u64,
        /// As in [`Time`](RotationPolicy::Time).
        schedule: Schedule,
    },
}

/// What happens to a file that is there when the drain is opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum AtStart {
    /// Lines are added to it, if it does not have to end.
    #[default]
    Continue,
    /// It ends, unless it is empty, before the first line of the new run.
    NewFile,
}

impl Default for RotationPolicy {
    /// 10 MiB, the customary size of log files that people still open in an editor.
    fn default() -> Self {
        RotationPolicy::Size(10 * 1024 * 1024)
    }
}

/// The policy, what is known of the file that is written to, and for how long a rotation that failed is put off.
///
/// Time is that of the records: it is in the order of the lines, so that each line stands in the file of its time, and it
/// never runs backwards within a run.
#[derive(Debug)]
pub(crate) struct Rotation {
    limit: Option<u64>,
    schedule: Option<Schedule>,
    /// What dated names are made of.
    labels: Schedule,
    /// When the first line of the file was logged, as far as we know.
    began: Option<Timestamp>,
    /// The time to which the lines of the file belong; only with a schedule.
    period: Option<Period>,
    /// The time of the newest record.
    latest: Timestamp,
    /// It ends before the first record of this time or later, whatever its size and time are.
    asked: Option<Timestamp>,
    postponed: Option<Postponed>,
}

#[derive(Debug, Clone, Copy)]
struct Postponed {
    /// The size of the file at which it tries again.
    until: u64,
    /// How far it was put off the last time.
    distance: u64,
}

/// After so many nanoseconds a rotation is tried again that failed when its time had come.
const RETRY_NANOS: i64 = 60 * 1_000_000_000;

impl Rotation {
    pub(crate) fn new(policy: RotationPolicy) -> Self {
        let (limit, schedule) = match policy {
            RotationPolicy::Never => (None, None),
            RotationPolicy::Size(size) => (Some(size), None),
            RotationPolicy::Time(schedule) => (None, Some(schedule)),
            RotationPolicy::SizeOrTime { size, schedule } => (Some(size), Some(schedule)),
        };
        let labels = schedule.clone().unwrap_or_else(Schedule::daily);
        Rotation {
            limit,
            schedule,
            labels,
            began: None,
            period: None,
            latest: Timestamp::from_unix_nanos(0),
            asked: None,
            postponed: None,
        }
    }

    /// The file that is written to has lines, the last of them written at that time.
    pub(crate) fn resume(&mut self, modified: Timestamp) {
        self.begin(modified);
    }

    /// Nothing is in the file: it begins with the record that comes first, whenever that is.
    pub(crate) fn begins_later(&mut self) {
        self.began = None;
        self.period = None;
    }

    /// Whether it is known when the file began.
    pub(crate) fn has_begun(&self) -> bool {
        self.began.is_some()
    }

    /// The file ends before the next line.
    pub(crate) fn ask(&mut self) {
        self.asked = Some(Timestamp::from_unix_nanos(i64::MIN));
    }

    /// Whether the file ends before a record of that time. `live`: it was logged by this run.
    #[inline]
    pub(crate) fn is_due(&mut self, at: Timestamp, live: bool) -> bool {
        self.latest = at;
        if self.asked.is_some_and(|from| at >= from) {
            return true;
        }
        let Some(schedule) = &self.schedule else {
            self.began.get_or_insert(at);
            return false;
        };
        match &self.period {
            Some(period) if at >= period.end => true,
            // the clock was set back: files go on to end when the schedule says
            Some(period) if at < period.start && live => {
                self.period = Some(schedule.period(at));
                false
            }
            Some(_) => false,
            None => {
                self.begin(at);
                false
            }
        }
    }

    /// The same of the newest record: another of several writers may have ended the file meanwhile.
    pub(crate) fn is_still_due(&self) -> bool {
        let at = self.latest;
        let is_over = self.period.as_ref().is_some_and(|period| at >= period.end);
        self.asked.is_some_and(|from| at >= from) || (self.schedule.is_some() && is_over)
    }

    /// Another of several writers has ended the file; the next one began at that time.
    pub(crate) fn follow(&mut self, began: Timestamp) {
        self.restart();
        self.begin(began);
    }

    /// How many bytes a file that is `len` long can take before it ends.
    pub(crate) fn room(&self, len: u64) -> u64 {
        let Some(limit) = self.limit else { return u64::MAX };
        let limit = self.postponed.map_or(limit, |it| it.until.max(limit));
        limit.saturating_sub(len)
    }

    /// A file of `len` bytes was too long and could not end: it goes on for an eighth of its limit, and for twice as far
    /// at each further failure, up to the limit. Returns the size at which it tries again.
    ///
    /// The distance grows with what is written, not with time, so a file that is hardly written to is not
    /// retried for nothing, and one that grows fast cannot get far.
    pub(crate) fn postpone_size(&mut self, len: u64) -> u64 {
        let Some(limit) = self.limit else { return u64::MAX };
        let distance = self.postponed.map_or(limit / 8, |it| it.distance.saturating_mul(2).min(limit)).max(1);
        let until = len.saturating_add(distance);
        self.postponed = Some(Postponed { until, distance });
        until
    }

    /// A file could not end at its time. Returns when it tries again.
    pub(crate) fn postpone_time(&mut self) -> Timestamp {
        let end = Timestamp::from_unix_nanos(self.latest.unix_nanos().saturating_add(RETRY_NANOS));
        if self.asked.is_some() {
            self.asked = Some(end);
        }
        if let Some(period) = &mut self.period {
            period.end = end;
        }
        end
    }

    /// The time of the newest record.
    pub(crate) fn latest(&self) -> Timestamp {
        self.latest
    }

    /// What the file is called by when it has ended.
    pub(crate) fn label(&self) -> String {
        self.labels.label(self.labels.period(self.began.unwrap_or(self.latest)).start)
    }

    /// A new file began, which the newest record goes into or one before it.
    pub(crate) fn restart(&mut self) {
        self.postponed = None;
        self.asked = None;
        self.begin(self.latest);
    }

    fn begin(&mut self, at: Timestamp) {
        self.began = Some(at);
        self.period = self.schedule.as_ref().map(|schedule| schedule.period(at));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn room_is_what_is_left_of_the_limit() {
        let rotation = Rotation::new(RotationPolicy::Size(100));
        assert_eq!([0, 1, 99, 100, 101].map(|len| rotation.room(len)), [100, 99, 1, 0, 0]);
    }

    #[test]
    fn a_file_that_never_ends_always_has_room() {
        let mut rotation = Rotation::new(RotationPolicy::Never);
        assert_eq!(rotation.room(u64::MAX), u64::MAX);
        assert_eq!(rotation.postpone_size(5), u64::MAX);
    }

    #[test]
    fn each_failure_puts_the_end_off_twice_as_far_up_to_the_limit() {
        let mut rotation = Rotation::new(RotationPolicy::Size(800));
        let mut len = 800;
        let mut distances = Vec::new();
        for _ in 0..6 {
            let until = rotation.postpone_size(len);
            assert_eq!(rotation.room(len), until - len);
            distances.push(until - len);
            len = until;
        }
        assert_eq!(distances, [100, 200, 400, 800, 800, 800]);
    }

    #[test]
    fn a_new_file_has_its_whole_limit_again() {
        let mut rotation = Rotation::new(RotationPolicy::Size(800));
        rotation.postpone_size(800);
        rotation.restart();
        assert_eq!((rotation.room(0), rotation.postpone_size(800)), (800, 900));
    }

    #[test]
    fn a_tiny_or_huge_limit_does_not_overflow() {
        assert_eq!(Rotation::new(RotationPolicy::Size(0)).postpone_size(7), 8);
        let mut rotation = Rotation::new(RotationPolicy::Size(u64::MAX));
        assert_eq!(rotation.postpone_size(u64::MAX), u64::MAX);
        assert_eq!(rotation.postpone_size(u64::MAX), u64::MAX);
    }

    const HOUR: i64 = 3_600 * 1_000_000_000;

    fn hours(hours: i64) -> Timestamp {
        Timestamp::from_unix_nanos(hours * HOUR)
    }

    #[test]
    fn a_file_ends_with_the_first_record_at_its_time() {
        let mut rotation = Rotation::new(RotationPolicy::Time(Schedule::daily()));
        let due = [0, 23, 24].map(|hour| rotation.is_due(hours(hour), true));
        assert_eq!(due, [false, false, true]);
        rotation.restart();
        assert_eq!([24, 47, 72].map(|hour| rotation.is_due(hours(hour), true)), [false, false, true]);
    }

    #[test]
    fn a_file_of_an_earlier_run_ends_by_the_time_of_its_last_line() {
        for (modified, due) in [(23, true), (24, false), (47, false)] {
            let mut rotation = Rotation::new(RotationPolicy::Time(Schedule::daily()));
            rotation.resume(hours(modified));
            assert_eq!(rotation.is_due(hours(40), true), due, "{modified}");
        }
    }

    #[test]
    fn f37_a_clock_that_is_set_back_ends_no_file_and_holds_none_up() {
        let mut rotation = Rotation::new(RotationPolicy::Time(Schedule::daily()));
        rotation.is_due(hours(1_000_000), true);
        assert!(!rotation.is_due(hours(30), true));
        assert!(!rotation.is_due(hours(47), true));
        assert!(rotation.is_due(hours(48), true));
    }

    #[test]
    fn a_record_of_an_earlier_run_ends_no_file_early() {
        let mut rotation = Rotation::new(RotationPolicy::Time(Schedule::daily()));
        rotation.resume(hours(25));
        assert!(!rotation.is_due(hours(23), false));
        assert!(!rotation.is_due(hours(26), true));
    }

    #[test]
    fn an_empty_file_is_called_by_its_first_record_whatever_was_asked_before() {
        for policy in [RotationPolicy::Size(0), RotationPolicy::Time(Schedule::daily())] {
            let mut rotation = Rotation::new(policy);
            rotation.is_due(hours(20), true);
            rotation.begins_later();
            assert!(!rotation.is_due(hours(25), true));
            assert_eq!(rotation.label(), "1970-01-02");
        }
    }

    #[test]
    fn an_end_that_failed_is_tried_again_after_a_minute() {
        let mut rotation = Rotation::new(RotationPolicy::Time(Schedule::daily()));
        rotation.is_due(hours(0), true);
        assert!(rotation.is_due(hours(24), true));
        let again = rotation.postpone_time();
        assert_eq!(again, Timestamp::from_unix_nanos(24 * HOUR + HOUR / 60));
        assert!(!rotation.is_due(Timestamp::from_unix_nanos(again.unix_nanos() - 1), true));
        assert!(rotation.is_due(again, true));
    }
}
