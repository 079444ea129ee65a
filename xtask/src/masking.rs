//! `cargo xtask masking`: which share of formatting the search for secrets costs, on records that have none, counted in
//! instructions by valgrind.
//!
//! The whole way is counted: what the caller looks through, and what the worker looks at again. It is compared with what makes
//! text of the same records: what `Display`, `Debug` and serde write in the call, and the line of JSON.

use std::{
    collections::BTreeMap,
    fs,
    path::Path,
    process::{Command, ExitCode},
};

use anyhow::{Context as _, bail, ensure};

use crate::{command, counts::Counts, say, steps::Ended, workspace};

const EXAMPLE: &str = "counted_masking";
/// The records of the example, each with the most that masking may cost, in hundredths of formatting. The first is the
/// record of `logger-bench`; the others have long texts with many signs that a secret may stand behind. They are those of a
/// processor with AVX2.
const RECORDS: [(&str, f64); 4] = [("order", 10.0), ("texts", 40.0), ("shown", 10.0), ("nested", 15.0)];
/// Records that the example logs.
const COUNTED: f64 = 2_000.0;
/// Functions that look for secrets; none of them is compiled into others.
const MASKING: [&str; 6] = [
    "redact::is_harmless",
    "Redaction::find_and_mask",
    "Redaction::decide",
    "json::masked_json",
    "second_look::is_suspect",
    "nested::Masking::treatment",
];
/// Functions of the caller in which values are made into text, and secrets are looked for in it.
const SHOWING: [&str; 3] = ["Writer>::put_formatted", "Express::push_shown", "Writer::nested"];
/// The line of JSON.
const LINE: &str = "counted_masking::formatted";

/// Counts and compares.
pub(crate) fn masking(args: &[String]) -> anyhow::Result<ExitCode> {
    ensure!(args.is_empty(), "usage: cargo xtask masking");
    match check(&mut Counts::default())? {
        Ended::Ok => Ok(ExitCode::SUCCESS),
        Ended::Skipped(why) => bail!("{why}"),
    }
}

/// The step of `cargo xtask test`.
pub(crate) fn check(counts: &mut Counts) -> anyhow::Result<Ended> {
    if command::find("valgrind").is_none() {
        return Ended::skipped("valgrind is not installed");
    }
    let build = ["build", "--quiet", "--release", "--package", "logger-core", "--example", EXAMPLE];
    command::run(&mut workspace::cargo(build), &mut Counts::default())?;
    let scratch = workspace::fresh_folder(&workspace::target().join("masking"))?;
    let mut dear = Vec::new();
    for (record, limit) in RECORDS {
        let Cost { masking, formatting } = Profile::of(record, &scratch)?.cost()?;
        let share = 100.0 * masking / formatting;
        say(&format!(
            "{record}: {masking:.0} instructions of masking, {formatting:.0} of formatting: {share:.1} %\n"
        ));
        if share > limit {
            dear.push(format!("`{record}` costs {share:.1} % of formatting, {limit} are allowed"));
        }
        counts.passed += 1;
    }
    ensure!(dear.is_empty(), "{}", dear.join(", "));
    Ok(Ended::Ok)
}

/// Instructions of a record.
struct Cost {
    masking: f64,
    formatting: f64,
}

/// How many instructions the calls from one function to another took, all that they called included.
#[derive(Debug, Default)]
struct Profile(BTreeMap<(String, String), f64>);

impl Profile {
    fn of(record: &str, scratch: &Path) -> anyhow::Result<Profile> {
        let out = scratch.join(record);
        let mut valgrind = Command::new("valgrind");
        valgrind
            .args(["--tool=callgrind", "--compress-strings=no", "--compress-pos=no"])
            .arg(format!("--callgrind-out-file={}", out.display()))
            .arg(workspace::target().join("release/examples").join(EXAMPLE))
            .arg(record);
        let output = valgrind.output().context("cannot run valgrind")?;
        let said = String::from_utf8_lossy(&output.stderr);
        ensure!(output.status.success(), "valgrind ended with {}: {said}", output.status);
        Ok(Profile::read(&fs::read_to_string(&out)?))
    }

    /// Reads what callgrind has written: below `fn=` the function's own costs by line, and each call of another one as
    /// `cfn=`, `calls=` and the line that has its cost.
    fn read(text: &str) -> Profile {
        let mut profile = Profile::default();
        let (mut function, mut called, mut is_call) = ("", "", false);
        for line in text.lines() {
            if let Some(name) = line.strip_prefix("fn=") {
                function = name;
            } else if let Some(name) = line.strip_prefix("cfn=") {
                called = name;
            } else if line.starts_with("calls=") {
                is_call = true;
            } else if std::mem::take(&mut is_call) {
                let cost: f64 = line.split(' ').nth(1).and_then(|it| it.parse().ok()).unwrap_or(0.0);
                *profile.0.entry((function.to_owned(), called.to_owned())).or_default() += cost;
            }
        }
        profile
    }

    /// What was called of some functions by others.
    fn into<'p>(&'p self, functions: &'p [&str]) -> impl Iterator<Item = (&'p str, &'p str, f64)> {
        let is_one = |name: &str| functions.iter().any(|it| name.contains(it));
        let calls = self.0.iter().filter(move |((from, to), _)| is_one(to) && !is_one(from));
        calls.map(|((from, to), cost)| (from.as_str(), to.as_str(), cost / COUNTED))
    }

    fn cost(&self) -> anyhow::Result<Cost> {
        let masking: Vec<_> = self.into(&MASKING).collect();
        ensure!(masking.iter().any(|(_, to, _)| to.contains("second_look")), "valgrind saw no second look");
        let sum = |calls: &mut dyn Iterator<Item = f64>| calls.sum::<f64>();
        // all but what the worker looks at, and texts that are copied as they are, is looked through where it is made
        let within = masking
            .iter()
            .filter(|(from, to, _)| !to.contains("second_look") && !from.contains("put_text"))
            .map(|it| it.2);
        let line = sum(&mut self.into(&[LINE]).map(|it| it.2));
        ensure!(line > 0.0, "valgrind saw no line");
        let shown = sum(&mut self.into(&SHOWING).map(|it| it.2)) - sum(&mut { within });
        Ok(Cost { masking: sum(&mut masking.iter().map(|it| it.2)), formatting: line + shown.max(0.0) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn costs_are_those_of_calls_from_outside() {
        let text = "fl=a\nfn=worker\n1 5\ncfn=x::counted_masking::formatted\ncalls=2 9\n7 40000\n\
                    cfn=x::second_look::is_suspect\ncalls=2 9\n7 2000\nfn=x::second_look::is_suspect\n3 9\n\
                    cfn=x::redact::is_harmless\ncalls=1 1\n3 500\nfn=call\ncfn=Express::push_shown\ncalls=1 1\n\
                    4 24000\nfn=Express::push_shown\ncfn=x::redact::is_harmless\ncalls=1 1\n4 4000\n";
        let Cost { masking, formatting } = Profile::read(text).cost().unwrap();
        assert_eq!((masking, formatting), (3.0, 30.0));
    }
}
