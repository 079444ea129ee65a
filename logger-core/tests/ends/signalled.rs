//! What the children do that a signal ends, or tries to.

use std::{
    fs,
    process::Command,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use logger_core::{Drain, DrainError, Logger, Record, Route, ShutdownGuard, Signals, info};
use rustix::process::{Signal, getpid, kill_process};
use signal_hook::{consts::SIGTERM, flag, low_level};

use crate::{
    child::{RECORDS, fill},
    support::{pipeline, place},
};

/// Longer than any test waits: what ends within it did not wait for it.
const NEVER: Duration = Duration::from_secs(3_600);

pub(crate) fn run(mode: &str) {
    match mode {
        "SIGTERM" => signalled(Signal::TERM),
        "SIGINT" => signalled(Signal::INT),
        "SIGINT, only SIGTERM is handled" => only_the_other_is_handled(),
        "SIGTERM under load" => under_load(),
        "SIGTERM with a handler" => with_a_handler(),
        "SIGTERM with a handler that ends the process" => with_a_handler_that_ends_the_process(),
        "SIGTERM with a handler that came later" => with_a_handler_that_came_later(),
        "SIGTERM twice with a handler" => twice_with_a_handler(),
        "SIGTERM, ignored" => ignored(),
        "SIGTERM while a drain hangs" => while_a_drain_hangs(),
        "SIGTERM, then SIGINT while a drain hangs" => a_second_signal(),
        "SIGTERM with two pipelines" => with_two_pipelines(),
        _ => panic!("no such mode: {mode}"),
    }
}

fn kill_oneself(signal: Signal) {
    kill_process(getpid(), signal).unwrap();
}

/// Waits for the end that the signal brings.
fn wait_for_the_end() -> ! {
    loop {
        thread::park();
    }
}

fn signalled(signal: Signal) {
    let guard = pipeline().handle_signals(Signals::TERM_AND_INT).start().unwrap();
    fill(&guard.logger());
    kill_oneself(signal);
    wait_for_the_end()
}

fn only_the_other_is_handled() {
    let guard = pipeline().handle_signals(Signals::TERM).start().unwrap();
    fill(&guard.logger());
    kill_oneself(Signal::INT);
    wait_for_the_end()
}

fn under_load() {
    let guard = pipeline().handle_signals(Signals::TERM_AND_INT).start().unwrap();
    let logger = guard.logger();
    fill(&logger);
    for _ in 0..4 {
        let logger = guard.logger();
        thread::spawn(move || {
            loop {
                info!(logger, "load");
                thread::yield_now();
            }
        });
    }
    kill_oneself(Signal::TERM);
    wait_for_the_end()
}

/// A flag that SIGTERM sets.
fn flag() -> Arc<AtomicBool> {
    let asked = Arc::new(AtomicBool::new(false));
    flag::register(SIGTERM, Arc::clone(&asked)).unwrap();
    asked
}

fn wait_for(asked: &AtomicBool) {
    while !asked.load(Ordering::Acquire) {
        thread::yield_now();
    }
}

/// The lines that are in the file now.
fn written() -> usize {
    fs::read_to_string(place("general")).unwrap().lines().count()
}

fn with_a_handler() {
    let asked = flag();
    let guard = pipeline().handle_signals(Signals::TERM_AND_INT.within(NEVER)).start().unwrap();
    fill(&guard.logger());
    kill_oneself(Signal::TERM);
    wait_for(&asked);
    assert_eq!(written(), RECORDS as usize, "the queue was emptied before the handler ran");
    info!(guard.logger(), "the application ends by itself");
}

/// No code of Rust runs after such a handler.
fn with_a_handler_that_ends_the_process() {
    flag::register_conditional_shutdown(SIGTERM, 7, Arc::new(AtomicBool::new(true))).unwrap();
    let guard = pipeline().handle_signals(Signals::TERM_AND_INT.within(NEVER)).start().unwrap();
    fill(&guard.logger());
    kill_oneself(Signal::TERM);
    wait_for_the_end()
}

fn with_a_handler_that_came_later() {
    let guard = pipeline().handle_signals(Signals::TERM_AND_INT.within(NEVER)).start().unwrap();
    let asked = flag();
    let logger = guard.logger();
    for _ in 0..2 {
        fill(&logger);
        asked.store(false, Ordering::Release);
        kill_oneself(Signal::TERM);
        wait_for(&asked);
    }
    info!(logger, "the application ends by itself");
}

fn twice_with_a_handler() {
    let asked = flag();
    let guard = pipeline().handle_signals(Signals::TERM_AND_INT.within(NEVER)).start().unwrap();
    for _ in 0..2 {
        asked.store(false, Ordering::Release);
        kill_oneself(Signal::TERM);
        wait_for(&asked);
    }
    info!(guard.logger(), "the application ends by itself");
}

fn ignored() {
    let guard = pipeline().handle_signals(Signals::TERM_AND_INT).start().unwrap();
    kill_oneself(Signal::TERM);
    // a program that is started from here inherits what is ignored, but not what is handled
    let survives = Command::new("sh").args(["-c", "kill -TERM $$; exit 7"]).status().unwrap();
    assert_eq!(survives.code(), Some(7), "{survives}");
    fill(&guard.logger());
}

/// Takes no record to its end.
struct Hangs;

impl Drain for Hangs {
    fn log(&mut self, _: &Record<'_>) -> Result<(), DrainError> {
        wait_for_the_end()
    }

    fn flush(&mut self, _: Instant) -> Result<(), DrainError> {
        Ok(())
    }
}

fn hanging(within: Duration) -> ShutdownGuard {
    let hangs = Route::new("hangs", Hangs).detached(1);
    let guard = pipeline().route(hangs).handle_signals(Signals::TERM_AND_INT.within(within)).start().unwrap();
    fill(&guard.logger());
    guard
}

fn while_a_drain_hangs() {
    let _guard = hanging(Duration::from_millis(50));
    kill_oneself(Signal::TERM);
    wait_for_the_end()
}

fn a_second_signal() {
    let guard = hanging(NEVER);
    kill_oneself(Signal::TERM);
    wait_until_it_ends(&guard, &guard.logger());
    kill_oneself(Signal::INT);
    wait_for_the_end()
}

fn wait_until_it_ends(guard: &ShutdownGuard, logger: &Logger) {
    while guard.pipeline().health().late == 0 {
        info!(logger, "is it late?");
        thread::yield_now();
    }
}

fn with_two_pipelines() {
    let one = pipeline().handle_signals(Signals::TERM).start().unwrap();
    let other = logger_core::Pipeline::builder()
        .route(Route::new("other", crate::support::Appender::new("other")))
        .handle_signals(Signals::TERM)
        .start()
        .unwrap();
    info!(one.logger(), "one");
    info!(other.logger(), "other");
    low_level::raise(SIGTERM).unwrap();
    wait_for_the_end()
}
