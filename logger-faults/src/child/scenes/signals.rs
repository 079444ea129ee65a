//! A signal that asks for the end.

use std::{
    error::Error,
    io,
    sync::{
        Arc, OnceLock,
        atomic::{AtomicBool, Ordering},
        mpsc::Receiver,
    },
    thread,
};

use logger_core::{PipelineBuilder, ShutdownGuard, Signals};
use rustix::process::{Signal, getpid, kill_process};

use super::{SOME, own_load};
use crate::{
    child::ends::two_steps,
    plan::{Bug, Plan},
    scene::Handler,
};

/// What the handler of the application sets, where there is one.
static ASKED: OnceLock<Arc<AtomicBool>> = OnceLock::new();

pub(super) fn prepare(
    builder: PipelineBuilder,
    plan: &Plan,
    number: i32,
    handler: Handler,
) -> Result<PipelineBuilder, Box<dyn Error>> {
    if handler == Handler::Own {
        let asked = ASKED.get_or_init(Arc::default);
        signal_hook::flag::register(number, Arc::clone(asked))?;
    }
    Ok(match plan.bug {
        // a signal runs no hook
        Some(Bug::EndsWithoutHooks) => builder,
        _ => builder.handle_signals(Signals::TERM_AND_INT),
    })
}

pub(super) fn play(number: i32, plan: &Plan, guard: ShutdownGuard, steps: &Receiver<()>) -> io::Result<()> {
    let signal = Signal::from_named_raw(number).ok_or(io::ErrorKind::InvalidInput)?;
    kill_process(getpid(), signal)?;
    while !ASKED.get().is_some_and(|asked| asked.load(Ordering::Acquire)) {
        // without a handler the process ends here
        thread::park_timeout(crate::child::LOOK);
    }
    // the application tidies up, and says so
    own_load(plan, &guard, 0)?.log(SOME)?;
    drop(guard);
    two_steps(steps);
    Ok(())
}
