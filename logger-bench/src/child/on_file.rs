//! What the files of a subject say after it has ended.

use anyhow::{Context as _, ensure};

use super::Job;
use crate::{
    lines::{self, Found},
    sample::Measured,
    subject::{Group, Keeps, row},
};

/// Adds which share of the records is on file. Returns what was found, too, where there are lines.
pub(super) fn with_kept(
    measured: Measured,
    job: &Job,
    sent: u64,
) -> anyhow::Result<(Measured, Option<Found>)> {
    let row = row(&job.subject).context("a subject of the table")?;
    if row.keeps == Keeps::NoLines {
        return Ok((measured, None));
    }
    let found = lines::find(&job.folder)?;
    if row.group == Group::Ours || row.name == "hand_sync" {
        lines::check_content(&job.folder).context("a line does not say what was logged")?;
    }
    Ok((measured.with("kept", found.lines as f64 / sent as f64), Some(found)))
}

/// Adds what a flood has brought on file in so many seconds. A lost record is an error where the subject keeps all.
pub(super) fn with_lines(measured: Measured, job: &Job, sent: u64, seconds: f64) -> anyhow::Result<Measured> {
    let (measured, found) = with_kept(measured, job, sent)?;
    let Some(found) = found else { return Ok(measured) };
    if row(&job.subject).is_some_and(|row| row.keeps == Keeps::All) {
        ensure!(found.lines == sent, "{} lines of {sent} records", found.lines);
        ensure!(found.missing(sent) == 0, "{} orders are missing", found.missing(sent));
    }
    Ok(measured
        .with("lines_per_s", found.lines as f64 / seconds)
        .with("bytes_per_s", found.bytes as f64 / seconds)
        .with("bytes_per_line", found.bytes as f64 / found.lines.max(1) as f64))
}
