//! `cargo xtask test`: every check of this workspace.

use std::process::{Command, ExitCode};

use anyhow::{bail, ensure};

use crate::{
    command, config_features,
    counts::Counts,
    coverage, faults, first_minutes, housekeeping, instructions, masking, outside, room, say,
    steps::{self, Ended, Step},
    syslog_ng, tools, trees,
    workspace::{self, cargo},
};

/// The steps in their order: the quick ones first, those that build with other flags last.
const STEPS: &[Step] = &[
    Step { name: "room", body: room::check },
    Step { name: "tools", body: tools::provide },
    Step { name: "format", body: |counts| plain(&["fmt", "--all", "--check"], counts) },
    Step { name: "build", body: build },
    Step { name: "tests", body: tests },
    Step {
        name: "doc-tests",
        body: |counts| plain(&["test", "--workspace", "--doc", "--no-fail-fast"], counts),
    },
    Step { name: "config-none", body: config_features::none },
    Step { name: "config-file", body: config_features::file },
    Step { name: "config-stderr", body: config_features::stderr },
    Step { name: "config-all", body: config_features::all },
    Step { name: "config-sets", body: config_features::sets },
    Step { name: "example", body: example },
    Step { name: "documentation", body: documentation },
    Step { name: "trees", body: trees::check },
    Step { name: "outside-crate", body: outside::check },
    Step { name: "first-ten-minutes", body: first_minutes::check },
    Step { name: "faults", body: all_faults },
    Step { name: "instructions", body: instructions::check },
    Step { name: "masking", body: masking::check },
    Step { name: "loom", body: loom },
    Step { name: "miri", body: miri },
    Step { name: "rust-version", body: rust_version },
    Step { name: "windows", body: windows },
    Step { name: "deny", body: deny },
    Step { name: "typos", body: housekeeping::typos },
    Step { name: "semver", body: housekeeping::semver },
];

/// Steps that take so long that they are run only when they are named.
const ON_REQUEST: &[Step] = &[
    Step { name: "minimal-versions", body: housekeeping::minimal_versions },
    Step { name: "coverage", body: coverage::check },
];

/// Runs all steps but those on request, or those whose names are given.
pub(crate) fn test(args: &[String]) -> anyhow::Result<ExitCode> {
    if args.iter().any(|it| it == "--list") {
        STEPS.iter().for_each(|step| say(&format!("{}\n", step.name)));
        ON_REQUEST.iter().for_each(|step| say(&format!("{} (on request)\n", step.name)));
        return Ok(ExitCode::SUCCESS);
    }
    let all = || STEPS.iter().chain(ON_REQUEST);
    if let Some(unknown) = args.iter().find(|name| all().all(|step| step.name != **name)) {
        bail!("there is no step `{unknown}`; `cargo xtask test --list` names them");
    }
    let chosen: Vec<&Step> = match args.is_empty() {
        true => STEPS.iter().collect(),
        false => all().filter(|step| args.iter().any(|name| name == step.name)).collect(),
    };
    Ok(steps::run(&chosen))
}

fn plain(args: &[&str], counts: &mut Counts) -> anyhow::Result<Ended> {
    command::run(&mut cargo(args.iter().copied()), counts)?;
    Ok(Ended::Ok)
}

fn build(counts: &mut Counts) -> anyhow::Result<Ended> {
    plain(&["clippy", "--workspace", "--all-targets", "--", "-D", "warnings"], counts)
}

/// All tests but the quick versions of the fault cases, because the step `faults` runs every case in full, with all that the
/// quick version asks for. `cargo test` and `cargo nextest run` have them.
const NOT_TWICE: &str = "not (package(logger-faults) and test(/^cases::[af][0-9]/))";

fn tests(counts: &mut Counts) -> anyhow::Result<Ended> {
    let args = if command::find("cargo-nextest").is_some() {
        ["nextest", "run", "--workspace", "--no-fail-fast", "--filterset", NOT_TWICE].as_slice()
    } else {
        say("cargo-nextest is not installed: `cargo test` runs the tests\n");
        &["test", "--workspace", "--lib", "--bins", "--tests", "--examples", "--no-fail-fast"]
    };
    let mut tests = cargo(args.iter().copied());
    if let Some(folder) = syslog_ng::unpacked() {
        tests.env(syslog_ng::VARIABLE, folder);
    }
    command::run(&mut tests, counts)?;
    Ok(Ended::Ok)
}

