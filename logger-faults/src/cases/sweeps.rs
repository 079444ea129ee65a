//! A kill at every system call: of a small run that rotates, and of its recovery.

use crate::{
    case::{Case, Course, Rounds, Scale, Trial},
    plan::{Bug, Plan},
    stage::Stage,
    sweep::Swept,
};

pub(super) const RUN: Case = Case {
    name: "F02",
    title: "SIGKILL at every system call of a small run that rotates",
    stage: TRACED,
    plan: small,
    course: Course::KilledAtEachCall(Swept::Run),
    rounds: Rounds::ONE,
    bugs: &[Bug::JournalForgets, Bug::QueueOnHeap],
    struck: killed,
};

pub(super) const RECOVERY: Case = Case {
    name: "F03-sweep",
    title: "SIGKILL at every system call of a recovery",
    stage: TRACED,
    plan: small,
    course: Course::KilledAtEachCall(Swept::Recovery),
    rounds: Rounds::ONE,
    bugs: &[Bug::JournalForgets, Bug::JournalBoasts],
    struck: killed,
};

/// Only asked whether it can be had: the sweep has a tracer of its own.
const TRACED: Stage = Stage::Strace { inject: "write:retval=0:when=65535" };

/// A dozen batches and as many files of `expert.log`, one thread.
fn small(plan: &mut Plan, _: Scale) {
    plan.threads = 1;
    plan.next_thread = 1;
    plan.records = 72;
    plan.calm_records = 0;
    plan.flush_every = Some(6);
    plan.max_size = 3_000;
    plan.backups = 200;
}

fn killed(trial: &Trial<'_>) -> Result<(), String> {
    let (kills, points) = (trial.verdict.figures.kills, u64::from(trial.cut));
    // the last call of a name may not come when the threads share the work in another way
    let most = kills * 10 >= points * 9 && kills >= 20;
    most.then_some(()).ok_or_else(|| format!("only {kills} of {points} kills happened"))
}
