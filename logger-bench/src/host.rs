//! What the kernel is asked: cores, processor time, memory.

use std::{fs, path::Path, sync::LazyLock, time::Duration};

use anyhow::{Context as _, ensure};
use rustix::{
    thread::{CpuSet, Pid, sched_setaffinity},
    time::{ClockId, clock_gettime},
};

/// How many cores there are for this program.
pub(crate) fn cores() -> usize {
    // asked once, before anything is pinned: a pinned thread, and those that it makes, are told of one
    static CORES: LazyLock<usize> =
        LazyLock::new(|| std::thread::available_parallelism().map_or(1, usize::from));
    *CORES
}

/// The core of everything that is not a producer.
const WORKER_CORE: usize = 0;

/// The cores that some threads may run on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Cores {
    /// Core 0, where a subject's own threads run.
    Workers,
    /// The last core, for the only producer.
    OneProducer,
    /// All but that of the workers.
    Producers,
}

impl Cores {
    /// Those for `threads` producers.
    pub(crate) fn of_producers(threads: usize) -> Cores {
        if threads == 1 { Cores::OneProducer } else { Cores::Producers }
    }

    fn set(self) -> CpuSet {
        let last = cores() - 1;
        let mut set = CpuSet::new();
        match self {
            Cores::Workers => set.set(WORKER_CORE),
            Cores::OneProducer => set.set(last),
            Cores::Producers => (last.min(WORKER_CORE + 1)..=last).for_each(|core| set.set(core)),
        }
        set
    }
}

/// Pins the calling thread. The threads that it makes afterwards inherit that.
pub(crate) fn pin(cores: Cores) -> anyhow::Result<()> {
    sched_setaffinity(None, &cores.set()).with_context(|| format!("cannot pin to {cores:?}"))
}

/// Pins every thread of the process to the core of the workers, those that a subject made late, too; not the threads whose
/// name begins with `but`.
pub(crate) fn pin_workers(but: &str) -> anyhow::Result<()> {
    let set = Cores::Workers.set();
    for entry in fs::read_dir("/proc/self/task").context("cannot list the threads")? {
        let folder = entry.context("cannot list the threads")?.path();
        let id = folder.file_name().and_then(|it| it.to_str()).and_then(|it| it.parse().ok());
        // a thread that has ended in the meantime has no name and needs no core
        if let (Some(id), Ok(name)) = (id.and_then(Pid::from_raw), fs::read_to_string(folder.join("comm")))
            && !name.starts_with(but)
        {
            let _ = sched_setaffinity(Some(id), &set);
        }
    }
    Ok(())
}

fn clock(id: ClockId) -> Duration {
    let time = clock_gettime(id);
    Duration::new(time.tv_sec.unsigned_abs(), time.tv_nsec.unsigned_abs() as u32)
}

/// Processor time of the process so far, all threads, user and system.
pub(crate) fn process_cpu() -> Duration {
    clock(ClockId::ProcessCPUTime)
}

/// Processor time of the calling thread so far.
pub(crate) fn thread_cpu() -> Duration {
    clock(ClockId::ThreadCPUTime)
}

/// The time of day, since 1970.
pub(crate) fn wall_clock() -> Duration {
    clock(ClockId::Realtime)
}

/// Resident set of the process in bytes, now and at its highest.
pub(crate) fn memory() -> anyhow::Result<(u64, u64)> {
    let status = fs::read_to_string("/proc/self/status").context("cannot read /proc/self/status")?;
    let bytes = |key: &str| {
        let line = status.lines().find_map(|line| line.strip_prefix(key));
        let number =
            line.and_then(|rest| rest.split_whitespace().next()).and_then(|it| it.parse::<u64>().ok());
        number.map(|kib| kib * 1024).with_context(|| format!("/proc/self/status has no {key}"))
    };
    Ok((bytes("VmRSS:")?, bytes("VmHWM:")?))
}

/// What `f_type` of a file system in memory is.
const TMPFS: i64 = 0x0102_1994;

/// Refuses a folder that is in memory: figures of files there say nothing of a disk.
pub(crate) fn ensure_on_disk(folder: &Path) -> anyhow::Result<()> {
    let stat = rustix::fs::statfs(folder).with_context(|| format!("cannot look at {}", folder.display()))?;
    ensure!(stat.f_type != TMPFS, "{} is in memory; name a folder on a disk", folder.display());
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_only_producer_and_the_workers_have_cores_of_their_own_also_where_the_workers_were_pinned_first() {
        let allowed = || rustix::thread::sched_getaffinity(None).unwrap();
        let before = allowed();
        let pinned_to = |cores| {
            pin(cores).unwrap();
            allowed()
        };
        let (workers, producer) = (pinned_to(Cores::Workers), pinned_to(Cores::OneProducer));
        sched_setaffinity(None, &before).unwrap();
        assert!(workers.count() == 1 && producer.count() == 1);
        assert_eq!(workers == producer, cores() == 1);
    }
}
