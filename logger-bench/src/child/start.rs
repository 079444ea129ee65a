//! From nothing to three files.

use std::{
    fs,
    time::{Duration, Instant},
};

use anyhow::{Context as _, ensure};

use super::{Job, place, producers::start};
use crate::{sample::Measured, subject::Subject, timer::poll};

/// The files that are there after a start.
const FILES: [&str; 3] = ["expert.log", "trades.log", "errors.log"];

pub(super) fn measure<S: Subject>(job: &Job) -> anyhow::Result<Measured> {
    let folder = place(job).folder;
    let empty = fs::read_dir(&folder).context("cannot list the folder")?.next().is_none();
    ensure!(empty, "the folder is not empty");
    let begun = Instant::now();
    let subject: S = start(job)?;
    let there = || FILES.iter().all(|name| folder.join(name).exists());
    let all = there() || poll(Duration::from_secs(5), there);
    let took = begun.elapsed();
    subject.finish(0)?;
    ensure!(all, "there are not three files after {took:?}");
    Ok(Measured::default().with("start_ms", took.as_secs_f64() * 1e3))
}
