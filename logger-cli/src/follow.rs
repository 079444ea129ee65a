//! What is written from now on: across rotations, truncations and deletions.

use std::{
    fs::{self, File},
    io::{self, Read as _, Seek as _, SeekFrom},
    path::{Path, PathBuf},
};

use crate::{
    line::Line,
    source::{FileId, Meter, Segment, first_time, segments},
};

/// Looks at logs again and again and gives what is new in them.
///
/// A file that is no longer where it was is read to its end, then those that were written after it, then the one that has its
/// name now. One that became shorter is read from its beginning. One that is not there is waited for.
#[derive(Debug)]
pub struct Follower {
    logs: Vec<Log>,
    /// What the last look found: the next one may find lines of other logs that belong before.
    held: Vec<Line>,
}

#[derive(Debug)]
struct Log {
    path: PathBuf,
    number: usize,
    tail: Option<Tail>,
    /// A file that was moved away, and how often it is still looked at: its writer notices that after a while.
    former: Option<(Tail, u32)>,
    /// The time of the newest line.
    last: i64,
    meter: Meter,
}

/// A file that grows.
#[derive(Debug)]
struct Tail {
    file: File,
    id: FileId,
    at: u64,
    /// A line of which the end is not yet there.
    begun: Vec<u8>,
}

/// How often a file is looked at after it was moved away: for 3 s, if there are ten looks a second. Writers notice within 1 s.
const LOOKS_BACK: u32 = 30;

impl Follower {
    /// Follows logs from their present ends on.
    ///
    /// # Errors
    ///
    /// What the file system says; a file that is not there is no error.
    pub fn at_end(logs: &[PathBuf], meter: &Meter) -> io::Result<Follower> {
        let open = |(number, path): (usize, &PathBuf)| {
            let tail = not_missing(Tail::at_end(path))?;
            let (path, meter) = (path.clone(), meter.clone());
            Ok(Log { path, number, tail, former: None, last: i64::MIN, meter })
        };
        let logs = logs.iter().enumerate().map(open).collect::<io::Result<_>>()?;
        Ok(Follower { logs, held: Vec::new() })
    }

    /// Looks once. Returns, in the order of time, what the look before found.
    ///
    /// # Errors
    ///
    /// What the file system says.
    pub fn look(&mut self) -> io::Result<Vec<Line>> {
        let mut fresh = Vec::new();
        for log in &mut self.logs {
            log.look(&mut fresh)?;
        }
        let upto = self.held.iter().map(|it| it.time).max();
        let (now, later): (Vec<Line>, Vec<Line>) =
            fresh.into_iter().partition(|it| upto.is_some_and(|upto| it.time <= upto));
        let mut ready = std::mem::replace(&mut self.held, later);
        ready.extend(now);
        ready.sort_by_key(|it| (it.time, it.log));
        Ok(ready)
    }
}

impl Log {
    fn look(&mut self, lines: &mut Vec<Line>) -> io::Result<()> {
        if let Some((mut tail, left)) = self.former.take() {
            self.read(&mut tail, lines)?;
            self.former = left.checked_sub(1).map(|left| (tail, left));
        }
        if let Some(mut tail) = self.tail.take() {
            self.read(&mut tail, lines)?;
            if tail.is_at(&self.path) {
                self.tail = Some(tail);
                return Ok(());
            }
            // what was written between the last look and the move
            self.read(&mut tail, lines)?;
            for segment in self.written_after(&tail)? {
                self.read_whole(&segment, lines)?;
            }
            self.former = Some((tail, LOOKS_BACK));
        }
        if let Some(mut tail) = not_missing(Tail::at_start(&self.path))? {
            self.read(&mut tail, lines)?;
            self.tail = Some(tail);
        }
        Ok(())
    }

    fn read(&mut self, tail: &mut Tail, lines: &mut Vec<Line>) -> io::Result<()> {
        tail.read(&self.meter, |bytes| {
            let line = Line::new(bytes, self.last, self.number);
            self.last = self.last.max(line.time);
            lines.push(line);
        })
    }

    /// The files that were written between one that was moved away and the one that has its name.
    fn written_after(&self, tail: &Tail) -> io::Result<Vec<Segment>> {
        let mut all = not_missing(segments(&self.path, &self.meter))?.unwrap_or_default();
        all.retain(|it| it.path() != self.path);
        if let Some(at) = all.iter().position(|it| it.id() == tail.id) {
            return Ok(all.split_off(at + 1));
        }
        // it was packed or deleted meanwhile: those that begin later
        let begins_later =
            |it: &Segment| first_time(it, &self.meter).ok().flatten().is_some_and(|first| first > self.last);
        let at = all.iter().position(begins_later).unwrap_or(all.len());
        Ok(all.split_off(at))
    }

    fn read_whole(&mut self, segment: &Segment, lines: &mut Vec<Line>) -> io::Result<()> {
        let whole = crate::source::Span { start: 0, end: segment.len() };
        let Some(mut reader) = not_missing(segment.forward(whole, &self.meter))? else { return Ok(()) };
        let mut bytes = Vec::new();
        while reader.next_line(&mut bytes)? {
            let line = Line::new(std::mem::take(&mut bytes), self.last, self.number);
            self.last = self.last.max(line.time);
            lines.push(line);
        }
        Ok(())
    }
}

impl Tail {
    fn at_start(path: &Path) -> io::Result<Tail> {
        let file = File::open(path)?;
        let id = FileId::of(&file.metadata()?);
        Ok(Tail { file, id, at: 0, begun: Vec::new() })
    }

    /// Behind the last newline.
    fn at_end(path: &Path) -> io::Result<Tail> {
        const CHUNK: u64 = 64 * 1024;
        let mut tail = Tail::at_start(path)?;
        let mut end = tail.file.metadata()?.len();
        let mut bytes = Vec::new();
        while end > 0 {
            let start = end.saturating_sub(CHUNK);
            bytes.clear();
            tail.file.seek(SeekFrom::Start(start))?;
            (&tail.file).take(end - start).read_to_end(&mut bytes)?;
            if let Some(newline) = memchr::memrchr(b'\n', &bytes) {
                tail.at = start + newline as u64 + 1;
                break;
            }
            end = start;
        }
        Ok(tail)
    }

    fn is_at(&self, path: &Path) -> bool {
        fs::metadata(path).is_ok_and(|it| FileId::of(&it) == self.id)
    }

    fn read(&mut self, meter: &Meter, mut each: impl FnMut(Vec<u8>)) -> io::Result<()> {
        if self.file.metadata()?.len() < self.at {
            self.at = 0;
            self.begun.clear();
        }
        self.file.seek(SeekFrom::Start(self.at))?;
        let mut bytes = std::mem::take(&mut self.begun);
        self.at += meter.of(&self.file).read_to_end(&mut bytes)? as u64;
        let end = memchr::memrchr(b'\n', &bytes).map_or(0, |it| it + 1);
        self.begun = bytes.split_off(end);
        bytes.pop();
        if end > 0 {
            bytes.split(|it| *it == b'\n').for_each(|it| each(it.strip_suffix(b"\r").unwrap_or(it).into()));
        }
        Ok(())
    }
}

fn not_missing<T>(result: io::Result<T>) -> io::Result<Option<T>> {
    match result {
        Ok(it) => Ok(Some(it)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}
