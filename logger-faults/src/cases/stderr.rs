//! Records that a drain does not take, and a stderr that does not take them either: they are counted, and nobody waits.

use super::{bounded, others_unaffected, recovered};
use crate::{
    case::{Case, Course, Rounds, Scale, Trial},
    plan::{Bug, Fault, Heal, Plan, Pressure},
    stage::{Deaf, Stage},
};

pub(super) const PIPE: Case = Case {
    name: "F27-pipe",
    title: "stderr is a full pipe that nobody reads",
    stage: Stage::DeafStderr(Deaf::Pipe),
    plan: refusing,
    course: Course::BesideControl,
    rounds: Rounds::ONE,
    bugs: &[Bug::WaitingFallback],
    struck: |trial| {
        // what the pipe took before it was full came out in the end
        let took = trial.verdict.figures.diverted;
        gave_up(trial)?;
        (took > 0).then_some(()).ok_or("the pipe took nothing".into())
    },
};

pub(super) const FULL: Case = Case {
    name: "F27-full",
    title: "stderr is /dev/full",
    stage: Stage::DeafStderr(Deaf::Full),
    plan: refusing,
    course: Course::BesideControl,
    rounds: Rounds::ONE,
    bugs: &[Bug::SilentFallback],
    struck: gave_up,
};

/// The standard library has put `/dev/null` in the place of a closed stderr, so that the fallback can give nothing up:
/// what goes there instead of into a file would be lost without a word, and therefore nothing does here.
pub(super) const CLOSED: Case = Case {
    name: "F27-closed",
    title: "stderr is closed",
    stage: Stage::DeafStderr(Deaf::Closed),
    plan: |_, _| {},
    course: Course::BesideControl,
    rounds: Rounds::ONE,
    bugs: &[Bug::LosesSome],
    struck: bounded,
};

fn refusing(plan: &mut Plan, _: Scale) {
    plan.fault = Fault::DrainRefuses;
    plan.heal = Heal::Drain;
    // rings that hold everything: no call has to wait for the worker, whatever that waits for
    plan.pressure = Pressure::Defaults;
    plan.records = 1_000;
}

fn gave_up(trial: &Trial<'_>) -> Result<(), String> {
    let victim = trial.report.and_then(|it| it.drain(Plan::VICTIM));
    if victim.is_none_or(|it| it.dropped == 0) {
        return Err(format!("nothing was given up: {victim:?}"));
    }
    bounded(trial)?;
    others_unaffected(trial)?;
    recovered(trial)
}
