//! `trading_expert [--dir DIR] [--level LEVEL] [--bars FILE]`: the demo on the command line.
#![forbid(unsafe_code)]

use std::{
    io::{self, Write},
    path::PathBuf,
    process::ExitCode,
};

use anyhow::{Context as _, bail};
use logger_core::Level;
use trading_expert::{Bar, NASDAQ, Settings, grouped, parse_bars, read_bars, run, write_summary};

const USAGE: &str = "\
Three experts trade daily bars and log what they do.

usage: trading_expert [--dir DIR] [--level LEVEL] [--bars FILE]

  --dir DIR      where the log files go (demo-logs)
  --level LEVEL  trace, debug, info, warning, error, critical (debug)
  --bars FILE    CSV with date,open,high,low,close,volume (the Nasdaq Composite, 1999 to 2018)
";

fn main() -> ExitCode {
    match demo() {
        Ok(code) => code,
        Err(error) => {
            let _ = writeln!(io::stderr().lock(), "trading_expert: {error:#}");
            ExitCode::from(2)
        }
    }
}

fn demo() -> anyhow::Result<ExitCode> {
    let Some(options) = options(std::env::args().skip(1))? else {
        say(USAGE);
        return Ok(ExitCode::SUCCESS);
    };
    let bars = options.bars()?;
    if let [first, .., last] = &bars[..] {
        say(&format!("{} days, {} to {}; ", grouped(bars.len() as u64), first.date, last.date));
    }
    say(&format!("level {}; three experts, each in a thread of its own\n", options.level));
    let settings = Settings { dir: options.dir, level: options.level, bars };
    let outcome = run(settings, |plan, tally| {
        say(&format!("  {:<12} done: {} trades, profit {}\n", plan.name, tally.trades, tally.profit));
    })?;
    // a closed pipe is no reason to fail: the files are what counts
    let _ = write_summary(&mut io::stdout().lock(), &outcome);
    let agreed = outcome.checks().iter().all(|check| check.holds);
    Ok(if agreed { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Writes to stdout; a reader that has gone away is ignored.
fn say(text: &str) {
    let mut out = io::stdout().lock();
    let _ = out.write_all(text.as_bytes()).and_then(|()| out.flush());
}

struct Options {
    dir: PathBuf,
    level: Level,
    bars_file: Option<PathBuf>,
}

impl Options {
    fn bars(&self) -> anyhow::Result<Vec<Bar>> {
        match &self.bars_file {
            Some(path) => read_bars(path).with_context(|| format!("cannot use {}", path.display())),
            None => parse_bars(NASDAQ).context("cannot use the bars that come with the example"),
        }
    }
}

/// Reads the command line; `None` where help is asked for.
fn options(mut args: impl Iterator<Item = String>) -> anyhow::Result<Option<Options>> {
    let mut options = Options { dir: "demo-logs".into(), level: Level::Debug, bars_file: None };
    while let Some(arg) = args.next() {
        let mut value = || args.next().with_context(|| format!("{arg} needs a value"));
        match arg.as_str() {
            "--dir" => options.dir = value()?.into(),
            "--level" => options.level = value()?.parse()?,
            "--bars" => options.bars_file = Some(value()?.into()),
            "-h" | "--help" => return Ok(None),
            _ => bail!("unknown argument `{arg}`; see --help"),
        }
    }
    Ok(Some(options))
}
