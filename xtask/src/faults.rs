//! `cargo xtask faults`: the fault cases.

use std::process::{Command, ExitCode};

use crate::{command, counts::Counts, workspace};

pub(crate) fn faults(ids: &[String]) -> anyhow::Result<ExitCode> {
    run(ids, &mut Counts::default())?;
    Ok(ExitCode::SUCCESS)
}

/// Builds the cases and runs those with the given ids, or all.
pub(crate) fn run(ids: &[String], counts: &mut Counts) -> anyhow::Result<()> {
    command::run(&mut workspace::cargo(["build", "--quiet", "--package", "logger-faults"]), counts)?;
    // the cases of programs that end at a panic need one
    let abort = ["build", "--quiet", "--package", "logger-faults", "--profile", "abort"];
    command::run(&mut workspace::cargo(abort), counts)?;
    let program = workspace::target().join("debug").join(format!("faults{}", std::env::consts::EXE_SUFFIX));
    command::run(Command::new(program).args(ids).current_dir(workspace::root()), counts)
}
