//! The folder of a run: its rings and its plan, as files in shared memory that outlive the process.
//!
//! | file | what |
//! |---|---|
//! | `lock` | locked as long as the process lives; the kernel frees it when the process dies, in whatever way |
//! | `run.json` | who the run is |
//! | `plan` | see `plan.rs` |
//! | `dictionary` | the call sites and bound contexts of its records, one after another: see `codec/site.rs` and `codec/bound.rs` |
//! | `ring-N` | ring number N: see `ring.rs` |
//! | `spill-N` | records that ring N had no room for, one after another |

#[cfg_attr(not(unix), path = "run_folder/elsewhere.rs")]
mod private;
#[cfg(unix)]
pub(super) use private::check_limit;

use std::{
    collections::BTreeSet,
    fs::{self, File},
    io::{self, Read as _},
    path::{Path, PathBuf},
    sync::atomic::{AtomicU32, Ordering},
    thread,
    time::{Duration, Instant},
};

use serde::{Deserialize, Serialize};

use super::{
    fork::Home,
    plan::{self, Plan, Planned},
};
use crate::{
    clock::Point,
    codec::dictionary::{self, Entries},
    journal::Mark,
    raw::{fork::NotInherited, memory::Region, ring},
    run::Run,
};

/// The layout of all files of a run. A run of another layout is left alone.
pub(super) const LAYOUT: u32 = 3;

/// How the name of a run's folder begins, while it is made, when it is complete, and while it is removed.
const NEW_RUN: &str = "new-";
const A_RUN: &str = "run-";
const OLD_RUN: &str = "old-";
/// A folder without a lock is being made just now, or was left by a start that was killed: then it is older than this.
const LOCK_IS_MADE_WITHIN: Duration = Duration::from_secs(60);

/// No ring's file is longer: a header that says so is damaged.
const MAX_RING: u64 = 1 << 31;

const RING: &str = "ring";
const SPILL: &str = "spill";
const LOCK: &str = "lock";
const RUN: &str = "run.json";
const PLAN: &str = "plan";
const DICTIONARY: &str = "dictionary";
const NEW_PLAN: &str = "plan.new";

/// The folder in shared memory for the queue of an application that writes to `destination`, for
/// [`PipelineBuilder::queue_folder`](crate::PipelineBuilder::queue_folder); `None` where the system has no such memory.
///
/// It is a different one for every user, application and destination, so that what one has left is never written by
/// another: `/dev/shm/logger-1000-MyBots-1f0c2a9be6d3475a`.
pub fn shared_memory_folder(app_name: &str, destination: &Path) -> Option<PathBuf> {
    const SHARED_MEMORY: &str = "/dev/shm";
    let user = private::user()?;
    let plain = |it: char| if it.is_ascii_alphanumeric() || matches!(it, '-' | '_') { it } else { '_' };
    let name: String = app_name.chars().take(64).map(plain).collect();
    let bytes = [app_name.as_bytes(), b"\0", destination.as_os_str().as_encoded_bytes()].concat();
    let folder = format!("logger-{user}-{name}-{:016x}", fnv_1a(&bytes));
    Path::new(SHARED_MEMORY).is_dir().then(|| Path::new(SHARED_MEMORY).join(folder))
}

