//! The cases that run for every change.

mod disks; // disks and folders in trouble
mod kills; // ends without warning, and what a later start recovers
mod peers; // several processes that write the same files
mod scenes; // ends with a course of their own
mod stderr; // stderr that takes nothing
mod sweeps; // a kill at every system call
mod threads; // threads that log once and end

use std::{fs, time::Duration};

use crate::{
    case::{Case, Course, Rounds, Scale, Trial},
    child::SHUTDOWN,
    payload::splitmix64,
    plan::{Bug, End, Fault, Heal, Plan, Pressure},
    stage::Stage,
};

/// The cases that run for every change, in the order of their ids.
pub const CASES: &[Case] = &[
    kills::KILL,
    kills::KILL_WITH_NUMBERED,
    kills::KILL_WITH_DATED,
    sweeps::RUN,
    kills::KILL_DURING_RECOVERY,
    sweeps::RECOVERY,
    kills::ABORT,
    Case {
        name: "F05",
        title: "process::exit at full load",
        stage: Stage::Plain,
        plan: |plan, _| plan.end = End::Exit { after: 500 + splitmix64(plan.seed) % 20_000 },
        course: Course::LaterStart,
        rounds: Rounds::ONE,
        bugs: &[Bug::EndsWithoutHooks],
        struck: |trial| {
            let exited = trial.verdict.figures.exit == Some(0) && trial.report.is_none();
            exited.then_some(()).ok_or("the child did not end by exit".into())
        },
    },
    kills::EXIT_AT_ONCE,
    scenes::PANIC_MAIN,
    scenes::PANIC_THREAD,
    scenes::PANIC_DESTRUCTOR,
    scenes::PANIC_EXTERN_C,
    scenes::ABORT_MAIN,
    scenes::ABORT_THREAD,
    scenes::ABORT_DESTRUCTOR,
    scenes::ABORT_EXTERN_C,
    kills::STACK_OVERFLOW,
    kills::OUT_OF_MEMORY,
    kills::MAIN_RETURNS,
    scenes::TERM,
    scenes::INT,
    scenes::TERM_HANDLED,
    scenes::INT_HANDLED,
    Case {
        name: "F10",
        title: "disk full from the start",
        stage: Stage::SmallDisk { size: DISK, free: 0 },
        plan: |plan, _| plan.heal = Heal::Remove(Stage::filler(&plan.outputs)),
        course: Course::BesideControl,
        rounds: Rounds::ONE,
        bugs: &[Bug::SwallowsErrors],
        struck: |trial| {
            diverted(trial)?;
            recovered(trial)
        },
    },
    disks::FULL_MIDWAY,
    Case {
        name: "F12",
        title: "short write, then disk full",
        stage: Stage::SmallDisk { size: DISK, free: 8 * 1024 },
        plan: |plan, _| plan.heal = Heal::Remove(Stage::filler(&plan.outputs)),
        course: Course::LaterStart,
        rounds: Rounds::ONE,
        bugs: &[Bug::IgnoresShortWrites],
        struck: |trial| {
            diverted(trial)?;
            recovered(trial)
        },
    },
    Case {
        name: "F12-strace",
        title: "writes that take nothing",
        // a falsified return value means that nothing was written: 0 is the only one that is true
        stage: Stage::Strace { inject: "write:retval=0:when=3..6" },
        plan: |_, _| {},
        course: Course::LaterStart,
        rounds: Rounds::ONE,
        bugs: &[Bug::IgnoresShortWrites],
        struck: |trial| {
            let trace = fs::read_to_string(trial.plan.ledger.join(Stage::TRACE)).unwrap_or_default();
            if trace.matches("(INJECTED)").count() != 4 {
                return Err("not all of the four writes were falsified".into());
            }
            diverted(trial)?;
            recovered(trial)
        },
    },
    disks::NO_NEW_FILE,
    disks::DEV_FULL,
    disks::WRITE_ERRORS,
    disks::SYNC_ERROR,
    disks::DELETED,
    disks::FOLDER_DELETED,
    disks::FOLDER_MOVED,
    disks::READ_ONLY,
    disks::PERMISSION_LOST,
    peers::TURN_HELD,
    Case {
        name: "F21",
        title: "rotation under load",
        stage: Stage::Plain,
        plan: |plan, scale| {
            plan.threads = 8;
            plan.next_thread = 8;
            plan.max_size = 1_000_000;
            plan.limit = plan.max_size;
            // retention must delete nothing: 1,600,000 records of less than 1 kB each are fewer files
            plan.backups = 2_000;
            plan.records = match scale {
                Scale::Quick => 20_000,
                Scale::Full => 200_000,
            };
        },
        course: Course::LaterStart,
        rounds: Rounds::ONE,
        bugs: &[Bug::LosesWriteAfterRotation, Bug::DoublesWriteAfterRotation],
        struck: rotated,
    },
    disks::NO_RENAME,
    disks::NO_DESCRIPTORS,
    disks::FILE_SIZE_LIMIT,
    Case {
        name: "F25",
        title: "a drain panics inside the worker",
        stage: Stage::Plain,
        plan: |plan, _| {
            plan.fault = Fault::DrainPanics;
            plan.heal = Heal::Drain;
        },
        course: Course::LaterStart,
        rounds: Rounds::ONE,
        bugs: &[Bug::SwallowsPanics],
        struck: |trial| {
            let panics = trial.report.map_or(0, |it| it.drain_panics());
            if panics == 0 {
                return Err("no drain panicked".into());
            }
            others_unaffected(trial)?;
            recovered(trial)
        },
    },
    Case {
        name: "F26",
        title: "a drain hangs for ever",
        stage: Stage::Plain,
        plan: |plan, _| plan.fault = Fault::DrainHangs,
        course: Course::BesideControl,
        rounds: Rounds::ONE,
        bugs: &[Bug::HangsOnWorker],
        struck: |trial| {
            let hung = trial.report.map(|it| it.hung.as_slice()).unwrap_or_default();
            if hung != [Plan::VICTIM] {
                return Err(format!("in state hung were {hung:?}"));
            }
            if trial.report.is_some_and(|it| it.finished) {
                return Err("the shutdown says that it finished, though a drain hangs".into());
            }
            bounded(trial)?;
            others_unaffected(trial)
        },
    },
    stderr::PIPE,
    stderr::FULL,
    stderr::CLOSED,
    Case {
        name: "F30",
        title: "more records than the disk takes",
        stage: Stage::Plain,
        plan: |plan, scale| {
            plan.pressure = Pressure::Flood;
            plan.calm_records = 0;
            plan.records = match scale {
                Scale::Quick => 10_000,
                Scale::Full => 60_000,
            };
        },
        course: Course::LaterStart,
        rounds: Rounds::ONE,
        bugs: &[Bug::LosesSome],
        struck: |trial| {
            let dropped = trial.verdict.figures.dropped_reported;
            (dropped > 0).then_some(()).ok_or("nothing was dropped: the queue was never full".into())
        },
    },
    scenes::TRADES_ONLY,
    peers::ROTATING,
    peers::PACKING,
    peers::KILLED_IN_ITS_TURN,
    kills::LIVE_NEIGHBOUR,
    kills::RACE,
    scenes::FORK,
    disks::CLOCK_JUMPS,
    scenes::REENTRANT,
    scenes::GUARD_USED_UP,
    scenes::GUARD_FORGOTTEN,
    threads::MANY,
    threads::KILLED,
];

