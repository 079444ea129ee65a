//! Lines around those that are wanted.

use std::collections::VecDeque;

use crate::line::Line;

/// How many lines are shown around each that is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Around {
    /// Before it.
    pub before: usize,
    /// After it.
    pub after: usize,
}

/// A line that is shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shown {
    /// The line.
    pub line: Line,
    /// Why.
    pub why: Why,
    /// Whether lines are left out between it and the one that was shown before. Only where lines around are shown.
    pub after_gap: bool,
}

/// Why a line is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Why {
    /// The filter wants it.
    Wanted,
    /// It stands near one that is wanted.
    Near,
}

impl Around {
    /// None at all.
    pub const NONE: Around = Around { before: 0, after: 0 };

    /// The same for lines that come in the other order.
    pub(crate) fn reversed(self) -> Around {
        Around { before: self.after, after: self.before }
    }
}

/// Holds lines back until it is known whether they stand near one that is wanted.
#[derive(Debug)]
pub(crate) struct Window {
    around: Around,
    held: VecDeque<Line>,
    /// How many of the next lines stand near the last that was wanted.
    pub(crate) left: usize,
    /// Whether lines were left out since the last that was shown.
    skipped: bool,
    begun: bool,
}

impl Window {
    pub(crate) fn new(around: Around) -> Self {
        Window { around, held: VecDeque::new(), left: 0, skipped: false, begun: false }
    }

    /// Takes a line; what is to be shown now goes into `shown`.
    pub(crate) fn push(&mut self, line: &Line, why: Option<Why>, shown: &mut Vec<Shown>) {
        if why == Some(Why::Wanted) {
            for held in std::mem::take(&mut self.held) {
                self.show(held, Why::Near, shown);
            }
            self.show(line.clone(), Why::Wanted, shown);
            self.left = self.around.after;
        } else if self.left > 0 {
            self.left -= 1;
            self.show(line.clone(), Why::Near, shown);
        } else {
            self.held.push_back(line.clone());
            if self.held.len() > self.around.before {
                self.held.pop_front();
                self.skipped = true;
            }
        }
    }

    fn show(&mut self, line: Line, why: Why, shown: &mut Vec<Shown>) {
        let after_gap = self.begun && self.skipped && self.around != Around::NONE;
        shown.push(Shown { line, why, after_gap });
        self.begun = true;
        self.skipped = false;
    }
}
