//! The program that logs: builds a pipeline, logs under load, heals the fault, logs on, and ends as its plan says.

mod calls;
mod drains;
mod ends;
mod files;
mod idle;
mod journals;
#[cfg(unix)]
mod leaky_lock;
mod load;
#[cfg(unix)]
mod meddle;
#[cfg(not(unix))]
#[path = "meddle_nothing.rs"]
mod meddle;
mod scenes;
mod soak;
mod wiring;

use std::{
    fs::{self, File},
    io::{self, Write as _},
    panic,
    path::Path,
    sync::Barrier,
    thread,
    time::{Duration, Instant},
};

use logger_core::{DrainState, Health, Logger, ShutdownGuard};

pub use self::{
    calls::{Surroundings, run_calls},
    idle::run_idle,
    soak::run_soak,
};
use self::{drains::Healed, load::Load, meddle::Meddler, wiring::build};
use crate::{
    plan::{Callers, End, Fault, Plan, QueuePlace},
    report::{ChildReport, DrainReport, Held, QueueReport},
};

/// How long the child waits for its drains to be well again: longer than the longest pause between two tries.
const RECOVERY: Duration = Duration::from_secs(20);
/// How long it waits for a drain to be seen hanging: twice what is promised.
const DETECTION: Duration = Duration::from_secs(4);
/// The pause between two looks at the drains.
const LOOK: Duration = Duration::from_millis(20);
/// How long the shutdown may take, and one flush.
pub(crate) const SHUTDOWN: Duration = Duration::from_secs(3);

/// Does what the plan says, which is given as JSON.
///
/// # Errors
///
/// What went wrong in the case itself, not in the logger.
pub fn run(plan: &str) -> Result<(), Box<dyn std::error::Error>> {
    let plan: Plan = serde_json::from_str(plan)?;
    note_panics(&plan.ledger);
    let healed = Healed::default();
    let mut meddler = Meddler::before_the_start(&plan)?;
    let guard = build(&plan, &healed, meddler.clock())?;
    meddler.before_the_load(&plan)?;
    let mut last_word = ChildReport::default();
    if plan.threads > 0 {
        if plan.end != End::Shutdown {
            ends::under_load(&plan, guard)?;
            return Ok(());
        }
        load(&plan, &guard, Healing { meddler: &mut meddler, healed: &healed }, &mut last_word)?;
    }
    let mut fresh = Load::new(&plan, plan.fresh_thread(), &guard.logger())?.by(meddler.manual_clock());
    fresh.log(plan.fresh_records)?;
    let began = Instant::now();
    let report = guard.shutdown(SHUTDOWN);
    last_word.shutdown_ms = millis(began);
    last_word.finished = report.finished;
    enter(&report.health, &mut last_word);
    Ok(last_word.write(&plan.ledger)?)
}

/// The panics of the drain at fault are planned; all others are noted where the parent looks. Nothing of it goes to
/// stderr, which belongs to the fallback here.
fn note_panics(ledger: &Path) {
    let path = ledger.join(Plan::PANICS);
    panic::set_hook(Box::new(move |info| {
        let text = info.to_string().replace('\n', " ");
        // the last two come after one that was noted, unless that was planned
        let planned = ["as planned", "cannot unwind", "in a destructor during cleanup"];
        if !planned.iter().any(|it| text.contains(it))
            && let Ok(mut file) = File::options().create(true).append(true).open(&path)
        {
            let _ = writeln!(file, "{text}");
        }
    }));
}

/// The phases with load: fault, healing, calm.
fn load(
    plan: &Plan,
    guard: &ShutdownGuard,
    healing: Healing<'_>,
    last_word: &mut ChildReport,
) -> io::Result<()> {
    let logger = guard.logger();
    let clock = healing.meddler.manual_clock();
    let loads: Vec<_> = loads(plan, &logger)?.into_iter().map(|load| load.by(clock.clone())).collect();
    let probe = Load::new(plan, plan.probe_thread(), &logger)?.by(clock);
    // the threads wait at it after the fault phase, and again until the fault is healed
    let barrier = Barrier::new(loads.len() + 1);
    thread::scope(|scope| {
        let threads: Vec<_> = loads
            .into_iter()
            .map(|mut load| {
                let barrier = &barrier;
                scope.spawn(move || {
                    let first = load.log(plan.records);
                    barrier.wait();
                    barrier.wait();
                    first.and_then(|()| load.log(plan.calm_records))
                })
            })
            .collect();
        if Meddler::waits_for_all(plan) && wait_until(RECOVERY, || Meddler::have_all_logged(plan)) {
            healing.meddler.once_all_have_logged(plan)?;
        }
        barrier.wait();
        let before = held(plan);
        let healing = heal(plan, guard, probe, healing, last_word);
        barrier.wait();
        let joined =
            threads.into_iter().map(|it| it.join().map_err(|_| io::Error::other("a thread panicked")));
        joined.collect::<io::Result<Vec<_>>>()?.into_iter().collect::<io::Result<()>>()?;
        last_word.held = before.zip(held(plan)).map(<[_; 2]>::from);
        healing
    })
}

