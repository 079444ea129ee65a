//! One drain on a file system in memory, with lines that are easy to see.

use std::{
    fmt::Write as _,
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use logger_core::{Drain, DrainError, Format, Level, OwnedRecord, Record, Timestamp};
use logger_file::{FileDrain, FileEvent, FileOptions, RetryAt, RotationPolicy, testing::FakeFs};

/// The line is the event and nothing else.
pub(crate) struct EventOnly;

impl Format for EventOnly {
    fn format(&self, record: &Record<'_>, out: &mut Vec<u8>) {
        out.extend_from_slice(record.event().as_bytes());
        out.push(b'\n');
    }
}

pub(crate) const FILE: &str = "/logs/a";

/// A drain, its file system, and what it told.
pub(crate) struct Harness {
    pub(crate) fs: FakeFs,
    pub(crate) drain: FileDrain,
    /// When the next record is logged.
    now: Timestamp,
    events: Arc<Mutex<Vec<FileEvent>>>,
}

impl Harness {
    /// A drain whose file ends at `limit` bytes.
    pub(crate) fn with_limit(limit: u64) -> Self {
        Harness::open(FakeFs::new(), FileOptions::new().rotation(RotationPolicy::Size(limit)))
    }

    /// A drain on what is there.
    pub(crate) fn open(fs: FakeFs, options: FileOptions) -> Self {
        let events = Arc::new(Mutex::new(Vec::new()));
        let told = Arc::clone(&events);
        let options =
            options.format(EventOnly).fs(fs.clone()).on_event(move |event| told.lock().unwrap().push(event));
        let drain = FileDrain::open(FILE, options).unwrap();
        Harness { fs, drain, now: Timestamp::from_unix_nanos(0), events }
    }

    /// From now on it is this time.
    pub(crate) fn at(&mut self, time: &str) -> &mut Self {
        self.now = at(time);
        self.fs.set_now(self.now);
        self
    }

    /// Logs the words, one record each.
    pub(crate) fn log(&mut self, words: &str) -> &mut Self {
        for word in words.split(' ') {
            let record = OwnedRecord::new(Level::Info, word).timestamp(self.now).build();
            self.drain.log(&record.borrow()).unwrap();
        }
        self
    }

    pub(crate) fn flush(&mut self) -> Result<(), DrainError> {
        self.drain.flush(later())
    }

    /// Logs the words and flushes after each.
    pub(crate) fn write(&mut self, words: &str) -> &mut Self {
        for word in words.split(' ') {
            self.log(word).flush().unwrap();
        }
        self
    }

    /// How many records of this batch arrived, where not all of them did.
    pub(crate) fn arrived(&mut self) -> u64 {
        self.flush().unwrap_err().arrived()
    }

    /// The events since the last call.
    pub(crate) fn take_events(&self) -> Vec<FileEvent> {
        self.events.lock().unwrap().drain(..).collect()
    }

    /// A line for each event since the last call.
    pub(crate) fn events(&self) -> String {
        let mut text = String::new();
        for event in self.events.lock().unwrap().drain(..) {
            let _ = match event {
                FileEvent::Rotated { path, backup: Some(backup) } => {
                    writeln!(text, "rotated {} to {}", path.display(), backup.display())
                }
                FileEvent::Rotated { path, backup: None } => writeln!(text, "began {}", path.display()),
                FileEvent::RotationFailed { path, error, retry_at: RetryAt::Length(len) } => {
                    writeln!(text, "{} goes on to {len}: {error}", path.display())
                }
                FileEvent::RotationFailed { path, error, retry_at: RetryAt::Time(at) } => {
                    writeln!(text, "{} goes on until {at}: {error}", path.display())
                }
                FileEvent::Repaired { path, repair } => writeln!(text, "{}: {repair:?}", path.display()),
                FileEvent::BackupKept { error } => writeln!(text, "{error}"),
                other => writeln!(text, "{other:?}"),
            };
        }
        text
    }
}

pub(crate) fn record(event: &str) -> OwnedRecord {
    OwnedRecord::new(Level::Info, event).build()
}

/// A time such as `2026-01-31T23:59:59Z`.
pub(crate) fn at(time: &str) -> Timestamp {
    let parsed: jiff::Timestamp = time.parse().unwrap();
    Timestamp::from_unix_nanos(i64::try_from(parsed.as_nanosecond()).unwrap())
}

/// A deadline that no test reaches.
pub(crate) fn later() -> Instant {
    Instant::now() + Duration::from_secs(3600)
}