/// A hash that stays the same from one version of the program to the next: FNV-1a with 64 bits.
fn fnv_1a(bytes: &[u8]) -> u64 {
    bytes
        .iter()
        .fold(0xcbf2_9ce4_8422_2325, |hash, &byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

/// The folder of this run.
#[derive(Debug)]
pub(crate) struct RunFolder {
    path: PathBuf,
    _lock: NotInherited,
    rings: AtomicU32,
}

/// What a run says of itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Description {
    layout: u32,
    id: String,
    host_name: String,
    app_name: String,
    process_id: u32,
}

impl Description {
    pub(crate) fn id(&self) -> &str {
        &self.id
    }

    pub(crate) fn run(&self) -> Run {
        Run::fixed(&self.app_name, &self.host_name, self.process_id, &self.id)
    }
}

impl RunFolder {
    /// Makes the folder of a run below `base`, which is made too, for the owner only.
    ///
    /// # Errors
    ///
    /// What the file system says; nothing is left behind.
    pub(crate) fn create(base: &Path, run: &Run, routes: &[String]) -> io::Result<(RunFolder, Plan)> {
        private::create_folder(base)?;
        // complete before it has its name: a start that is killed on the way leaves nothing that looks like a run
        let beside = base.join(format!("{NEW_RUN}{}", run.id()));
        let path = base.join(format!("{A_RUN}{}", run.id()));
        private::create_folder(&beside)?;
        let made = Self::fill(&beside, run, routes).and_then(|(folder, plan)| {
            fs::rename(&beside, &path)?;
            Ok((RunFolder { path, ..folder }, plan))
        });
        if made.is_err() {
            let _ = fs::remove_dir_all(&beside);
        }
        made
    }

    /// Memory for the dictionary of the run; it is empty.
    pub(crate) fn dictionary(&self) -> io::Result<Region> {
        Self::allocate(&self.path.join(DICTIONARY), 0, dictionary::BYTES)
    }

    fn fill(path: &Path, run: &Run, routes: &[String]) -> io::Result<(RunFolder, Plan)> {
        let lock = private::create_file(&path.join(LOCK))?;
        let Some(lock) = try_lock(lock)? else {
            return Err(io::Error::new(io::ErrorKind::WouldBlock, "another process has this run"));
        };
        let region = Self::allocate(&path.join(PLAN), plan::WORDS, 0)?;
        let description = Description {
            layout: LAYOUT,
            id: run.id().into(),
            host_name: run.host_name().into(),
            app_name: run.app_name().into(),
            process_id: run.process_id(),
        };
        let file = private::create_file(&path.join(RUN))?;
        serde_json::to_writer(file, &description)?;
        Ok((
            RunFolder { path: path.into(), _lock: lock, rings: AtomicU32::new(0) },
            Plan::new(region, routes),
        ))
    }

    /// Makes a file of zeros, each block of it allocated, and maps it.
    fn allocate(path: &Path, words: usize, bytes: usize) -> io::Result<Region> {
        let file = private::create_file(path)?;
        let mapped = private::allocate(&file, (words * 8 + bytes) as u64)
            .and_then(|()| Region::map(&file, words, bytes));
        if mapped.is_err() {
            // a failed allocation may keep what it got
            let _ = fs::remove_file(path);
        }
        mapped
    }

    /// Memory for the next ring, and its number.
    pub(crate) fn ring(&self, words: usize, bytes: usize) -> io::Result<(u32, Region)> {
        let number = self.rings.fetch_add(1, Ordering::Relaxed);
        Ok((number, Self::allocate(&self.path.join(format!("{RING}-{number}")), words, bytes)?))
    }

    /// The file of the spill of a ring, made now.
    pub(crate) fn spill(&self, number: u32) -> io::Result<File> {
        private::create_file(&self.path.join(format!("{SPILL}-{number}")))
    }

    /// Everything has been written: nothing is left to recover. The folder of all runs goes with the last of them.
    pub(crate) fn remove(&self) {
        let _ = remove_run(&self.path);
        if let Some(base) = self.path.parent() {
            let _ = fs::remove_dir(base);
        }
    }
}

/// The turn to recover what lies below a base folder. One start has it at a time; the kernel ends it with the process.
#[derive(Debug)]
pub(crate) struct Turn {
    folder: Option<File>,
}

impl Turn {
    /// Waits for the turn, at most so long; `None` where another start still has it. Where there is no such folder, or
    /// folders cannot be locked, every start has its turn at once.
    pub(crate) fn take(base: &Path, at_most: Duration) -> Option<Turn> {
        let deadline = Instant::now() + at_most;
        loop {
            let Ok(folder) = private::open_folder(base) else { return Some(Turn { folder: None }) };
            match private::try_lock(&folder) {
                // the folder of the name may be another one by now
                Ok(true) if private::is_at(&folder, base) => return Some(Turn { folder: Some(folder) }),
                Ok(_) => {}
                Err(_) => return Some(Turn { folder: None }),
            }
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return None;
            }
            thread::park_timeout(left.min(Duration::from_millis(1)));
        }
    }
}

impl Drop for Turn {
    /// Not by closing it alone: a child that was forked meanwhile has it open too.
    fn drop(&mut self) {
        if let Some(folder) = &self.folder {
            private::unlock(folder);
        }
    }
}

/// What a process that is gone has left, locked by this one.
#[derive(Debug)]
pub(crate) struct Abandoned {
    path: PathBuf,
    _lock: NotInherited,
    pub(crate) description: Description,
}

