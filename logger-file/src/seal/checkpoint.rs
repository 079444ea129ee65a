//! How far a chain goes, in a file beside the log.

use std::{
    io::{self, Read as _},
    path::PathBuf,
};

use super::link::{Hash, Hasher, Kind, Link, put_hex, read_hex};
use crate::{Durability, Fs, FsFile, naming::Names};

/// What is added to the name of a log file for its checkpoint.
pub const CHECKPOINT_ENDING: &str = ".seal";
/// The next one while it is made.
const NEXT_ENDING: &str = ".seal.next";

/// A longer file is begun anew: some hundred checkpoints.
const LONGEST: u64 = 64 * 1024;
/// More than a file has that is ours.
const MOST_READ: u64 = 4 * LONGEST;

/// How far a chain goes, and where it begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct SealCheckpoint {
    /// The last line that is known to be written.
    pub(super) last: Link,
    /// The oldest file begins with a line between these two, or with an earlier one; they differ while old files are
    /// being deleted.
    pub(super) oldest: [u64; 2],
}

impl SealCheckpoint {
    /// Before the first line.
    pub(super) const NONE: SealCheckpoint = SealCheckpoint { last: Link::NONE, oldest: [1, 1] };

    fn line(&self, hasher: &Hasher) -> Vec<u8> {
        let [from, to] = self.oldest;
        let mut line =
            format!(r#"{{"last":{},"oldest":[{from},{to}],"hash":""#, self.last.number).into_bytes();
        put_hex(&self.last.hash, &mut line);
        line.extend_from_slice(b"\",\"seal\":\"");
        put_hex(&self.hash(hasher), &mut line);
        line.extend_from_slice(b"\"}\n");
        line
    }

    fn hash(&self, hasher: &Hasher) -> Hash {
        let [from, to] = self.oldest.map(u64::to_be_bytes);
        hasher.hash(Kind::Checkpoint, self.last, &[&from, &to])
    }

    /// `None` for a line that was not written whole by us.
    fn read(line: &[u8], hasher: &Hasher) -> Option<Self> {
        let mut rest = line;
        let mut number_behind = |prefix: &str| -> Option<u64> {
            rest = rest.strip_prefix(prefix.as_bytes())?;
            let digits = rest.iter().take_while(|it| it.is_ascii_digit()).count();
            let number = std::str::from_utf8(&rest[..digits]).ok()?.parse().ok()?;
            rest = &rest[digits..];
            Some(number)
        };
        let number = number_behind("{\"last\":")?;
        let oldest = [number_behind(",\"oldest\":[")?, number_behind(",")?];
        let rest = rest.strip_prefix(b"],\"hash\":\"")?;
        let hash = read_hex(rest.get(..64)?)?;
        let seal = rest[64..].strip_prefix(b"\",\"seal\":\"")?.strip_suffix(b"\"}")?;
        let checkpoint = SealCheckpoint { last: Link { number, hash }, oldest };
        (read_hex(seal)? == checkpoint.hash(hasher)).then_some(checkpoint)
    }

    /// The last that was written whole; `None` where there is none of this chain.
    ///
    /// # Errors
    ///
    /// A file that is there cannot be read.
    pub(super) fn load(fs: &dyn Fs, names: &Names, hasher: &Hasher) -> io::Result<Option<Self>> {
        for ending in [CHECKPOINT_ENDING, NEXT_ENDING] {
            let mut text = Vec::new();
            match fs.read(&names.beside(ending)) {
                Ok(file) => file.take(MOST_READ).read_to_end(&mut text)?,
                Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
                Err(error) => return Err(error),
            };
            let last =
                text.split(|&it| it == b'\n').rev().find_map(|line| SealCheckpoint::read(line, hasher));
            if last.is_some() {
                return Ok(last);
            }
        }
        Ok(None)
    }
}

/// Writes the checkpoints of a log, one line behind the other: a kill in the midst of one leaves those before it.
pub(super) struct Checkpoints {
    path: PathBuf,
    next: PathBuf,
    file: Option<Box<dyn FsFile>>,
    len: u64,
    /// Whether the last line may be there in part.
    torn: bool,
}

impl Checkpoints {
    pub(super) fn new(names: &Names) -> Self {
        let (path, next) = (names.beside(CHECKPOINT_ENDING), names.beside(NEXT_ENDING));
        Checkpoints { path, next, file: None, len: 0, torn: true }
    }

    /// # Errors
    ///
    /// It is not written; the one before counts.
    pub(super) fn write(
        &mut self,
        fs: &dyn Fs,
        hasher: &Hasher,
        checkpoint: SealCheckpoint,
        durability: Durability,
    ) -> io::Result<()> {
        let line = checkpoint.line(hasher);
        if self.len > LONGEST || !self.is_there(fs)? {
            self.file = None;
        }
        let Some(file) = &mut self.file else { return self.begin(fs, &line, durability) };
        if std::mem::replace(&mut self.torn, true) {
            append(&mut **file, b"\n")?;
        }
        append(&mut **file, &line)?;
        self.len += line.len() as u64;
        self.torn = false;
        if durability == Durability::Disk {
            let synced = file.sync();
            if synced.is_err() {
                // no later word about this file is trusted
                self.file = None;
            }
            return synced;
        }
        Ok(())
    }

    fn sync_folder(&self, fs: &dyn Fs, durability: Durability) -> io::Result<()> {
        match self.next.parent() {
            Some(folder) if durability == Durability::Disk => fs.sync_folder(folder),
            _ => Ok(()),
        }
    }

    /// Whether the file that is open has its name still.
    fn is_there(&self, fs: &dyn Fs) -> io::Result<bool> {
        let Some(file) = &self.file else { return Ok(false) };
        let found = fs.inspect(&self.path)?;
        Ok(found
            .is_some_and(|found| found.id.is_none() || file.inspect().is_ok_and(|open| open.id == found.id)))
    }

    /// Begins a file with this line. Whenever that is interrupted, a file with a whole checkpoint is there.
    fn begin(&mut self, fs: &dyn Fs, line: &[u8], durability: Durability) -> io::Result<()> {
        if fs.inspect(&self.next)?.is_some() {
            match fs.inspect(&self.path)? {
                // it may be the only one
                None => fs.rename(&self.next, &self.path)?,
                Some(_) => {
                    // on the medium it may be the only one still, whose new name is not there yet
                    self.sync_folder(fs, durability)?;
                    fs.remove(&self.next)?;
                }
            }
        }
        let mut file = fs.create(&self.next)?;
        append(&mut *file, line)?;
        if durability == Durability::Disk {
            // else a loss of power could take the old one and not bring the new one
            file.sync()?;
            self.sync_folder(fs, durability)?;
        }
        match fs.remove(&self.path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => fs.rename(&self.next, &self.path)?,
        }
        (self.file, self.len, self.torn) = (Some(file), line.len() as u64, false);
        Ok(())
    }
}

fn append(file: &mut dyn FsFile, mut bytes: &[u8]) -> io::Result<()> {
    while !bytes.is_empty() {
        match file.append(bytes) {
            Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
            Ok(done) => bytes = &bytes[done..],
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}
