//! The table of figures that the README shows: ratios of one measure.

use std::fmt::Write as _;

use anyhow::Context as _;
use serde_json::Value;

/// The rows: the group and the name of a subject in the measure, and what it is called.
const ROWS: [(&str, &str, &str); 13] = [
    ("ours", "ours_static", "this logger, its own macros"),
    ("ours", "ours", "this logger, slog's macros"),
    ("peers", "ticklog", "ticklog (text)"),
    ("peers", "low_latency_log", "low_latency_log (text)"),
    ("peers", "slog_async", "slog-async, slog-json"),
    ("peers", "slog_async_block", "the same, callers wait"),
    ("peers", "slog_json", "slog-json, caller writes"),
    ("peers", "spdlog", "spdlog-rs, thread pool"),
    ("peers", "tracing", "tracing-appender"),
    ("peers", "logforth", "logforth"),
    ("peers", "log4rs", "log4rs"),
    ("peers", "fern", "fern (text)"),
    ("references", "hand_sync", "a line made by hand, no lock"),
];

/// What is compared with: all ratios are to this subject.
const BASE: (&str, &str) = ("ours", "ours_static");

/// A column: its title, and the figure of a subject.
struct Column {
    title: &'static str,
    mode: &'static str,
    figure: &'static str,
    is: Is,
}

/// What is shown of a figure.
enum Is {
    /// A time net of that of the empty call, as a ratio.
    NetRatio,
    /// A time as a ratio.
    Ratio,
    /// A share in percent.
    Share,
    /// A number.
    Count,
}

const COLUMNS: [Column; 6] = [
    Column { title: "burst, p50", mode: "burst x1", figure: "p50", is: Is::NetRatio },
    Column { title: "burst, p99.9", mode: "burst x1", figure: "p99.9", is: Is::Ratio },
    Column { title: "10,000/s, p50", mode: "paced x1", figure: "p50", is: Is::NetRatio },
    Column { title: "on file per second", mode: "flood x1", figure: "lines_per_s", is: Is::Ratio },
    Column { title: "kept in a flood", mode: "flood x1", figure: "kept", is: Is::Share },
    Column { title: "lost by `kill -9`", mode: "kill x1", figure: "lost", is: Is::Count },
];

/// The table of a measure, `logger-bench/results/latest.json`, with the machine below it. What was not measured is empty.
///
/// # Errors
///
/// If it is no measure, or lacks what all is compared with.
pub(crate) fn table(measure: &str) -> anyhow::Result<String> {
    let measure: Value = serde_json::from_str(measure).context("the measure is no JSON")?;
    let mut table = String::from("| |");
    COLUMNS.iter().for_each(|column| table += &format!(" {} |", column.title));
    table += "\n|---|";
    COLUMNS.iter().for_each(|_| table += "---:|");
    table.push('\n');
    for (group, name, title) in ROWS {
        table += &format!("| {title} |");
        for column in &COLUMNS {
            table += &format!(" {} |", cell(&measure, (group, name), column)?);
        }
        table.push('\n');
    }
    let machine = &measure["machine"];
    let text = |key: &str| machine[key].as_str().unwrap_or("unknown").to_owned();
    // writing into a String cannot fail
    let _ = writeln!(
        table,
        "\n{}, {} cores, Linux {}, {}, {} rounds ({}).",
        text("processor"),
        machine["cores"],
        text("kernel"),
        text("date").split('T').next().unwrap_or_default(),
        machine["runs"],
        text("scale"),
    );
    Ok(table)
}

/// The median of a figure.
fn median(measure: &Value, (group, name): (&str, &str), mode: &str, figure: &str) -> Option<f64> {
    measure[group][name][mode][figure][0].as_f64()
}

fn cell(measure: &Value, subject: (&str, &str), column: &Column) -> anyhow::Result<String> {
    let of = |subject| median(measure, subject, column.mode, column.figure);
    let Some(value) = of(subject) else { return Ok(String::new()) };
    let base = || of(BASE).with_context(|| format!("{} has no {}", BASE.1, column.title));
    Ok(match column.is {
        Is::NetRatio => {
            let empty = of(("references", "empty")).context("the empty call was not measured")?;
            ratio((value - empty) / (base()? - empty))
        }
        Is::Ratio => ratio(value / base()?),
        Is::Share => format!("{:.0} %", value * 100.0),
        Is::Count => grouped(value.round() as u64),
    })
}

/// Two digits and no more.
fn ratio(ratio: f64) -> String {
    match ratio {
        _ if ratio >= 9.95 => format!("{} ×", grouped(ratio.round() as u64)),
        _ if ratio >= 0.995 => format!("{ratio:.1} ×"),
        _ => format!("{ratio:.2} ×"),
    }
}

/// A number with a comma between thousands.
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let from_the_end = digits.char_indices().map(|(at, digit)| {
        let is_thousand = at > 0 && (digits.len() - at).is_multiple_of(3);
        if is_thousand { format!(",{digit}") } else { digit.to_string() }
    });
    from_the_end.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const MEASURE: &str = r#"{
        "machine": {"processor": "P", "cores": 2, "kernel": "6", "date": "2026-01-31T00:00:00Z", "runs": 3, "scale": "full"},
        "references": {"empty": {"burst x1": {"p50": [20.0, 0, 0]}}},
        "ours": {"ours_static": {"burst x1": {"p50": [120.0, 0, 0], "p99.9": [1000.0, 0, 0]}, "kill x1": {"lost": [0.0, 0, 0]}}},
        "peers": {"tracing": {"burst x1": {"p50": [6220.0, 0, 0], "p99.9": [2500.0, 0, 0]},
            "flood x1": {"kept": [0.01, 0, 0]}, "kill x1": {"lost": [65000.0, 0, 0]}}}}"#;

    #[test]
    fn ratios_are_to_our_own_and_medians_are_net_of_the_empty_call() {
        let table = table(MEASURE).unwrap();
        assert!(table.contains("| this logger, its own macros | 1.0 × | 1.0 × |  |  |  | 0 |\n"), "{table}");
        assert!(table.contains("| tracing-appender | 62 × | 2.5 × |  |  | 1 % | 65,000 |\n"), "{table}");
        assert!(table.ends_with("\nP, 2 cores, Linux 6, 2026-01-31, 3 rounds (full).\n"), "{table}");
    }

    #[test]
    fn a_measure_without_our_own_figures_is_refused() {
        let without = MEASURE.replace("ours_static", "ours_other");
        assert!(table(&without).unwrap_err().to_string().contains("ours_static has no burst, p50"));
        assert!(table("no measure").is_err());
    }
}
