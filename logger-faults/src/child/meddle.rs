//! What somebody else does to the files and to the process, and how it ends.

use std::{
    fs::{self, File, Permissions},
    io,
    path::Path,
    sync::Arc,
};

use logger_core::{Clock, ManualClock, Timestamp};
use logger_file::LOCK_NAME;
use rustix::{
    fs::{FlockOperation, flock},
    process::{Resource, Rlimit, getrlimit, setrlimit},
};
use std::os::unix::fs::PermissionsExt as _;

use super::drains::Healed;
use crate::{
    acked::Acked,
    plan::{Fault, Heal, Plan, Timed},
};

/// The faults that come from outside, and what has to be kept for their end.
pub(super) struct Meddler {
    lock: Option<File>,
    clock: Option<Arc<ManualClock>>,
}

const FILES: [&str; 3] = ["expert.log", "trades.log", "errors.log"];
const ALL: u32 = 0o700;
const READ_ONLY: u32 = 0o500;
/// 2026-10-25T00:30:00Z: the night on which summer time ends in Europe.
const START: i64 = 1_792_888_200;
const HOUR: i64 = 3_600;
/// How the clock is set, one after the other, in seconds: back, a day on, back again, by a leap second.
const JUMPS: [i64; 4] = [-HOUR, 25 * HOUR, -HOUR, -1];

impl Meddler {
    /// What is so before the logger starts.
    pub(super) fn before_the_start(plan: &Plan) -> io::Result<Self> {
        if let Fault::FileSizeLimited(bytes) = plan.fault {
            limit(Resource::Fsize, Some(bytes))?;
        }
        let start = Timestamp::from_unix_nanos(START * 1_000_000_000);
        let clock = (plan.timed == Timed::HourlyByAClockThatJumps).then(|| ManualClock::new(start));
        Ok(Meddler { lock: None, clock })
    }

    /// The clock of the pipeline, if it is not the system's.
    pub(super) fn clock(&self) -> Option<Clock> {
        self.manual_clock().map(Clock::Manual)
    }

    pub(super) fn manual_clock(&self) -> Option<Arc<ManualClock>> {
        self.clock.clone()
    }

    /// What happens before the first record.
    pub(super) fn before_the_load(&mut self, plan: &Plan) -> io::Result<()> {
        match plan.fault {
            Fault::FilesDeleted => delete_files(plan),
            Fault::FolderDeleted => fs::remove_dir_all(&plan.outputs),
            Fault::FolderMoved => fs::rename(&plan.outputs, plan.moved()),
            Fault::FilesDeletedAndFolderReadOnly => {
                delete_files(plan)?;
                permit(&plan.outputs, READ_ONLY)
            }
            Fault::TurnHeld => {
                let lock = File::open(plan.outputs.join(LOCK_NAME))?;
                flock(&lock, FlockOperation::LockExclusive)?;
                self.lock = Some(lock);
                Ok(())
            }
            _ => Ok(()),
        }
    }

    /// Whether something happens once every thread has logged.
    pub(super) fn waits_for_all(plan: &Plan) -> bool {
        matches!(plan.fault, Fault::NoDescriptors | Fault::PermissionLost)
    }

    /// Whether every thread has logged.
    pub(super) fn have_all_logged(plan: &Plan) -> bool {
        let Ok(acked) = Acked::read(&plan.ledger) else { return false };
        (0..plan.threads as usize).all(|thread| acked.rows.get(thread).is_some_and(|row| row.next() > 0))
    }

    /// What happens when every thread has logged.
    pub(super) fn once_all_have_logged(&self, plan: &Plan) -> io::Result<()> {
        match plan.fault {
            Fault::NoDescriptors => limit(Resource::Nofile, Some(0)),
            Fault::PermissionLost => {
                FILES.into_iter().try_for_each(|name| permit(&plan.outputs.join(name), 0))?;
                permit(&plan.outputs, READ_ONLY)
            }
            _ => Ok(()),
        }
    }

    /// The end of it.
    pub(super) fn heal(&mut self, plan: &Plan, healed: &Healed) -> io::Result<()> {
        match &plan.heal {
            Heal::Nothing => {}
            Heal::Remove(path) => fs::remove_file(path)?,
            Heal::Drain => healed.set(),
            Heal::Permissions => {
                permit(&plan.outputs, ALL)?;
                let there = FILES.into_iter().map(|name| plan.outputs.join(name)).filter(|it| it.exists());
                there.into_iter().try_for_each(|path| permit(&path, 0o600))?;
            }
            Heal::Limit => {
                let resource =
                    if plan.fault == Fault::NoDescriptors { Resource::Nofile } else { Resource::Fsize };
                limit(resource, getrlimit(resource).maximum)?;
            }
            Heal::Lock => self.lock = None,
        }
        Ok(())
    }

    /// Sets the clock again and again. `look` is called until it says that the logger has seen so many jumps.
    pub(super) fn jump(
        &self,
        mut look: impl FnMut(usize, &ManualClock) -> io::Result<bool>,
    ) -> io::Result<()> {
        let Some(clock) = &self.clock else { return Ok(()) };
        let mut wall = START;
        for (index, jump) in JUMPS.into_iter().enumerate() {
            wall += jump;
            clock.step_to(Timestamp::from_unix_nanos(wall * 1_000_000_000));
            if !look(index + 1, clock)? {
                return Err(io::Error::other(format!("jump {} of the clock was not noted", index + 1)));
            }
        }
        Ok(())
    }
}

fn delete_files(plan: &Plan) -> io::Result<()> {
    FILES.into_iter().try_for_each(|name| fs::remove_file(plan.outputs.join(name)))
}

fn permit(path: &Path, mode: u32) -> io::Result<()> {
    fs::set_permissions(path, Permissions::from_mode(mode))
}

fn limit(resource: Resource, current: Option<u64>) -> io::Result<()> {
    let maximum = getrlimit(resource).maximum;
    Ok(setrlimit(resource, Rlimit { current, maximum })?)
}
