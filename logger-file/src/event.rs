//! What a drain has to say besides lost records.

use std::{
    fmt,
    panic::{AssertUnwindSafe, catch_unwind},
    path::PathBuf,
};

use logger_core::{Level, Timestamp};

use crate::{FileError, SealTrouble};

/// Something happened to a file, and no record is lost by it. Given to [`FileOptions::on_event`].
///
/// Records that are lost are not told here: they are the error of [`Drain::flush`].
///
/// [`FileOptions::on_event`]: crate::FileOptions::on_event
/// [`Drain::flush`]: logger_core::Drain::flush
#[derive(Debug)]
#[non_exhaustive]
pub enum FileEvent {
    /// The file ended and a new one began.
    Rotated {
        /// The log file, which is new.
        path: PathBuf,
        /// Where the ended one is now; absent if it had been moved or deleted by someone else.
        backup: Option<PathBuf>,
    },
    /// The file should have ended, but goes on: lines are still written to it, above its limit.
    RotationFailed {
        /// The log file.
        path: PathBuf,
        /// What failed.
        error: FileError,
        /// When the file tries to end again.
        retry_at: RetryAt,
    },
    /// The file was opened anew by its name, because it was not there any more or because that was asked for.
    Reopened {
        /// The log file.
        path: PathBuf,
        /// What had become of the one before it.
        was: Fate,
    },
    /// Another of several writers has ended the file, and lines go to the next one from now on.
    Followed {
        /// The log file.
        path: PathBuf,
    },
    /// Nobody gives the lock back by which several writers take turns: lines are written without, and no file ends. Told
    /// once, until there are turns again.
    NoTurn {
        /// The lock.
        path: PathBuf,
    },
    /// The name leads to another file or to none, and cannot be opened. Lines go to the file that is open where it has
    /// another name; where it has none they are errors. Each write tries again; it is told once.
    ReopenFailed {
        /// The log file.
        path: PathBuf,
        /// What failed.
        error: FileError,
    },
    /// A line without an end was given one, so that no other line is drawn into it.
    Repaired {
        /// The log file.
        path: PathBuf,
        /// What was done.
        repair: Repair,
    },
    /// A backup beyond the count stays: it could not be deleted. It is tried again at the next rotation.
    BackupKept {
        /// What failed.
        error: FileError,
    },
    /// The disk did not take lines that had been written to a file, which has ended by that. They were cut off, and written
    /// to a new file; where that failed too they are the error of the flush.
    NotOnDisk {
        /// What the system said of the file.
        error: FileError,
        /// How many lines these are.
        lines: u64,
    },
    /// The disk is full, and the file that was kept for that was deleted: so much can still be written.
    BallastReleased {
        /// The log file.
        path: PathBuf,
        /// How much room that is.
        bytes: u64,
    },
    /// An ended file stays as it is: it could not be packed. It is tried again when the next file has ended.
    NotPacked {
        /// What failed.
        error: FileError,
    },
    /// The chain of [seals](crate::Seal) is not as it was left: somebody has changed lines or files, or the disk has lost some.
    /// Lines are written all the same, and the flaw shows whenever they are judged.
    SealBroken {
        /// The log file.
        path: PathBuf,
        /// What was found.
        trouble: SealTrouble,
    },
    /// The disk has less space than it should, and records are held back. Told again when it becomes less or more.
    LowSpace {
        /// The folder of the log files.
        path: PathBuf,
        /// How many bytes are free.
        free: u64,
        /// The lowest level of a general record that is still written; absent: only trades are.
        writes_from: Option<Level>,
    },
    /// The disk has enough space again, and everything is written.
    EnoughSpace {
        /// The folder of the log files.
        path: PathBuf,
        /// How often a record was held back meanwhile, once for each file that it would have been in.
        withheld: u64,
    },
    /// Others may write to the folder, and so may replace or delete the files in it.
    FolderWritableByOthers {
        /// The folder of the log file.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
}

/// What has become of a file that is open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Fate {
    /// It has its name.
    InPlace,
    /// It has another name, here or elsewhere.
    Moved,
    /// It has no name, and what was written to it is gone. Lines that were being written meanwhile were written once more,
    /// to the new file.
    Deleted,
}

/// When a file tries again to end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum RetryAt {
    /// When it would pass this length, in bytes.
    Length(u64),
    /// With the first record of this time or later.
    Time(Timestamp),
}

/// `10485760 bytes` or `2026-02-01T00:01:30.000000Z`.
impl fmt::Display for RetryAt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            RetryAt::Length(len) => write!(f, "{len} bytes"),
            RetryAt::Time(at) => at.fmt(f),
        }
    }
}

/// How a line without an end was closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Repair {
    /// The file was found with it: a newline was added, and nothing was taken away.
    Ended,
    /// It was written in part and could not be taken back: ` [torn]` and a newline were added. The mark keeps
    /// a line that lacks its newline only from counting as a record, since that record was reported as not
    /// written.
    Marked,
}

/// Who is told.
pub(crate) struct OnEvent(pub(crate) Box<dyn FnMut(FileEvent) + Send>);

impl OnEvent {
    pub(crate) fn nobody() -> Self {
        OnEvent(Box::new(|_| {}))
    }

    /// Tells it. A panic ends here: it would make the pipeline take the records that are written for lost.
    pub(crate) fn tell(&mut self, event: FileEvent) {
        let _ = catch_unwind(AssertUnwindSafe(|| (self.0)(event)));
    }
}
