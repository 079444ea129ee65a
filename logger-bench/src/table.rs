//! The results as text.

use std::fmt::Write as _;

use crate::{
    goals::{Bound, Goal},
    mode::Mode,
    sample::{Case, Samples},
    stats::{Spread, net, ratios},
    subjects,
};

/// A table of a mode: its title, its figures and the reference that each is compared with.
struct Shown {
    mode: Mode,
    threads: usize,
    title: &'static str,
    columns: &'static [Column],
}

/// A figure in a table.
struct Column {
    figure: &'static str,
    title: &'static str,
    /// Divides the figure; 1e6 shows millions.
    unit: f64,
    /// The subject that the figure is compared with.
    reference: Option<&'static str>,
}

const fn column(figure: &'static str, title: &'static str, unit: f64) -> Column {
    Column { figure, title, unit, reference: None }
}

const fn ratio(figure: &'static str, title: &'static str, unit: f64, reference: &'static str) -> Column {
    Column { figure, title, unit, reference: Some(reference) }
}

const LATENCY: &[Column] = &[
    ratio("p50", "p50 ns", 1.0, "limit_ring"),
    column("p99", "p99 ns", 1.0),
    ratio("p99.9", "p99.9 ns", 1.0, "limit_ring"),
    column("max", "max ns", 1.0),
    column("kept", "kept", 1.0),
];
const FLOOD: &[Column] = &[
    ratio("lines_per_s", "M lines/s", 1e6, "hand_sync"),
    ratio("cpu_s_per_million", "CPU s/M", 1.0, "hand_sync"),
    ratio("bytes_per_s", "MB/s", 1e6, "hand_sync"),
    column("bytes_per_line", "bytes", 1.0),
    column("calls_per_s", "M calls/s", 1e6),
    column("peak_mib", "peak MiB", 1.0),
    column("kept", "kept", 1.0),
];
const KILL: &[Column] =
    &[column("returned", "returned", 1.0), column("lost", "lost", 1.0), column("doubled", "doubled", 1.0)];
const MEMORY: &[Column] = &[column("resident_mib", "resident MiB", 1.0)];
const CPU: &[Column] = &[column("cpu_ns_per_call", "CPU ns/call", 1.0)];
const DISABLED: &[Column] = &[column("ns_per_call", "ns/call", 1.0), column("evaluated", "evaluated", 1.0)];

const SHOWN: [Shown; 14] = [
    Shown { mode: Mode::Burst, threads: 1, title: "burst, 1 thread", columns: LATENCY },
    Shown { mode: Mode::Burst, threads: 4, title: "burst, 4 threads", columns: LATENCY },
    Shown { mode: Mode::Paced, threads: 1, title: "paced, 10,000 records/s", columns: LATENCY },
    Shown { mode: Mode::Flood, threads: 1, title: "flood, until all are on file", columns: FLOOD },
    Shown { mode: Mode::Kill, threads: 1, title: "kill -9 in a flood", columns: KILL },
    Shown { mode: Mode::Memory, threads: 1, title: "memory, 1 thread", columns: MEMORY },
    Shown { mode: Mode::Memory, threads: 64, title: "memory, 64 threads", columns: MEMORY },
    Shown { mode: Mode::Cpu, threads: 1, title: "cost of a call, 1 thread", columns: CPU },
    Shown { mode: Mode::Cpu, threads: 4, title: "cost of a call, 4 threads", columns: CPU },
    Shown { mode: Mode::Cpu, threads: 16, title: "cost of a call, 16 threads", columns: CPU },
    Shown { mode: Mode::Cpu, threads: 64, title: "cost of a call, 64 threads", columns: CPU },
    Shown { mode: Mode::Disabled, threads: 1, title: "a call below the level", columns: DISABLED },
    Shown {
        mode: Mode::Start,
        threads: 1,
        title: "start until three files are there",
        columns: &[column("start_ms", "ms", 1.0)],
    },
    Shown {
        mode: Mode::Idle,
        threads: 1,
        title: "idle",
        columns: &[column("cpu_percent", "% of a core", 1.0)],
    },
];

/// All figures: median, and in brackets the lowest and the highest run; `x` is the median of the ratios.
pub(crate) fn figures(samples: &Samples, runs: usize) -> String {
    SHOWN.iter().map(|shown| one_table(samples, runs, shown)).collect()
}

