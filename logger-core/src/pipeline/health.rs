//! What became of the records: figures, exact ones.

mod condition; // whether all is well
mod prometheus; // as text for Prometheus

use std::{
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU8, AtomicU64, Ordering},
    },
    time::Duration,
};

pub use self::condition::Condition;
use crate::{clock::Timestamp, histogram::Histogram};

/// What a pipeline did so far. The figures are exact once no call is under way, as after
/// [`shutdown`](crate::ShutdownGuard::shutdown); while threads log, each is exact for a moment a little different from
/// the others'.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Health {
    /// Records of category `trade`.
    pub trade: Counts,
    /// All other records.
    pub general: Counts,
    /// Records logged after the shutdown, or in the child of a fork; they went to the fallback and are in no other figure.
    /// In such a child the other figures are those of an empty pipeline.
    pub late: u64,
    /// Of these, the ones that the fallback did not take either.
    pub late_lost: u64,
    /// What earlier runs have left; its records are in no other figure.
    pub recovered: Recovered,
    /// The drains in the order in which they were registered.
    pub drains: Vec<DrainHealth>,
    /// What goes on behind drains, such as the services that alerts are sent to: [`Outlet::health`](crate::Outlet::health).
    pub targets: Vec<TargetHealth>,
    /// When the pipeline was started, by its clock; `None` in the child of a fork.
    pub started: Option<Timestamp>,
    /// In what part of its life the pipeline is.
    pub stage: Stage,
    /// Where the queue is.
    pub queue_place: QueuePlace,
    /// The queues of trades.
    pub trade_queue: QueueHealth,
    /// The queues of all other records.
    pub general_queue: QueueHealth,
    /// How long log calls took, from their timestamp to their return; `None` where no calls are timed, which is the default:
    /// [`PipelineBuilder::time_one_in`](crate::PipelineBuilder::time_one_in).
    pub call_time: Option<CallTime>,
}

/// In what part of its life a pipeline is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Stage {
    /// It takes records.
    #[default]
    Open,
    /// It is being shut down: the queue is being emptied, and what is logged goes to the fallback.
    Closing,
    /// It is shut down.
    Closed,
    /// Its worker is lost, by a bug: what is logged goes to the fallback, and what is queued stays.
    WorkerLost,
}

impl Stage {
    /// All of them.
    pub const ALL: [Stage; 4] = [Stage::Open, Stage::Closing, Stage::Closed, Stage::WorkerLost];

    /// Its name in figures: lower case.
    pub const fn as_str(self) -> &'static str {
        match self {
            Stage::Open => "open",
            Stage::Closing => "closing",
            Stage::Closed => "closed",
            Stage::WorkerLost => "worker_lost",
        }
    }
}

/// Where a queue is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum QueuePlace {
    /// On the heap, because nobody asked for more: a kill loses what is in it.
    #[default]
    Heap,
    /// In files that outlive the process.
    Folder,
    /// On the heap, all of it or that of some threads, though a folder was asked for.
    HeapInstead,
}

impl QueuePlace {
    /// All of them.
    pub const ALL: [QueuePlace; 3] = [QueuePlace::Heap, QueuePlace::Folder, QueuePlace::HeapInstead];

    /// Its name in figures: lower case.
    pub const fn as_str(self) -> &'static str {
        match self {
            QueuePlace::Heap => "heap",
            QueuePlace::Folder => "folder",
            QueuePlace::HeapInstead => "heap_instead",
        }
    }
}

/// How full the queues of one class are. Each thread has one of its own.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct QueueHealth {
    /// How many there are: the most threads that ever logged at one time.
    pub rings: u64,
    /// Bytes of all of them.
    pub capacity: u64,
    /// Bytes in use in all of them.
    pub used: u64,
    /// The part of the fullest one that is in use, in thousandths. At 1,000 its thread has to wait, or drops.
    pub fullest_per_mille: u64,
    /// Bytes of records beside them that had no room.
    pub spill_bytes: u64,
}

/// How long log calls took.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct CallTime {
    /// Of so many calls one is timed, on average.
    pub one_in: u64,
    /// The calls that were timed.
    pub histogram: Histogram,
}

