//! The file in which alerts wait until they are delivered, so that a restart or a kill loses none.
//!
//! # Format
//!
//! Lines of text: eight hexadecimal digits, which are the CRC-32 of what follows, a space, one JSON object, a newline.
//!
//! | object | meaning |
//! |---|---|
//! | `{"spool":1}` | the first line: the version of the format |
//! | `{"to":{"required":["…"],"all":["…"]}}` | whom alerts go to from there on: the targets that have to be told of an alert before it is done with, and those besides |
//! | `{"alert":{"kind":"…","level":"…","time":…,"run":"…","seq":…,"count":…,"first":…,"last":…,"record":{…}}}` | a kind of alert, which came `count` times; times are nanoseconds since 1970 |
//! | `{"again":{"kind":"…","count":…,"last":…}}` | it came so many times more |
//! | `{"end":{"run":"…","seq":…}}` | what was written since the last such line is complete; of this run nothing up to `seq` is still to come |
//! | `{"told":{"target":"…","kind":"…","count":…}}` | a target knows of so many more |
//!
//! A line whose sum is wrong is left out and counted. `alert` and `again` lines without an `end` behind them are what a
//! kill has interrupted: the queue of the pipeline still has their records.
//!
//! Several processes may name the same file: each takes the first of `alerts.spool`, `alerts.spool.2`, … that no other one
//! uses, and takes over what is in those whose process is gone.
//!
//! # Durability
//!
//! A line is with the operating system before the queue of the pipeline forgets its record, so that the death of the
//! process loses nothing; what still waits after a second is put on the disk (`fdatasync`), so that a power cut loses
//! at most the alerts of that second. The file is 0600, and never longer than its bound: alerts below CRITICAL may take half
//! of it. What has been delivered is removed by writing the rest to a new file, which is then renamed.

mod file; // the file itself
mod ledger; // what its lines add up to
mod line; // one line

use std::{
    path::{Path, PathBuf},
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use logger_core::{Level, Timestamp};

use self::{file::SpoolFile, ledger::Ledger, line::Line};
use crate::{
    engine::queue::{Bundle, routed},
    error::AlertError,
};

/// How a spool is kept.
#[derive(Debug, Clone)]
pub(crate) struct SpoolOptions {
    pub(crate) path: PathBuf,
    pub(crate) max_bytes: u64,
    /// An alert that is older than this helps nobody.
    pub(crate) max_age: Duration,
}

/// The spool of a running program.
#[derive(Debug)]
pub(crate) struct Spool(Mutex<State>);

#[derive(Debug)]
struct State {
    file: SpoolFile,
    ledger: Ledger,
    options: SpoolOptions,
    /// Something was written since the last sync.
    dirty: bool,
}

/// Whom alerts go to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Recipients {
    /// The targets that have to be told of an alert before it may be forgotten.
    pub(crate) required: Vec<String>,
    /// These, and those that are told when none of them was.
    pub(crate) all: Vec<String>,
}

impl Recipients {
    /// An alert whose targets are all gone goes to those that there are.
    pub(crate) fn routed(&self, bundle: Bundle) -> Bundle {
        routed(bundle, |name| self.all.iter().any(|it| it == name))
    }
}

/// What a spool says of itself after it was opened.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Found {
    /// Alerts that still wait, each repeat counted.
    pub(crate) left: u64,
    /// Damaged lines, and alerts that were too old.
    pub(crate) unreadable: u64,
}