/// The demo with its own comparison of what was done with what was written.
fn example(counts: &mut Counts) -> anyhow::Result<Ended> {
    let dir = workspace::fresh_folder(&workspace::target().join("demo"))?;
    command::run(cargo(["run", "--quiet", "--package", "trading_expert", "--", "--dir"]).arg(dir), counts)?;
    counts.passed += 1;
    Ok(Ended::Ok)
}

fn documentation(counts: &mut Counts) -> anyhow::Result<Ended> {
    let mut doc = cargo(["doc", "--workspace", "--no-deps", "--document-private-items"]);
    command::run(doc.env("RUSTDOCFLAGS", "-D warnings"), counts)?;
    Ok(Ended::Ok)
}

fn all_faults(counts: &mut Counts) -> anyhow::Result<Ended> {
    faults::run(&[], counts)?;
    Ok(Ended::Ok)
}

/// Every order of the steps of the lock-free parts. The flag changes every crate, hence a target folder of its own.
fn loom(counts: &mut Counts) -> anyhow::Result<Ended> {
    if !workspace::source_has("logger-core/src", "loom::model")? {
        return Ended::skipped("logger-core has no loom tests");
    }
    let mut test = cargo(["test", "--package", "logger-core", "--release", "--lib", "loom"]);
    test.env("RUSTFLAGS", "--cfg loom").env("CARGO_TARGET_DIR", workspace::target().join("loom"));
    command::run(&mut test, counts)?;
    ensure!(counts.passed > 0, "no loom test has `loom` in its name");
    Ok(Ended::Ok)
}

/// Undefined behaviour and leaks in the parts that have unsafe code.
fn miri(counts: &mut Counts) -> anyhow::Result<Ended> {
    let nightly = |args: &[&str]| {
        let mut command = Command::new("rustup");
        command.args(["run", "nightly", "cargo"]).args(args).current_dir(workspace::root());
        command
    };
    if !command::succeeds(&mut nightly(&["miri", "--version"])) {
        return Ended::skipped("the nightly toolchain has no miri; `rustup +nightly component add miri`");
    }
    let mut test = nightly(&["miri", "test", "--package", "logger-core", "--lib", "raw::"]);
    test.env("CARGO_TARGET_DIR", workspace::target().join("miri"));
    test.env("MIRIFLAGS", "-Zmiri-disable-isolation");
    command::run(&mut test, counts)?;
    Ok(Ended::Ok)
}

/// The oldest Rust that the manifests promise.
fn rust_version(counts: &mut Counts) -> anyhow::Result<Ended> {
    let version = env!("CARGO_PKG_RUST_VERSION");
    let with = |args: &[&str]| {
        let mut command = Command::new("rustup");
        command.args(["run", version, "cargo"]).args(args).current_dir(workspace::root());
        command
    };
    if !command::succeeds(&mut with(&["--version"])) {
        return Ended::skipped(format!(
            "Rust {version} is not installed; `rustup toolchain install {version}`"
        ));
    }
    let mut check = with(&["check", "--workspace"]);
    command::run(check.env("CARGO_TARGET_DIR", workspace::target().join("rust-version")), counts)?;
    Ok(Ended::Ok)
}

/// Whether it builds where it is not tested.
fn windows(counts: &mut Counts) -> anyhow::Result<Ended> {
    const TARGET: &str = "x86_64-pc-windows-gnu";
    let installed = command::output(Command::new("rustup").args(["target", "list", "--installed"]));
    if !installed.is_ok_and(|list| list.lines().any(|line| line == TARGET)) {
        return Ended::skipped(format!("target {TARGET} is not installed; `rustup target add {TARGET}`"));
    }
    plain(&["check", "--workspace", "--target", TARGET], counts)
}

fn deny(counts: &mut Counts) -> anyhow::Result<Ended> {
    if command::find("cargo-deny").is_none() {
        return Ended::skipped("cargo-deny is not installed");
    }
    // advisories come from a database on the network, which a machine that tests may not have
    plain(&["deny", "check", "bans", "licenses", "sources"], counts)
}
