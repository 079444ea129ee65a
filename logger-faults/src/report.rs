//! What the child says about itself when it ends in order: the pipeline's own figures, written as JSON into its folder.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use serde::{Deserialize, Serialize};

/// The child's last word. A child that was killed leaves none.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChildReport {
    /// Whether the shutdown finished before its deadline.
    pub finished: bool,
    /// The queues of trades.
    pub trade: QueueReport,
    /// The queues of everything else.
    pub general: QueueReport,
    /// Every drain, in the order in which it was registered.
    pub drains: Vec<DrainReport>,
    /// Drains that were seen in state hung while the child ran.
    pub hung: Vec<String>,
    /// From the moment the fault was healed until every drain was well again; `None` where nothing was healed.
    pub recovery_ms: Option<u64>,
    /// What the process held when the first part of the load was done, and when all of it was.
    pub held: Option<[Held; 2]>,
    /// How long the shutdown took.
    pub shutdown_ms: u64,
}

/// What a process holds of what it has to give back.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Held {
    /// Files in the folder of its run.
    pub files: u64,
    /// Open descriptors.
    pub descriptors: u64,
    /// Kilobytes of memory that are its own: no files.
    pub memory: u64,
}

impl Held {
    /// Looks at this process; the run's folder is the only one below `queue`.
    pub fn now(queue: &Path) -> Held {
        let entries = |path: &Path| fs::read_dir(path).map_or(0, |entries| entries.count() as u64);
        let run = fs::read_dir(queue).into_iter().flatten().flatten().next();
        let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
        let memory = status.lines().find_map(|line| line.strip_prefix("RssAnon:"));
        Held {
            files: run.map_or(0, |run| entries(&run.path())),
            descriptors: entries(Path::new("/proc/self/fd")),
            memory: memory.and_then(|it| it.trim().trim_end_matches(" kB").parse().ok()).unwrap_or(0),
        }
    }

    /// What has grown since `before` by more than what rings and buffers that are made later account for.
    pub fn grown_since(self, before: Held) -> Vec<&'static str> {
        let mut grown = Vec::new();
        if self.files > before.files + 16 {
            grown.push("files");
        }
        if self.descriptors > before.descriptors + 16 {
            grown.push("descriptors");
        }
        if self.memory > before.memory * 2 + 4_096 {
            grown.push("memory");
        }
        grown
    }
}

/// The figures of one class of queues.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct QueueReport {
    /// Records whose call put them into a queue, or that were counted as dropped.
    pub accepted: u64,
    /// Records that were given to the drains.
    pub written: u64,
    /// Of these, the ones that a caller has handed to the fallback itself, because no queue had room.
    #[serde(default)]
    pub direct: u64,
    /// Records that were lost, whatever the reason.
    pub dropped: u64,
    /// Records that were still in a queue.
    pub pending: u64,
}

/// The figures of one drain.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DrainReport {
    /// The name of its route.
    pub name: String,
    /// The last state: [`DrainReport::OK`], `failing` or `hung`.
    pub state: String,
    /// Records that arrived.
    pub delivered: u64,
    /// Records that went to the fallback instead.
    pub diverted: u64,
    /// Records that went nowhere.
    pub dropped: u64,
    /// Panics that were caught.
    pub panics: u64,
    /// What it said last.
    pub last_error: Option<String>,
}

impl DrainReport {
    /// The state of a drain that takes records.
    pub const OK: &'static str = "ok";
}

impl ChildReport {
    /// Writes it into `folder`.
    ///
    /// # Errors
    ///
    /// What the file system says.
    pub fn write(&self, folder: &Path) -> io::Result<()> {
        fs::write(path(folder), serde_json::to_vec_pretty(self)?)
    }

    /// Reads it from `folder`; `None` where the child has left none.
    ///
    /// # Errors
    ///
    /// What the file system says, or that the file is not whole.
    pub fn read(folder: &Path) -> io::Result<Option<ChildReport>> {
        match fs::read(path(folder)) {
            Ok(bytes) => Ok(Some(serde_json::from_slice(&bytes)?)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Removes it from `folder`, so that the next one is not taken for it.
    ///
    /// # Errors
    ///
    /// What the file system says.
    pub fn remove(folder: &Path) -> io::Result<()> {
        match fs::remove_file(path(folder)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }

    /// The figures of one drain.
    pub fn drain(&self, name: &str) -> Option<&DrainReport> {
        self.drains.iter().find(|drain| drain.name == name)
    }

    /// How many records the drains did not take, as they count them.
    pub fn diverted(&self) -> u64 {
        self.drains.iter().map(|drain| drain.diverted).sum()
    }

    /// How many panics of drains were caught.
    pub fn drain_panics(&self) -> u64 {
        self.drains.iter().map(|drain| drain.panics).sum()
    }
}

fn path(folder: &Path) -> PathBuf {
    folder.join("report.json")
}
