//! Threads that log once and end: SPEC A7.

use crate::{
    case::{Case, Course, Rounds, Scale},
    payload::splitmix64,
    plan::{Bug, Callers, End, Plan},
    stage::Stage,
};

pub(super) const MANY: Case = Case {
    name: "A7",
    title: "100,000 threads that log once and end",
    stage: Stage::Plain,
    plan: |plan, scale| {
        few_at_a_time(plan, scale);
        // what they hold is looked at after the first part and after the second
        (plan.records, plan.calm_records) = match scale {
            Scale::Quick => (1_000, 4_000),
            Scale::Full => (10_000, 40_000),
        };
    },
    course: Course::LaterStart,
    rounds: Rounds::ONE,
    bugs: &[Bug::LeakingThreads],
    struck: |trial| {
        let held = trial.report.and_then(|it| it.held).ok_or("nobody looked at what the process held")?;
        (held[0].files > 0).then_some(()).ok_or(format!("no folder of the run was seen: {held:?}"))
    },
};

pub(super) const KILLED: Case = Case {
    name: "A7-killed",
    title: "SIGKILL while threads log once and end",
    stage: Stage::Plain,
    plan: |plan, scale| {
        few_at_a_time(plan, scale);
        plan.end = End::Killed { after_ms: 50 + splitmix64(plan.seed) % 450 };
    },
    course: Course::LaterStart,
    rounds: Rounds { quick: 3, full: 25 },
    bugs: &[Bug::QueueOnHeap],
    // two threads at a time log little: in some rounds the queue is empty at the kill, and the control sees it where it is not
    struck: |_| Ok(()),
};

fn few_at_a_time(plan: &mut Plan, _: Scale) {
    plan.threads = 2;
    plan.next_thread = 2;
    plan.callers = Callers::ShortLived;
}
