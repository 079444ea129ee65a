//! The process that measures one subject in one mode, once.

mod burst;
mod cpu;
mod disabled;
mod flood;
mod idle;
mod job;
mod kill;
mod memory;
mod on_file;
mod paced;
mod producers;
mod start;

use std::io::{self, Write as _};

use anyhow::Context as _;

pub(crate) use self::{
    job::{CHILD, Job},
    kill::{ACKED, read_acked},
};
use crate::{
    histogram::Histogram,
    mode::Mode,
    sample::{LATENCIES, Measured},
    subject::{Leveled, Place, Subject, row},
    workload,
};

/// Measures what the words behind `child` say.
pub(crate) fn measure(words: &[String]) -> anyhow::Result<()> {
    let job = Job::read(words)?;
    let row = row(&job.subject).with_context(|| format!("there is no subject `{}`", job.subject))?;
    match job.mode {
        Mode::Disabled => row.disabled.context("its levels are not compared")?(&job),
        _ => (row.run)(&job),
    }
}

/// Measures a subject in any mode but that of calls below its level.
pub(crate) fn run<S: Subject>(job: &Job) -> anyhow::Result<()> {
    workload::prepare();
    let measured = match job.mode {
        Mode::Burst => burst::measure::<S>(job)?,
        Mode::Paced => paced::measure::<S>(job)?,
        Mode::Flood => flood::measure::<S>(job)?,
        Mode::Idle => idle::measure::<S>(job)?,
        Mode::Kill => kill::flood_for_ever::<S>(job)?,
        Mode::Recover => kill::recover::<S>(job)?,
        Mode::Memory => memory::measure::<S>(job)?,
        Mode::Cpu => cpu::measure::<S>(job)?,
        Mode::Start => start::measure::<S>(job)?,
        Mode::Disabled => anyhow::bail!("calls below the level are measured by `run_disabled`"),
    };
    print(&measured)
}

/// Measures calls below the level of a subject.
pub(crate) fn run_disabled<S: Leveled>(job: &Job) -> anyhow::Result<()> {
    workload::prepare();
    print(&disabled::measure::<S>(job)?)
}

/// Prints a line for each figure, and one with all latencies.
fn print(measured: &Measured) -> anyhow::Result<()> {
    let mut out = io::stdout().lock();
    for (name, value) in &measured.figures {
        writeln!(out, "{name} {value}")?;
    }
    if measured.latencies != Histogram::default() {
        writeln!(out, "{LATENCIES} {}", measured.latencies)?;
    }
    Ok(out.flush()?)
}

/// What `job` asks of its subject.
fn place(job: &Job) -> Place {
    Place { folder: job.folder.clone(), load: job.mode.load() }
}
