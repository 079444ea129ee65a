//! `cargo xtask instructions`: how many instructions a log call takes, and a record on the worker's thread, counted by valgrind
//! and compared with what is on record.
//!
//! Instructions do not depend on what else the machine does, so that a call that became dearer is seen at once. They do
//! depend on the compiler: with another one than that of the record nothing is compared.

use std::{
    collections::BTreeMap,
    fmt::Write as _,
    fs,
    path::{Path, PathBuf},
    process::{Command, ExitCode},
};

use anyhow::{Context as _, bail, ensure};

use crate::{command, counts::Counts, say, steps::Ended, workspace};

/// A program whose instructions are counted.
struct Program {
    package: &'static str,
    example: &'static str,
    /// The function in which they are counted.
    within: &'static str,
    /// How often that does what is counted.
    times: f64,
    /// What is counted, each by an argument of its own; see the example.
    counted: &'static [&'static str],
}

const PROGRAMS: [Program; 2] = [
    Program {
        package: "logger-core",
        example: "counted_calls",
        within: "counted_calls::counted*",
        times: 5_000.0,
        counted: &["ours", "slog", "disabled"],
    },
    Program {
        package: "logger-file",
        example: "counted_records",
        within: "*Desk*deliver*",
        times: 10_000.0,
        counted: &["compact", "full"],
    },
];
/// By how much a count may rise above its record.
const TOLERANCE: f64 = 1.05;

/// Compares, or with `--record` writes the record anew.
pub(crate) fn instructions(args: &[String]) -> anyhow::Result<ExitCode> {
    match args {
        [] => match check(&mut Counts::default())? {
            Ended::Ok => Ok(ExitCode::SUCCESS),
            Ended::Skipped(why) => bail!("{why}"),
        },
        [flag] if flag == "--record" => {
            fs::write(record_file(), shown(&compiler()?, &count()?))?;
            Ok(ExitCode::SUCCESS)
        }
        _ => bail!("usage: cargo xtask instructions [--record]"),
    }
}

/// The step of `cargo xtask test`.
pub(crate) fn check(counts: &mut Counts) -> anyhow::Result<Ended> {
    if command::find("valgrind").is_none() {
        return Ended::skipped("valgrind is not installed");
    }
    let file = record_file();
    let text = fs::read_to_string(&file).with_context(|| format!("cannot read {}", file.display()))?;
    let (recorded_with, recorded) = read(&text)?;
    let compiler = compiler()?;
    if recorded_with != compiler {
        return Ended::skipped(format!("the record was made with {recorded_with}, this is {compiler}"));
    }
    let counted = count()?;
    let mut dearer = Vec::new();
    for (call, &now) in &counted {
        let before = *recorded.get(call).with_context(|| format!("no record of `{call}`"))?;
        say(&format!("{call}: {now:.0} instructions, {before:.0} on record\n"));
        if now > before * TOLERANCE {
            dearer.push(format!("`{call}` rose from {before:.0} to {now:.0}"));
        }
        counts.passed += 1;
    }
    ensure!(
        dearer.is_empty(),
        "{}; if that is meant, `cargo xtask instructions --record`",
        dearer.join(", ")
    );
    Ok(Ended::Ok)
}

fn record_file() -> PathBuf {
    workspace::root().join("logger-core/examples/counted_calls.txt")
}

fn compiler() -> anyhow::Result<String> {
    Ok(command::output(Command::new("rustc").arg("--version"))?.trim().to_owned())
}

/// Builds the examples and counts what each of them does.
fn count() -> anyhow::Result<BTreeMap<String, f64>> {
    let scratch = workspace::fresh_folder(&workspace::target().join("instructions"))?;
    let mut counted = BTreeMap::new();
    for program in &PROGRAMS {
        let build =
            ["build", "--quiet", "--release", "--package", program.package, "--example", program.example];
        command::run(&mut workspace::cargo(build), &mut Counts::default())?;
        for &argument in program.counted {
            counted.insert(argument.to_owned(), program.count(argument, &scratch)?);
        }
    }
    Ok(counted)
}

impl Program {
    fn count(&self, argument: &str, scratch: &Path) -> anyhow::Result<f64> {
        let mut valgrind = Command::new("valgrind");
        valgrind
            .args(["--tool=callgrind", "--collect-atstart=no"])
            .arg(format!("--toggle-collect={}", self.within))
            .arg(format!("--callgrind-out-file={}", scratch.join(argument).display()))
            .arg(workspace::target().join("release/examples").join(self.example))
            .arg(argument);
        let output = valgrind.output().context("cannot run valgrind")?;
        let said = String::from_utf8_lossy(&output.stderr);
        ensure!(output.status.success(), "valgrind ended with {}: {said}", output.status);
        let collected = collected(&said).with_context(|| format!("valgrind does not say a count: {said}"))?;
        ensure!(collected > 0.0, "valgrind saw nothing of `{argument}`");
        Ok(collected / self.times)
    }
}

/// The number behind `Collected :`.
fn collected(said: &str) -> Option<f64> {
    said.lines().find_map(|line| line.split_once("Collected :")?.1.trim().parse().ok())
}

fn shown(compiler: &str, counted: &BTreeMap<String, f64>) -> String {
    let mut text = format!(
        "# instructions of a log call (disabled, ours, slog) and of a record on the worker's thread (compact, full), by\n\
             # `cargo xtask instructions --record`\nrustc = {compiler}\n"
    );
    for (call, count) in counted {
        // writing into a String cannot fail
        let _ = writeln!(text, "{call} = {count:.0}");
    }
    text
}

/// The compiler and the counts of a record.
fn read(text: &str) -> anyhow::Result<(String, BTreeMap<String, f64>)> {
    let mut compiler = String::new();
    let mut counts = BTreeMap::new();
    for line in text.lines().filter(|line| !line.starts_with('#')) {
        let (key, value) = line.split_once(" = ").with_context(|| format!("`{line}` is no `key = value`"))?;
        match key {
            "rustc" => value.clone_into(&mut compiler),
            _ => drop(counts.insert(key.to_owned(), value.parse()?)),
        }
    }
    Ok((compiler, counts))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_reads_back_as_it_was_written() {
        let counts = BTreeMap::from([("ours".to_owned(), 700.0), ("slog".to_owned(), 900.0)]);
        let text = shown("rustc 1.95.0", &counts);
        assert_eq!(read(&text).unwrap(), ("rustc 1.95.0".to_owned(), counts));
        assert!(read("ours: 3").is_err());
    }

    #[test]
    fn the_count_is_the_number_behind_its_word() {
        assert_eq!(collected("==1== Events    : Ir\n==1== Collected : 1234\n"), Some(1234.0));
        assert_eq!(collected("==1== nothing"), None);
    }
}
