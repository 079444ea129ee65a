//! `cargo xtask coverage`: which lines of the library crates the tests run.
//!
//! The compiler counts in the program itself, so that a process which is killed, or ends by `abort` or `_exit`, has counted for
//! nothing: what runs only in such children of the fault cases is shown as not run. So is what examples in the documentation run.

mod lines; // what the counters say, without the tests' own lines
mod llvm_tools; // the programs that read the counters

use std::{fs, path::PathBuf, process::ExitCode};

use anyhow::{Context as _, bail, ensure};

use self::{lines::Lines, llvm_tools::LlvmTools};
use crate::{
    command,
    counts::Counts,
    say,
    steps::Ended,
    workspace::{self, cargo},
};

/// `cargo xtask coverage [--html]`.
pub(crate) fn coverage(args: &[String]) -> anyhow::Result<ExitCode> {
    let html = match args {
        [] => false,
        [flag] if flag == "--html" => true,
        _ => bail!("usage: cargo xtask coverage [--html]"),
    };
    let tools = tools()?;
    measure(&tools, html, &mut Counts::default())?;
    Ok(ExitCode::SUCCESS)
}

/// The same as a step.
pub(crate) fn check(counts: &mut Counts) -> anyhow::Result<Ended> {
    match tools() {
        Ok(tools) => measure(&tools, false, counts).map(|()| Ended::Ok),
        Err(missing) => Ended::skipped(format!("{missing:#}")),
    }
}

fn tools() -> anyhow::Result<LlvmTools> {
    ensure!(
        command::find("cargo-llvm-cov").is_some(),
        "cargo-llvm-cov is not installed; `cargo install --locked cargo-llvm-cov`"
    );
    LlvmTools::find()
}

/// Runs all tests with counters in each line of the workspace, those of the configuration without any feature too, and prints
/// the share of each library crate and what was not run; an error if one has less than it has to.
fn measure(tools: &LlvmTools, html: bool, counts: &mut Counts) -> anyhow::Result<()> {
    let call = |args: &[&str]| {
        let mut call = cargo(["llvm-cov"].into_iter().chain(args.iter().copied()));
        tools.tell(&mut call);
        // counters are in every crate: a target folder of its own
        call.env("CARGO_TARGET_DIR", folder());
        // a file for each program and not for each process, of which there are thousands
        call.env("LLVM_PROFILE_FILE_NAME", "%4m.profraw");
        call
    };
    // what an earlier run has built of these crates goes too: its lines would count, wherever they stand by now
    command::run(&mut call(&["clean", "--workspace"]), counts)?;
    let runner: &[&str] =
        if command::find("cargo-nextest").is_some() { &["nextest"] } else { &["test", "--tests"] };
    let test = |chosen: &[&str]| {
        let mut test = call(&[runner, &["--no-report", "--no-fail-fast"], chosen].concat());
        // whether tests pass is not asked here: some look at what the counters change, such as a limit of file sizes
        if let Err(error) = command::run(&mut test, &mut Counts::default()) {
            say(&format!("{error:#}; what ran counts all the same\n"));
        }
    };
    test(&["--all-features", "--workspace", "--exclude", "logger-bench", "--exclude", "xtask"]);
    test(&["--package", "logger-config", "--no-default-features"]);
    let lcov = folder().join("lcov.info");
    let lcov_name = lcov.display().to_string();
    command::run(&mut call(&["report", "--lcov", "--output-path", &lcov_name]), counts)?;
    if html {
        command::run(&mut call(&["report", "--html"]), counts)?;
    }
    let text = fs::read_to_string(&lcov).with_context(|| format!("cannot read {}", lcov.display()))?;
    let source = |path: &str| fs::read_to_string(path).with_context(|| format!("cannot read {path}"));
    let lines = Lines::read(&text, &workspace::root(), source)?;
    say(&lines.not_run());
    say(&lines.table());
    lines.verdict()
}

fn folder() -> PathBuf {
    workspace::target().join("coverage")
}
