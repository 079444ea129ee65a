//! Several logs as one stream in the order of time.

use std::{cmp::Ordering, io};

use crate::{
    line::Line,
    source::{Direction, Lines},
};

/// Several streams of lines as one, by their time. Lines of one stream keep their order; of those of one time that of the
/// first log comes first.
pub struct Merge {
    inputs: Vec<Input>,
    direction: Direction,
    /// The input that gave the last line.
    taken: Option<usize>,
}

struct Input {
    lines: Box<dyn Lines>,
    /// Its next line; `None` at its end.
    head: Option<Line>,
}

impl Merge {
    /// Merges streams that are read in the given direction.
    ///
    /// # Errors
    ///
    /// What the file system says of their first lines.
    pub fn new(inputs: Vec<Box<dyn Lines>>, direction: Direction) -> io::Result<Merge> {
        let mut all = Vec::with_capacity(inputs.len());
        for lines in inputs {
            let mut input = Input { lines, head: Some(Line::default()) };
            input.advance(all.len())?;
            all.push(input);
        }
        Ok(Merge { inputs: all, direction, taken: None })
    }

    /// The next line; `None` at the end.
    ///
    /// # Errors
    ///
    /// What the file system says.
    pub fn advance(&mut self) -> io::Result<Option<&Line>> {
        if let Some(index) = self.taken.take() {
            self.inputs[index].advance(index)?;
        }
        let heads = self.inputs.iter().enumerate().filter_map(|(at, it)| Some((at, it.head.as_ref()?)));
        let first = heads.min_by(|(_, a), (_, b)| self.order(a, b)).map(|(at, _)| at);
        self.taken = first;
        Ok(first.and_then(|at| self.inputs[at].head.as_ref()))
    }

    fn order(&self, a: &Line, b: &Line) -> Ordering {
        let forward = (a.time, a.log).cmp(&(b.time, b.log));
        match self.direction {
            Direction::Forward => forward,
            Direction::Backward => forward.reverse(),
        }
    }
}

impl Input {
    fn advance(&mut self, log: usize) -> io::Result<()> {
        if let Some(head) = &mut self.head {
            head.log = log;
            if !self.lines.next_line(head)? {
                self.head = None;
            } else if let Some(head) = &mut self.head {
                head.log = log;
            }
        }
        Ok(())
    }
}

impl std::fmt::Debug for Merge {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Merge").field("inputs", &self.inputs.len()).finish_non_exhaustive()
    }
}