fn one_table(samples: &Samples, runs: usize, shown: &Shown) -> String {
    let case = |subject| Case { subject, mode: shown.mode, threads: shown.threads };
    let mut rows = vec![heading(shown)];
    for row in subjects::all() {
        let figure = |name: &str| samples.of(&case(row.name), runs, name);
        if !shown.columns.iter().any(|column| figure(column.figure).iter().any(Option::is_some)) {
            continue;
        }
        let mut cells = vec![row.name.to_owned()];
        for column in shown.columns {
            let values = figure(column.figure);
            cells.push(spread(Spread::of(values.iter().flatten().map(|value| value / column.unit))));
            if let Some(reference) = column.reference {
                cells.push(compared(samples, runs, &case(row.name), &case(reference), column.figure));
            }
        }
        rows.push(cells);
    }
    if rows.len() == 1 { String::new() } else { format!("\n{}\n{}", shown.title, aligned(&rows)) }
}

fn heading(shown: &Shown) -> Vec<String> {
    let of = |column: &Column| {
        let reference = column.reference.map(|reference| format!("x {reference}"));
        [Some(column.title.to_owned()), reference]
    };
    std::iter::once(String::new()).chain(shown.columns.iter().flat_map(of).flatten()).collect()
}

/// The ratio to the reference; of medians of latencies net of the empty call.
fn compared(samples: &Samples, runs: usize, case: &Case, reference: &Case, figure: &str) -> String {
    let of = |case: &Case| {
        let values = samples.of(case, runs, figure);
        let empty = samples.of(&Case { subject: "empty", ..case.clone() }, runs, figure);
        let net_of = |(value, empty): (Option<f64>, Option<f64>)| Some(net(value?, empty?));
        if figure == "p50" { values.into_iter().zip(empty).map(net_of).collect() } else { values }
    };
    if case.subject == "empty" {
        return String::new();
    }
    let pairs = of(case).into_iter().zip(of(reference));
    ratios(pairs).map_or(String::new(), |it| format!("{:.2}", it.median))
}

/// The goals, one a line.
pub(crate) fn goals(goals: &[Goal]) -> String {
    let mut rows = vec![["goal", "figure", "is", "has to be", ""].map(str::to_owned).to_vec()];
    for goal in goals {
        let sign = match goal.bound {
            Bound::AtMost => "<=",
            Bound::AtLeast => ">=",
        };
        let met = match goal.met() {
            Some(true) => "met",
            Some(false) => "MISSED",
            None => "not measured",
        };
        let limit = format!("{sign} {} {}", goal.limit, goal.unit);
        rows.push(vec![goal.id.into(), goal.part.into(), spread(goal.value), limit, met.into()]);
    }
    format!("\ngoals\n{}", aligned(&rows))
}

fn spread(spread: Option<Spread>) -> String {
    let Some(Spread { median, min, max }) = spread else { return String::new() };
    if min == max { number(median) } else { format!("{} [{}..{}]", number(median), number(min), number(max)) }
}

/// With three digits that count, as far as there are any behind the point.
fn number(value: f64) -> String {
    match value.abs() {
        large if large >= 100.0 => format!("{value:.0}"),
        middle if middle >= 10.0 => format!("{value:.1}"),
        0.0 => "0".into(),
        small if small >= 0.1 => format!("{value:.2}"),
        _ => format!("{value:.4}"),
    }
}

/// Columns below each other: the first to the left.
fn aligned(rows: &[Vec<String>]) -> String {
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let width = |at: usize| rows.iter().filter_map(|row| row.get(at)).map(String::len).max().unwrap_or(0);
    let widths: Vec<usize> = (0..columns).map(width).collect();
    let mut out = String::new();
    for row in rows {
        let mut line = String::new();
        for (cell, width) in row.iter().zip(&widths) {
            // writing into a String cannot fail
            let _ = write!(line, "{cell:<width$}  ");
        }
        out.push_str(line.trim_end());
        out.push('\n');
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample::Measured;

    #[test]
    fn a_row_has_the_median_the_range_and_the_ratio_net_of_the_empty_call() {
        let mut samples = Samples::default();
        for (subject, p50) in [("empty", [10.0, 10.0]), ("limit_ring", [20.0, 30.0]), ("ours", [40.0, 70.0])]
        {
            for (run, p50) in p50.into_iter().enumerate() {
                let case = Case { subject, mode: Mode::Burst, threads: 1 };
                samples.add(case, run, Measured::default().with("p50", p50));
            }
        }
        let text = figures(&samples, 2);
        let line = text.lines().find(|line| line.starts_with("ours")).unwrap();
        assert_eq!(line.split_whitespace().collect::<Vec<_>>(), ["ours", "55.0", "[40.0..70.0]", "3.00"]);
        assert_eq!(text.matches("burst").count(), 1);
    }

    #[test]
    fn numbers_are_short() {
        assert_eq!([1234.5, 12.34, 1.234, 0.0012, 0.0].map(number), ["1234", "12.3", "1.23", "0.0012", "0"]);
    }
}
