//! Ends with a course of their own, while all threads log.

mod panics;
mod reentrant;
#[cfg(unix)]
mod signals;

use std::{error::Error, io, mem, sync::mpsc::Receiver, thread};

use logger_core::{PipelineBuilder, ShutdownGuard};

use super::{
    SHUTDOWN,
    ends::{end_at_once, two_steps},
    load::Load,
};
use crate::{
    plan::{Bug, End, Plan},
    scene::Scene,
};

/// Records that a scene logs by itself: so many hold every kind.
const SOME: u64 = 8;

/// What a scene needs before the pipeline starts.
pub(super) fn prepare(builder: PipelineBuilder, plan: &Plan) -> Result<PipelineBuilder, Box<dyn Error>> {
    let End::Scene { scene, .. } = plan.end else { return Ok(builder) };
    match scene {
        Scene::Panic { strategy, .. } => panics::prepare(builder, strategy),
        Scene::Signal { number, handler } => prepare_for_signal(builder, plan, number, handler),
        Scene::Reentrant => reentrant::prepare(builder),
        Scene::Fork | Scene::GuardUsedUp | Scene::GuardForgotten => Ok(builder),
    }
}

/// Ends as the scene says. Returns where main has to return.
pub(super) fn play(scene: Scene, plan: &Plan, guard: ShutdownGuard, steps: &Receiver<()>) -> io::Result<()> {
    match scene {
        Scene::Panic { at, .. } => panics::play(at, guard, steps),
        Scene::Signal { number, .. } => signal(number, plan, guard, steps),
        Scene::Fork => fork(plan, &guard, steps),
        Scene::Reentrant => reentrant::play(plan, &guard, steps),
        Scene::GuardUsedUp => use_up(guard, steps),
        Scene::GuardForgotten => forget(plan, guard),
    }
}

/// A load of the scene's own: its row is that many behind those of the threads.
fn own_load(plan: &Plan, guard: &ShutdownGuard, row: u32) -> io::Result<Load> {
    Load::new(plan, plan.threads + row, &guard.logger())
}

#[cfg(unix)]
fn prepare_for_signal(
    builder: PipelineBuilder,
    plan: &Plan,
    number: i32,
    handler: crate::scene::Handler,
) -> Result<PipelineBuilder, Box<dyn Error>> {
    signals::prepare(builder, plan, number, handler)
}

#[cfg(not(unix))]
fn prepare_for_signal(
    _: PipelineBuilder,
    _: &Plan,
    _: i32,
    _: crate::scene::Handler,
) -> Result<PipelineBuilder, Box<dyn Error>> {
    Err("there are no signals here".into())
}

#[cfg(unix)]
fn signal(number: i32, plan: &Plan, guard: ShutdownGuard, steps: &Receiver<()>) -> io::Result<()> {
    signals::play(number, plan, guard, steps)
}

#[cfg(not(unix))]
fn signal(_: i32, _: &Plan, _: ShutdownGuard, _: &Receiver<()>) -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}

/// Two children after each other log through the logger of their parent, whose threads log on.
#[cfg(unix)]
fn fork(plan: &Plan, guard: &ShutdownGuard, steps: &Receiver<()>) -> io::Result<()> {
    for row in 0..2 {
        let child = logger_core::testing::in_child(|| {
            let logged = own_load(plan, guard, row).and_then(|mut load| load.log(25 * SOME));
            let flushed = guard.flush(SHUTDOWN).finished;
            i32::from(logged.is_err() || !flushed)
        });
        if !child.success() {
            return Err(io::Error::other(format!("the child of the fork ended with {child}")));
        }
        two_steps(steps);
    }
    std::process::exit(0)
}

#[cfg(not(unix))]
fn fork(_: &Plan, _: &ShutdownGuard, _: &Receiver<()>) -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}

/// The guard is moved into a thread and shut down there, while this one flushes and drops what it has of the pipeline.
fn use_up(guard: ShutdownGuard, steps: &Receiver<()>) -> io::Result<()> {
    let pipeline = guard.pipeline().clone();
    let ending = thread::spawn(move || guard.shutdown(SHUTDOWN));
    let flushed = pipeline.flush(SHUTDOWN);
    let ended = ending.join().map_err(|_| io::Error::other("the shutdown panicked"))?;
    if !flushed.finished || !ended.finished {
        return Err(io::Error::other("flush or shutdown did not finish"));
    }
    drop(pipeline);
    two_steps(steps);
    Ok(())
}

/// The one who has to end logging is forgotten. A bug: no hook of the process does it either.
fn forget(plan: &Plan, guard: ShutdownGuard) -> io::Result<()> {
    mem::forget(guard);
    if plan.bug == Some(Bug::EndsWithoutHooks) {
        end_at_once();
    }
    Ok(())
}
