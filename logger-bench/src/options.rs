//! What the command line asks for.

use std::path::PathBuf;

use anyhow::{Context as _, bail, ensure};

use crate::{
    mode::Mode,
    plan::Scale,
    subject::{Group, Row},
    subjects,
};

pub(crate) const USAGE: &str = "\
logger-bench [--quick] [--only NAMES] [--without NAMES] [--modes MODES] [--runs N] [--dir DIR] [--results DIR]

  --quick        less of each, and peers once; ends within three minutes
  --only NAMES   subjects or groups, with commas: ours, references, peers, ticklog, …; references are always measured
  --without NAMES
                 subjects that are left out of these, so that more runs fit into the same time
  --modes MODES  burst, paced, flood, kill, memory, cpu, disabled, start, idle, with commas
  --runs N       how many runs; 5 by default, 2 with --quick
  --dir DIR      where the subjects write, a folder on a disk; by default `target/bench`
  --results DIR  where the results go; by default `logger-bench/results`
";

/// What is measured, and where to.
#[derive(Debug)]
pub(crate) struct Options {
    pub(crate) scale: Scale,
    pub(crate) runs: usize,
    /// Names of subjects and groups; empty for all.
    only: Vec<String>,
    /// Names of subjects.
    without: Vec<String>,
    /// Empty for all.
    modes: Vec<Mode>,
    pub(crate) dir: PathBuf,
    pub(crate) results: PathBuf,
}

impl Options {
    /// Reads the words; `None` where they ask for help.
    pub(crate) fn read(words: &[String]) -> anyhow::Result<Option<Options>> {
        let mut options = Options {
            scale: Scale::Full,
            runs: 0,
            only: Vec::new(),
            without: Vec::new(),
            modes: Vec::new(),
            dir: "target/bench".into(),
            results: "logger-bench/results".into(),
        };
        let mut words = words.iter();
        while let Some(word) = words.next() {
            let mut value = || words.next().with_context(|| format!("`{word}` needs a value"));
            match word.as_str() {
                "--help" | "-h" => return Ok(None),
                "--quick" => options.scale = Scale::Quick,
                "--only" => options.only = value()?.split(',').map(str::to_owned).collect(),
                "--without" => options.without = value()?.split(',').map(str::to_owned).collect(),
                "--modes" => {
                    options.modes = value()?.split(',').map(str::parse).collect::<anyhow::Result<_>>()?
                }
                "--runs" => options.runs = value()?.parse().context("--runs")?,
                "--dir" => options.dir = value()?.into(),
                "--results" => options.results = value()?.into(),
                _ => bail!("there is no option `{word}`\n\n{USAGE}"),
            }
        }
        if options.runs == 0 {
            options.runs = options.scale.runs();
        }
        options.check_names()?;
        Ok(Some(options))
    }

    fn check_names(&self) -> anyhow::Result<()> {
        let is_group =
            |name: &String| self.only.contains(name) && subjects::all().any(|row| row.group.name() == name);
        for name in self.only.iter().chain(&self.without) {
            let known = subjects::all().any(|row| row.name == name) || is_group(name);
            let names: Vec<&str> = subjects::all().map(|row| row.name).collect();
            ensure!(known, "there is no subject `{name}`; there are {}", names.join(", "));
        }
        Ok(())
    }

    /// Whether a subject is measured. References always are: a figure is a ratio to them.
    pub(crate) fn wants(&self, row: &Row) -> bool {
        let named = || self.only.iter().any(|name| name == row.name || name == row.group.name());
        let left_out = self.without.iter().any(|name| name == row.name);
        row.group == Group::Reference || (self.only.is_empty() || named()) && !left_out
    }

    pub(crate) fn wants_mode(&self, mode: Mode) -> bool {
        self.modes.is_empty() || self.modes.contains(&mode)
    }

    /// Whether it is the whole measure.
    pub(crate) fn is_whole(&self) -> bool {
        self.only.is_empty() && self.without.is_empty() && self.modes.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> anyhow::Result<Option<Options>> {
        Options::read(&text.split_whitespace().map(str::to_owned).collect::<Vec<_>>())
    }

    #[test]
    fn names_and_modes_are_chosen_and_references_always_are() {
        let options = read("--quick --only ours_full --modes burst,flood").unwrap().unwrap();
        let chosen: Vec<&str> =
            subjects::all().filter(|row| options.wants(row)).map(|row| row.name).collect();
        assert_eq!(chosen, ["empty", "limit_ring", "hand_sync", "ours_full"]);
        assert!(options.wants_mode(Mode::Flood) && !options.wants_mode(Mode::Paced) && !options.is_whole());
        assert!(read("").unwrap().unwrap().is_whole());
        let options = read("--only ours --without ours_full,ours_erased").unwrap().unwrap();
        let row = |name| subjects::all().find(|row| row.name == name).unwrap();
        assert!(
            options.wants(row("ours")) && options.wants(row("empty")) && !options.wants(row("ours_full"))
        );
        assert!(!read("--without ours_full").unwrap().unwrap().is_whole());
    }

    #[test]
    fn what_is_not_known_is_named() {
        let message = |text| read(text).unwrap_err().to_string();
        assert!(message("--only quill").contains("no subject `quill`"));
        assert!(message("--without quill").contains("no subject `quill`"));
        assert!(message("--modes slow").contains("no mode `slow`"));
        assert!(message("--fast").contains("no option `--fast`"));
        assert!(message("--runs").contains("needs a value"));
        assert!(read("--help").unwrap().is_none());
    }
}