/// What became of what one drain has handed on to one service behind it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TargetHealth {
    /// Its name.
    pub name: String,
    /// How it is now.
    pub state: DrainState,
    /// Records that it was told of.
    pub delivered: u64,
    /// Records that wait for it.
    pub waiting: u64,
    /// Records that it will never be told of.
    pub lost: u64,
    /// Requests that had to be made again.
    pub retried: u64,
    /// Its last failure.
    pub last_error: Option<String>,
    /// From the log call to its answer.
    pub delay: Histogram,
}

/// What became of what earlier runs have left.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Recovered {
    /// Runs of which nothing is left.
    pub runs: u64,
    /// Records of earlier runs that were written.
    pub records: u64,
    /// Of these, the trades.
    pub trades: u64,
    /// Runs, or folders of runs, that stay for now and are tried again: nobody has looked yet, a drain does not take their
    /// records, a destination does not tell how far it has got, or another start has them in hand.
    pub postponed: u64,
    /// Runs that are left alone, because they are not ours to read: those of another version.
    pub unreadable: u64,
}

impl Health {
    /// Both classes together.
    pub fn total(&self) -> Counts {
        let (trade, general) = (&self.trade, &self.general);
        Counts {
            accepted: trade.accepted + general.accepted,
            written: trade.written + general.written,
            direct: trade.direct + general.direct,
            spilled: trade.spilled + general.spilled,
            dropped: Dropped {
                queue_full: trade.dropped.queue_full + general.dropped.queue_full,
                over_budget: trade.dropped.over_budget + general.dropped.over_budget,
                reentrant: trade.dropped.reentrant + general.dropped.reentrant,
                undelivered: trade.dropped.undelivered + general.dropped.undelivered,
                damaged: trade.dropped.damaged + general.dropped.damaged,
            },
            pending: trade.pending + general.pending,
        }
    }

    /// The figures of a drain by its name.
    pub fn drain(&self, name: &str) -> Option<&DrainHealth> {
        self.drains.iter().find(|it| it.name == name)
    }
}

/// The records of one class: `accepted == written + dropped.total() + pending`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Counts {
    /// Calls that passed the level.
    pub accepted: u64,
    /// Records that every drain of their route has taken and handed on, or that the fallback has taken in its place.
    pub written: u64,
    /// Of these, the ones that a caller's own thread has handed to the fallback, because no queue had room.
    pub direct: u64,
    /// Accepted records that went by the spill, because the ring of their thread had no room for them.
    pub spilled: u64,
    /// Records that are lost, by reason.
    pub dropped: Dropped,
    /// Records that are still on their way.
    pub pending: u64,
}

/// Records that are lost, by reason.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Dropped {
    /// The queue was full, and the overflow policy of the record's class lets it go.
    pub queue_full: u64,
    /// The expert had logged more than its [`Budget`](crate::Budget).
    pub over_budget: u64,
    /// Logged from inside the formatting of a record that was itself logged from inside the formatting of another.
    pub reentrant: u64,
    /// A drain failed, and the fallback did not take the record either.
    pub undelivered: u64,
    /// The memory of the queue was damaged, by whoever cut its files, and the record could not be read any more.
    pub damaged: u64,
}

impl Dropped {
    /// All reasons together.
    pub fn total(&self) -> u64 {
        self.by_reason().into_iter().map(|(_, count)| count).sum()
    }

    /// Each reason by its name, which is that of its field.
    pub fn by_reason(&self) -> [(&'static str, u64); 5] {
        [
            ("queue_full", self.queue_full),
            ("over_budget", self.over_budget),
            ("reentrant", self.reentrant),
            ("undelivered", self.undelivered),
            ("damaged", self.damaged),
        ]
    }
}

/// What one drain did so far.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct DrainHealth {
    /// The name of its route.
    pub name: String,
    /// How it is now.
    pub state: DrainState,
    /// Records that it took and handed on.
    pub delivered: u64,
    /// Records that went to the fallback because it failed.
    pub diverted: u64,
    /// Records that reached neither it nor the fallback, or that its own queue had no room for.
    pub dropped: u64,
    /// Times that it panicked.
    pub panics: u64,
    /// Its last failure, with the chain of causes.
    pub last_error: Option<String>,
}

