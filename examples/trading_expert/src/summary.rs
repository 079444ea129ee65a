//! What a person reads after the demo: the files, the trades, the speed, the comparison, where to look next.

use std::{
    io::{self, Write},
    path::Path,
    time::Duration,
};

use logger_core::Level;

use crate::{money::grouped, read_back::FileCounts, run::Outcome};

/// Writes the summary of a run.
///
/// # Errors
///
/// Those of the writer.
pub fn write_summary(out: &mut dyn Write, outcome: &Outcome) -> io::Result<()> {
    files(out, outcome)?;
    experts(out, outcome)?;
    speed(out, outcome)?;
    checks(out, outcome)?;
    look_further(out, &outcome.dir)
}

fn files(out: &mut dyn Write, outcome: &Outcome) -> io::Result<()> {
    writeln!(out, "\nFiles in {} (lines counted by reading them back)\n", outcome.dir.display())?;
    write!(out, "  {:<12} {:>10} {:>9}", "", "size", "lines")?;
    let levels = &Level::ALL[1..];
    levels.iter().try_for_each(|level| write!(out, " {:>9}", level.as_str()))?;
    writeln!(out)?;
    for file in outcome.files.all() {
        let name = file.path.file_name().unwrap_or_default().to_string_lossy();
        write!(out, "  {name:<12} {:>10} {:>9}", size(file.bytes), grouped(file.lines()))?;
        levels.iter().try_for_each(|level| write!(out, " {:>9}", grouped(file.by_level[*level as usize])))?;
        match file.rotated {
            0 => writeln!(out)?,
            rotated => writeln!(out, "  + {rotated} rotated")?,
        }
    }
    Ok(())
}

fn experts(out: &mut dyn Write, outcome: &Outcome) -> io::Result<()> {
    writeln!(out, "\nExperts\n")?;
    writeln!(
        out,
        "  {:<12} {:>7} {:>8} {:>7} {:>7} {:>9} {:>7} {:>12}",
        "", "days", "signals", "orders", "trades", "rejected", "halts", "profit"
    )?;
    let rows =
        outcome.experts.iter().map(|(plan, tally)| (plan.name, *tally)).chain([("all", outcome.total())]);
    for (name, tally) in rows {
        writeln!(
            out,
            "  {name:<12} {:>7} {:>8} {:>7} {:>7} {:>9} {:>7} {:>12}",
            grouped(tally.bars),
            tally.signals,
            tally.orders,
            tally.trades,
            tally.rejected,
            tally.criticals,
            tally.profit
        )?;
    }
    Ok(())
}

fn speed(out: &mut dyn Write, outcome: &Outcome) -> io::Result<()> {
    let records = outcome.report.health.total().accepted;
    let rate = (records as f64 / outcome.elapsed.as_secs_f64().max(1e-9)) as u64;
    let quantile = |share| outcome.latency.quantile(share).unwrap_or_default();
    writeln!(out, "\nSpeed\n")?;
    writeln!(
        out,
        "  {} records in {}, from the first call to the end of the shutdown: {} per second",
        grouped(records),
        duration(outcome.elapsed),
        grouped(rate)
    )?;
    writeln!(
        out,
        "  a log call keeps its caller for {} (p50), {} (p99); measured around {} calls, two looks at the clock included",
        duration(quantile(0.5)),
        duration(quantile(0.99)),
        grouped(outcome.latency.len())
    )
}

fn checks(out: &mut dyn Write, outcome: &Outcome) -> io::Result<()> {
    writeln!(out, "\nChecks\n")?;
    for check in outcome.checks() {
        let mark = if check.holds { "ok    " } else { "FAILED" };
        writeln!(out, "  {mark}  {}", check.what)?;
    }
    Ok(())
}

fn look_further(out: &mut dyn Write, dir: &Path) -> io::Result<()> {
    let path = |name: &str| quoted(&dir.join(name));
    writeln!(out, "\nLook further\n")?;
    writeln!(out, "  head -n 1 {}", path("trades.log"))?;
    writeln!(out, "  grep '\"level\":\"critical\"' {}", path("errors.log"))?;
    writeln!(out, "  jq -c 'select(.error) | {{timestamp, expert_name, error}}' {}", path("errors.log"))?;
    writeln!(
        out,
        "  jq -cs 'group_by(.expert_name)[] | {{(.[0].expert_name): (map(.profit // 0) | add * 100 | round / 100)}}' {}",
        path("trades.log")
    )
}

