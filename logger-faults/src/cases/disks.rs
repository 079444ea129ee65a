//! Disks and folders in trouble: full, failing, deleted and moved.

use std::fs;

use super::{DISK, diverted, others_unaffected, recovered, rotated};
use crate::{
    case::{Case, Course, Rounds, Scale, Trial},
    plan::{Bug, Durable, EndedFiles, Fault, Heal, Plan, Timed},
    stage::Stage,
};

pub(super) const FULL_MIDWAY: Case = Case {
    stage: Stage::SmallDisk { size: DISK, free: 512 * 1024 },
    plan: |plan, _| plan.heal = Heal::Remove(Stage::filler(&plan.outputs)),
    bugs: &[Bug::SwallowsErrors, Bug::IgnoresShortWrites],
    struck: |trial| {
        diverted(trial)?;
        recovered(trial)
    },
    ..new("F11", "disk full in the middle, then freed")
};

pub(super) const NO_NEW_FILE: Case = Case {
    // calls are counted by thread: those of the start are fewer, and of each rotation the second one makes the file
    stage: Stage::Strace { inject: "?open,?openat:error=ENOSPC:when=4..8+2" },
    plan: rotates,
    bugs: &[Bug::LosesWriteAfterRotation],
    struck: |trial| {
        injected(trial, 3)?;
        rotated(trial)
    },
    ..new("F13", "no room for a new file at rotation")
};

pub(super) const WRITE_ERRORS: Case = Case {
    stage: Stage::Strace { inject: "write:error=EIO:when=3..6" },
    bugs: &[Bug::SwallowsErrors],
    struck: |trial| {
        injected(trial, 4)?;
        diverted(trial)?;
        recovered(trial)
    },
    ..new("F15", "EIO from writes, then none")
};

pub(super) const SYNC_ERROR: Case = Case {
    stage: Stage::Strace { inject: "fdatasync:error=EIO:when=2" },
    plan: |plan, _| plan.durable = Durable::Disk,
    bugs: &[Bug::LosesWriteAfterRotation, Bug::DoublesWriteAfterRotation],
    struck: |trial| {
        injected(trial, 1)?;
        // nothing else ends a file here
        rotated(trial)
    },
    ..new("F16", "the disk does not take what was written")
};

pub(super) const DELETED: Case = Case {
    plan: |plan, _| plan.fault = Fault::FilesDeleted,
    bugs: &[Bug::NeverLooks],
    ..new("F17", "the files are deleted while they are open")
};

pub(super) const FOLDER_DELETED: Case = Case {
    plan: |plan, _| plan.fault = Fault::FolderDeleted,
    bugs: &[Bug::NeverLooks],
    ..new("F18", "the folder is deleted while its files are open")
};

pub(super) const DEV_FULL: Case = Case {
    plan: |plan, _| plan.fault = Fault::DevFull,
    bugs: &[Bug::SwallowsErrors],
    struck: |trial| {
        diverted(trial)?;
        others_unaffected(trial)
    },
    ..new("F14", "a file is /dev/full")
};

pub(super) const FOLDER_MOVED: Case = Case {
    plan: |plan, _| plan.fault = Fault::FolderMoved,
    // one that never looked would lose nothing: the lines would be in the folder that was moved
    bugs: &[Bug::LosesSome],
    struck: |trial| {
        let moved = trial.plan.moved().exists() && trial.plan.outputs.join("expert.log").exists();
        moved.then_some(()).ok_or("there are not two folders".into())
    },
    ..new("F18-moved", "the folder is moved while its files are open")
};

pub(super) const READ_ONLY: Case = Case {
    stage: Stage::Powerless,
    plan: |plan, _| {
        plan.fault = Fault::FilesDeletedAndFolderReadOnly;
        plan.heal = Heal::Permissions;
    },
    bugs: &[Bug::SwallowsErrors],
    struck: |trial| {
        diverted(trial)?;
        recovered(trial)
    },
    ..new("F19", "the files are gone, and nobody may write to their folder")
};

pub(super) const PERMISSION_LOST: Case = Case {
    stage: Stage::Powerless,
    plan: |plan, scale| {
        rotates(plan, scale);
        // no file can end before its folder may be written to again
        plan.limit = 1 << 30;
        plan.records = 10_000;
        plan.fault = Fault::PermissionLost;
        plan.heal = Heal::Permissions;
    },
    bugs: &[Bug::LosesWriteAfterRotation],
    struck: went_on,
    ..new("F19-open", "permission is lost on files that are open and under load")
};

pub(super) const NO_DESCRIPTORS: Case = Case {
    plan: |plan, scale| {
        rotates(plan, scale);
        plan.limit = 1 << 30;
        plan.records = 10_000;
        plan.fault = Fault::NoDescriptors;
        plan.heal = Heal::Limit;
    },
    bugs: &[Bug::LosesWriteAfterRotation],
    struck: went_on,
    ..new("F23", "no descriptor is free at rotation")
};

pub(super) const FILE_SIZE_LIMIT: Case = Case {
    plan: |plan, _| {
        plan.fault = Fault::FileSizeLimited(4 * 1024 * 1024);
        plan.heal = Heal::Limit;
    },
    bugs: &[Bug::SwallowsErrors],
    struck: |trial| {
        diverted(trial)?;
        recovered(trial)
    },
    ..new("F24", "files may not be longer than 4 MiB")
};

pub(super) const CLOCK_JUMPS: Case = Case {
    plan: |plan, _| {
        plan.timed = Timed::HourlyByAClockThatJumps;
        plan.ended = EndedFiles::DatedPacked;
        plan.backups = 1_000;
    },
    bugs: &[Bug::LosesWriteAfterRotation, Bug::DoublesWriteAfterRotation],
    struck: rotated,
    ..new("F37", "the clock jumps while files end each hour")
};

pub(super) const NO_RENAME: Case = Case {
    stage: Stage::Strace { inject: "renameat2:error=EXDEV:when=1..3" },
    plan: rotates,
    bugs: &[Bug::LosesWriteAfterRotation],
    struck: |trial| {
        injected(trial, 3)?;
        rotated(trial)
    },
    ..new("F22", "files cannot be renamed at rotation")
};

const fn new(name: &'static str, title: &'static str) -> Case {
    Case {
        name,
        title,
        stage: Stage::Plain,
        plan: |_, _| {},
        course: Course::LaterStart,
        rounds: Rounds::ONE,
        bugs: &[],
        struck: |_| Ok(()),
    }
}

/// A file went on above its size, because it could not end, and ended when it could.
pub(super) fn went_on(trial: &Trial<'_>) -> Result<(), String> {
    let found = fs::read_dir(&trial.plan.outputs).into_iter().flatten().flatten();
    let longest = found.filter_map(|entry| Some(entry.metadata().ok()?.len())).max().unwrap_or(0);
    if longest <= trial.plan.max_size {
        return Err(format!("the fault did not strike: no file is longer than {longest} bytes"));
    }
    rotated(trial)
}

fn rotates(plan: &mut Plan, _: Scale) {
    plan.max_size = 100_000;
    // one that could not end goes on to at most twice its limit
    plan.limit = 200_000;
    plan.backups = 2_000;
}

/// So many calls were falsified.
fn injected(trial: &Trial<'_>, calls: usize) -> Result<(), String> {
    let trace = fs::read_to_string(trial.plan.ledger.join(Stage::TRACE)).unwrap_or_default();
    match trace.matches("(INJECTED)").count() {
        found if found == calls => Ok(()),
        found => Err(format!("{found} calls were falsified, not {calls}")),
    }
}