/// What this process holds, where its threads should give back everything.
fn held(plan: &Plan) -> Option<Held> {
    match &plan.queue {
        QueuePlace::Folder(queue) if plan.callers == Callers::ShortLived => Some(Held::now(queue)),
        _ => None,
    }
}

fn loads(plan: &Plan, logger: &Logger) -> io::Result<Vec<Load>> {
    let load = |worker| Load::new(plan, worker, logger).map(|load| load.under(plan.pressure));
    (plan.first_thread..plan.first_thread + plan.threads).map(load).collect()
}

/// How the fault ends.
struct Healing<'a> {
    meddler: &'a mut Meddler,
    healed: &'a Healed,
}

/// Lets the fault strike whatever is still queued, ends it, and waits until every drain is well again.
fn heal(
    plan: &Plan,
    guard: &ShutdownGuard,
    mut probe: Load,
    healing: Healing<'_>,
    last_word: &mut ChildReport,
) -> io::Result<()> {
    if plan.fault == Fault::DrainHangs {
        wait_until(DETECTION, || {
            last_word.hung = hung(&guard.pipeline().health());
            !last_word.hung.is_empty()
        });
        return Ok(());
    }
    let _ = guard.flush(SHUTDOWN);
    healing.meddler.heal(plan, healing.healed)?;
    if plan.fault == Fault::DevFull {
        return Ok(());
    }
    healing.meddler.jump(|jumps, clock| {
        let mut outcome = Ok(());
        let seen = wait_until(RECOVERY, || {
            clock.advance(LOOK);
            outcome = probe.log(20);
            let _ = guard.flush(SHUTDOWN);
            let reports = fs::read_to_string(plan.ledger.join(Plan::REPORTS)).unwrap_or_default();
            outcome.is_err() || reports.matches("system clock was set").count() >= jumps
        });
        outcome.map(|()| seen)
    })?;
    let began = Instant::now();
    let mut outcome = Ok(());
    let well = wait_until(RECOVERY, || {
        outcome = probe.log(1);
        let report = guard.flush(SHUTDOWN);
        outcome.is_err() || report.health.drains.iter().all(|drain| drain.state == DrainState::Ok)
    });
    last_word.recovery_ms = well.then(|| millis(began));
    outcome
}

/// Looks again and again whether something is done. Returns whether it was in time.
fn wait_until(patience: Duration, mut done: impl FnMut() -> bool) -> bool {
    let deadline = Instant::now() + patience;
    while Instant::now() < deadline {
        if done() {
            return true;
        }
        thread::park_timeout(LOOK);
    }
    false
}

fn millis(began: Instant) -> u64 {
    u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX)
}

/// The drains that hang now.
fn hung(health: &Health) -> Vec<String> {
    health.drains.iter().filter(|it| it.state == DrainState::Hung).map(|it| it.name.clone()).collect()
}

/// Enters the pipeline's figures.
fn enter(health: &Health, last_word: &mut ChildReport) {
    let queue = |counts: &logger_core::Counts| QueueReport {
        accepted: counts.accepted,
        written: counts.written,
        direct: counts.direct,
        dropped: counts.dropped.total(),
        pending: counts.pending,
    };
    last_word.trade = queue(&health.trade);
    last_word.general = queue(&health.general);
    last_word.drains = health
        .drains
        .iter()
        .map(|drain| DrainReport {
            name: drain.name.clone(),
            state: drain.state.as_str().to_owned(),
            delivered: drain.delivered,
            diverted: drain.diverted,
            dropped: drain.dropped,
            panics: drain.panics,
            last_error: drain.last_error.clone(),
        })
        .collect();
}
