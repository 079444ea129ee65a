//! One judge for every fault: compares what the child knows to be logged with what all its outputs hold.
//!
//! A record belongs into one or more destinations. It is found if each of them holds it, or if stderr, where the
//! fallback writes, holds it in place of those that do not. Everything else is lost, unless the pipeline itself counted
//! it as dropped; and a trade may not even be dropped.

mod account;
mod line;
mod tally;

use std::{io, path::PathBuf, slice};

use crate::{acked::Acked, figures::Figures, outputs, payload::Kind, report::ChildReport};
use account::Account;
use line::LineReader;
use tally::{Stream, Tally};

/// A place where records have to arrive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Destination {
    /// Name of its route, as in the child's report.
    pub name: String,
    /// Name of its file in the folder of the outputs; rotated files are `<file>.1`, `<file>.2`, ….
    pub file: String,
    /// Which records belong into it.
    pub takes: Takes,
    /// What is promised for them.
    pub promise: Promise,
    /// Longest allowed file in bytes, not counting its last record; `None` where that is not looked at.
    pub limit: Option<u64>,
}

/// Which records belong into a destination.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Takes {
    /// All of them.
    Everything,
    /// One kind.
    Only(Kind),
}

impl Takes {
    fn has(self, kind: Kind) -> bool {
        match self {
            Takes::Everything => true,
            Takes::Only(only) => only == kind,
        }
    }

    /// How many of its records a caller has handed to the fallback, as the child says: trades and, of the others, errors.
    fn direct(self, report: &ChildReport) -> u64 {
        let of = |kind, count| if self.has(kind) { count } else { 0 };
        of(Kind::Trade, report.trade.direct) + of(Kind::Error, report.general.direct)
    }
}

/// What is promised for the records of a destination.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Promise {
    /// Each is there, or on stderr in its place.
    Kept,
    /// Each is there, or on stderr in its place, or counted as dropped by the drain and by the pipeline: stderr took nothing.
    KeptOrGivenUp,
    /// Each is on stderr in its place.
    Diverted,
    /// Each is there, or counted as dropped by the drain, or one of at most `held` that it keeps in its queue.
    Counted {
        /// Records that it may hold when the process ends.
        held: u64,
    },
}

/// How the child ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// Through the guard.
    InOrder,
    /// While threads were logging.
    Abrupt,
}

/// What the reports of the recoveries say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Recoveries {
    /// Each has come to its end and has reported all that it wrote.
    Whole,
    /// Some were cut short and said nothing of what they had written.
    Cut,
}

/// What is judged.
#[derive(Debug, Clone)]
pub struct Evidence {
    /// The seed of the case.
    pub seed: u64,
    /// Folder with the files of the destinations.
    pub outputs: PathBuf,
    /// Where records have to arrive.
    pub destinations: Vec<Destination>,
    /// What the child wrote to its standard error, one file for each start.
    pub stderr: Vec<PathBuf>,
    /// Whether every start of the child ended in order. The end of a process cuts a write short that is under way, and
    /// nobody can mend stderr afterwards: its last line may then be cut. The call of that record never returned.
    pub ending: Ending,
    /// The file of the logger's own reports.
    pub reports: PathBuf,
    /// What the child knows to be logged.
    pub acked: Acked,
    /// What the child said about itself, if it ended in order.
    pub report: Option<ChildReport>,
    /// Number of the first thread that [`Evidence::report`] speaks of: an earlier start has logged those before it.
    pub booked_from: u32,
    /// What the reports of the recoveries say about the records that are marked as recovered.
    pub recoveries: Recoveries,
    /// The threads whose records were logged after everything was well again: they have to be in the files themselves.
    pub fresh: Vec<u32>,
}

/// What the judge found.
#[derive(Debug, Clone, Default)]
pub struct Verdict {
    /// The counts.
    pub figures: Figures,
    /// What is wrong; empty if all is well.
    pub broken: Vec<String>,
    /// Files read for each destination, in the order of [`Evidence::destinations`].
    pub files: Vec<u64>,
    /// The logger's own reports.
    pub reports: u64,
}

/// Judges what a case has left.
///
/// # Errors
///
/// What the file system says when an output cannot be read. A missing output is no error: its records are lost.
pub fn judge(evidence: &Evidence) -> io::Result<Verdict> {
    let mut reader = LineReader::new(evidence.seed);
    let mut tallies = Vec::new();
    for destination in &evidence.destinations {
        let mut tally = Tally::new(&evidence.acked);
        // the folder may have been moved away in the middle: what is there was written before
        let moved = evidence.outputs.with_extension("moved");
        let mut paths = outputs::in_order(&moved, &destination.file)?;
        paths.extend(outputs::in_order(&evidence.outputs, &destination.file)?);
        tally.read(&paths, Stream::File { limit: destination.limit }, &mut reader)?;
        tallies.push(tally);
    }
    let mut stderr = Tally::new(&evidence.acked);
    stderr.read(&evidence.stderr, Stream::Stderr(evidence.ending), &mut reader)?;
    let mut reports = Tally::new(&evidence.acked);
    if evidence.reports.exists() {
        reports.read(slice::from_ref(&evidence.reports), Stream::File { limit: None }, &mut reader)?;
    }
    Ok(Account { evidence, tallies: &tallies, stderr: &stderr, reports: &reports }.verdict())
}