/// Bytes of a small disk.
const DISK: u64 = 16 * 1024 * 1024;

fn diverted(trial: &Trial<'_>) -> Result<(), String> {
    let some = trial.verdict.figures.diverted > 0 && trial.verdict.reports > 0;
    some.then_some(()).ok_or("the fault did not strike: nothing was diverted or reported".into())
}

fn recovered(trial: &Trial<'_>) -> Result<(), String> {
    let recovered = trial.verdict.figures.recovery.is_some();
    recovered.then_some(()).ok_or("the drains did not come back".into())
}

fn rotated(trial: &Trial<'_>) -> Result<(), String> {
    let files = trial.verdict.files[0];
    (files > 1).then_some(()).ok_or("no file was rotated".into())
}

/// The shutdown ended at its deadline. Twice the time is allowed, for a machine that is busy with other things.
fn bounded(trial: &Trial<'_>) -> Result<(), String> {
    let took = Duration::from_millis(trial.report.map_or(0, |it| it.shutdown_ms));
    (took < SHUTDOWN * 2).then_some(()).ok_or_else(|| format!("the shutdown took {took:?} of {SHUTDOWN:?}"))
}

/// The three files took every record; only the drain at fault did not.
fn others_unaffected(trial: &Trial<'_>) -> Result<(), String> {
    let drains = trial.report.map(|it| it.drains.as_slice()).unwrap_or_default();
    match drains.iter().find(|it| it.name != Plan::VICTIM && it.diverted + it.dropped + it.panics > 0) {
        Some(drain) => Err(format!("{} was affected too: {drain:?}", drain.name)),
        None => Ok(()),
    }
}
