//! The results as pictures.

mod svg;

use std::{fs, path::Path};

use anyhow::Context as _;

use self::svg::{Axis, Bar, Line, bars, lines};
use crate::{
    mode::Mode,
    sample::{Case, Samples},
    stats::Spread,
    subjects,
};

/// Writes the pictures.
pub(crate) fn write(results: &Path, samples: &Samples, runs: usize) -> anyhow::Result<()> {
    let pictures = [
        ("latency-burst.svg", latency(samples, Mode::Burst, "Latency of a call, burst, 1 thread")),
        ("latency-paced.svg", latency(samples, Mode::Paced, "Latency of a call, 10,000 records per second")),
        ("throughput.svg", throughput(samples, runs)),
        ("threads.svg", threads(samples, runs)),
    ];
    for (name, picture) in pictures {
        let path = results.join(name);
        fs::write(&path, picture).with_context(|| format!("cannot write {}", path.display()))?;
    }
    Ok(())
}

/// Which share of the calls takes longer than so many nanoseconds.
fn latency(samples: &Samples, mode: Mode, title: &str) -> String {
    let line = |subject: &'static str| {
        let latencies = samples.latencies(&Case { subject, mode, threads: 1 });
        let points: Vec<(f64, f64)> = (0..=60)
            .map(|step| 10_f64.powf(-f64::from(step) / 20.0))
            .map(|share| (share, latencies.percentile(1.0 - share).max(1) as f64))
            .collect();
        (latencies.len() > 0).then_some(Line { name: subject, points })
    };
    let x = Axis { title: "share of calls that take longer", of: &[1.0, 0.5, 0.1, 0.01, 0.001], falls: true };
    let y = Axis { title: "ns", of: &[10.0, 100.0, 1e3, 1e4, 1e5, 1e6, 1e7], falls: false };
    lines(title, &x, &y, &subjects::all().filter_map(|row| line(row.name)).collect::<Vec<_>>())
}

/// How many lines per second get on file.
fn throughput(samples: &Samples, runs: usize) -> String {
    let bar = |name: &'static str| {
        let case = Case { subject: name, mode: Mode::Flood, threads: 1 };
        let spread = Spread::of(samples.of(&case, runs, "lines_per_s").into_iter().flatten())?;
        Some(Bar { name, value: spread.median / 1e6, min: spread.min / 1e6, max: spread.max / 1e6 })
    };
    let all: Vec<Bar<'_>> = subjects::all().filter_map(|row| bar(row.name)).collect();
    bars("Flood: million lines per second on file", &all)
}

/// What a call costs with more and more threads.
fn threads(samples: &Samples, runs: usize) -> String {
    let cost = |subject, threads: usize| {
        let case = Case { subject, mode: Mode::Cpu, threads };
        Spread::of(samples.of(&case, runs, "cpu_ns_per_call").into_iter().flatten()).map(|it| it.median)
    };
    let line = |name: &'static str| {
        let points: Vec<(f64, f64)> = [1, 4, 16, 64]
            .into_iter()
            .filter_map(|count| Some((count as f64, cost(name, count)?.max(1.0))))
            .collect();
        (!points.is_empty()).then_some(Line { name, points })
    };
    let x = Axis { title: "threads", of: &[1.0, 4.0, 16.0, 64.0], falls: false };
    let y = Axis { title: "CPU ns", of: &[10.0, 30.0, 100.0, 300.0, 1e3], falls: false };
    let all: Vec<Line<'_>> = subjects::all().filter_map(|row| line(row.name)).collect();
    lines("CPU time of a call against the number of threads", &x, &y, &all)
}