/// How a drain is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[repr(u8)]
pub enum DrainState {
    /// It takes records.
    #[default]
    Ok = 0,
    /// It failed; its records go to the fallback until a try, made after a growing pause, succeeds.
    Failing = 1,
    /// A call of it has not returned for longer than [`HUNG_AFTER`]. Only a detached drain can be seen in this state.
    Hung = 2,
}

/// How long one call of a drain may take before the drain counts as hung: 1 s, so that a report can leave within 2 s.
pub const HUNG_AFTER: Duration = Duration::from_secs(1);

impl DrainState {
    /// All of them.
    pub const ALL: [DrainState; 3] = [DrainState::Ok, DrainState::Failing, DrainState::Hung];

    /// The name in reports: lower case.
    pub const fn as_str(self) -> &'static str {
        match self {
            DrainState::Ok => "ok",
            DrainState::Failing => "failing",
            DrainState::Hung => "hung",
        }
    }

    fn from_u8(byte: u8) -> DrainState {
        match byte {
            0 => DrainState::Ok,
            1 => DrainState::Failing,
            _ => DrainState::Hung,
        }
    }
}

/// What [`flush`](crate::Pipeline::flush) and [`shutdown`](crate::ShutdownGuard::shutdown) achieved.
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use = "a flush may end by its deadline instead of by its work; look at `finished`"]
#[non_exhaustive]
pub struct Report {
    /// Whether every record logged before the call has left the process or is counted as dropped. `false`: the deadline
    /// came first, and what is left is in [`Counts::pending`] or in the queue of a detached drain.
    pub finished: bool,
    /// The figures at the end of the call.
    pub health: Health,
}

/// The figures of one drain, shared between the thread that owns it and those who ask.
#[derive(Debug)]
pub(crate) struct DrainStats {
    pub(crate) name: String,
    state: AtomicU8,
    pub(crate) delivered: AtomicU64,
    pub(crate) diverted: AtomicU64,
    pub(crate) dropped: AtomicU64,
    pub(crate) panics: AtomicU64,
    last_error: Mutex<Option<String>>,
}

impl DrainStats {
    pub(crate) fn new(name: String) -> Arc<Self> {
        Arc::new(DrainStats {
            name,
            state: AtomicU8::new(DrainState::Ok as u8),
            delivered: AtomicU64::new(0),
            diverted: AtomicU64::new(0),
            dropped: AtomicU64::new(0),
            panics: AtomicU64::new(0),
            last_error: Mutex::new(None),
        })
    }

    pub(crate) fn state(&self) -> DrainState {
        DrainState::from_u8(self.state.load(Ordering::Acquire))
    }

    /// Returns the state before.
    pub(crate) fn set_state(&self, state: DrainState) -> DrainState {
        DrainState::from_u8(self.state.swap(state as u8, Ordering::AcqRel))
    }

    pub(crate) fn set_last_error(&self, error: String) {
        *self.last_error.lock().unwrap_or_else(PoisonError::into_inner) = Some(error);
    }

    pub(crate) fn snapshot(&self) -> DrainHealth {
        DrainHealth {
            name: self.name.clone(),
            state: self.state(),
            delivered: self.delivered.load(Ordering::Acquire),
            diverted: self.diverted.load(Ordering::Acquire),
            dropped: self.dropped.load(Ordering::Acquire),
            panics: self.panics.load(Ordering::Acquire),
            last_error: self.last_error.lock().unwrap_or_else(PoisonError::into_inner).clone(),
        }
    }
}

/// What the worker has done with the records of one class.
#[derive(Debug, Default)]
#[repr(align(128))] // as for the bell
pub(crate) struct ClassStats {
    /// Records that the worker took out of a ring or a spill and that are settled: written, undelivered or damaged.
    pub(crate) settled: AtomicU64,
    pub(crate) undelivered: AtomicU64,
    /// Records that could not be read.
    pub(crate) damaged: AtomicU64,
    /// Records that a caller's thread has handed to the fallback itself.
    pub(crate) direct: AtomicU64,
}
