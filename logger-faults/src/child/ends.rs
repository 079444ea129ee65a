//! Ends that come while all threads log.

use std::{
    alloc::{Layout, handle_alloc_error},
    hint::black_box,
    io, process,
    sync::mpsc::{self, Receiver},
    thread,
};

use logger_core::ShutdownGuard;

use super::{load::Load, scenes};
use crate::plan::{Bug, Death, End, Plan};

/// After its first records, thread 0 says after so many more that they are logged.
const STEP: u64 = 50;

/// Has all threads log and ends as the plan says; returns where main has to return.
pub(super) fn under_load(plan: &Plan, guard: ShutdownGuard) -> io::Result<()> {
    let loads = super::loads(plan, &guard.logger())?;
    let steps = start(loads, plan.end);
    let _ = steps.recv();
    match plan.end {
        End::Exit { .. } if plan.bug == Some(Bug::EndsWithoutHooks) => die(Death::AtOnce),
        End::Exit { .. } => process::exit(0),
        End::Dies { of, .. } => die(of),
        End::Return { .. } => {
            drop(guard);
            // some records are logged after the guard is gone
            two_steps(&steps);
            Ok(())
        }
        End::Scene { scene, .. } => scenes::play(scene, plan, guard, &steps),
        // the parent ends it
        End::Killed { .. } | End::Shutdown => loop {
            thread::park();
        },
    }
}

/// Waits until thread 0 has logged two whole steps from now on.
pub(super) fn two_steps(steps: &Receiver<()>) {
    steps.try_iter().for_each(drop);
    steps.iter().take(2).for_each(drop);
}

/// Starts threads that log for ever. What is returned gets a word when thread 0 has logged as many records as the plan
/// says, and then every [`STEP`].
fn start(loads: Vec<Load>, end: End) -> Receiver<()> {
    let after = match end {
        End::Exit { after } | End::Return { after } | End::Dies { after, .. } | End::Scene { after, .. } => {
            after
        }
        End::Killed { .. } | End::Shutdown => 0,
    };
    let (send, receive) = mpsc::channel();
    for (worker, mut load) in loads.into_iter().enumerate() {
        let send = send.clone();
        thread::spawn(move || {
            let outcome = if worker == 0 {
                load.log(after).and_then(|()| {
                    loop {
                        let _ = send.send(());
                        load.log(STEP)?;
                    }
                })
            } else {
                load.log(u64::MAX)
            };
            outcome.map_err(|error: io::Error| panic!("cannot note a call: {error}"))
        });
    }
    receive
}

fn die(of: Death) -> ! {
    match of {
        Death::Abort => process::abort(),
        Death::AtOnce => end_at_once(),
        Death::StackOverflow => {
            let overflowing = thread::spawn(|| deeper(0)).join();
            unreachable!("the stack has no end: {overflowing:?}")
        }
        Death::OutOfMemory => handle_alloc_error(Layout::new::<[u64; 1024]>()),
    }
}

/// Calls itself until the stack is full.
fn deeper(level: u64) -> u64 {
    let room = black_box([level; 64]);
    if black_box(true) { deeper(level + 1) + room[0] } else { 0 }
}

/// Ends without any hook.
#[cfg(unix)]
pub(super) fn end_at_once() -> ! {
    signal_hook::low_level::exit(0)
}

#[cfg(not(unix))]
pub(super) fn end_at_once() -> ! {
    process::abort()
}
