//! How many tests passed, read from what the runners print.

use std::{fmt, ops::AddAssign};

/// Tests by what became of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Counts {
    pub(crate) passed: u64,
    pub(crate) failed: u64,
    pub(crate) skipped: u64,
}

impl Counts {
    /// Reads a summary line of `cargo test`, of `cargo nextest` or of the fault cases; `None` for any other line.
    pub(crate) fn read(line: &str) -> Option<Counts> {
        let words: Vec<&str> = line.split_whitespace().collect();
        // nextest shows what a failed test printed, a summary of its own included, moved to the right
        let quoted = line.starts_with(' ');
        let counted = match words[..] {
            ["test", "result:", ..] if !quoted => &words[2..],
            ["Summary", ..] | ["Canceling", ..] => after(&words, "run:")?,
            [passed, "passed,", failed, "failed" | "failed,", ..]
                if !quoted && is_number(passed) && is_number(failed) =>
            {
                &words
            }
            _ => return None,
        };
        let mut counts = Counts::default();
        for pair in counted.windows(2) {
            let Ok(number) = pair[0].parse::<u64>() else { continue };
            match pair[1].trim_end_matches([',', ';', '.']) {
                "passed" => counts.passed += number,
                // nextest: "1 timed out", "1 exec failed"
                "failed" | "timed" | "exec" => counts.failed += number,
                "ignored" | "skipped" => counts.skipped += number,
                _ => {}
            }
        }
        Some(counts)
    }
}

fn after<'a, 'w>(words: &'a [&'w str], word: &str) -> Option<&'a [&'w str]> {
    let index = words.iter().position(|it| *it == word)?;
    Some(&words[index + 1..])
}

fn is_number(text: &str) -> bool {
    text.parse::<u64>().is_ok()
}

impl AddAssign for Counts {
    fn add_assign(&mut self, other: Counts) {
        self.passed += other.passed;
        self.failed += other.failed;
        self.skipped += other.skipped;
    }
}

impl fmt::Display for Counts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} passed, {} failed, {} skipped", self.passed, self.failed, self.skipped)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(line: &str, passed: u64, failed: u64, skipped: u64) {
        assert_eq!(Counts::read(line), Some(Counts { passed, failed, skipped }), "{line}");
    }

    #[test]
    fn the_summary_lines_of_all_runners_are_read() {
        check(
            "test result: ok. 12 passed; 0 failed; 1 ignored; 0 measured; 3 filtered out; finished in 0.02s",
            12,
            0,
            1,
        );
        check(
            "test result: FAILED. 2 passed; 1 failed; 0 ignored; 0 measured; 0 filtered out; finished",
            2,
            1,
            0,
        );
        check(
            "     Summary [   1.234s] 45 tests run: 44 passed (1 slow, 1 leaky), 1 failed, 2 skipped",
            44,
            1,
            2,
        );
        check("     Summary [   1.234s] 1 test run: 1 passed, 0 skipped", 1, 0, 0);
        check(
            "     Summary [   9.9s] 5/9 tests run: 2 passed, 1 failed, 1 timed out, 1 exec failed, 0 skipped",
            2,
            3,
            0,
        );
        check("18 passed, 1 failed", 18, 1, 0);
        check("18 passed, 1 failed, 2 skipped", 18, 1, 2);
    }

    #[test]
    fn other_lines_are_not_counted() {
        for line in [
            "",
            "running 3 tests",
            "F01 passed, nothing failed",
            "test a ... ok",
            "3 passed",
            "Summary of it",
        ] {
            assert_eq!(Counts::read(line), None, "{line}");
        }
    }
}