/// A ring that a dead process has left, and the contents of its spill; or why they cannot be read.
#[derive(Debug)]
pub(crate) struct LeftRing {
    pub(crate) number: u32,
    pub(crate) ring: Result<ring::Consumer, String>,
    pub(crate) spill: Result<Vec<u8>, String>,
}

/// What lies below a base folder.
#[derive(Debug)]
pub(crate) enum Found {
    /// Its process lives, or another start is recovering it or has just done so.
    Live,
    /// Its process is gone, and it can be recovered.
    Abandoned(Box<Abandoned>, Box<Plan>),
    /// It is not ours to read, and is left as it is; why.
    Foreign(PathBuf, String),
}

/// Removes a run of which nothing is needed any more. It loses its name first, so that one that is removed in part does
/// not look like a run.
fn remove_run(path: &Path) -> io::Result<()> {
    let name = path.file_name().unwrap_or_default().to_string_lossy().replacen(A_RUN, OLD_RUN, 1);
    let aside = path.with_file_name(name);
    fs::rename(path, &aside)?;
    fs::remove_dir_all(aside)
}

/// Removes what a start or an end that was killed has left half made or half removed.
fn tidy(path: &Path, name: &str) {
    let abandoned = || match private::open(&path.join(LOCK)) {
        Ok(lock) => try_lock(lock).is_ok_and(|lock| lock.is_some()),
        Err(_) => path
            .metadata()
            .and_then(|found| found.modified())
            .is_ok_and(|at| at.elapsed().is_ok_and(|age| age > LOCK_IS_MADE_WITHIN)),
    };
    if name.starts_with(OLD_RUN) || (name.starts_with(NEW_RUN) && abandoned()) {
        let _ = fs::remove_dir_all(path);
    }
}

/// The runs below a base folder, the oldest first, without the one named `own`.
pub(crate) fn runs(base: &Path, own: &str) -> Vec<Found> {
    let Ok(entries) = fs::read_dir(base) else { return Vec::new() };
    let own = format!("{A_RUN}{own}");
    let mut paths = Vec::new();
    for entry in entries.flatten() {
        let name = entry.file_name();
        let name = name.to_string_lossy();
        if name.starts_with(A_RUN) && name != own {
            paths.push(entry.path());
        } else {
            tidy(&entry.path(), &name);
        }
    }
    // the id begins with the time, in as many digits for the next three hundred years
    paths.sort();
    paths.into_iter().map(|path| look_into(&path)).collect()
}

/// Locks a file for as long as this process lives and keeps what is returned. A child of it does not hold the lock, so that
/// it may live longer. `None`: somebody else has it.
fn try_lock(file: File) -> io::Result<Option<NotInherited>> {
    // from now on forks are seen
    Home::here();
    let file = NotInherited::new(file);
    let is_ours = file.file().map_or(Ok(false), private::try_lock)?;
    Ok(is_ours.then_some(file))
}

fn look_into(path: &Path) -> Found {
    let lock = match private::open(&path.join(LOCK)).and_then(try_lock) {
        Ok(Some(lock)) => lock,
        Ok(None) => return Found::Live,
        Err(_) if !path.exists() => return Found::Live,
        Err(error) => return Found::Foreign(path.into(), error.to_string()),
    };
    match read(path) {
        Ok((description, plan)) => {
            let run = Abandoned { path: path.into(), _lock: lock, description };
            Found::Abandoned(Box::new(run), Box::new(plan))
        }
        // another start had it, and has removed it since
        Err(_) if !path.exists() => Found::Live,
        Err(error) => Found::Foreign(path.into(), error.to_string()),
    }
}

fn read(path: &Path) -> io::Result<(Description, Plan)> {
    let description: Description = serde_json::from_reader(private::open(&path.join(RUN))?)?;
    if description.layout != LAYOUT {
        let layout = description.layout;
        return Err(io::Error::other(format!("its layout is {layout}, this version reads {LAYOUT}")));
    }
    let region = Region::map_as_it_is(&private::open(&path.join(PLAN))?, plan::WORDS, 0)?;
    let plan = Plan::found(region).ok_or_else(|| io::Error::other("its plan has an unknown layout"))?;
    Ok((description, plan))
}