impl Spool {
    /// Opens the spool, and takes over those of processes that are gone.
    pub(crate) fn open(
        options: SpoolOptions,
        recipients: &Recipients,
        now: Timestamp,
    ) -> Result<(Spool, Found), AlertError> {
        let (mut file, others) = take_one(&options.path)?;
        let wrong = |source| AlertError::Spool { what: "read", path: options.path.clone(), source };
        let text = file.read(options.max_bytes).map_err(wrong)?;
        let (mut ledger, mut damaged) = Ledger::read(&text, recipients.clone());
        let mut adopted = Vec::new();
        for mut other in others {
            let (theirs, unreadable) =
                Ledger::read(&other.read(options.max_bytes).map_err(wrong)?, recipients.clone());
            ledger.absorb(theirs);
            damaged += unreadable;
            adopted.push(other);
        }
        let too_old = ledger.forget_before(now.unix_nanos().saturating_sub(nanos(options.max_age)));
        let found = Found { left: ledger.left(), unreadable: damaged + too_old };
        let mut state = State { file, ledger, options, dirty: false };
        state.compact().map_err(|source| AlertError::Spool {
            what: "write",
            path: state.options.path.clone(),
            source,
        })?;
        for mut other in adopted {
            // where this fails the next start finds what it knows already
            let _ = other.replace(b"");
        }
        Ok((Spool(Mutex::new(state)), found))
    }

    /// Whether a record that is recovered was taken before the kill.
    pub(crate) fn has_seen(&self, run: &str, seq: u64) -> bool {
        self.lock().ledger.has_seen(run, seq)
    }

    /// Writes alerts, and that of `run` nothing up to `seq` is still to come. Returns how many alerts there was no room for.
    pub(crate) fn put(&self, bundles: &[Bundle], run: &str, seq: u64) -> std::io::Result<u64> {
        self.lock().put(bundles, run, seq)
    }

    /// A target knows of so many of a kind.
    pub(crate) fn told(&self, target: &str, kind: u64, count: u64) -> std::io::Result<()> {
        self.lock().told(target, kind, count)
    }

    /// Other targets. What those know that stay is not told again; what was for those alone that go is for the new ones.
    pub(crate) fn change(&self, to: Recipients) -> std::io::Result<()> {
        let mut state = self.lock();
        state.ledger.change(to);
        state.compact()
    }

    pub(crate) fn path(&self) -> PathBuf {
        self.lock().options.path.clone()
    }

    /// What a target still has to be told.
    pub(crate) fn left_for(&self, target: &str) -> Vec<Bundle> {
        self.lock().ledger.left_for(target)
    }

    /// Puts on the disk what still waits. Returns how long the file is.
    pub(crate) fn sync(&self) -> std::io::Result<u64> {
        let (handle, bytes) = {
            let mut state = self.lock();
            let bytes = state.file.len();
            if !std::mem::take(&mut state.dirty) || state.ledger.is_empty() {
                return Ok(bytes);
            }
            (state.file.handle()?, bytes)
        };
        // nobody waits meanwhile
        handle.sync_data()?;
        Ok(bytes)
    }

