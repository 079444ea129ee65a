//! Ends without warning: no hook runs, and a later start recovers what the queue holds.

use crate::{
    case::{Case, Course, Rounds, Scale, Trial},
    payload::splitmix64,
    plan::{Bug, Death, End, EndedFiles, Plan},
    stage::Stage,
};

pub(super) const KILL: Case = Case {
    name: "F01",
    title: "SIGKILL at full load",
    stage: Stage::Plain,
    plan: killed,
    course: Course::LaterStart,
    rounds: MOMENTS,
    bugs: &[Bug::QueueOnHeap, Bug::JournalForgets, Bug::JournalBoasts],
    struck: recovered,
};

pub(super) const KILL_DURING_RECOVERY: Case = Case {
    name: "F03",
    title: "SIGKILL at full load, then during recovery, again and again",
    stage: Stage::Plain,
    plan: killed,
    course: Course::KilledLaterStarts(5),
    rounds: Rounds { quick: 1, ..MOMENTS },
    bugs: &[Bug::JournalBoasts],
    struck: |trial| {
        recovered(trial)?;
        (trial.cut > 0).then_some(()).ok_or("no recovery was cut short".into())
    },
};

/// Files end many times in each batch.
pub(super) const KILL_WITH_NUMBERED: Case = Case {
    name: "F01-numbered",
    title: "SIGKILL at full load while files end and are packed",
    plan: |plan, scale| tiny_files(plan, scale, EndedFiles::NumberedPacked),
    rounds: Rounds { quick: 1, ..MOMENTS },
    bugs: &[Bug::JournalForgetsEnded],
    ..KILL
};

pub(super) const KILL_WITH_DATED: Case = Case {
    name: "F01-dated",
    title: "SIGKILL at full load while files end, are called by their date and are packed",
    plan: |plan, scale| tiny_files(plan, scale, EndedFiles::DatedPacked),
    rounds: Rounds { quick: 1, ..MOMENTS },
    bugs: &[Bug::JournalForgetsEnded],
    ..KILL
};

fn tiny_files(plan: &mut Plan, scale: Scale, ended: EndedFiles) {
    killed(plan, scale);
    // one or two in each batch; with numbers each of them renames all those before it
    plan.max_size = 150_000;
    plan.limit = plan.max_size;
    plan.backups = 100_000;
    plan.ended = ended;
}

/// A live run is left alone by another program that looks through its queue folder.
pub(super) const LIVE_NEIGHBOUR: Case = Case {
    name: "F34-live",
    title: "another start finds the queue of a live process",
    stage: Stage::Plain,
    plan: killed,
    course: Course::Neighbour,
    rounds: Rounds::ONE,
    bugs: &[Bug::UnlockedCopy],
    struck: recovered,
};

pub(super) const RACE: Case = Case {
    name: "F34-stale",
    title: "two starts find the queue of a dead process",
    stage: Stage::Plain,
    plan: killed,
    course: Course::Race,
    rounds: Rounds { quick: 1, ..MOMENTS },
    bugs: &[Bug::JournalForgets],
    struck: recovered,
};

pub(super) const MAIN_RETURNS: Case = Case {
    name: "F08",
    title: "main returns while threads log",
    stage: Stage::Plain,
    plan: |plan, _| plan.end = End::Return { after: 500 + splitmix64(plan.seed) % 5_000 },
    course: Course::LaterStart,
    rounds: Rounds::ONE,
    bugs: &[Bug::SilentFallback],
    struck: |trial| {
        let late = trial.verdict.figures.exit == Some(0) && trial.verdict.figures.diverted > 0;
        late.then_some(()).ok_or("no record was logged after the guard was gone".into())
    },
};

pub(super) const ABORT: Case = dying("F04", "abort at full load", |plan, _| dies(plan, Death::Abort));
pub(super) const EXIT_AT_ONCE: Case =
    dying("F05-exit", "_exit at full load", |plan, _| dies(plan, Death::AtOnce));
pub(super) const STACK_OVERFLOW: Case =
    dying("F07-stack", "stack overflow at full load", |plan, _| dies(plan, Death::StackOverflow));
pub(super) const OUT_OF_MEMORY: Case =
    dying("F07-memory", "no memory at full load", |plan, _| dies(plan, Death::OutOfMemory));

/// A kill may come at any moment: each round has another one.
const MOMENTS: Rounds = Rounds { quick: 3, full: 25 };

const fn dying(name: &'static str, title: &'static str, plan: fn(&mut Plan, Scale)) -> Case {
    Case {
        name,
        title,
        stage: Stage::Plain,
        plan,
        course: Course::LaterStart,
        rounds: Rounds::ONE,
        bugs: &[Bug::QueueOnHeap],
        struck: recovered,
    }
}

fn killed(plan: &mut Plan, _: Scale) {
    plan.end = End::Killed { after_ms: 50 + splitmix64(plan.seed) % 450 };
}

fn dies(plan: &mut Plan, of: Death) {
    plan.end = End::Dies { after: 500 + splitmix64(plan.seed) % 5_000, of };
}

fn recovered(trial: &Trial<'_>) -> Result<(), String> {
    let some = trial.verdict.figures.recovered > 0;
    some.then_some(()).ok_or("the queue was empty when the child ended: nothing was recovered".into())
}
