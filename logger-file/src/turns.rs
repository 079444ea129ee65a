//! Several processes write one file: whose turn it is to write, and to rename.

use std::{
    io,
    path::PathBuf,
    sync::{Condvar, Mutex, PoisonError},
    time::{Duration, Instant},
};

use crate::{Fs, FsLock};

/// Who writes to a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Writers {
    /// This drain alone. Somebody else may move or delete the file, but not write to it.
    #[default]
    One,
    /// Drains of several processes, each with the same path and the same settings of when files end and which are kept.
    ///
    /// They take turns by a lock on a file beside it, [`LOCK_NAME`]: the system takes it from a process that ends, however
    /// that comes. A turn lasts as long as one write, or the end of a file; who ends a file moves the others on to the next
    /// one. Where nobody gives the lock back within a second, lines are written without a turn, each of them whole, and
    /// no file ends until there is one again.
    ///
    /// What a writer left of a line, because the disk was full or it was killed, is closed with
    /// [a mark](crate::Repair::Marked), never cut off. After a kill the next start tells by `run` and `seq` which lines
    /// arrived, so the format has to have them, as [`JsonFormat`](logger_core::JsonFormat) in its full envelope does; with
    /// another the records of the interrupted batch may come twice. Where the disk did not take lines
    /// ([`FileEvent::NotOnDisk`](crate::FileEvent::NotOnDisk)) they may be in the ended file too.
    ///
    /// Where ended files are packed, one process does so at a time, and takes its turn to rename and delete.
    Several,
}

/// The file by which the writers of a folder take turns; it is empty, and may be deleted while nobody writes.
pub const LOCK_NAME: &str = ".logger.lock";

/// How long a turn is waited for. A write takes less than a millisecond, unless its process is stopped in it.
const PATIENCE: Duration = Duration::from_secs(1);
/// After a turn that nobody gave back, so long none is waited for.
const NO_PATIENCE: Duration = Duration::from_secs(10);
/// Between two looks.
const PAUSE: Duration = Duration::from_micros(300);

/// A writer's turns.
pub(crate) struct Turns {
    path: PathBuf,
    lock: Option<Box<dyn FsLock>>,
    is_ours: bool,
    /// When one was waited for in vain the last time.
    gave_up_at: Option<Instant>,
}

impl Turns {
    /// For the files of a folder.
    pub(crate) fn new(folder: &std::path::Path) -> Self {
        Turns::by(folder.join(LOCK_NAME))
    }

    /// By a lock of this path.
    pub(crate) fn by(path: PathBuf) -> Self {
        Turns { path, lock: None, is_ours: false, gave_up_at: None }
    }

    pub(crate) fn path(&self) -> &std::path::Path {
        &self.path
    }

    /// Opens the lock.
    pub(crate) fn open(&mut self, fs: &dyn Fs) -> io::Result<()> {
        self.lock = Some(fs.lock_file(&self.path)?);
        Ok(())
    }

    pub(crate) fn is_ours(&self) -> bool {
        self.is_ours
    }

    /// Whether the last turn came in vain, and nobody has had one since.
    pub(crate) fn has_given_up(&self) -> bool {
        self.gave_up_at.is_some()
    }

    /// Waits for a turn, within bounds. Returns whether it came.
    pub(crate) fn take(&mut self, fs: &dyn Fs) -> bool {
        if self.is_ours {
            return true;
        }
        let began = Instant::now();
        let impatient = self.gave_up_at.is_some_and(|at| began.duration_since(at) < NO_PATIENCE);
        let patience = if impatient { Duration::ZERO } else { PATIENCE };
        loop {
            match self.try_once(fs) {
                Ok(true) => {
                    self.is_ours = true;
                    self.gave_up_at = None;
                    return true;
                }
                Ok(false) if began.elapsed() < patience => pause(),
                Ok(false) | Err(_) => {
                    if !impatient {
                        self.gave_up_at = Some(Instant::now());
                    }
                    return false;
                }
            }
        }
    }

    /// Whether a turn came without waiting.
    pub(crate) fn take_at_once(&mut self, fs: &dyn Fs) -> bool {
        self.is_ours = self.is_ours || self.try_once(fs).unwrap_or(false);
        self.is_ours
    }

    fn try_once(&mut self, fs: &dyn Fs) -> io::Result<bool> {
        if let Some(lock) = &mut self.lock
            && let Ok(taken) = lock.try_lock()
        {
            return Ok(taken);
        }
        // its folder was moved or deleted, or it never could be opened
        self.lock = None;
        if let Some(folder) = self.path.parent() {
            fs.create_folders(folder)?;
        }
        let mut lock = fs.lock_file(&self.path)?;
        let taken = lock.try_lock();
        self.lock = Some(lock);
        taken
    }

    /// Gives the turn back.
    pub(crate) fn end(&mut self) {
        if std::mem::take(&mut self.is_ours) && self.lock.as_mut().is_some_and(|lock| lock.unlock().is_err())
        {
            // closing it gives it back too
            self.lock = None;
        }
    }
}

impl Drop for Turns {
    fn drop(&mut self) {
        self.end();
    }
}

/// Not `park`: a wake-up that is meant for the worker's own rest would be lost.
fn pause() {
    let nobody = Mutex::new(());
    let held = nobody.lock().unwrap_or_else(PoisonError::into_inner);
    let _ = Condvar::new().wait_timeout(held, PAUSE);
}

#[cfg(test)]
mod tests {
    use std::sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    };

    use super::*;
    use crate::testing::FakeFs;

    /// Somebody has it and does not give it back.
    struct Held {
        looks: Arc<AtomicU32>,
    }

    impl FsLock for Held {
        fn try_lock(&mut self) -> io::Result<bool> {
            self.looks.fetch_add(1, Ordering::Relaxed);
            Ok(false)
        }

        fn unlock(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn f20_a_turn_that_was_waited_for_in_vain_is_not_waited_for_again_at_once() {
        let fs = FakeFs::new();
        let looks = Arc::default();
        let mut turns = Turns::by("/logs/lock".into());
        turns.lock = Some(Box::new(Held { looks: Arc::clone(&looks) }));
        assert!(!turns.take(&fs) && turns.has_given_up());
        assert!(looks.swap(0, Ordering::Relaxed) > 1, "it was waited for");
        assert!(!turns.take(&fs));
        assert_eq!(looks.load(Ordering::Relaxed), 1);
    }
}
