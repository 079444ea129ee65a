//! Every choice of `logger-config`'s features builds without a warning and passes its tests.

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

pub(crate) fn both(counts: &mut Counts) -> anyhow::Result<Ended> {
    check("file,stderr", counts)
}

pub(crate) fn packed(counts: &mut Counts) -> anyhow::Result<Ended> {
    check("file,stderr,gzip,zstd", counts)
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
