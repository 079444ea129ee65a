//! The thread that looks after a running logger: changes that end by themselves, and files that change.

use std::{
    sync::{Arc, PoisonError},
    thread,
    time::{Duration, Instant},
};

use super::{Keeper, Life, Running};

/// How long it sleeps where nothing has an end; it is woken when that changes.
const LONG: Duration = Duration::from_secs(3_600);

/// Starts the thread if there is none.
pub(super) fn start(running: &Arc<Running>) {
    let mut state = running.lock();
    if state.keeper == Keeper::AtWork || state.life == Life::Ended {
        return;
    }
    let kept = Arc::clone(running);
    match thread::Builder::new().name("log-config".into()).spawn(move || keep(&kept)) {
        Ok(_) => state.keeper = Keeper::AtWork,
        Err(reason) => {
            drop(state);
            running.tell_no_keeper(&reason);
        }
    }
}

fn keep(running: &Running) {
    while sleep(running) == Life::Running {
        running.end_overrides(Instant::now());
        #[cfg(feature = "reload")]
        running.look_at_files();
    }
}

/// Returns when a change is over, when something was changed, or when the logger has ended.
fn sleep(running: &Running) -> Life {
    let state = running.lock();
    if state.life == Life::Ended {
        return Life::Ended;
    }
    let next = state.overrides.next_end();
    let pause = next.map_or(LONG, |end| end.saturating_duration_since(Instant::now()));
    #[cfg(feature = "reload")]
    let pause =
        if state.settings.reload == crate::Switch::On { pause.min(super::watch::POLL) } else { pause };
    let woken = running.bell.wait_timeout(state, pause);
    woken.unwrap_or_else(PoisonError::into_inner).0.life
}
