//! What one child has measured.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::Context as _;

use crate::{histogram::Histogram, mode::Mode};

/// The first word of the line with all latencies.
pub(crate) const LATENCIES: &str = "latencies";

/// Figures by name, and the latency of each call where that was measured.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Measured {
    pub(crate) figures: BTreeMap<String, f64>,
    pub(crate) latencies: Histogram,
}

impl Measured {
    /// One figure.
    pub(crate) fn with(mut self, name: &str, value: f64) -> Self {
        self.figures.insert(name.to_owned(), value);
        self
    }

    /// All latencies, measured by a clock with steps of so many nanoseconds, and the percentiles that are shown.
    pub(crate) fn with_latencies(self, latencies: Histogram, step: u64) -> Self {
        let measured = self
            .with("p50", latencies.median_in_steps(step))
            .with("p99", latencies.percentile(0.99) as f64)
            .with("p99.9", latencies.percentile(0.999) as f64)
            .with("max", latencies.max() as f64)
            .with("calls", latencies.len() as f64);
        Measured { latencies, ..measured }
    }

    /// Reads what a child has printed.
    pub(crate) fn read(text: &str) -> anyhow::Result<Measured> {
        let mut measured = Measured::default();
        for line in text.lines() {
            let (name, value) = line.split_once(' ').with_context(|| format!("`{line}` is no figure"))?;
            if name == LATENCIES {
                measured.latencies = value.parse()?;
            } else {
                let value = value.parse().with_context(|| format!("`{line}` is no figure"))?;
                measured.figures.insert(name.to_owned(), value);
            }
        }
        Ok(measured)
    }
}

/// A subject in a mode with so many threads.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Case {
    pub(crate) subject: &'static str,
    pub(crate) mode: Mode,
    pub(crate) threads: usize,
}

/// What all runs have measured: a run that failed is not among them.
#[derive(Debug, Default)]
pub(crate) struct Samples(BTreeMap<Case, BTreeMap<usize, Measured>>);

impl Samples {
    /// Adds what a run has measured; of two with one number the later one stays.
    pub(crate) fn add(&mut self, case: Case, run: usize, measured: Measured) {
        self.0.entry(case).or_default().insert(run, measured);
    }

    /// A figure of each run of a case, `None` in runs that lack it.
    pub(crate) fn of(&self, case: &Case, runs: usize, figure: &str) -> Vec<Option<f64>> {
        let of_run = |run| self.0.get(case)?.get(&run)?.figures.get(figure).copied();
        (0..runs).map(of_run).collect()
    }

    /// The latencies of all runs of a case together.
    pub(crate) fn latencies(&self, case: &Case) -> Histogram {
        let mut all = Histogram::default();
        self.0.get(case).into_iter().flat_map(BTreeMap::values).for_each(|it| all.add(&it.latencies));
        all
    }

    /// The names of the figures of a case.
    pub(crate) fn figures(&self, case: &Case) -> BTreeSet<&str> {
        let runs = self.0.get(case).into_iter().flat_map(BTreeMap::values);
        runs.flat_map(|it| it.figures.keys().map(String::as_str)).collect()
    }

    pub(crate) fn cases(&self) -> impl Iterator<Item = &Case> {
        self.0.keys()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_child_prints_is_read_back() {
        let measured =
            Measured::default().with("x", 1.5).with_latencies([20, 30, 40].into_iter().collect(), 1);
        let text = "calls 3\nlatencies 20:1 30:1 40:1\nmax 40\np50 30\np99 40\np99.9 40\nx 1.5\n";
        assert_eq!(Measured::read(text).unwrap(), measured);
        assert!(Measured::read("oops").is_err() && Measured::read("x y").is_err());
    }

    #[test]
    fn a_run_that_failed_leaves_a_gap() {
        let case = Case { subject: "ours", mode: Mode::Burst, threads: 1 };
        let mut samples = Samples::default();
        samples.add(case.clone(), 0, Measured::default().with("p50", 1.0));
        samples.add(case.clone(), 2, Measured::default().with("p50", 3.0));
        assert_eq!(samples.of(&case, 3, "p50"), [Some(1.0), None, Some(3.0)]);
    }
}
