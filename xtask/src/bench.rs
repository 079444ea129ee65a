//! `cargo xtask bench`: builds the measure with all peers, for speed, and runs it.

use std::process::{Command, ExitCode};

use anyhow::Context as _;

use crate::{command, counts::Counts, say, workspace};

pub(crate) fn bench(args: &[String]) -> anyhow::Result<ExitCode> {
    say("Building the measure and the peers (release) …\n");
    let build = ["build", "--quiet", "--release", "--package", "logger-bench", "--features", "peers"];
    command::run(&mut workspace::cargo(build), &mut Counts::default())?;
    let program =
        workspace::target().join("release").join(format!("logger-bench{}", std::env::consts::EXE_SUFFIX));
    let mut bench = Command::new(&program);
    // a relative folder of the caller's means what it meant to them: the measure runs where it was called
    for (option, folder) in [
        ("--dir", workspace::target().join("bench")),
        ("--results", workspace::root().join("logger-bench/results")),
    ] {
        if !args.iter().any(|arg| arg == option) {
            bench.arg(option).arg(folder);
        }
    }
    let status = bench.args(args).status().with_context(|| format!("cannot run {}", program.display()))?;
    Ok(if status.success() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
