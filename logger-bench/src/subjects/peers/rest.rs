//! Waits for subjects that do not say when all is on file.

use std::{fs, path::Path, time::Duration};

use anyhow::ensure;

use crate::timer::poll;

/// A file that does not grow for so many milliseconds has all.
const QUIET: u32 = 20;

/// Returns when a file does not grow any more.
pub(super) fn until_it_rests(file: &Path) -> anyhow::Result<()> {
    let (mut len, mut quiet) = (0, 0);
    let rests = poll(Duration::from_secs(120), || {
        let now = fs::metadata(file).map_or(0, |it| it.len());
        quiet = if now == len { quiet + 1 } else { 0 };
        len = now;
        quiet >= QUIET
    });
    ensure!(rests, "{} goes on growing", file.display());
    Ok(())
}
