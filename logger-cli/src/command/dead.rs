//! Queues of programs, running or killed, that lie in shared memory or below the files.

use std::{
    fs::{self, File},
    path::{Path, PathBuf},
};

/// The queue of one run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Queue {
    pub(super) folder: PathBuf,
    pub(super) app_name: String,
    pub(super) process_id: u64,
    pub(super) state: State,
    /// Bytes of all its files.
    pub(super) bytes: u64,
}

/// Whether somebody has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum State {
    Live,
    Dead,
}

/// Where queues are when there is shared memory.
const SHARED_MEMORY: &str = "/dev/shm";

/// The queues of all programs that write to `file`.
pub(super) fn queues_of(file: &Path) -> Vec<Queue> {
    let below = file.parent().map(|it| it.join(".queue"));
    let belongs = |queue: &Queue| {
        let base = queue.folder.parent();
        let shared = logger_core::shared_memory_folder(&queue.app_name, file);
        base.is_some() && (base == shared.as_deref() || base == below.as_deref())
    };
    let mut queues = all_shared();
    queues.extend(below.iter().flat_map(|it| runs_below(it)));
    queues.retain(belongs);
    queues
}

/// All queues of this user in shared memory.
pub(super) fn all_shared() -> Vec<Queue> {
    let entries = fs::read_dir(SHARED_MEMORY).into_iter().flatten().flatten();
    let bases = entries.filter(|it| it.file_name().to_string_lossy().starts_with("logger-"));
    bases.flat_map(|it| runs_below(&it.path())).collect()
}

fn runs_below(base: &Path) -> Vec<Queue> {
    let entries = fs::read_dir(base).into_iter().flatten().flatten();
    let runs = entries.filter(|it| it.file_name().to_string_lossy().starts_with("run-"));
    runs.filter_map(|it| look_at(it.path())).collect()
}

fn look_at(folder: PathBuf) -> Option<Queue> {
    let run: serde_json::Value = serde_json::from_slice(&fs::read(folder.join("run.json")).ok()?).ok()?;
    let files = fs::read_dir(&folder).ok()?.flatten();
    let bytes = files.filter_map(|it| it.metadata().ok()).map(|it| it.len()).sum();
    Some(Queue {
        app_name: run.get("app_name")?.as_str()?.to_owned(),
        process_id: run.get("process_id")?.as_u64()?,
        state: state(&folder),
        bytes,
        folder,
    })
}

/// The kernel frees the lock when the process dies. It is let go at once: a start that looks meanwhile tries again.
#[cfg(unix)]
fn state(folder: &Path) -> State {
    use rustix::fs::{FlockOperation, flock};
    let is_free = |file: &File| flock(file, FlockOperation::NonBlockingLockShared).is_ok();
    match File::open(folder.join("lock")) {
        Ok(file) if is_free(&file) => State::Dead,
        _ => State::Live,
    }
}

#[cfg(not(unix))]
fn state(_: &Path) -> State {
    State::Live
}
