//! All files of a log as one stream of lines, in either direction.

use std::{
    collections::VecDeque,
    io,
    path::{Path, PathBuf},
};

use super::{Backward, Forward, Meter, Segment, first_time, segments, span};
use crate::{
    line::{Line, time_of},
    time::{Range, SLACK},
};

/// Which way lines are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// The oldest first.
    Forward,
    /// The newest first.
    Backward,
}

/// A stream of lines.
pub trait Lines: Send {
    /// Puts the next line into `line`; `false` at the end.
    ///
    /// # Errors
    ///
    /// What the file system says.
    fn next_line(&mut self, line: &mut Line) -> io::Result<bool>;
}

/// All files of a log as one stream of lines. Made by [`Series::open`].
///
/// What cannot be read of a file is left out, and the file is noted in the [`Meter`]: [`Meter::unread`].
#[derive(Debug)]
pub struct Series {
    /// What is not yet begun, in the order of reading.
    rest: VecDeque<Segment>,
    current: Option<(Reader, PathBuf)>,
    direction: Direction,
    range: Range,
    meter: Meter,
    /// The time of the line before, for one that has none.
    last: i64,
    /// Backward: lines that were read to find the time of the ones after them; the last is next.
    ahead: Vec<Line>,
}

#[derive(Debug)]
enum Reader {
    Forward(Forward),
    Backward(Backward),
}

impl Reader {
    fn next_line(&mut self, line: &mut Vec<u8>) -> io::Result<bool> {
        match self {
            Reader::Forward(reader) => reader.next_line(line),
            Reader::Backward(reader) => reader.next_line(line),
        }
    }
}

/// So many lines without a time are held while the line is looked for from which they have theirs.
const HELD: usize = 100;

impl Series {
    /// The lines of the log that is written to `file`. Files that are all before or behind `range` are left alone.
    ///
    /// # Errors
    ///
    /// What the file system says.
    pub fn open(file: &Path, direction: Direction, range: Range, meter: &Meter) -> io::Result<Series> {
        let mut rest = VecDeque::from(within(segments(file, meter)?, range, meter));
        if direction == Direction::Backward {
            rest.make_contiguous().reverse();
        }
        Ok(Series::of(rest, direction, range, meter))
    }

    /// The lines of these files, which are in the order of reading.
    pub fn of(
        segments: impl IntoIterator<Item = Segment>,
        direction: Direction,
        range: Range,
        meter: &Meter,
    ) -> Series {
        let last = if direction == Direction::Forward { i64::MIN } else { i64::MAX };
        let rest = segments.into_iter().collect();
        Series { rest, current: None, direction, range, meter: meter.clone(), last, ahead: Vec::new() }
    }

    /// Opens the next file; `false` where there is none.
    fn open_next(&mut self) -> bool {
        while let Some(segment) = self.rest.pop_front() {
            let opened = span(&segment, self.range, &self.meter).and_then(|span| match self.direction {
                Direction::Forward => segment.forward(span, &self.meter).map(Reader::Forward),
                Direction::Backward => segment.backward(span, &self.meter).map(Reader::Backward),
            });
            match opened {
                Ok(reader) => {
                    self.current = Some((reader, segment.path().to_owned()));
                    return true;
                }
                // retention may take it away at any time
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(error) => self.meter.unread().note(segment.path(), &error),
            }
        }
        false
    }

    /// The next line as it stands there, with its own time alone.
    fn read_line(&mut self, line: &mut Line) -> bool {
        loop {
            let found = self.current.as_mut().is_some_and(|(reader, path)| {
                reader.next_line(&mut line.bytes).unwrap_or_else(|error| {
                    self.meter.unread().note(path, &error);
                    false
                })
            });
            if found {
                line.own_time = time_of(&line.bytes);
                match line.own_time {
                    // of a packed file: the rest of it is behind the range
                    Some(time) if self.direction == Direction::Forward && self.range.is_long_before(time) => {
                        self.current = None;
                    }
                    // all that is left is older
                    Some(time) if self.direction == Direction::Backward && self.range.is_long_after(time) => {
                        self.current = None;
                        self.rest.clear();
                        return false;
                    }
                    _ => return true,
                }
            } else if !self.open_next() {
                return false;
            }
        }
    }

    /// Backward, a line without a time gets that of the line before it, which is read next.
    fn look_ahead(&mut self, line: &mut Line) {
        let mut held = vec![std::mem::take(line)];
        let mut time = self.last;
        while held.len() < HELD {
            let mut before = Line::default();
            if !self.read_line(&mut before) {
                break;
            }
            if let Some(found) = before.own_time {
                time = found;
                before.time = found;
                held.push(before);
                break;
            }
            held.push(before);
        }
        held.iter_mut().for_each(|it| it.time = time);
        held.reverse();
        self.ahead = held;
    }
}

impl Lines for Series {
    fn next_line(&mut self, line: &mut Line) -> io::Result<bool> {
        if let Some(held) = self.ahead.pop() {
            self.last = held.time;
            *line = held;
            return Ok(true);
        }
        if !self.read_line(line) {
            return Ok(false);
        }
        match (line.own_time, self.direction) {
            (Some(time), _) => line.time = time,
            (None, Direction::Forward) => line.time = self.last,
            (None, Direction::Backward) => {
                self.look_ahead(line);
                *line = self.ahead.pop().unwrap_or_default();
            }
        }
        self.last = line.time;
        Ok(true)
    }
}

/// The files that may have lines of `range`, the oldest first. Of those that are all before it only the beginning of the last
/// is read, and of those behind it that of the first.
fn within(mut segments: Vec<Segment>, range: Range, meter: &Meter) -> Vec<Segment> {
    if let Some(since) = range.since {
        let mut begin = 0;
        for (index, segment) in segments.iter().enumerate().rev() {
            if time_if_there(segment, meter).is_some_and(|first| first < since.saturating_sub(SLACK)) {
                begin = index;
                break;
            }
        }
        segments.drain(..begin);
    }
    if range.until.is_some() {
        let mut end = segments.len();
        for (index, segment) in segments.iter().enumerate() {
            if time_if_there(segment, meter).is_some_and(|first| range.is_long_before(first)) {
                end = index;
                break;
            }
        }
        segments.truncate(end);
    }
    segments
}

/// Of a file that cannot be read it is not known; its turn to be noted comes when it is read.
fn time_if_there(segment: &Segment, meter: &Meter) -> Option<i64> {
    first_time(segment, meter).ok().flatten()
}
