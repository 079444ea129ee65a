//! What the children do.

use std::{fmt, panic, process, thread, time::Duration};

use logger_core::{Context, Logger, info};

use crate::support::{Appender, pipeline};

/// Records that are in the queue when the process ends: more than the worker can have written by then.
pub(crate) const RECORDS: u32 = 1_500;

/// Does what the parent asks for.
pub(crate) fn run(mode: &str) {
    match mode {
        "panic in main" => panic_in_main(),
        "panic in a thread" => panic_in_a_thread(),
        "panic, then abort" => panic_then_abort(),
        "panic in a destructor" => panic_in_a_destructor(),
        "panic that is caught" => panic_that_is_caught(),
        "panic in a scope" => panic_in_a_scope(),
        "panic in a value" => panic_in_a_value(),
        "panic in a drain" => panic_in_a_drain(),
        "panic that is left alone" => panic_that_is_left_alone(),
        "panic with two pipelines" => panic_with_two_pipelines(),
        _ => signalled(mode),
    }
}

#[cfg(unix)]
fn signalled(mode: &str) {
    crate::signalled::run(mode);
}

#[cfg(not(unix))]
fn signalled(mode: &str) {
    panic!("no such mode: {mode}");
}

pub(crate) fn fill(logger: &Logger) {
    for index in 0..RECORDS {
        info!(logger, "before"; "index" => index);
    }
}

/// The process ends in the hook that was there before, so that nothing but the logger's own hook can have flushed. It is
/// what `panic = "abort"` does after all hooks.
fn abort_in_the_previous_hook() {
    let previous = panic::take_hook();
    panic::set_hook(Box::new(move |info| {
        previous(info);
        process::abort();
    }));
}

fn panic_in_main() {
    let guard = pipeline().log_panics().start().unwrap();
    fill(&guard.logger());
    panic!("no price for {}", "BTCUSDT");
}

fn panic_in_a_thread() {
    abort_in_the_previous_hook();
    let guard = pipeline().log_panics().start().unwrap();
    let logger = guard.logger();
    let bot = thread::Builder::new().name("bot".into()).spawn(move || {
        fill(&logger);
        panic!("in the bot");
    });
    let _ = bot.unwrap().join();
}

fn panic_then_abort() {
    abort_in_the_previous_hook();
    let guard = pipeline().log_panics().start().unwrap();
    fill(&guard.logger());
    panic!("the end");
}

struct PanicsOnDrop;

impl Drop for PanicsOnDrop {
    fn drop(&mut self) {
        panic!("second");
    }
}

fn panic_in_a_destructor() {
    let guard = pipeline().log_panics().start().unwrap();
    fill(&guard.logger());
    let _second = PanicsOnDrop;
    panic!("first");
}

fn panic_that_is_caught() {
    let guard = pipeline().log_panics().start().unwrap();
    let caught = panic::catch_unwind(|| panic::panic_any(7));
    assert!(caught.is_err());
    info!(guard.logger(), "after");
}

fn panic_in_a_scope() {
    let _guard = pipeline().log_panics().start().unwrap();
    Context::new().symbol("BTCUSDT").scope(|| panic!("in a scope"));
}

struct PanicsInDisplay;

impl fmt::Display for PanicsInDisplay {
    fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
        panic!("a value panics");
    }
}

fn panic_in_a_value() {
    let guard = pipeline().log_panics().start().unwrap();
    info!(guard.logger(), "with a value"; "value" => %PanicsInDisplay);
}

fn panic_in_a_drain() {
    let guard = pipeline().log_panics().start().unwrap();
    info!(guard.logger(), "panic in the drain");
    let report = guard.shutdown(Duration::from_secs(60));
    assert!(report.finished);
}

fn panic_that_is_left_alone() {
    let _guard = pipeline().start().unwrap();
    panic!("not for the log");
}

fn panic_with_two_pipelines() {
    let gone = pipeline().log_panics().start().unwrap();
    drop(gone);
    let one = pipeline().log_panics().start().unwrap();
    let other = logger_core::Pipeline::builder()
        .route(logger_core::Route::new("other", Appender::new("other")))
        .log_panics()
        .start()
        .unwrap();
    info!(one.logger(), "one");
    info!(other.logger(), "other");
    panic!("for both");
}
