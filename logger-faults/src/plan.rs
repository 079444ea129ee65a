//! What one start of the child does: given to it as JSON on its command line.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::scene::Scene;

/// What one start of the child does.
///
/// Threads 0 to `threads - 1` log under load. Thread `threads` probes after the fault has ended, thread `threads + 1`
/// logs the fresh records; a later start has only fresh records, under the next free number.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Plan {
    /// From which all records follow.
    pub seed: u64,
    /// Folder of the log files; may lie on a disk that is full.
    pub outputs: PathBuf,
    /// Folder of what must survive every fault: the acked table, the logger's own reports, the child's report.
    pub ledger: PathBuf,
    /// Number of threads under load; 0 for a start that only logs fresh records.
    pub threads: u32,
    /// Number of the first thread under load: 0, but for children that log at the same time.
    pub first_thread: u32,
    /// Number of the first thread of this start that is not under load.
    pub next_thread: u32,
    /// Records that each thread logs while the fault lasts.
    pub records: u64,
    /// Records that each thread logs after it has ended.
    pub calm_records: u64,
    /// Records that are logged when everything is well again.
    pub fresh_records: u64,
    /// After so many records each thread waits until they are delivered; `None` for a thread that logs on.
    pub flush_every: Option<u64>,
    /// Size at which a file ends, in bytes.
    pub max_size: u64,
    /// Longest file that the judge lets pass, in bytes, not counting its last record.
    pub limit: u64,
    /// What a flush of the files waits for.
    pub durable: Durable,
    /// Who writes to the files.
    pub writers: Writers,
    /// When files end besides by their size.
    pub timed: Timed,
    /// What becomes of a file that has ended.
    pub ended: EndedFiles,
    /// Rotated files that are kept.
    pub backups: u32,
    /// Which threads make the calls.
    pub callers: Callers,
    /// Where the queue is.
    pub queue: QueuePlace,
    /// What happens when the queue is full.
    pub pressure: Pressure,
    /// What goes wrong inside the child.
    pub fault: Fault,
    /// How the fault ends.
    pub heal: Heal,
    /// How the child ends.
    pub end: End,
    /// A bug that the judge has to catch; `None` for the case itself.
    pub bug: Option<Bug>,
}

/// Which threads make the calls of a load.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Callers {
    /// One that lives as long as the load.
    LongLived,
    /// A new one for each record, which ends with its call.
    ShortLived,
}

/// Where the queue of the child is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum QueuePlace {
    /// In files below this folder, where it outlives the child. The files of all routes have journals.
    Folder(PathBuf),
    /// In the memory of the child: it ends with it.
    Heap,
}

/// What becomes of a file that has ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum EndedFiles {
    /// It gets a number.
    Numbered,
    /// It gets a number, and is packed.
    NumberedPacked,
    /// It gets a date, and is packed.
    DatedPacked,
}

/// Who writes to the files.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Writers {
    /// One child.
    One,
    /// Several children at the same time.
    Several,
}

/// When files end besides by their size.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Timed {
    /// Never.
    Never,
    /// Each hour of a clock that jumps while records are logged.
    HourlyByAClockThatJumps,
}

/// What a flush of the files waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Durable {
    /// The operating system.
    Os,
    /// The disk.
    Disk,
}

/// What happens when the queue is full.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Pressure {
    /// The callers wait for the worker: a case that drops records, or has its callers hand them to the fallback, sees
    /// less of the drains.
    CallersWait,
    /// What the pipeline does by default, with rings of 1 MB: trades and errors are kept, the rest is dropped.
    Defaults,
    /// The same with rings of 64 KiB, which a flood fills however fast the worker is.
    Flood,
    /// Only trades are logged, faster than the disk takes them, into small rings with small spills.
    TradesOnly,
}

/// What goes wrong inside the child.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Fault {
    /// Nothing: the fault comes from outside, or is the load itself.
    None,
    /// One more drain on the worker's thread, which panics with every third record until it is healed.
    DrainPanics,
    /// One more drain on the worker's thread, which takes no record until it is healed.
    DrainRefuses,
    /// One more drain on a thread of its own, which never returns from the call with its tenth record.
    DrainHangs,
    /// Somebody deletes the files before the first record.
    FilesDeleted,
    /// Somebody deletes the folder of the files, and all that is in it, before the first record.
    FolderDeleted,
    /// Somebody moves the folder of the files away before the first record, where the judge finds it: [`Plan::moved`].
    FolderMoved,
    /// Somebody deletes the files and takes the permission to write away from their folder before the first record.
    FilesDeletedAndFolderReadOnly,
    /// Somebody takes all permissions away from the files and that to write from their folder while records are logged.
    PermissionLost,
    /// One more drain, whose file is `/dev/full`.
    DevFull,
    /// Files may not be longer than so many bytes, by the system's word, until that is lifted.
    FileSizeLimited(u64),
    /// No file can be opened any more once every thread has logged.
    NoDescriptors,
    /// Somebody holds the lock by which several processes take turns, from before the first record.
    TurnHeld,
    /// The child is killed in the middle of its fourth rotation, while the others wait for their turn.
    DiesInItsTurn,
}

