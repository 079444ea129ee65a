//! Every choice of `logger-config`'s features builds without a warning and passes its tests.

use std::fs;

use anyhow::{Context as _, bail};

use crate::{command, counts::Counts, steps::Ended, workspace};

pub(crate) fn none(counts: &mut Counts) -> anyhow::Result<Ended> {
    check("", counts)
}

pub(crate) fn file(counts: &mut Counts) -> anyhow::Result<Ended> {
    check("file", counts)
}

pub(crate) fn stderr(counts: &mut Counts) -> anyhow::Result<Ended> {
    check("stderr", counts)
}

/// All of them; the default ones are what the workspace is tested with.
pub(crate) fn all(counts: &mut Counts) -> anyhow::Result<Ended> {
    check(&features()?.join(","), counts)
}

fn check(features: &str, counts: &mut Counts) -> anyhow::Result<Ended> {
    let chosen = ["--package", "logger-config", "--no-default-features", "--features", features];
    let call = |task, rest: &[&'static str]| {
        workspace::cargo([task].into_iter().chain(chosen).chain(rest.iter().copied()))
    };
    command::run(&mut call("clippy", &["--all-targets", "--", "-D", "warnings"]), counts)?;
    command::run(&mut call("test", &["--no-fail-fast"]), counts)?;
    Ok(Ended::Ok)
}

/// Builds, without tests, what the other steps do not: each feature alone, each pair, and all.
pub(crate) fn sets(counts: &mut Counts) -> anyhow::Result<Ended> {
    let features = features()?;
    let mut wrong = Vec::new();
    for set in sets_of(&features) {
        let chosen =
            ["clippy", "--quiet", "--package", "logger-config", "--no-default-features", "--features"];
        let rest = [set.as_str(), "--", "-D", "warnings"];
        match command::run(&mut workspace::cargo(chosen.into_iter().chain(rest)), counts) {
            Ok(()) => counts.passed += 1,
            Err(error) => {
                counts.failed += 1;
                wrong.push(format!("`{set}`: {error}"));
            }
        }
    }
    match wrong.is_empty() {
        true => Ok(Ended::Ok),
        false => bail!("{}", wrong.join("; ")),
    }
}

/// The features of `logger-config` as its manifest names them.
fn features() -> anyhow::Result<Vec<String>> {
    let path = workspace::root().join("logger-config/Cargo.toml");
    let manifest = fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
    Ok(features_of(&manifest))
}

fn features_of(manifest: &str) -> Vec<String> {
    let section = manifest.lines().skip_while(|line| *line != "[features]").skip(1);
    let rows = section.take_while(|line| !line.starts_with('[')).filter(|line| !line.starts_with('#'));
    let names = rows.filter_map(|line| line.split_once(" = ")).map(|(name, _)| name.to_owned());
    names.filter(|name| name != "default").collect()
}

fn sets_of(features: &[String]) -> Vec<String> {
    let mut sets = features.to_vec();
    for (at, one) in features.iter().enumerate() {
        sets.extend(features[at + 1..].iter().map(|other| format!("{one},{other}")));
    }
    sets.push(features.join(","));
    sets
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn features_are_read_from_the_manifest() {
        let manifest = "[package]\nname = \"x\"\n\n[features]\ndefault = [\"a\"]\n# A.\na = [\"dep:a\"]\nb-c = []\n\n[dependencies]\nd = \"1\"\n";
        assert_eq!(features_of(manifest), ["a", "b-c"]);
    }

    #[test]
    fn each_feature_is_built_alone_with_each_other_one_and_with_all() {
        let features = ["a", "b", "c"].map(str::to_owned);
        assert_eq!(sets_of(&features), ["a", "b", "c", "a,b", "a,c", "b,c", "a,b,c"]);
    }
}
