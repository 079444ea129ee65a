//! Several processes that write the same files.

use super::{disks::went_on, rotated};
use crate::{
    case::{Case, Course, Rounds, Scale, Trial},
    plan::{Bug, EndedFiles, Fault, Heal, Plan, Writers},
    stage::Stage,
};

/// How many there are.
const CHILDREN: u32 = 4;

pub(super) const ROTATING: Case = Case {
    name: "F32",
    title: "four processes write and rotate the same files",
    stage: Stage::Plain,
    plan: shared,
    course: Course::Peers(CHILDREN),
    rounds: Rounds { quick: 1, full: 25 },
    bugs: &[Bug::LocksNothing, Bug::LosesWriteAfterRotation],
    struck: rotated,
};

pub(super) const PACKING: Case = Case {
    name: "F32-packed",
    title: "four processes write, rotate and pack the same files",
    plan: |plan, scale| {
        shared(plan, scale);
        plan.ended = EndedFiles::NumberedPacked;
    },
    ..ROTATING
};

pub(super) const KILLED_IN_ITS_TURN: Case = Case {
    name: "F33",
    title: "one of four is killed in the middle of a rotation",
    plan: |plan, scale| {
        shared(plan, scale);
        plan.fault = Fault::DiesInItsTurn;
    },
    // a writer gives up after a second: none may have to
    bugs: &[Bug::JournalForgets, Bug::QueueOnHeap, Bug::LockOutlivesItsHolder],
    struck: |trial: &Trial<'_>| {
        rotated(trial)?;
        let recovered = trial.verdict.figures.recovered;
        (recovered > 0).then_some(()).ok_or("the one that was killed has left nothing".into())
    },
    ..ROTATING
};

pub(super) const TURN_HELD: Case = Case {
    name: "F20",
    title: "somebody holds the lock of the files",
    stage: Stage::Plain,
    plan: |plan, scale| {
        shared(plan, scale);
        plan.threads = 4;
        plan.next_thread = 4;
        // no file ends while it is held
        plan.limit = 1 << 30;
        plan.fault = Fault::TurnHeld;
        plan.heal = Heal::Lock;
    },
    course: Course::BesideControl,
    rounds: Rounds::ONE,
    bugs: &[Bug::LosesWriteAfterRotation],
    struck: |trial| {
        let in_vain = trial.plan.in_vain().exists();
        in_vain.then_some(()).ok_or("nobody has waited in vain for a turn".to_owned())?;
        went_on(trial)
    },
};

fn shared(plan: &mut Plan, _: Scale) {
    plan.writers = Writers::Several;
    plan.threads = 2;
    plan.next_thread = 2;
    plan.max_size = 100_000;
    plan.limit = plan.max_size;
    plan.backups = 100_000;
}
