//! The demo from the first call to the last line of its files.
#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

mod agreement;
mod command_line;
mod lines;
mod strict_json;

use std::{fs, path::Path};

use logger_core::Level;
use trading_expert::{Bar, NASDAQ, Outcome, Settings, parse_bars, run};

use crate::strict_json::Line;

const FILES: [&str; 3] = ["expert.log", "trades.log", "errors.log"];

/// The demo over all bars, in a folder of its own.
fn demo(level: Level) -> (tempfile::TempDir, Outcome) {
    demo_of(parse_bars(NASDAQ).unwrap(), level)
}

fn demo_of(bars: Vec<Bar>, level: Level) -> (tempfile::TempDir, Outcome) {
    let dir = tempfile::tempdir().unwrap();
    let settings = Settings { dir: dir.path().into(), level, bars };
    let outcome = run(settings, |_, _| ()).unwrap();
    (dir, outcome)
}

/// The lines of a file and of those that it was rotated into, the oldest first.
#[track_caller]
fn lines(dir: &Path, name: &str) -> Vec<Line> {
    let rotated = (1..).map(|number| dir.join(format!("{name}.{number}"))).take_while(|path| path.exists());
    let mut paths: Vec<_> = [dir.join(name)].into_iter().chain(rotated).collect();
    paths.reverse();
    let read = |path| strict_json::lines(&fs::read_to_string(path).unwrap());
    paths.iter().flat_map(read).collect()
}
