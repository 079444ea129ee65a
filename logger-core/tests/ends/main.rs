//! How a process ends, and what it has written by then. Each test starts this program again as a child that ends in one
//! way; a test runner of its own, because a panic has to be one of a `main` that no harness has wrapped.
#![expect(clippy::unwrap_used, reason = "a test may")]

mod child;
mod panics;
#[cfg(unix)]
mod signalled;
#[cfg(unix)]
mod signals;
mod support;

use std::{env, io::Write as _, process::ExitCode};

/// The name of a test and its body.
type Test = (&'static str, fn());

fn main() -> ExitCode {
    if let Ok(mode) = env::var(support::MODE) {
        child::run(&mode);
        return ExitCode::SUCCESS;
    }
    // `--format terse`: what a runner asks for is what is written here anyway
    let arguments: Vec<String> = env::args().skip(1).filter(|it| it != "terse").collect();
    let has = |flag: &str| arguments.iter().any(|it| it == flag);
    let wanted = |name: &str| {
        let mut filters = arguments.iter().filter(|it| !it.starts_with('-')).peekable();
        filters.peek().is_none()
            || filters.any(|it| if has("--exact") { name == it } else { name.contains(it) })
    };
    // none is ignored
    let tests: Vec<Test> = if has("--ignored") { Vec::new() } else { tests() };
    let mut out = std::io::stdout();
    for (name, test) in tests.into_iter().filter(|(name, _)| wanted(name)) {
        if has("--list") {
            writeln!(out, "{name}: test").unwrap();
        } else {
            // a test that fails ends the program
            writeln!(out, "test {name} ...").unwrap();
            test();
        }
    }
    ExitCode::SUCCESS
}

#[cfg(unix)]
fn tests() -> Vec<Test> {
    [panics::TESTS, signals::TESTS].concat()
}

#[cfg(not(unix))]
fn tests() -> Vec<Test> {
    panics::TESTS.to_vec()
}
