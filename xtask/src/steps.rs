//! Steps that are run one after the other, whatever became of those before, and the table at the end.

use std::{
    fmt::Write as _,
    process::ExitCode,
    time::{Duration, Instant},
};

use crate::{counts::Counts, say};

/// How a step ended that did not fail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Ended {
    Ok,
    /// It was not run, and why.
    Skipped(String),
}

impl Ended {
    pub(crate) fn skipped(why: impl Into<String>) -> anyhow::Result<Ended> {
        Ok(Ended::Skipped(why.into()))
    }
}

/// What became of a step.
#[derive(Debug)]
enum Outcome {
    Ok,
    Failed(String),
    Skipped(String),
}

#[derive(Debug)]
struct Done {
    name: &'static str,
    outcome: Outcome,
    counts: Counts,
    took: Duration,
}

/// One step: its name and what it does. Tests that it runs are added to the counts.
pub(crate) struct Step {
    pub(crate) name: &'static str,
    pub(crate) body: fn(&mut Counts) -> anyhow::Result<Ended>,
}

/// Runs the steps, shows a heading and the time of each, then the table and the sum of all tests.
pub(crate) fn run(steps: &[&Step]) -> ExitCode {
    let start = Instant::now();
    let done: Vec<Done> = steps.iter().map(|step| run_one(step)).collect();
    say(&table(&done, start.elapsed()));
    let failed = done.iter().any(|it| matches!(it.outcome, Outcome::Failed(_)));
    if failed { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}

fn run_one(step: &Step) -> Done {
    say(&format!("\n=== {} ===\n", step.name));
    let start = Instant::now();
    let mut counts = Counts::default();
    let outcome = judge((step.body)(&mut counts), &counts);
    let took = start.elapsed();
    let done = Done { name: step.name, outcome, counts, took };
    say(&format!("--- {}: {} in {}\n", done.name, done.what(), seconds(took)));
    done
}

fn judge(ended: anyhow::Result<Ended>, counts: &Counts) -> Outcome {
    match ended {
        // a runner that tells of a failed test and ends with success is not believed
        Ok(_) if counts.failed > 0 => {
            Outcome::Failed("a test failed, and yet its runner ended with success".into())
        }
        Ok(Ended::Ok) => Outcome::Ok,
        Ok(Ended::Skipped(why)) => Outcome::Skipped(why),
        Err(error) => Outcome::Failed(format!("{error:#}")),
    }
}

impl Done {
    fn what(&self) -> String {
        match &self.outcome {
            Outcome::Ok => format!("ok{}", self.tests()),
            Outcome::Failed(why) => format!("FAILED{}: {why}", self.tests()),
            Outcome::Skipped(why) => format!("skipped: {why}"),
        }
    }

    fn tests(&self) -> String {
        if self.counts == Counts::default() { String::new() } else { format!(", {}", self.counts) }
    }

    /// Its tests; a step that failed or was skipped without a test that says so counts as one itself, so that the sum
    /// hides nothing.
    fn summed(&self) -> Counts {
        let mut counts = self.counts;
        match self.outcome {
            Outcome::Failed(_) if counts.failed == 0 => counts.failed = 1,
            Outcome::Skipped(_) if counts.skipped == 0 => counts.skipped = 1,
            _ => {}
        }
        counts
    }
}

/// The steps, one a line, and alone on the last line the sum.
fn table(done: &[Done], took: Duration) -> String {
    let width = done.iter().map(|it| it.name.len()).max().unwrap_or(0);
    let mut out = String::from("\n=== what became of the steps ===\n");
    let mut sum = Counts::default();
    for it in done {
        sum += it.summed();
        let what = it.what().replace('\n', " ");
        // writing into a String cannot fail
        let _ = writeln!(out, "{:width$} {:>8}  {what}", it.name, seconds(it.took));
    }
    let _ = writeln!(out, "{:width$} {:>8}\n\n{sum}", "all", seconds(took));
    out
}

fn seconds(duration: Duration) -> String {
    format!("{:.1} s", duration.as_secs_f64())
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;

    fn done(name: &'static str, outcome: Outcome, counts: (u64, u64, u64)) -> Done {
        let (passed, failed, skipped) = counts;
        Done { name, outcome, counts: Counts { passed, failed, skipped }, took: Duration::from_millis(1500) }
    }

    #[test]
    fn the_table_names_each_step_and_ends_with_a_sum_that_hides_nothing() {
        let done = [
            done("format", Outcome::Failed("`cargo fmt` ended with 1".into()), (0, 0, 0)),
            done("tests", Outcome::Failed("`cargo test` ended with 101".into()), (20, 1, 2)),
            done("doc tests", Outcome::Ok, (7, 0, 0)),
            done("miri", Outcome::Skipped("not installed".into()), (0, 0, 0)),
        ];
        expect![[r#"

            === what became of the steps ===
            format       1.5 s  FAILED: `cargo fmt` ended with 1
            tests        1.5 s  FAILED, 20 passed, 1 failed, 2 skipped: `cargo test` ended with 101
            doc tests    1.5 s  ok, 7 passed, 0 failed, 0 skipped
            miri         1.5 s  skipped: not installed
            all          6.0 s

            27 passed, 2 failed, 3 skipped
        "#]]
        .assert_eq(&table(&done, Duration::from_secs(6)));
    }

    #[test]
    fn a_step_whose_runner_tells_of_a_failed_test_has_failed() {
        let counts = Counts { failed: 1, ..Counts::default() };
        assert!(matches!(judge(Ok(Ended::Ok), &counts), Outcome::Failed(_)));
    }
}