/// A path that a shell takes as one word.
fn quoted(path: &Path) -> String {
    let text = path.display().to_string();
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"/._-+:\\".contains(&byte);
    if text.bytes().all(plain) { text } else { format!("'{}'", text.replace('\'', r"'\''")) }
}

/// A size with a unit that leaves one to three digits before the point.
fn size(bytes: u64) -> String {
    match bytes {
        0..1_000 => format!("{bytes} B"),
        1_000..1_000_000 => format!("{:.1} kB", bytes as f64 / 1e3),
        _ => format!("{:.1} MB", bytes as f64 / 1e6),
    }
}

/// A duration with a unit that suits it.
fn duration(duration: Duration) -> String {
    let nanos = duration.as_nanos() as f64;
    match duration.as_nanos() {
        0..10_000 => format!("{nanos} ns"),
        10_000..10_000_000 => format!("{:.0} µs", nanos / 1e3),
        10_000_000..10_000_000_000 => format!("{:.0} ms", nanos / 1e6),
        _ => format!("{:.1} s", nanos / 1e9),
    }
}

/// One comparison and whether it came out.
#[derive(Debug, Clone)]
pub struct Check {
    /// What was compared, with both figures.
    pub what: String,
    /// Whether they agree.
    pub holds: bool,
}

impl Outcome {
    /// Compares the files with what the experts say that they did.
    pub fn checks(&self) -> Vec<Check> {
        let total = self.total();
        let health = &self.report.health;
        let (accepted, admitted) = (health.total().accepted, total.calls.admitted(self.level));
        let lost = health.total().dropped.total() + health.drains.iter().map(|it| it.dropped).sum::<u64>();
        let unreadable = self.files.all().iter().map(|file| file.unreadable).sum::<u64>();
        let mut checks = vec![
            Check { what: format!("lost = {lost}"), holds: lost == 0 && self.report.finished },
            Check {
                what: format!("calls let in = {}, records = {}", grouped(admitted), grouped(accepted)),
                holds: admitted == accepted,
            },
            Check { what: format!("lines that are not JSON = {unreadable}"), holds: unreadable == 0 },
        ];
        checks.extend(self.experts.iter().map(|(plan, tally)| {
            let (trades, profit) = self.files.trades.closed.get(plan.name).copied().unwrap_or_default();
            Check {
                what: format!(
                    "{}: trades made = {}, in trades.log = {trades}; profit {} = {profit}",
                    plan.name, tally.trades, tally.profit
                ),
                holds: (tally.trades, tally.profit) == (trades, profit),
            }
        }));
        let expected = [total.calls.in_expert_log(self.level), total.calls.trades(), total.calls.errors()];
        checks.extend(
            self.files.all().iter().zip(expected).map(|(file, expected)| compare_lines(file, expected)),
        );
        checks
    }
}

fn compare_lines(file: &FileCounts, expected: u64) -> Check {
    let name = file.path.file_name().unwrap_or_default().to_string_lossy();
    let lines = file.lines();
    Check {
        what: format!("{name}: calls for it = {}, lines = {}", grouped(expected), grouped(lines)),
        holds: expected == lines,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_shown_in_units_that_a_person_reads() {
        assert_eq!([999, 1_500, 8_320_000].map(size), ["999 B", "1.5 kB", "8.3 MB"]);
        let durations =
            [7, 9_999, 10_000, 12_345_678, 61_500_000_000].map(|it| duration(Duration::from_nanos(it)));
        assert_eq!(durations, ["7 ns", "9999 ns", "10 µs", "12 ms", "61.5 s"]);
    }

    #[test]
    fn a_path_with_a_blank_or_a_quote_is_one_word_for_a_shell() {
        assert_eq!(quoted(Path::new("/tmp/a-b/c.log")), "/tmp/a-b/c.log");
        assert_eq!(quoted(Path::new("my logs/it's")), r"'my logs/it'\''s'");
    }
}