    /// Lets the next start have it.
    pub(crate) fn release(&self) {
        self.lock().file.release();
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn put(&mut self, bundles: &[Bundle], run: &str, seq: u64) -> std::io::Result<u64> {
        let mut lines = String::new();
        let mut refused = 0;
        for bundle in bundles {
            let line = self.ledger.line_for(bundle).text();
            let share = if bundle.alert.level >= Level::Critical { 1 } else { 2 };
            let room = self.options.max_bytes / share;
            if !self.fits(lines.len() + line.len(), room)? {
                refused += bundle.count;
                continue;
            }
            lines.push_str(&line);
            self.ledger.add(bundle);
        }
        self.ledger.note_seen(run, seq);
        lines.push_str(&Line::end(run, seq).text());
        self.write(&lines)?;
        Ok(refused)
    }

    /// Whether so many bytes fit, if need be after what was delivered is removed.
    fn fits(&mut self, bytes: usize, room: u64) -> std::io::Result<bool> {
        // room for the lines that say what was told
        let needed = bytes as u64 + 1_024;
        if self.file.len() + needed > room && self.ledger.live_bytes() * 2 < self.file.len() {
            self.compact()?;
        }
        Ok(self.file.len() + needed <= room)
    }

    fn told(&mut self, target: &str, kind: u64, count: u64) -> std::io::Result<()> {
        if !self.ledger.told(target, kind, count) {
            return Ok(());
        }
        self.write(&Line::told(target, kind, count).text())?;
        let worth_it = self.file.len() > SMALL && self.ledger.live_bytes() * 2 < self.file.len();
        if worth_it { self.compact() } else { Ok(()) }
    }

    fn write(&mut self, lines: &str) -> std::io::Result<()> {
        self.dirty = true;
        self.file.append(lines.as_bytes())
    }

    fn compact(&mut self) -> std::io::Result<()> {
        let text = self.ledger.lines();
        self.file.replace(text.as_bytes())
    }
}

/// Below this length nothing is won by removing what was delivered.
const SMALL: u64 = 64 * 1024;

fn nanos(span: Duration) -> i64 {
    i64::try_from(span.as_nanos()).unwrap_or(i64::MAX)
}

/// Processes that may share a path.
const PROCESSES: u32 = 16;

/// The first of the files `path`, `path.2`, `path.3` … that no other process uses, and those besides that nobody uses any more.
fn take_one(path: &Path) -> Result<(SpoolFile, Vec<SpoolFile>), AlertError> {
    let mut mine = None;
    let mut others = Vec::new();
    for number in 1..=PROCESSES {
        let name = if number == 1 { path.to_owned() } else { beside(path, &format!(".{number}")) };
        if mine.is_some() && !name.exists() {
            continue;
        }
        match SpoolFile::open(&name) {
            Ok(file) if mine.is_none() => mine = Some(file),
            Ok(file) if !file.is_empty() => others.push(file),
            Ok(_) => {}
            Err(AlertError::Spool { source, .. }) if source.kind() == std::io::ErrorKind::WouldBlock => {}
            // what cannot be read of others is theirs
            Err(_) if mine.is_some() => {}
            Err(error) => return Err(error),
        }
    }
    mine.map(|mine| (mine, others)).ok_or_else(|| AlertError::Spool {
        what: "lock",
        path: path.to_owned(),
        source: std::io::Error::new(std::io::ErrorKind::WouldBlock, format!("{PROCESSES} processes use it")),
    })
}

/// The file that is locked while the spool is in use.
fn lock_path(path: &Path) -> PathBuf {
    beside(path, ".lock")
}

fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(suffix);
    path.with_file_name(name)
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use crate::testing::alert;

    #[test]
    fn what_was_told_is_removed_from_the_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("alerts.spool");
        let options = SpoolOptions { path: path.clone(), max_bytes: 1 << 20, max_age: Duration::MAX };
        let to = Recipients { required: vec!["a".into()], all: vec!["a".into()] };
        let (spool, _) = Spool::open(options, &to, Timestamp::from_unix_nanos(0)).unwrap();
        let len = || std::fs::metadata(&path).unwrap().len();
        for kind in 0..1_000 {
            spool.put(&[Bundle::one(alert(kind, Level::Critical))], "run", kind).unwrap();
        }
        let full = len();
        (0..1_000).for_each(|kind| spool.told("a", kind, 1).unwrap());
        assert!(full > 2 * SMALL && len() < full / 2, "{full} {}", len());
    }

    #[test]
    fn what_waits_is_put_on_the_disk_and_a_disk_that_does_not_take_it_is_told() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("alerts.spool");
        let options = SpoolOptions { path, max_bytes: 1 << 20, max_age: Duration::MAX };
        let to = Recipients { required: vec!["a".into()], all: vec!["a".into()] };
        let (spool, _) = Spool::open(options, &to, Timestamp::from_unix_nanos(0)).unwrap();
        spool.put(&[Bundle::one(alert(1, Level::Critical))], "run", 1).unwrap();
        let bytes = spool.lock().file.len();
        assert_eq!(spool.sync().unwrap(), bytes);
        // a pipe takes bytes, and is on no disk
        let (_end, pipe) = std::io::pipe().unwrap();
        spool.lock().file.put_on(std::fs::File::from(std::os::fd::OwnedFd::from(pipe)));
        assert_eq!(spool.sync().unwrap(), bytes, "nothing was written since");
        spool.lock().dirty = true;
        assert!(spool.sync().is_err());
        // what was told waits for nothing
        spool.lock().dirty = true;
        spool.lock().ledger.told("a", 1, 1);
        assert!(spool.sync().is_ok());
    }
}
