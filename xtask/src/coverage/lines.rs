//! What the counters say of each line of the library crates. Lines of tests do not count: they would raise the share. Nor do those
//! of constant functions of a crate's own that never run: the compiler has run them, or it would warn of code that nobody uses.

use std::{collections::BTreeMap, fmt::Write as _, ops::RangeInclusive, path::Path};

use anyhow::{Context as _, ensure};

/// The crates that applications depend on, and the command.
const LIBRARIES: [&str; 8] = [
    "logger-core",
    "logger-file",
    "logger-stderr",
    "logger-telegram",
    "logger-config",
    "logger-bridge",
    "logger-metrics",
    "logger-cli",
];

/// Folders and files below `src` that are there for tests alone.
const FOR_TESTS: [&str; 5] = ["/testing/", "/tests/", "testing.rs", "tests.rs", "fuzzing.rs"];

/// The least share of lines that a crate has to have, in percent.
const LEAST: f64 = 95.0;

/// How often each line was run that has code, by file, from the root of the workspace.
#[derive(Debug, Default)]
pub(crate) struct Lines(BTreeMap<String, BTreeMap<usize, u64>>);

/// Of one crate, or of all.
#[derive(Debug, Default, Clone, Copy)]
struct Share {
    lines: usize,
    run: usize,
}

impl Lines {
    /// Reads what `llvm-cov` exports as lcov; `source` reads a source file.
    ///
    /// # Errors
    ///
    /// If a source file cannot be read, or a library has no line at all.
    pub(crate) fn read(
        lcov: &str,
        root: &Path,
        source: impl Fn(&str) -> anyhow::Result<String>,
    ) -> anyhow::Result<Self> {
        let mut lines = Lines::default();
        let mut file: Option<(String, NotCounted)> = None;
        for row in lcov.lines() {
            if let Some(path) = row.strip_prefix("SF:") {
                file = match in_library(path, root) {
                    None => None,
                    Some(name) => Some((name, NotCounted::of(&source(path)?))),
                };
            } else if let (Some((name, left_out)), Some(of_line)) = (&file, row.strip_prefix("DA:")) {
                let (line, count) = of_line.split_once(',').context("a line without a count")?;
                let (line, count): (usize, u64) = (line.parse()?, count.parse()?);
                if left_out.counts(line, count) {
                    *lines.0.entry(name.clone()).or_default().entry(line).or_default() += count;
                }
            }
        }
        for library in LIBRARIES {
            ensure!(lines.share(library).lines > 0, "no line of {library} was counted");
        }
        Ok(lines)
    }

    fn share(&self, library: &str) -> Share {
        let mut share = Share::default();
        for (_, lines) in self.0.iter().filter(|(name, _)| crate_of(name) == library) {
            share.lines += lines.len();
            share.run += lines.values().filter(|count| **count > 0).count();
        }
        share
    }

    /// One crate a line.
    pub(crate) fn table(&self) -> String {
        let mut out = String::from("\ncrate             lines     run   share\n");
        let mut all = Share::default();
        let mut put = |name: &str, share: Share| {
            // writing into a String cannot fail
            let _ = writeln!(out, "{name:16}{:7} {:7} {:5.1} %", share.lines, share.run, share.percent());
        };
        for library in LIBRARIES {
            let share = self.share(library);
            all = Share { lines: all.lines + share.lines, run: all.run + share.run };
            put(library, share);
        }
        put("all", all);
        out
    }

    /// The lines that no test runs, one file a line.
    pub(crate) fn not_run(&self) -> String {
        let mut out = String::from("\nlines that no test runs\n");
        for (name, lines) in &self.0 {
            let ranges = ranges(lines);
            if !ranges.is_empty() {
                let _ = writeln!(out, "{name}: {}", ranges.join(", "));
            }
        }
        out
    }

    /// # Errors
    ///
    /// If a crate has less than it has to; the message names each.
    pub(crate) fn verdict(&self) -> anyhow::Result<()> {
        let short: Vec<&str> =
            LIBRARIES.into_iter().filter(|library| self.share(library).percent() < LEAST).collect();
        ensure!(short.is_empty(), "less than {LEAST} % of the lines of {}", short.join(", "));
        Ok(())
    }
}

impl Share {
    fn percent(self) -> f64 {
        100.0 * self.run as f64 / self.lines.max(1) as f64
    }
}

fn crate_of(name: &str) -> &str {
    name.split('/').next().unwrap_or(name)
}

/// The name of a source file of a library, from the root of the workspace.
fn in_library(path: &str, root: &Path) -> Option<String> {
    let name = Path::new(path).strip_prefix(root).ok()?.to_str()?.replace('\\', "/");
    let source = name.strip_prefix(crate_of(&name))?;
    let counts = LIBRARIES.contains(&crate_of(&name)) && source.starts_with("/src/");
    (counts && !FOR_TESTS.iter().any(|part| source.contains(part))).then_some(name)
}

/// Which lines of a file do not count.
struct NotCounted {
    /// The number of the first line of its tests, which stand last in it.
    tests: usize,
    /// The lines of its constant functions that no other crate can call.
    constant: Vec<RangeInclusive<usize>>,
}

