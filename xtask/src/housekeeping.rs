//! Checks by programs that a machine may not have: each is named and skipped where it is missing. None is installed into the
//! machine; `typos` comes into the target folder.

use std::{path::PathBuf, process::Command};

use crate::{
    command,
    counts::Counts,
    steps::Ended,
    workspace::{self, cargo},
};

/// Words that are misspelt, in code and documents; `_typos.toml` names those that are right all the same.
pub(crate) fn typos(counts: &mut Counts) -> anyhow::Result<Ended> {
    let Some(typos) = command::find("typos").or_else(|| typos_of_python(counts)) else {
        return Ended::skipped("typos is not installed; `cargo install typos-cli`, or python3 with pip");
    };
    command::run(Command::new(typos).current_dir(workspace::root()), counts)?;
    Ok(Ended::Ok)
}

/// The program as the package of the same name brings it, in a folder of its own; `None` where pip cannot get it.
fn typos_of_python(counts: &mut Counts) -> Option<PathBuf> {
    let folder = workspace::target().join("tools/typos");
    let program = folder.join("bin/typos");
    if !program.exists() {
        let mut pip = Command::new("python3");
        pip.args(["-m", "pip", "install", "--quiet", "--target"]).arg(&folder).arg("typos");
        command::run(&mut pip, counts).ok()?;
    }
    program.exists().then_some(program)
}

/// Whether the lowest versions that the manifests allow are enough.
pub(crate) fn minimal_versions(counts: &mut Counts) -> anyhow::Result<Ended> {
    let nightly = |args: &[&str]| {
        let mut command = Command::new("rustup");
        command.args(["run", "nightly", "cargo"]).args(args).current_dir(workspace::root());
        command
    };
    if !command::succeeds(&mut nightly(&["--version"])) {
        return Ended::skipped("there is no nightly toolchain; `rustup toolchain install nightly`");
    }
    let copy = workspace::target().join("minimal-versions");
    workspace::copy_of_sources(&copy)?;
    let mut lock = nightly(&["update", "-Z", "direct-minimal-versions"]);
    command::run(lock.current_dir(&copy), counts)?;
    let mut check = nightly(&["check", "--workspace", "--exclude", "logger-bench"]);
    command::run(check.current_dir(&copy).env("CARGO_TARGET_DIR", copy.join("target")), counts)?;
    Ok(Ended::Ok)
}

/// Whether a public name was changed or taken away since the last release; there has to be one to compare with.
pub(crate) fn semver(counts: &mut Counts) -> anyhow::Result<Ended> {
    if command::find("cargo-semver-checks").is_none() {
        return Ended::skipped("cargo-semver-checks is not installed; `cargo install cargo-semver-checks`");
    }
    let tags =
        command::output(Command::new("git").args(["tag", "--list", "v*"]).current_dir(workspace::root()))?;
    let Some(last) = tags.lines().last() else {
        return Ended::skipped("there is no release yet to compare with (a tag such as v0.1.0)");
    };
    command::run(&mut cargo(["semver-checks", "--workspace", "--baseline-rev", last]), counts)?;
    Ok(Ended::Ok)
}
