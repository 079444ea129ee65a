//! The thread that looks after a running logger: changes that end by themselves, and files that change.

use std::{
    any::Any,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{Arc, PoisonError},
    thread,
    time::{Duration, Instant},
};

use logger_core::error;

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
    let mut panics = 0;
    while sleep(running) == Life::Running {
        go_on(running, &mut panics, || running.end_overrides(Instant::now()));
        #[cfg(feature = "reload")]
        go_on(running, &mut panics, || running.look_at_files());
    }
}

/// Does something that may panic, as a parser of others' may. The thread goes on: without it changes would never end, and
/// no file would be followed any more, without a word.
fn go_on(running: &Running, panics: &mut u64, work: impl FnOnce()) {
    if let Err(payload) = catch_unwind(AssertUnwindSafe(work)) {
        *panics += 1;
        running.say(|| {
            error!(
                running.log, "panic while the configuration was looked after; what holds stays, and it is looked after again";
                "panic" => message(&*payload), "panics" => *panics
            );
        });
        // it may panic when it is dropped, too
        std::mem::forget(payload);
    }
}

/// What a panic was called with, where that is a text.
fn message(payload: &(dyn Any + Send)) -> &str {
    let text = payload.downcast_ref::<&str>().copied();
    text.or_else(|| payload.downcast_ref::<String>().map(String::as_str)).unwrap_or("no message")
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

#[cfg(all(test, feature = "reload"))]
mod tests {
    use std::fs;

    use super::*;
    use crate::{
        Level, MetaLogger, Route,
        testing::{Kept, until},
    };

    const PATIENCE: Duration = Duration::from_secs(60);

    #[test]
    fn a_panic_in_a_parser_is_reported_and_counted_and_files_are_followed_on() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("logging.toml");
        fs::write(&file, "level = 'info'").unwrap();
        let kept = Kept::default();
        let builder = MetaLogger::builder().environment([("LOG_TO_CONSOLE", "0"), ("LOG_TO_FILE", "0")]);
        let builder = builder.without_dotenv().config_file(&file).set("queue.memory", "heap");
        let logger = builder.drain(Route::new("kept", kept.clone())).build().unwrap();
        for times in 1..=2_u64 {
            fs::write(&file, format!("# {} {times}", crate::running::reload::STRIKES)).unwrap();
            let said = || {
                assert!(logger.flush(PATIENCE).finished);
                kept.lines().iter().any(|line| {
                    line.starts_with("panic while the configuration was looked after")
                        && line.contains(&format!("panics={times}"))
                        && line.contains("panic=the parser panics")
                })
            };
            until(&format!("panic {times} is reported"), said);
            assert_eq!(logger.level(), Level::Info, "what holds stays");
        }
        fs::write(&file, "level = 'debug'").unwrap();
        until("the file is followed", || logger.level() == Level::Debug);
        logger.set_level(crate::LevelChange::new(Level::Trace).lasting(Duration::from_millis(1)));
        until("a change for a while ends", || logger.level() == Level::Debug);
        assert!(logger.shutdown(PATIENCE).finished);
    }
}
