//! Counts what stands in the files, to be compared with what the experts say that they did.

use std::{
    borrow::Cow,
    collections::BTreeMap,
    fs::{self, File},
    io::{self, BufRead, BufReader},
    path::{Path, PathBuf},
};

use anyhow::Context as _;
use logger_core::Level;
use serde::Deserialize;

use crate::money::Cents;

/// What stands in the three files of one run.
#[derive(Debug, Clone, Default)]
pub struct ReadBack {
    /// `expert.log`.
    pub expert: FileCounts,
    /// `trades.log`.
    pub trades: FileCounts,
    /// `errors.log`.
    pub errors: FileCounts,
}

impl ReadBack {
    /// The three files, `expert.log` first.
    pub fn all(&self) -> [&FileCounts; 3] {
        [&self.expert, &self.trades, &self.errors]
    }
}

/// What stands in one file and in those that it was rotated into.
#[derive(Debug, Clone, Default)]
pub struct FileCounts {
    /// The path of the file that is being written.
    pub path: PathBuf,
    /// The size of all of them, in bytes.
    pub bytes: u64,
    /// How many files were rotated away.
    pub rotated: usize,
    /// Lines of this run from the application, by level.
    pub by_level: [u64; Level::ALL.len()],
    /// Lines of this run that the logger wrote about itself.
    pub own_reports: u64,
    /// Lines that are not JSON of the expected form.
    pub unreadable: u64,
    /// By expert: its lines `position closed` and the sum of their profit.
    pub closed: BTreeMap<String, (u64, Cents)>,
}

impl FileCounts {
    /// Lines of this run from the application.
    pub fn lines(&self) -> u64 {
        self.by_level.iter().sum()
    }
}

/// The part of a line that is counted.
#[derive(Deserialize)]
struct Line<'a> {
    #[serde(borrow)]
    level: Cow<'a, str>,
    #[serde(borrow)]
    category: Cow<'a, str>,
    #[serde(borrow)]
    event: Cow<'a, str>,
    #[serde(borrow)]
    run: Cow<'a, str>,
    #[serde(borrow)]
    expert_name: Option<Cow<'a, str>>,
    profit: Option<f64>,
}

/// Reads the files of a folder and counts the lines of the run that wrote last into its `trades.log`.
///
/// # Errors
///
/// If a file is missing or cannot be read.
pub fn read_back(dir: &Path) -> anyhow::Result<ReadBack> {
    let run = last_run(&dir.join("trades.log"))?;
    let count = |name: &str| count_file(&dir.join(name), run.as_deref());
    Ok(ReadBack { expert: count("expert.log")?, trades: count("trades.log")?, errors: count("errors.log")? })
}

/// The run of the last line; `None` where there is none, and then every run counts.
fn last_run(path: &Path) -> anyhow::Result<Option<String>> {
    let mut run = None;
    for_each_line(path, |line| {
        if let Ok(line) = serde_json::from_slice::<Line<'_>>(line) {
            run = Some(line.run.into_owned());
        }
    })?;
    Ok(run)
}

fn count_file(path: &Path, run: Option<&str>) -> anyhow::Result<FileCounts> {
    let rotated = rotated_files(path)?;
    let mut counts = FileCounts { path: path.into(), rotated: rotated.len(), ..FileCounts::default() };
    for file in rotated.iter().map(PathBuf::as_path).chain([path]) {
        counts.bytes += fs::metadata(file).with_context(|| format!("cannot see {}", file.display()))?.len();
        for_each_line(file, |line| counts.add(line, run))?;
    }
    Ok(counts)
}

impl FileCounts {
    fn add(&mut self, line: &[u8], run: Option<&str>) {
        let Ok(line) = serde_json::from_slice::<Line<'_>>(line) else {
            self.unreadable += 1;
            return;
        };
        if run.is_some_and(|run| run != line.run) {
            return;
        }
        match line.level.parse::<Level>() {
            _ if line.category == "logger" => self.own_reports += 1,
            Ok(level) => self.by_level[level as usize] += 1,
            Err(_) => self.unreadable += 1,
        }
        if let (Some(expert), Some(profit), "position closed") = (line.expert_name, line.profit, &*line.event)
        {
            let (trades, sum) = self.closed.entry(expert.into_owned()).or_default();
            *trades += 1;
            *sum += Cents::from_f64(profit);
        }
    }
}

/// The files that this one was rotated into: its name, a dot and a number.
fn rotated_files(path: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let numbered = (1..).map(|number| {
        let mut name = path.as_os_str().to_owned();
        name.push(format!(".{number}"));
        PathBuf::from(name)
    });
    Ok(numbered.take_while(|it| it.exists()).collect())
}

fn for_each_line(path: &Path, mut take: impl FnMut(&[u8])) -> anyhow::Result<()> {
    let mut read = || -> io::Result<()> {
        let mut reader = BufReader::new(File::open(path)?);
        let mut line = Vec::new();
        while reader.read_until(b'\n', &mut line)? > 0 {
            take(&line);
            line.clear();
        }
        Ok(())
    };
    read().with_context(|| format!("cannot read {}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(run: &str, level: &str, category: &str, rest: &str) -> String {
        format!(
            r#"{{"level":"{level}","category":"{category}","event":"position closed","run":"{run}","x":"\n"{rest}}}"#
        ) + "\n"
    }

    #[test]
    fn the_last_run_is_counted_over_all_its_files() {
        let dir = tempfile::tempdir().unwrap();
        let closed = r#","expert_name":"A","profit":-0.29"#;
        let old = line("1", "info", "trade", closed);
        let rotated = line("2", "info", "trade", closed) + "torn {\n";
        let now = line("2", "error", "trade", closed) + &line("2", "warning", "logger", "");
        for name in ["expert.log", "trades.log", "errors.log"] {
            fs::write(dir.path().join(format!("{name}.2")), &old).unwrap();
            fs::write(dir.path().join(format!("{name}.1")), &rotated).unwrap();
            fs::write(dir.path().join(name), &now).unwrap();
        }
        let counts = read_back(dir.path()).unwrap().trades;
        assert_eq!(counts.by_level, [0, 0, 1, 0, 1, 0]);
        assert_eq!((counts.rotated, counts.own_reports, counts.unreadable), (2, 1, 1));
        assert_eq!(counts.bytes as usize, old.len() + rotated.len() + now.len());
        assert_eq!(counts.closed["A"], (2, Cents(-58)));
    }

    #[test]
    fn a_missing_file_is_named() {
        let dir = tempfile::tempdir().unwrap();
        let error = read_back(dir.path()).unwrap_err().to_string();
        assert!(error.contains("trades.log"), "{error}");
    }
}