/// How the fault ends.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Heal {
    /// By itself, or never.
    Nothing,
    /// This file is removed, which frees the disk.
    Remove(PathBuf),
    /// The drain with the fault is told to work.
    Drain,
    /// The files and their folder get the permissions back.
    Permissions,
    /// The limit of the system is lifted.
    Limit,
    /// The lock is given back.
    Lock,
}

/// How the child ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum End {
    /// In order, through the guard.
    Shutdown,
    /// By `std::process::exit(0)` while all threads log, once thread 0 has logged so many records.
    Exit {
        /// Records of thread 0.
        after: u64,
    },
    /// The function main returns while all threads log on, once thread 0 has logged so many records.
    Return {
        /// Records of thread 0.
        after: u64,
    },
    /// Without any hook while all threads log, once thread 0 has logged so many records.
    Dies {
        /// Records of thread 0.
        after: u64,
        /// In which way.
        of: Death,
    },
    /// While all threads log, once thread 0 has logged so many records, in a way of its own.
    Scene {
        /// Records of thread 0.
        after: u64,
        /// In which way.
        scene: Scene,
    },
    /// By a signal from outside that nothing can catch.
    Killed {
        /// Milliseconds from the moment when the load begins, or from the start of a child without load.
        after_ms: u64,
    },
}

/// How a process ends that runs no hook.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Death {
    /// `std::process::abort`.
    Abort,
    /// `_exit`.
    AtOnce,
    /// A thread has no stack left.
    StackOverflow,
    /// The system has no memory left.
    OutOfMemory,
}

impl End {
    /// Whether everything that was logged is in the files when the process is gone: nothing is left to recover.
    pub fn drains(self) -> bool {
        match self {
            End::Shutdown | End::Exit { .. } | End::Return { .. } => true,
            End::Dies { .. } | End::Killed { .. } => false,
            End::Scene { scene, .. } => scene.drains(),
        }
    }
}

/// A bug planted into the child, to show that the judge catches it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Bug {
    /// What is written first into a file after a rotation is lost.
    LosesWriteAfterRotation,
    /// What is written first into a file after a rotation is written twice.
    DoublesWriteAfterRotation,
    /// The program ends by `_exit`: no hook runs, and nothing is flushed.
    EndsWithoutHooks,
    /// A drain that says of every record that it arrived.
    SwallowsErrors,
    /// A file layer that takes a short write for a whole one.
    IgnoresShortWrites,
    /// A drain that catches the panic and says that the record arrived.
    SwallowsPanics,
    /// The drain that hangs runs on the worker's thread.
    HangsOnWorker,
    /// The queue ends with the process.
    QueueOnHeap,
    /// A journal that knows of no record that arrived.
    JournalForgets,
    /// A journal that counts one record more than arrived.
    JournalBoasts,
    /// A fallback that writes nothing.
    SilentFallback,
    /// A fallback that waits until its line is out.
    WaitingFallback,
    /// Each thread leaves memory and a descriptor behind.
    LeakingThreads,
    /// A drain that loses every thousandth record and says that it arrived.
    LosesSome,
    /// A file layer that shows a file at its name for ever.
    NeverLooks,
    /// A journal that does not find what is in a file that has ended since.
    JournalForgetsEnded,
    /// A lock that everybody gets who asks.
    LocksNothing,
    /// A lock that the system does not take from a process that is killed.
    LockOutlivesItsHolder,
    /// The folder of a live run is found a second time, without its lock.
    UnlockedCopy,
}

impl Plan {
    /// The name of the route with the fault.
    pub const VICTIM: &'static str = "victim";
    /// The file of the logger's own reports, in [`Plan::ledger`].
    pub const REPORTS: &'static str = "logging_errors.log";
    /// The file of the panics that happened in the child's own code, in [`Plan::ledger`].
    pub const PANICS: &'static str = "panics.txt";
    /// Records that the queue of the hanging drain takes.
    pub const QUEUE: usize = 256;
    /// Records that a detached drain takes out of its queue at a time, at most.
    pub const BATCH: u64 = 64;

    /// Where the folder of the files is moved to.
    pub fn moved(&self) -> PathBuf {
        self.outputs.with_extension("moved")
    }

    /// Made by a child that has waited in vain for its turn to write.
    pub fn in_vain(&self) -> PathBuf {
        self.outputs.with_extension("in-vain")
    }

    /// The row of the thread that probes.
    pub fn probe_thread(&self) -> u32 {
        self.next_thread
    }

    /// The row of the thread with the fresh records.
    pub fn fresh_thread(&self) -> u32 {
        if self.threads == 0 { self.next_thread } else { self.next_thread + 1 }
    }
}
