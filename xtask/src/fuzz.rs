//! `cargo xtask fuzz`: random bytes against the readers of what a dead process has left, the formats and the masking.

use std::{fs, path::PathBuf, process::Command, process::ExitCode};

use anyhow::{Context as _, bail};

use crate::{command, counts::Counts, say, workspace};

/// The targets with the longest input that makes sense for each.
const TARGETS: [(&str, u32); 6] = [
    ("decode", 4_096),
    ("recover", 20_000),
    ("json", 4_096),
    ("text", 4_096),
    ("rfc5424", 4_096),
    ("mask", 4_096),
];
/// How long each target runs if nothing else is said.
const SECONDS: u32 = 60;

/// Runs the named target, or all, for so many seconds each. Inputs that are new go below the target folder; an input that
/// crashes goes to `fuzz/artifacts`, and belongs into `fuzz/corpus` once it is understood.
pub(crate) fn fuzz(args: &[String]) -> anyhow::Result<ExitCode> {
    let (mut chosen, mut seconds) = (Vec::new(), SECONDS);
    let mut args = args.iter();
    while let Some(arg) = args.next() {
        if arg == "--seconds" {
            let number = args.next().context("--seconds needs a number")?;
            seconds = number.parse().with_context(|| format!("`{number}` is no number of seconds"))?;
            continue;
        }
        let Some(&target) = TARGETS.iter().find(|(name, _)| name == arg) else {
            bail!("there is no target `{arg}`; there are {}", TARGETS.map(|(name, _)| name).join(", "));
        };
        chosen.push(target);
    }
    if chosen.is_empty() {
        chosen.extend(TARGETS);
    }
    let cargo_fuzz = provide()?;
    for (name, max_len) in chosen {
        let found = workspace::target().join("fuzz-corpus").join(name);
        fs::create_dir_all(&found).with_context(|| format!("cannot make {}", found.display()))?;
        let mut run = Command::new(&cargo_fuzz);
        // the instrumentation needs flags of the nightly compiler, which the stable one has under this name
        run.env("RUSTC_BOOTSTRAP", "1").env("CARGO_TARGET_DIR", workspace::target().join("fuzz"));
        run.args(["run", name]).arg(&found).arg(workspace::root().join("fuzz/corpus").join(name));
        run.args(["--", "-print_final_stats=1", "-timeout=10"]);
        run.args([format!("-max_total_time={seconds}"), format!("-max_len={max_len}")]);
        command::run(run.current_dir(workspace::root()), &mut Counts::default())?;
    }
    Ok(ExitCode::SUCCESS)
}

/// cargo-fuzz, which is installed below the target folder where it is not there.
fn provide() -> anyhow::Result<PathBuf> {
    if let Some(found) = command::find("cargo-fuzz") {
        return Ok(found);
    }
    let tools = workspace::target().join("tools");
    let program = tools.join("bin").join(format!("cargo-fuzz{}", std::env::consts::EXE_SUFFIX));
    if !program.is_file() {
        say("cargo-fuzz is not installed: it is installed below the target folder\n");
        let mut install = workspace::cargo(["install", "cargo-fuzz", "--locked", "--root"]);
        command::run(install.arg(&tools), &mut Counts::default())?;
    }
    Ok(program)
}
