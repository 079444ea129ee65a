//! Ends that come while all threads log.

use std::{
    alloc::{Layout, handle_alloc_error},
    hint::black_box,
    io, process,
    sync::mpsc::{self, Receiver},
    thread,
};

use logger_core::ShutdownGuard;

use super::load::Load;
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
            // some records are logged after the guard is gone: two whole steps from here on
            steps.try_iter().for_each(drop);
            steps.iter().take(2).for_each(drop);
            Ok(())
        }
        // the parent ends it
        End::Killed { .. } | End::Shutdown => loop {
            thread::park();
        },
    }
}

/// Starts threads that log for ever. What is returned gets a word when thread 0 has logged as many records as the plan
/// says, and then every [`STEP`].
fn start(loads: Vec<Load>, end: End) -> Receiver<()> {
    let after = match end {
        End::Exit { after } | End::Return { after } | End::Dies { after, .. } => after,
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
        Death::AtOnce => kill_oneself(),
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

/// Ends without any hook, as `_exit` does, which the standard library does not offer. The parent sees a signal.
#[cfg(unix)]
fn kill_oneself() -> ! {
    let _ = rustix::process::kill_process(rustix::process::getpid(), rustix::process::Signal::KILL);
    process::abort()
}

#[cfg(not(unix))]
fn kill_oneself() -> ! {
    process::abort()
}
