//! Which records one destination holds, and what is wrong with its lines.

use std::{
    collections::{BTreeMap, BTreeSet},
    io,
    path::{Path, PathBuf},
};

use super::{
    Ending,
    line::{Line, LineReader, Report, Writer},
};
use crate::{acked::Acked, outputs, payload::Sample};

/// Which records one destination holds, and what is wrong with its lines.
#[derive(Debug, Default)]
pub(super) struct Tally {
    /// How often each record is there, by thread and number.
    copies: Vec<Vec<u8>>,
    /// One more than the highest number so far, by thread.
    next: Vec<u64>,
    pub(super) lines: u64,
    pub(super) dup: u64,
    pub(super) torn: u64,
    pub(super) altered: u64,
    pub(super) out_of_order: u64,
    pub(super) invented: u64,
    /// Reports of the logger's own.
    pub(super) reports: u64,
    /// Records that were diverted from each drain as those reports say that ended its trouble.
    pub(super) affected: BTreeMap<String, u64>,
    /// Records that a later start wrote, as their lines say, by thread and number.
    pub(super) recovered: BTreeSet<(u32, u64)>,
    /// Records that a later start wrote, as its reports say.
    pub(super) recovered_reported: u64,
    /// The longest recovery, in milliseconds, as reported.
    pub(super) recovery_millis: Option<u64>,
    /// What is wrong, with the place, for the first few lines.
    pub(super) examples: Vec<String>,
    /// Files read.
    pub(super) files: u64,
    /// Files that are longer than the limit and one record.
    pub(super) too_long: u64,
}

/// Examples kept of one destination.
const MAX_EXAMPLES: usize = 3;

/// Which lines a stream of a destination holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stream {
    /// Lines of the format, each record once, each thread's in order.
    File {
        /// Longest allowed file in bytes, not counting its last record.
        limit: Option<u64>,
    },
    /// Lines of the format among others, in no order, once for every destination that they were diverted from.
    Stderr(Ending),
}

impl Tally {
    pub(super) fn new(acked: &Acked) -> Self {
        // room for the record that was under way at the end
        let copies = acked.rows.iter().map(|row| vec![0; row.next() as usize + 1]).collect();
        Tally { copies, next: vec![0; acked.rows.len()], ..Tally::default() }
    }

    /// Reads files in the order in which they were written.
    pub(super) fn read(
        &mut self,
        paths: &[PathBuf],
        stream: Stream,
        reader: &mut LineReader,
    ) -> io::Result<()> {
        for path in paths {
            self.read_file(path, stream, reader)?;
        }
        Ok(())
    }

    fn read_file(&mut self, path: &Path, stream: Stream, reader: &mut LineReader) -> io::Result<()> {
        let bytes = outputs::read(path)?;
        self.files += 1;
        let mut last_line = 0;
        for (index, line) in bytes.split_inclusive(|&byte| byte == b'\n').enumerate() {
            let wrong = self.add(line, stream, reader);
            if let Some(wrong) = wrong
                && self.examples.len() < MAX_EXAMPLES
            {
                let name = path.file_name().unwrap_or_default().to_string_lossy();
                let start = String::from_utf8_lossy(&line[..line.len().min(160)]);
                self.examples.push(format!("{wrong} at {name}:{}: {start:?}", index + 1));
            }
            last_line = line.len() as u64;
        }
        if let Stream::File { limit: Some(limit) } = stream
            && bytes.len() as u64 - last_line > limit
        {
            self.too_long += 1;
            self.examples.push(format!("{} has {} bytes", path.display(), bytes.len()));
        }
        Ok(())
    }

    /// Counts one line; says what is wrong with it.
    fn add(&mut self, line: &[u8], stream: Stream, reader: &mut LineReader) -> Option<&'static str> {
        if matches!(stream, Stream::Stderr(_)) && !is_ours(line) {
            return None;
        }
        let Some(whole) = line.strip_suffix(b"\n") else {
            if stream == Stream::Stderr(Ending::Abrupt) {
                return None;
            }
            self.torn += 1;
            return Some("torn");
        };
        match reader.read(whole) {
            Line::Record(sample, writer) => {
                if writer == Writer::LaterStart {
                    self.recovered.insert((sample.worker, sample.n));
                }
                self.count(sample, stream)
            }
            Line::Report(report) => {
                self.note(report);
                None
            }
            Line::Aside => None,
            Line::Torn => {
                self.torn += 1;
                Some("torn")
            }
            Line::Altered => {
                self.altered += 1;
                Some("altered")
            }
            Line::Foreign => {
                self.invented += 1;
                Some("invented")
            }
        }
    }

    fn note(&mut self, report: Report) {
        self.reports += 1;
        match report {
            Report::WorksAgain { drain, diverted } => *self.affected.entry(drain).or_default() += diverted,
            Report::Recovered { records, millis } => {
                self.recovered_reported += records;
                self.recovery_millis = self.recovery_millis.max(Some(millis));
            }
            Report::Other => {}
        }
    }

    fn count(&mut self, sample: Sample, stream: Stream) -> Option<&'static str> {
        let worker = sample.worker as usize;
        let Some(copies) = self.copies.get_mut(worker).and_then(|row| row.get_mut(sample.n as usize)) else {
            self.invented += 1;
            return Some("invented");
        };
        self.lines += 1;
        *copies = copies.saturating_add(1);
        if matches!(stream, Stream::Stderr(_)) {
            return None;
        }
        if *copies > 1 {
            self.dup += 1;
            return Some("doubled");
        }
        if sample.n < self.next[worker] {
            self.out_of_order += 1;
            return Some("out of order");
        }
        self.next[worker] = sample.n + 1;
        None
    }

    /// How often the record is there.
    pub(super) fn copies(&self, sample: Sample) -> u64 {
        u64::from(self.copies[sample.worker as usize][sample.n as usize])
    }
}

/// Whether a line on stderr is meant to be one of the logger's: other parts of the program write there too.
fn is_ours(line: &[u8]) -> bool {
    line.starts_with(b"{\"")
}
