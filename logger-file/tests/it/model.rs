//! Rotation and retention against a model of what the documentation says, written without the crate's own parts.

use std::collections::BTreeMap;

use logger_core::Timestamp;
use logger_file::{Naming, Retention, RotationPolicy, Schedule};

pub(crate) const HOUR: i64 = 3_600 * 1_000_000_000;

/// When files end and which are kept.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Policy {
    pub(crate) size: Option<u64>,
    /// 24 or a divisor of it.
    pub(crate) hours: Option<u32>,
    pub(crate) naming: Naming,
    pub(crate) count: u32,
    pub(crate) age_hours: Option<u32>,
    pub(crate) bytes: Option<u64>,
}

impl Policy {
    pub(crate) fn rotation(&self) -> RotationPolicy {
        let schedule = self.hours.map(|hours| match hours {
            24 => Schedule::daily(),
            hours => Schedule::every_minutes(hours * 60).unwrap(),
        });
        match (self.size, schedule) {
            (None, None) => RotationPolicy::Never,
            (Some(size), None) => RotationPolicy::Size(size),
            (None, Some(schedule)) => RotationPolicy::Time(schedule),
            (Some(size), Some(schedule)) => RotationPolicy::SizeOrTime { size, schedule },
        }
    }

    pub(crate) fn retention(&self) -> Retention {
        let mut retention = Retention::everything().count(self.count);
        if let Some(hours) = self.age_hours {
            retention = retention.age(std::time::Duration::from_nanos(u64::from(hours) * HOUR as u64));
        }
        match self.bytes {
            Some(bytes) => retention.bytes(bytes),
            None => retention,
        }
    }
}

/// What the files should be.
pub(crate) struct Model {
    policy: Policy,
    open: String,
    written: i64,
    /// When the first line of the open file was logged, and the period that its lines belong to.
    began: Option<(i64, Period)>,
    /// The newest last.
    ended: Vec<Ended>,
    look_again: i64,
}

/// From one end of a file to the next.
type Period = (i64, i64);

struct Ended {
    label: String,
    counter: u32,
    text: String,
    written: i64,
}

impl Model {
    pub(crate) fn new(policy: Policy) -> Self {
        let (open, ended) = (String::new(), Vec::new());
        Model { policy, open, written: 0, began: None, ended, look_again: i64::MIN }
    }

    /// A line is logged and written.
    pub(crate) fn log(&mut self, now: i64, line: &str) {
        self.pass(now);
        if self.policy.size.is_some_and(|size| (self.open.len() + line.len()) as u64 > size) {
            self.end(now);
        }
        self.open.push_str(line);
        self.written = now;
    }

    /// Nobody logs.
    pub(crate) fn idle(&mut self, now: i64) {
        self.pass(now);
    }

    /// Time goes on to what is due then.
    fn pass(&mut self, now: i64) {
        if self.open.is_empty() {
            self.began = None;
        }
        let period = self.period(now);
        let (began, known) = *self.began.get_or_insert((now, period));
        if now >= known.1 {
            self.end(now);
        } else if now < known.0 {
            self.began = Some((began, period));
        }
        let hourly = self.policy.age_hours.is_some() && now >= self.look_again;
        if hourly || self.look_again == i64::MIN {
            self.look_again = now + HOUR;
            self.forget(now);
        }
    }

    /// The program ends, and is started again.
    pub(crate) fn restart(&mut self) {
        self.look_again = i64::MIN;
        self.began = (!self.open.is_empty()).then(|| (self.written, self.period(self.written)));
    }

    fn period(&self, now: i64) -> Period {
        let Some(hours) = self.policy.hours else { return (i64::MIN, i64::MAX) };
        let start = start_of(now, hours);
        (start, start + i64::from(hours) * HOUR)
    }

    fn end(&mut self, now: i64) {
        let began = self.began.map_or(now, |(began, _)| began);
        self.began = Some((now, self.period(now)));
        if self.open.is_empty() {
            return;
        }
        let (mut label, mut counter) = (label(began, self.policy.hours.unwrap_or(24)), 1);
        if let Some(newest) = self.ended.last().filter(|newest| newest.label >= label) {
            (label, counter) = (newest.label.clone(), newest.counter + 1);
        }
        let text = std::mem::take(&mut self.open);
        self.ended.push(Ended { label, counter, text, written: self.written });
        self.forget(now);
    }

    fn forget(&mut self, now: i64) {
        let mut bytes = 0;
        let mut kept = 0;
        for ended in self.ended.iter().rev() {
            bytes += ended.text.len() as u64;
            let old =
                self.policy.age_hours.is_some_and(|hours| ended.written < now - i64::from(hours) * HOUR);
            let many = self.policy.bytes.is_some_and(|most| bytes > most);
            if old || many || kept == self.policy.count as usize {
                break;
            }
            kept += 1;
        }
        self.ended.drain(..self.ended.len() - kept);
    }

    /// The names and contents of all files of a log file `/logs/a.log`.
    pub(crate) fn files(&self) -> BTreeMap<String, String> {
        let mut files = BTreeMap::from([("/logs/a.log".to_owned(), self.open.clone())]);
        for (index, ended) in self.ended.iter().rev().enumerate() {
            let name = match (self.policy.naming, ended.counter) {
                (Naming::Numbered, _) => format!("/logs/a.log.{}", index + 1),
                (_, 1) => format!("/logs/a.{}.log", ended.label),
                (_, counter) => format!("/logs/a.{}.{counter}.log", ended.label),
            };
            files.insert(name, ended.text.clone());
        }
        files
    }
}

fn start_of(now: i64, hours: u32) -> i64 {
    let length = i64::from(hours) * HOUR;
    now.div_euclid(length) * length
}

fn label(began: i64, hours: u32) -> String {
    let civil = Timestamp::from_unix_nanos(start_of(began, hours)).civil();
    let date = format!("{:04}-{:02}-{:02}", civil.year, civil.month, civil.day);
    if hours == 24 { date } else { format!("{date}T{:02}-00", civil.hour) }
}