impl NotCounted {
    fn of(text: &str) -> Self {
        let lines: Vec<&str> = text.lines().collect();
        let begins = |pair: &[&str]| {
            let for_tests = pair[0].starts_with("#[cfg(") && pair[0].contains("test");
            for_tests && pair[1].starts_with("mod ") && pair[1].ends_with('{')
        };
        let tests = lines.windows(2).position(begins).map_or(usize::MAX, |at| at + 1);
        let is_constant = |line: &str| {
            let line = line.trim_start();
            line.starts_with("const fn ") || line.starts_with("pub(crate) const fn ")
        };
        let function = |(at, line): (usize, &&str)| {
            let indent = line.len() - line.trim_start().len();
            let is_end = |line: &&str| line.trim_end() == format!("{:indent$}}}", "");
            let len = lines[at..].iter().position(is_end)?;
            Some(at + 1..=at + 1 + len)
        };
        let constant = lines.iter().enumerate().filter(|(_, line)| is_constant(line)).filter_map(function);
        NotCounted { tests, constant: constant.collect() }
    }

    fn counts(&self, line: usize, count: u64) -> bool {
        let only_compiled = count == 0 && self.constant.iter().any(|lines| lines.contains(&line));
        line < self.tests && !only_compiled
    }
}

/// Consecutive lines without a run in one range; lines without code between them do not part them.
fn ranges(lines: &BTreeMap<usize, u64>) -> Vec<String> {
    let mut ranges: Vec<(usize, usize)> = Vec::new();
    let mut goes_on = false;
    for (&line, &count) in lines {
        match ranges.last_mut() {
            Some(range) if count == 0 && goes_on => range.1 = line,
            _ if count == 0 => ranges.push((line, line)),
            _ => {}
        }
        goes_on = count == 0;
    }
    let shown = |(from, to)| if from == to { format!("{from}") } else { format!("{from}-{to}") };
    ranges.into_iter().map(shown).collect()
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;

    #[test]
    fn lines_of_tests_do_not_count_and_lines_that_did_not_run_are_named() {
        let text = "fn a() {\n}\n\nfn b() {\n    c();\n}\n\n#[cfg(all(test, unix))]\nmod tests {\n    fn t() {}\n}\n";
        let mut lcov = String::from("SF:/elsewhere/logger-core/src/lib.rs\nDA:1,0\nend_of_record\n");
        for library in LIBRARIES {
            lcov += &format!(
                "SF:/w/{library}/src/one.rs\nDA:1,3\nDA:2,3\nDA:4,0\nDA:5,0\nDA:6,0\nDA:10,7\nend_of_record\n"
            );
            lcov += &format!("SF:/w/{library}/src/tests.rs\nDA:1,1\nend_of_record\n");
            lcov += &format!("SF:/w/{library}/tests/it/main.rs\nDA:1,1\nend_of_record\n");
        }
        let lines = Lines::read(&lcov, Path::new("/w"), |_| Ok(text.to_owned())).unwrap();
        expect![[r#"

            crate             lines     run   share
            logger-core           5       2  40.0 %
            logger-file           5       2  40.0 %
            logger-stderr         5       2  40.0 %
            logger-telegram       5       2  40.0 %
            logger-config         5       2  40.0 %
            logger-bridge         5       2  40.0 %
            logger-metrics        5       2  40.0 %
            logger-cli            5       2  40.0 %
            all                  40      16  40.0 %
        "#]]
        .assert_eq(&lines.table());
        assert_eq!(lines.not_run().lines().nth(2), Some("logger-bridge/src/one.rs: 4-6"));
    }

    #[test]
    fn a_crate_that_falls_below_its_share_is_an_error_that_names_it() {
        let of_100 = |run: usize| (1..=100).map(|line| (line, u64::from(line <= run))).collect();
        let all = LIBRARIES.map(|library| (format!("{library}/src/one.rs"), of_100(95)));
        let mut lines = Lines(BTreeMap::from(all));
        assert!(lines.verdict().is_ok());
        lines.0.insert("logger-cli/src/one.rs".into(), of_100(94));
        assert_eq!(lines.verdict().unwrap_err().to_string(), "less than 95 % of the lines of logger-cli");
    }

    #[test]
    fn constant_functions_that_the_compiler_has_run_do_not_count() {
        let text = "impl A {\n    pub(crate) const fn a() {\n        b();\n    }\n\n    pub const fn c() {\n    }\n}\n";
        let not_counted = NotCounted::of(text);
        let counting = |count| (1..=7).filter(|line| not_counted.counts(*line, count)).collect::<Vec<_>>();
        assert_eq!(counting(0), [1, 5, 6, 7], "others may call a public one, and nobody does");
        assert_eq!(counting(1), [1, 2, 3, 4, 5, 6, 7]);
    }

    #[test]
    fn lines_that_did_not_run_are_one_range_up_to_the_next_that_did() {
        let lines = BTreeMap::from([(1, 0), (2, 0), (5, 0), (6, 1), (9, 0)]);
        assert_eq!(ranges(&lines), ["1-5", "9"]);
    }

    #[test]
    fn a_library_without_a_line_is_an_error() {
        assert!(Lines::read("", Path::new("/"), |_| Ok(String::new())).is_err());
    }
}
