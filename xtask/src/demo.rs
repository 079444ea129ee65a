//! `cargo xtask demo`: builds the trading example for speed and runs it in a folder that is new; with `--alerts`, the example
//! that shows what a phone would show.

use std::process::{Command, ExitCode};

use anyhow::Context as _;

use crate::{command, counts::Counts, say, workspace};

pub(crate) fn demo(args: &[String]) -> anyhow::Result<ExitCode> {
    if args.iter().any(|arg| arg == "--alerts") {
        return alerts();
    }
    say("Building the example (release) …\n");
    command::run(
        &mut workspace::cargo(["build", "--quiet", "--release", "--package", "trading_expert"]),
        &mut Counts::default(),
    )?;
    let program =
        workspace::target().join("release").join(format!("trading_expert{}", std::env::consts::EXE_SUFFIX));
    let mut example = Command::new(&program);
    if !args.iter().any(|arg| arg == "--dir" || arg == "--help") {
        example.arg("--dir").arg(workspace::fresh_folder(&workspace::target().join("demo"))?);
    }
    // it inherits the terminal, and runs where it was called, so that a relative folder means what its giver meant
    let status = example.args(args).status().with_context(|| format!("cannot run {}", program.display()))?;
    Ok(if status.success() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn alerts() -> anyhow::Result<ExitCode> {
    let example = ["run", "--quiet", "--package", "logger-telegram", "--example", "phone"];
    let status = workspace::cargo(example).status().context("cannot run cargo")?;
    Ok(if status.success() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
