//! Where in a file a time begins: by bisection, so that what lies before is not read.

use std::io::{self, BufRead as _, BufReader, Read as _, Seek as _, SeekFrom};

use super::{Meter, Packing, Segment};
use crate::{
    line::time_of,
    time::{Range, SLACK},
};

/// The part of a file in which lines begin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    /// Its first byte, which begins a line.
    pub start: u64,
    /// The byte behind it.
    pub end: u64,
}

/// A range this long is read rather than bisected.
const SMALL: u64 = 32 * 1024;
/// What is read at each step.
const STEP: usize = 4 * 1024;
/// So much of a file is looked through for a line that has a time.
const HEAD: u64 = 64 * 1024;

/// The time of the first line that has one, in the first 64 KiB.
///
/// # Errors
///
/// What the file system says.
pub fn first_time(segment: &Segment, meter: &Meter) -> io::Result<Option<i64>> {
    let mut head = BufReader::with_capacity(STEP, segment.unpacked(meter)?.take(HEAD));
    let mut line = Vec::new();
    while head.read_until(b'\n', &mut line)? > 0 {
        if let Some(time) = time_of(&line) {
            return Ok(Some(time));
        }
        line.clear();
    }
    Ok(None)
}

/// The part of a file that may have lines of `range`; all of it where the file is packed.
///
/// # Errors
///
/// What the file system says.
pub fn span(segment: &Segment, range: Range, meter: &Meter) -> io::Result<Span> {
    let whole = Span { start: 0, end: segment.len() };
    if segment.packing() != Packing::Plain || range == Range::ALL {
        return Ok(whole);
    }
    let start = match range.since {
        Some(since) => bisect(segment, since.saturating_sub(SLACK), meter)?.start,
        None => whole.start,
    };
    let end = match range.until {
        Some(until) => bisect(segment, until.saturating_add(SLACK), meter)?.end,
        None => whole.end,
    };
    Ok(Span { start, end: end.max(start) })
}

/// Narrows a file down: lines before `start` are earlier than `time`, those from `end` on are not.
fn bisect(segment: &Segment, time: i64, meter: &Meter) -> io::Result<Span> {
    let mut file = BufReader::with_capacity(STEP, meter.of(segment.open()?));
    let mut span = Span { start: 0, end: segment.len() };
    // nothing behind it is looked at any more
    let mut unknown_end = span.end;
    while unknown_end.saturating_sub(span.start) > SMALL {
        let middle = span.start + (unknown_end - span.start) / 2;
        match first_timed(&mut file, middle, unknown_end)? {
            Some((at, found)) if found < time => span.start = at,
            Some((at, _)) => {
                span.end = at;
                unknown_end = middle;
            }
            None => unknown_end = middle,
        }
    }
    Ok(span)
}

/// The first line that has a time, of those that begin behind `from` and before `end`: where it begins, and its time.
fn first_timed(
    file: &mut BufReader<impl io::Read + io::Seek>,
    from: u64,
    end: u64,
) -> io::Result<Option<(u64, i64)>> {
    let mut line = Vec::new();
    file.seek(SeekFrom::Start(from))?;
    let mut at = from + file.read_until(b'\n', &mut line)? as u64;
    while at < end {
        line.clear();
        let len = file.read_until(b'\n', &mut line)? as u64;
        if len == 0 {
            break;
        }
        if let Some(time) = time_of(&line) {
            return Ok(Some((at, time)));
        }
        at += len;
    }
    Ok(None)
}
