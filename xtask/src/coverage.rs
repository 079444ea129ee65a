//! `cargo xtask coverage`: which lines of the library crates the tests run.

use std::process::ExitCode;

use anyhow::bail;

use crate::{
    command,
    counts::Counts,
    steps::Ended,
    workspace::{self, cargo},
};

/// The crates that applications depend on, and the command.
const LIBRARIES: [&str; 7] = [
    "logger-core",
    "logger-file",
    "logger-stderr",
    "logger-telegram",
    "logger-config",
    "logger-bridge",
    "logger-cli",
];

/// What is no library, or is there for tests alone.
const IGNORED: &str = r"/(tests|testing|examples|fuzz|xtask|docs)/|/(testing|fuzzing)\.rs|tests\.rs|logger-(faults|bench|testserver)/";

/// The least share of lines, in percent.
const LEAST: &str = "95";

/// `cargo xtask coverage [--html]`.
pub(crate) fn coverage(args: &[String]) -> anyhow::Result<ExitCode> {
    let html = args.iter().any(|it| it == "--html");
    if !is_there() {
        bail!("{MISSING}");
    }
    measure(html, &mut Counts::default())?;
    Ok(ExitCode::SUCCESS)
}

/// The same as a step.
pub(crate) fn check(counts: &mut Counts) -> anyhow::Result<Ended> {
    if !is_there() {
        return Ended::skipped(MISSING);
    }
    measure(false, counts)?;
    Ok(Ended::Ok)
}

const MISSING: &str = "cargo-llvm-cov is not installed; `cargo install cargo-llvm-cov`, and `rustup component add llvm-tools` \
    or LLVM_COV and LLVM_PROFDATA";

fn is_there() -> bool {
    command::find("cargo-llvm-cov").is_some()
}

/// Runs the tests of the library crates with counters in each line and prints the share of each file; an error below
/// [`LEAST`] percent of all lines.
fn measure(html: bool, counts: &mut Counts) -> anyhow::Result<()> {
    let mut run = cargo(["llvm-cov", "--no-fail-fast", "--all-features", "--ignore-filename-regex", IGNORED]);
    run.args(["--fail-under-lines", LEAST]);
    LIBRARIES.iter().for_each(|name| {
        run.args(["--package", name]);
    });
    if html {
        run.arg("--html");
    }
    // counters are in every crate: a target folder of its own
    run.env("CARGO_TARGET_DIR", workspace::target().join("coverage"));
    command::run(&mut run, counts)
}
