//! Every choice of `logger-config`'s features builds without a warning and passes its tests.

mod second_target; // a target folder for builds beside those in the first

use std::{
    fs,
    path::Path,
    sync::atomic::{AtomicUsize, Ordering},
    thread,
};

use anyhow::{Context as _, bail};

use crate::{command, counts::Counts, say, steps::Ended, workspace};

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

/// Features whose code stands side by side, so that one may break what is there with or without another. Of each group every
/// choice is built. All 2^14 and more choices of all features would take days and tell nothing else: no source file names
/// features of two groups, which a test looks after, so that a choice of one group changes nothing in the code of another.
///
/// A feature that is in no group is built alone.
const GROUPS: [&[&str]; 5] = [
    // what a running logger is wired of, and what of it changes
    &["file", "stderr", "alerts", "reload", "metrics-http"],
    // where alerts go, and that this changes
    &["telegram", "discord", "webhook", "reload"],
    // where values come from
    &["yaml", "cli", "reload", "alerts"],
    // what files are packed with; both do nothing without files
    &["file", "gzip", "zstd"],
    // whose records arrive besides
    &["log", "tracing"],
];

/// Builds, without tests, what the other steps do not: every choice of each group, each feature alone, all but each one, and
/// all. The default ones are what the workspace is built with.
///
/// Two at a time: a set is one crate that the compiler checks on one processor.
pub(crate) fn sets(counts: &mut Counts) -> anyhow::Result<Ended> {
    let sets = sets_of(&features()?);
    // cargo lets nobody else into a target folder that it builds in
    let folders = [workspace::target(), second_target::provide()?];
    let next = AtomicUsize::new(0);
    let build_in = |folder: &Path| {
        let mut wrong = Vec::new();
        while let Some(set) = sets.get(next.fetch_add(1, Ordering::Relaxed)) {
            match build(set, folder) {
                Ok(()) => say(&format!("`{set}` ok\n")),
                Err(error) => wrong.push(format!("`{set}`: {error:#}")),
            }
        }
        wrong
    };
    let wrong: Vec<String> = thread::scope(|scope| {
        let started: Vec<_> = folders.iter().map(|folder| scope.spawn(|| build_in(folder))).collect();
        let panicked = |_| vec!["a thread panicked".to_owned()];
        started.into_iter().flat_map(|thread| thread.join().unwrap_or_else(panicked)).collect()
    });
    counts.passed += (sets.len() - wrong.len().min(sets.len())) as u64;
    counts.failed += wrong.len() as u64;
    match wrong.is_empty() {
        true => Ok(Ended::Ok),
        false => bail!("{}", wrong.join("; ")),
    }
}

fn build(set: &str, folder: &Path) -> anyhow::Result<()> {
    let chosen = ["clippy", "--quiet", "--package", "logger-config", "--no-default-features", "--features"];
    let mut clippy = workspace::cargo(chosen.into_iter().chain([set, "--", "-D", "warnings"]));
    command::output(clippy.env("CARGO_TARGET_DIR", folder)).map(drop)
}

/// The features of `logger-config` as its manifest names them.
pub(crate) fn features() -> anyhow::Result<Vec<String>> {
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

/// Each set once; features that the manifest does not have are passed over.
fn sets_of(features: &[String]) -> Vec<String> {
    let has = |name: &&str| features.iter().any(|it| it == name);
    let groups = GROUPS.iter().map(|group| group.iter().copied().filter(has).collect::<Vec<_>>());
    let mut sets: Vec<Vec<&str>> = groups.flat_map(|group| choices(&group)).collect();
    sets.extend(features.iter().map(|one| vec![one.as_str()]));
    let all = || features.iter().map(String::as_str);
    sets.extend(features.iter().map(|one| all().filter(|it| it != one).collect()));
    sets.push(all().collect());
    for set in &mut sets {
        set.sort_unstable();
    }
    sets.sort();
    sets.dedup();
    sets.into_iter().map(|set| set.join(",")).collect()
}

/// Every choice of some names, none and all of them too.
fn choices<'n>(names: &[&'n str]) -> Vec<Vec<&'n str>> {
    let chosen = |choice: usize| {
        names.iter().enumerate().filter(move |(at, _)| choice >> at & 1 == 1).map(|(_, name)| *name).collect()
    };
    (0..1 << names.len()).map(chosen).collect()
}

#[cfg(test)]
mod tests {
    use std::{collections::BTreeSet, path::PathBuf};

    use super::*;

    #[test]
    fn features_are_read_from_the_manifest() {
        let manifest = "[package]\nname = \"x\"\n\n[features]\ndefault = [\"a\"]\n# A.\na = [\"dep:a\"]\nb-c = []\n\n[dependencies]\nd = \"1\"\n";
        assert_eq!(features_of(manifest), ["a", "b-c"]);
    }

    #[test]
    fn a_set_is_a_choice_of_a_group_one_feature_all_but_one_or_all() {
        let features = ["log", "tracing", "other"].map(str::to_owned);
        let expected =
            ["", "log", "log,other", "log,other,tracing", "log,tracing", "other", "other,tracing", "tracing"];
        assert_eq!(sets_of(&features), expected);
        assert_eq!(choices(&["a", "b"]), [vec![], vec!["a"], vec!["b"], vec!["a", "b"]]);
    }

    #[test]
    fn a_group_names_features_that_there_are() {
        let features = features().unwrap();
        for name in GROUPS.iter().flat_map(|group| group.iter()) {
            assert!(features.iter().any(|it| it == name), "`{name}` is no feature of logger-config");
        }
    }

    fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            match path.is_dir() {
                true => sources(&path, found),
                false => found.push(path),
            }
        }
    }

    /// What stands behind `feature = "` in the attributes of a text.
    fn named_in(text: &str) -> BTreeSet<&str> {
        text.split("feature = \"").skip(1).filter_map(|rest| rest.split('"').next()).collect()
    }

    #[test]
    fn features_that_one_source_file_names_are_of_one_group() {
        // lists of modules and of sections, where each feature stands by itself
        const LISTS: [&str; 2] = ["lib.rs", "sections.rs"];
        let mut files = Vec::new();
        sources(&workspace::root().join("logger-config/src"), &mut files);
        assert!(files.len() > 50, "{files:?}");
        for path in files.iter().filter(|path| !LISTS.iter().any(|list| path.ends_with(list))) {
            let text = fs::read_to_string(path).unwrap();
            let named = named_in(&text);
            let is_of = |group: &&[&str]| named.iter().all(|name| group.contains(name));
            assert!(
                named.len() < 2 || GROUPS.iter().any(is_of),
                "{} names {named:?}, which are of no one group: join them in `GROUPS`",
                path.display()
            );
        }
    }
}
