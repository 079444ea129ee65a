//! Which lines of which logs, in which order, how many.

use std::{
    io,
    path::{Path, PathBuf},
};

use crate::{
    around::{Around, Shown, Why, Window},
    filter::Filter,
    line::Line,
    merge::Merge,
    record::Record,
    seen::Seen,
    source::{Direction, Lines, Meter, Series},
    time::Range,
};

/// What is read.
#[derive(Debug, Default)]
pub struct Query {
    /// The logs: the files that are written to.
    pub logs: Vec<PathBuf>,
    /// Which of their lines are wanted.
    pub filter: Filter,
    /// Of which time they are; what lies outside is not read.
    pub range: Range,
    /// Other lines that stand around them.
    pub around: Around,
    /// Counts what is read.
    pub meter: Meter,
}

/// Whether there is more to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Next {
    /// The next line.
    Line,
    /// Enough.
    Stop,
}

impl Query {
    /// Gives all wanted lines, the oldest first.
    ///
    /// # Errors
    ///
    /// What the file system says, and what `each` answers.
    pub fn forward(&self, each: impl FnMut(Shown) -> io::Result<Next>) -> io::Result<()> {
        let open = |log: &PathBuf| self.open(log, Direction::Forward);
        self.run(self.logs.iter().map(open).collect::<io::Result<_>>()?, each)
    }

    /// Gives what is wanted of lines that come from anywhere, the oldest first.
    ///
    /// # Errors
    ///
    /// What the reader says, and what `each` answers.
    pub fn run(
        &self,
        lines: Vec<Box<dyn Lines>>,
        mut each: impl FnMut(Shown) -> io::Result<Next>,
    ) -> io::Result<()> {
        let mut merge = Merge::new(lines, Direction::Forward)?;
        let mut sieve = Sieve::new(self.around);
        let mut shown = Vec::new();
        while let Some(line) = merge.advance()? {
            sieve.push(self, line, &mut shown);
            for it in shown.drain(..) {
                if each(it)? == Next::Stop {
                    return Ok(());
                }
            }
        }
        Ok(())
    }

    /// The newest `limit` wanted lines with those around them, the oldest first. Files are read from their ends, no further
    /// than that takes.
    ///
    /// # Errors
    ///
    /// What the file system says.
    pub fn newest(&self, limit: usize) -> io::Result<Vec<Shown>> {
        let open = |log: &PathBuf| self.open(log, Direction::Backward);
        let inputs = self.logs.iter().map(open).collect::<io::Result<_>>()?;
        let mut merge = Merge::new(inputs, Direction::Backward)?;
        let mut sieve = Sieve::new(self.around.reversed());
        let (mut all, mut shown, mut wanted) = (Vec::new(), Vec::new(), 0);
        while wanted < limit || sieve.window.left > 0 {
            let Some(line) = merge.advance()? else { break };
            sieve.push(self, line, &mut shown);
            if wanted == limit && shown.iter().any(|it| it.why == Why::Wanted) {
                break;
            }
            wanted += shown.iter().filter(|it| it.why == Why::Wanted).count();
            all.append(&mut shown);
        }
        all.reverse();
        // what was left out before a line is left out behind it now
        let gaps: Vec<bool> = all.iter().map(|it| it.after_gap).collect();
        all.iter_mut().skip(1).zip(gaps).for_each(|(it, gap)| it.after_gap = gap);
        if let Some(first) = all.first_mut() {
            first.after_gap = false;
        }
        Ok(all)
    }

    fn open(&self, log: &Path, direction: Direction) -> io::Result<Box<dyn Lines>> {
        let series = Series::open(log, direction, self.range, &self.meter);
        Ok(Box::new(
            series.map_err(|error| io::Error::new(error.kind(), format!("{}: {error}", log.display())))?,
        ))
    }
}

/// Lets through what is wanted, each record once.
#[derive(Debug)]
pub(crate) struct Sieve {
    seen: Seen,
    window: Window,
}

impl Sieve {
    pub(crate) fn new(around: Around) -> Self {
        Sieve { seen: Seen::default(), window: Window::new(around) }
    }

    /// Takes a line that was shown already.
    pub(crate) fn note(&mut self, line: &Line) {
        let _ = self.seen.is_new(line, Record::parse(&line.bytes).as_ref());
    }

    /// Takes the next line; what is to be shown now goes into `shown`.
    pub(crate) fn push(&mut self, query: &Query, line: &Line, shown: &mut Vec<Shown>) {
        let filter = &query.filter;
        if !query.range.contains(line.time) {
            return;
        }
        let may = filter.may_want(line);
        if !may && query.around == Around::NONE {
            return;
        }
        let record = Record::parse(&line.bytes);
        let wants = may && filter.wants(record.as_ref());
        if query.around == Around::NONE {
            // what nobody wants is not remembered
            if wants && self.seen.is_new(line, record.as_ref()) {
                shown.push(Shown { line: line.clone(), why: Why::Wanted, after_gap: false });
            }
        } else if self.seen.is_new(line, record.as_ref()) {
            self.window.push(line, wants.then_some(Why::Wanted), shown);
        }
    }
}
