//! What the files of one folder share: a limit for all of them together, and the disk that they lie on.

use std::{
    collections::VecDeque,
    fmt,
    path::PathBuf,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError, Weak,
        atomic::{AtomicI64, AtomicU8, AtomicU64, Ordering},
    },
};

use logger_core::{Category, Level, Record, Timestamp};

use crate::{
    FileError, FileEvent, Fs,
    backups::Backup,
    event::OnEvent,
    journal::Place,
    naming::Names,
    retention::{delete, size, with_left},
};

/// What several files share; clones are the same. Give it to each of them: [`FileOptions::shared`].
///
/// ```
/// use logger_file::{FileOptions, Holds, SharedFolder};
///
/// # use logger_core::{Category, Filter, Route};
/// # use logger_file::FileDrain;
/// # let logs = tempfile::tempdir()?;
/// # let logs = logs.path();
/// let folder = SharedFolder::new().max_bytes(2_000_000_000).min_free(500_000_000);
/// let general = FileDrain::open(logs.join("expert.log"), FileOptions::new().shared(&folder, Holds::Mixed))?;
/// let trades = FileDrain::open(logs.join("trades.log"), FileOptions::new().shared(&folder, Holds::Trades))?;
/// let general = Route::new("general", general).filter(Filter::at_logger_level().and(folder.gate()));
/// let trades = Route::new("trades", trades).filter(Filter::category(Category::Trade));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// [`FileOptions::shared`]: crate::FileOptions::shared
#[derive(Clone, Default)]
pub struct SharedFolder {
    max_bytes: Option<u64>,
    min_free: Option<u64>,
    trades: TradeFiles,
    state: Arc<State>,
}

/// What is in a file, which says whether its backups go to make room for others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Holds {
    /// Anything.
    Mixed,
    /// Trades.
    Trades,
}

/// What becomes of ended files of trades when there is too much in a folder.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum TradeFiles {
    /// They stay, even if the folder has more than it should: only their own [`Retention`](crate::Retention) counts.
    #[default]
    Stay,
    /// The oldest goes when no other file is left that could.
    GoLast,
}

struct State {
    members: Mutex<Vec<Member>>,
    disk: Mutex<Disk>,
    /// The stage that was found last, and when.
    stage: AtomicU8,
    measured: AtomicI64,
    /// Records that were not written since there is too little space.
    withheld: AtomicU64,
}

/// The disk of the folder, and who is told of its space.
struct Disk {
    place: Option<(Arc<dyn Fs>, PathBuf)>,
    on_event: OnEvent,
}

impl Default for State {
    fn default() -> Self {
        State {
            members: Mutex::default(),
            disk: Mutex::new(Disk { place: None, on_event: OnEvent::nobody() }),
            stage: AtomicU8::new(Stage::Enough as u8),
            // long ago
            measured: AtomicI64::new(i64::MIN),
            withheld: AtomicU64::new(0),
        }
    }
}

struct Member {
    names: Names,
    holds: Holds,
    /// Gone with its drain.
    place: Weak<Place>,
}

/// How little space is left: the further down, the less is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Stage {
    Enough,
    Below,
    BelowHalf,
    BelowQuarter,
    BelowEighth,
}

const STAGES: [Stage; 5] =
    [Stage::Enough, Stage::Below, Stage::BelowHalf, Stage::BelowQuarter, Stage::BelowEighth];

/// So long the space that was found counts for what is there.
const MEASURE_NANOS: i64 = 1_000_000_000;

impl Stage {
    fn of(free: u64, floor: u64) -> Self {
        let below = [floor, floor / 2, floor / 4, floor / 8].iter().filter(|it| free < **it).count();
        STAGES[below]
    }

    /// The lowest level of general records that is still written; `None`: trades only.
    pub(crate) fn level(self) -> Option<Level> {
        match self {
            Stage::Enough => Some(Level::Trace),
            Stage::Below => Some(Level::Info),
            Stage::BelowHalf => Some(Level::Warning),
            Stage::BelowQuarter => Some(Level::Error),
            Stage::BelowEighth => None,
        }
    }
}

impl SharedFolder {
    /// Without a limit.
    pub fn new() -> Self {
        SharedFolder::default()
    }

    /// How many bytes the ended files of all that share it may have together. Beyond it the oldest go, whichever log file
    /// they are of. Looked after when a file ends.
    #[must_use]
    pub fn max_bytes(self, bytes: u64) -> Self {
        SharedFolder { max_bytes: Some(bytes), ..self }
    }

    /// How many bytes the disk should keep free, by a look each second. When there are fewer, DEBUG and TRACE are not
    /// written any more; below a half of it INFO neither; below a quarter no WARNING; below an eighth only trades are.
    /// It is the [`gate`](SharedFolder::gate) that holds them back. Of no effect where the system does not say how much is
    /// free.
    #[must_use]
    pub fn min_free(self, bytes: u64) -> Self {
        SharedFolder { min_free: Some(bytes), ..self }
    }

    /// What becomes of files of trades beyond [`max_bytes`](SharedFolder::max_bytes). Default: [`TradeFiles::Stay`].
    #[must_use]
    pub fn trade_files(self, trades: TradeFiles) -> Self {
        SharedFolder { trades, ..self }
    }

