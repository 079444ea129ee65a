//! Empties the queues when SIGTERM or SIGINT asks the process to end, and then lets the signal do what it would have done.

use std::{
    io,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{Arc, Mutex, Weak},
    thread,
    time::{Duration, Instant},
};

use super::{Shared, fork::Home, producer::mark_logger_thread};
use crate::{
    clock::deadline_in,
    raw::signal::{Next, Signal, Wakeups, connect, go_on, handle, next},
};

/// Which signals empty the queue of a pipeline before they end the process, and how long that may take. For
/// [`PipelineBuilder::handle_signals`](crate::PipelineBuilder::handle_signals).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Signals {
    which: &'static [Signal],
    within: Duration,
}

impl Signals {
    /// How long the end may take unless [`Signals::within`] says otherwise.
    pub const WITHIN: Duration = Duration::from_secs(5);

    /// SIGTERM: a service manager or an operator asks for the end.
    pub const TERM: Signals = Signals { which: &[Signal::Term], within: Self::WITHIN };
    /// SIGINT: somebody pressed Ctrl-C.
    pub const INT: Signals = Signals { which: &[Signal::Int], within: Self::WITHIN };
    /// Both.
    pub const TERM_AND_INT: Signals = Signals { which: &[Signal::Term, Signal::Int], within: Self::WITHIN };

    /// Sets how long the process may live on after the signal. What is queued then stays where it is: the next start
    /// writes it, where the queue outlives the process.
    #[must_use]
    pub const fn within(self, bound: Duration) -> Self {
        Signals { within: bound, ..self }
    }
}

/// A pipeline that wants to be ready for a signal.
#[derive(Debug, Clone)]
struct Listener {
    shared: Weak<Shared>,
    signals: Signals,
}

static LISTENING: Mutex<Vec<Listener>> = Mutex::new(Vec::new());

/// From now on these signals find the pipeline ready.
pub(super) fn listen(shared: &Arc<Shared>, signals: Signals) -> io::Result<()> {
    let Some(mut listening) = Home::FIRST.lock(&LISTENING) else { return Ok(()) };
    connect(|wakeups| thread::Builder::new().name("log-signals".into()).spawn(|| run(wakeups)).map(drop))?;
    listening.retain(|it| it.shared.strong_count() > 0);
    listening.push(Listener { shared: Arc::downgrade(shared), signals });
    // under the lock: the handlers are put in by one thread at a time
    signals.which.iter().for_each(|signal| handle(*signal));
    Ok(())
}

/// The thread that a signal wakes.
fn run(mut wakeups: Wakeups) {
    mark_logger_thread();
    while let Some(signal) = wakeups.wait() {
        let received = Instant::now();
        let next = next(signal);
        // whatever happens here, the signal has to do its work
        let _ = catch_unwind(AssertUnwindSafe(|| make_ready(signal, next, received)));
        go_on(signal, next);
    }
}

/// Where the process ends of the signal, no record comes after it: the pipelines are shut down. An application with a
/// handler of its own may log on for as long as it takes to end, so that they are only flushed.
fn make_ready(signal: Signal, next: Next, received: Instant) {
    let listening = Home::FIRST.lock(&LISTENING).map(|it| it.clone()).unwrap_or_default();
    for Listener { shared, signals } in listening.iter().filter(|it| it.signals.which.contains(&signal)) {
        let Some(shared) = shared.upgrade() else { continue };
        let deadline = deadline_in(signals.within.saturating_sub(received.elapsed()));
        match next {
            Next::Death => shared.shut_down(deadline),
            Next::Handler | Next::Nothing => shared.flush(deadline),
        };
    }
}

#[cfg(all(test, unix, not(loom)))]
mod tests {
    use std::{os::unix::process::ExitStatusExt as _, process};

    use rustix::process::{Signal as Number, getpid, kill_process};

    use super::*;
    use crate::{Pipeline, info, raw::fork::ended_child};

    /// Long enough for a busy machine.
    const PATIENCE: Duration = Duration::from_secs(60);

    #[test]
    fn a_signal_to_the_child_of_a_fork_ends_the_child_and_leaves_the_parent_alone() {
        let guard = Pipeline::builder().handle_signals(Signals::TERM.within(PATIENCE)).start().unwrap();
        let ended = ended_child(|| {
            kill_process(getpid(), Number::TERM).unwrap();
            process::abort()
        });
        assert_eq!(ended.signal(), Some(Number::TERM.as_raw()));
        info!(guard.logger(), "the parent logs on");
        let report = guard.shutdown(PATIENCE);
        assert_eq!((report.health.late, report.health.general.accepted), (0, 1));
    }

    #[test]
    fn the_child_of_a_fork_may_be_ready_for_a_signal_by_itself() {
        let guard = Pipeline::builder().handle_signals(Signals::TERM).start().unwrap();
        let ended = ended_child(|| {
            let own = Pipeline::builder().handle_signals(Signals::TERM.within(PATIENCE)).start().unwrap();
            kill_process(getpid(), Number::TERM).unwrap();
            // the pipeline is shut down by the thread that the signal has woken, and then the process ends
            while own.pipeline().health().late == 0 {
                info!(own.logger(), "is it late?");
            }
            loop {
                thread::park();
            }
        });
        assert_eq!(ended.signal(), Some(Number::TERM.as_raw()));
        drop(guard);
    }
}
