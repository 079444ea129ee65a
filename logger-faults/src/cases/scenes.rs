//! Ends with a course of their own: panics, signals, forks, records from unexpected places, guards.

use std::fs;

use crate::{
    case::{Case, Course, Rounds, Scale, Trial},
    payload::splitmix64,
    plan::{Bug, End, Plan, Pressure},
    scene::{Handler, Place, Scene, Strategy},
    stage::Stage,
};

const SIGINT: i32 = 2;
const SIGTERM: i32 = 15;

pub(super) const PANIC_MAIN: Case = Case {
    plan: |plan, _| panics(plan, Place::Main, Strategy::Unwind),
    bugs: &[Bug::SilentFallback],
    ..unwinding("F06-main", "panic in main")
};
pub(super) const PANIC_THREAD: Case = Case {
    plan: |plan, _| panics(plan, Place::Thread, Strategy::Unwind),
    bugs: &[Bug::SilentFallback],
    ..unwinding("F06-thread", "panic in a thread")
};
pub(super) const PANIC_DESTRUCTOR: Case = Case {
    plan: |plan, _| panics(plan, Place::Destructor, Strategy::Unwind),
    ..unwinding("F06-drop", "panic in a destructor during another")
};
pub(super) const PANIC_EXTERN_C: Case = Case {
    plan: |plan, _| panics(plan, Place::ExternC, Strategy::Unwind),
    ..unwinding("F06-c", "panic in a function that C calls")
};
pub(super) const ABORT_MAIN: Case = Case {
    plan: |plan, _| panics(plan, Place::Main, Strategy::Abort),
    ..aborting("F06-abort-main", "panic in main with panic=abort")
};
pub(super) const ABORT_THREAD: Case = Case {
    plan: |plan, _| panics(plan, Place::Thread, Strategy::Abort),
    ..aborting("F06-abort-thread", "panic in a thread with panic=abort")
};
pub(super) const ABORT_DESTRUCTOR: Case = Case {
    plan: |plan, _| panics(plan, Place::Destructor, Strategy::Abort),
    ..aborting("F06-abort-drop", "panic before a destructor with panic=abort")
};
pub(super) const ABORT_EXTERN_C: Case = Case {
    plan: |plan, _| panics(plan, Place::ExternC, Strategy::Abort),
    ..aborting("F06-abort-c", "panic in a function that C calls with panic=abort")
};

pub(super) const TERM: Case = Case {
    plan: |plan, _| signalled(plan, SIGTERM, Handler::None),
    bugs: &[Bug::EndsWithoutHooks],
    ..scene("F09-term", "SIGTERM at full load")
};
pub(super) const INT: Case = Case {
    plan: |plan, _| signalled(plan, SIGINT, Handler::None),
    bugs: &[Bug::EndsWithoutHooks],
    ..scene("F09-int", "SIGINT at full load")
};
pub(super) const TERM_HANDLED: Case = Case {
    plan: |plan, _| signalled(plan, SIGTERM, Handler::Own),
    bugs: &[Bug::SilentFallback],
    ..scene("F09-term-own", "SIGTERM with a handler of the application")
};
pub(super) const INT_HANDLED: Case = Case {
    plan: |plan, _| signalled(plan, SIGINT, Handler::Own),
    bugs: &[Bug::SilentFallback],
    ..scene("F09-int-own", "SIGINT with a handler of the application")
};

pub(super) const FORK: Case = Case {
    plan: |plan, _| plays(plan, Scene::Fork),
    bugs: &[Bug::SilentFallback],
    struck: |trial| {
        // they were logged, and are on stderr then
        let text = fs::read_to_string(trial.plan.outputs.join(EXPERT)).unwrap_or_default();
        let of_child = |row: u32| format!("\"worker\":{},", trial.plan.threads + row);
        let found = (0..2).map(|row| text.matches(&of_child(row)).count()).sum::<usize>();
        (found == 0).then_some(()).ok_or_else(|| format!("{found} records of a child went through the queue"))
    },
    ..scene("F36", "fork without exec at full load")
};