    /// Who is told of space that is scarce: [`FileEvent::LowSpace`] and [`FileEvent::EnoughSpace`]. Default: nobody.
    #[must_use]
    pub fn on_event(self, on_event: impl FnMut(FileEvent) + Send + 'static) -> Self {
        self.disk().on_event = OnEvent(Box::new(on_event));
        self
    }

    /// Lets those records through that [`min_free`](SharedFolder::min_free) leaves, for the filter of a route: a record that
    /// is held back is none of that route's, as if its level were too low, and is counted in [`FileEvent::EnoughSpace`].
    pub fn gate(&self) -> impl Fn(&Record<'_>) -> bool + Send + Sync + use<> {
        let folder = self.clone();
        move |record| folder.lets_through(record)
    }

    pub(crate) fn join(&self, fs: &Arc<dyn Fs>, names: &Names, holds: Holds, place: &Arc<Place>) {
        let mut members = self.members();
        members.retain(|member| member.place.strong_count() > 0);
        members.push(Member { names: names.clone(), holds, place: Arc::downgrade(place) });
        if let Some(folder) = names.folder() {
            self.disk().place = Some((Arc::clone(fs), folder.into()));
        }
    }

    fn lets_through(&self, record: &Record<'_>) -> bool {
        let Some(floor) = self.min_free else { return true };
        // what a dead run has left was let through by it, and its plan counts on it
        if record.category() == Category::Trade || record.is_recovered() {
            return true;
        }
        let now = record.timestamp();
        let age = now.unix_nanos().wrapping_sub(self.state.measured.load(Ordering::Relaxed));
        if !(0..MEASURE_NANOS).contains(&age) {
            self.measure(floor, now);
        }
        let stage = self.stage();
        let through = stage.level().is_some_and(|level| record.level() >= level);
        if !through {
            self.state.withheld.fetch_add(1, Ordering::Relaxed);
        }
        through
    }

    fn stage(&self) -> Stage {
        STAGES[usize::from(self.state.stage.load(Ordering::Relaxed)).min(STAGES.len() - 1)]
    }

    #[cold]
    fn measure(&self, floor: u64, now: Timestamp) {
        self.state.measured.store(now.unix_nanos(), Ordering::Relaxed);
        let mut disk = self.disk();
        let Some((fs, folder)) = &disk.place else { return };
        // a disk that does not tell is full when a write says so
        let free = fs.free_space(folder).ok().flatten().unwrap_or(u64::MAX);
        let path = folder.clone();
        let (before, stage) = (self.stage(), Stage::of(free, floor));
        self.state.stage.store(stage as u8, Ordering::Relaxed);
        if stage == before {
            return;
        }
        let event = match stage {
            Stage::Enough => {
                FileEvent::EnoughSpace { path, withheld: self.state.withheld.swap(0, Ordering::Relaxed) }
            }
            _ => FileEvent::LowSpace { path, free, writes_from: stage.level() },
        };
        disk.on_event.tell(event);
    }

    /// Whether ended files that hold this may be deleted for others.
    pub(crate) fn may_delete(&self, holds: Holds) -> bool {
        self.max_bytes.is_some() && (holds == Holds::Mixed || self.trades == TradeFiles::GoLast)
    }

    /// Deletes the oldest ended files until the others are few enough bytes.
    pub(crate) fn delete_old(&self, fs: &dyn Fs) -> Result<(), FileError> {
        let Some(max_bytes) = self.max_bytes else { return Ok(()) };
        let mut rows = Vec::new();
        for member in &*self.members() {
            // what a recovery may have to count counts here, and stays
            let settled = member.place.upgrade().is_some_and(|place| place.is_settled());
            rows.push(Row { holds: member.holds, settled, backups: with_left(fs, &member.names)? });
        }
        let mut total: u64 = rows.iter().flat_map(|row| &row.backups).map(|group| size(group)).sum();
        while total > max_bytes {
            let Some(backup) = self.take_oldest(&mut rows) else { break };
            delete(fs, &backup)?;
            total -= size(&backup);
        }
        Ok(())
    }

    /// The oldest that may go: one of trades only if that is allowed and no other is left.
    fn take_oldest(&self, rows: &mut [Row]) -> Option<Vec<Backup>> {
        let oldest = |holds: Holds, rows: &[Row]| {
            let may_go =
                |(_, row): &(usize, &Row)| row.settled && row.holds == holds && !row.backups.is_empty();
            let candidates = rows.iter().enumerate().filter(may_go);
            candidates.min_by_key(|(_, row)| row.written()).map(|(index, _)| index)
        };
        let index = oldest(Holds::Mixed, rows).or_else(|| match self.trades {
            TradeFiles::Stay => None,
            TradeFiles::GoLast => oldest(Holds::Trades, rows),
        })?;
        rows[index].backups.pop_front()
    }

    fn disk(&self) -> MutexGuard<'_, Disk> {
        self.state.disk.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn members(&self) -> MutexGuard<'_, Vec<Member>> {
        self.state.members.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The ended files of one log file, the oldest first.
struct Row {
    holds: Holds,
    settled: bool,
    backups: VecDeque<Vec<Backup>>,
}

impl Row {
    /// When the oldest was written.
    fn written(&self) -> Option<Timestamp> {
        self.backups.front()?.iter().filter_map(|it| it.meta.modified).max()
    }
}

impl fmt::Debug for SharedFolder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SharedFolder")
            .field("max_bytes", &self.max_bytes)
            .field("min_free", &self.min_free)
            .field("trade_files", &self.trades)
            .finish_non_exhaustive()
    }
}