impl Abandoned {
    /// All rings and spills that are there, in the order of their numbers.
    pub(crate) fn rings(&self) -> Vec<LeftRing> {
        let numbers = fs::read_dir(&self.path).into_iter().flatten().flatten().filter_map(|entry| {
            let name = entry.file_name();
            let (kind, number) = name.to_str()?.split_once('-')?;
            number.parse().ok().filter(|_| kind == RING || kind == SPILL)
        });
        let numbers: BTreeSet<u32> = numbers.collect();
        let read = |number| LeftRing {
            number,
            ring: open_ring(&self.path.join(format!("{RING}-{number}"))),
            spill: self.read_spill(number),
        };
        numbers.into_iter().map(read).collect()
    }

    fn read_spill(&self, number: u32) -> Result<Vec<u8>, String> {
        let mut bytes = Vec::new();
        match private::open(&self.path.join(format!("{SPILL}-{number}"))) {
            Ok(mut file) => file.read_to_end(&mut bytes).map(|_| bytes).map_err(|error| error.to_string()),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(bytes),
            Err(error) => Err(error.to_string()),
        }
    }

    /// The call sites and contexts of the run, as far as they are whole.
    pub(crate) fn entries(&self) -> io::Result<Entries> {
        let mut bytes = Vec::new();
        let file = private::open(&self.path.join(DICTIONARY))?;
        file.take(dictionary::BYTES as u64).read_to_end(&mut bytes)?;
        Ok(Entries::read(&bytes))
    }

    /// Replaces the plan in one step: by one with these routes and this open batch.
    pub(crate) fn replace_plan(
        &self,
        routes: &[String],
        anchor: Point,
        first_seq: u64,
        marks: &[Option<Mark>],
        records: &[Planned],
    ) -> io::Result<Plan> {
        let beside = self.path.join(NEW_PLAN);
        let _ = fs::remove_file(&beside);
        let plan = Plan::new(RunFolder::allocate(&beside, plan::WORDS, 0)?, routes);
        plan.set_anchor(anchor);
        let marks = marks.iter().copied().chain(std::iter::repeat(None)).take(plan::MAX_ROUTES);
        plan.begin(first_seq, marks);
        for (index, planned) in records.iter().enumerate() {
            plan.add(index, *planned);
        }
        fs::rename(&beside, self.path.join(PLAN))?;
        Ok(plan)
    }

    /// Everything is written: the run is gone.
    pub(crate) fn remove(&self) -> io::Result<()> {
        remove_run(&self.path)
    }
}

fn open_ring(path: &Path) -> Result<ring::Consumer, String> {
    let file = private::open(path).map_err(|error| error.to_string())?;
    let len = file.metadata().map_err(|error| error.to_string())?.len();
    let header = ring::WORDS as u64 * 8;
    if len < header {
        return Err("shorter than a header".into());
    }
    // somebody may have cut it: what is gone reads as zeros, which are no record, and what is before that is found
    let whole = len_said_by(&file).filter(|&said| said <= MAX_RING).unwrap_or(len).max(len);
    if len < whole {
        file.set_len(whole).map_err(|error| error.to_string())?;
    }
    let region = Region::map_as_it_is(&file, ring::WORDS, (whole - header) as usize);
    let region = region.map_err(|error| error.to_string())?;
    ring::abandoned(region).ok_or_else(|| "its header makes no sense".into())
}

/// How long a ring's file has to be by its header.
fn len_said_by(file: &File) -> Option<u64> {
    let header = Region::map_as_it_is(file, ring::WORDS, 0).ok()?;
    ring::file_len(&header)
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn each_application_and_destination_has_a_folder_of_its_own_with_a_plain_name() {
        let folder = |app: &str, to: &str| shared_memory_folder(app, Path::new(to));
        if let Some(one) = folder("../My Bots", "/var/log/bots") {
            let name = one.file_name().and_then(|name| name.to_str()).map(str::to_owned).unwrap_or_default();
            assert!(name.contains("___My_Bots-"), "{name}");
            assert_eq!(one.parent(), Some(Path::new("/dev/shm")));
        }
        assert_eq!(folder("a", "/x"), folder("a", "/x"));
        if folder("a", "/x").is_some() {
            assert_ne!(folder("a", "/x"), folder("a", "/y"));
            assert_ne!(folder("a", "/x"), folder("b", "/x"));
        }
    }
}