pub(super) const REENTRANT: Case = Case {
    plan: |plan, _| plays(plan, Scene::Reentrant),
    bugs: &[Bug::SilentFallback],
    struck: |trial| {
        let drain = Scene::IN_A_DRAIN_TIMES as usize;
        for (event, file, times) in
            [(Scene::IN_A_VALUE, EXPERT, 1), (Scene::PANIC, EXPERT, 1), (Scene::IN_A_DRAIN, REPORTS, drain)]
        {
            let found = critical(trial, file, event);
            if found != times {
                return Err(format!("`{event}` is {found} times in {file}, not {times} times"));
            }
        }
        Ok(())
    },
    ..scene("F38", "records from a value, a drain, a hook, the end of a thread and of the process")
};

pub(super) const GUARD_USED_UP: Case = Case {
    plan: |plan, _| plays(plan, Scene::GuardUsedUp),
    bugs: &[Bug::SilentFallback],
    struck: |trial| {
        let late = trial.verdict.figures.diverted > 0;
        late.then_some(()).ok_or("no record was logged after the shutdown".into())
    },
    ..scene("F39", "the guard is moved, shut down, and ended by others; threads log on")
};
pub(super) const GUARD_FORGOTTEN: Case = Case {
    plan: |plan, _| plays(plan, Scene::GuardForgotten),
    bugs: &[Bug::EndsWithoutHooks],
    ..scene("F39-never", "the guard is never dropped")
};

const EXPERT: &str = "expert.log";
const ERRORS: &str = "errors.log";
const REPORTS: &str = Plan::REPORTS;

const fn scene(name: &'static str, title: &'static str) -> Case {
    Case {
        name,
        title,
        stage: Stage::Plain,
        plan: |_, _| {},
        course: Course::LaterStart,
        rounds: Rounds::ONE,
        bugs: &[Bug::QueueOnHeap],
        struck: |_| Ok(()),
    }
}

const fn unwinding(name: &'static str, title: &'static str) -> Case {
    Case { struck: panic_is_logged, ..scene(name, title) }
}

const fn aborting(name: &'static str, title: &'static str) -> Case {
    Case { stage: Stage::Abort, ..unwinding(name, title) }
}

fn plays(plan: &mut Plan, scene: Scene) {
    // the scene logs under numbers of its own, behind those of the threads
    plan.next_thread = plan.threads + 16;
    plan.end = End::Scene { after: 500 + splitmix64(plan.seed) % 5_000, scene };
}

fn panics(plan: &mut Plan, at: Place, strategy: Strategy) {
    plays(plan, Scene::Panic { at, strategy });
}

fn signalled(plan: &mut Plan, number: i32, handler: Handler) {
    plays(plan, Scene::Signal { number, handler });
}

/// Each planned panic is in the file of errors once, with its text.
fn panic_is_logged(trial: &Trial<'_>) -> Result<(), String> {
    let planned = match trial.plan.end {
        End::Scene { scene: Scene::Panic { at: Place::Destructor, strategy: Strategy::Unwind }, .. } => 2,
        _ => 1,
    };
    let found = critical(trial, ERRORS, "as planned");
    (found == planned)
        .then_some(())
        .ok_or_else(|| format!("of {planned} panics {found} are in {ERRORS} as CRITICAL"))
}

/// CRITICAL records with a text in their event, in a file of the child.
fn critical(trial: &Trial<'_>, file: &str, event: &str) -> usize {
    let folder = if file == REPORTS { &trial.plan.ledger } else { &trial.plan.outputs };
    let text = fs::read_to_string(folder.join(file)).unwrap_or_default();
    let is_it = |line: &&str| {
        let line: serde_json::Value = serde_json::from_str(line).unwrap_or_default();
        line["level"] == "critical" && line["event"].as_str().is_some_and(|it| it.contains(event))
    };
    text.lines().filter(is_it).count()
}

pub(super) const TRADES_ONLY: Case = Case {
    stage: Stage::Strace { inject: "write:delay_enter=50000:when=1+" },
    plan: |plan, scale| {
        plan.pressure = Pressure::TradesOnly;
        plan.records = match scale {
            Scale::Quick => 20_000,
            Scale::Full => 80_000,
        };
    },
    bugs: &[Bug::SilentFallback],
    struck: |trial| {
        let direct = trial.report.map_or(0, |it| it.trade.direct);
        (direct > 0).then_some(()).ok_or("the spills were never full: no caller wrote a trade itself".into())
    },
    ..scene("F31", "only trades, faster than the disk takes them")
};
