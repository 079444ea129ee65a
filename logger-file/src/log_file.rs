//! The open file: it takes whole lines, and knows where its last whole line ends.

use std::{io, path::Path};

use logger_core::Timestamp;

use crate::{Accept, Fate, FileError, FileId, Fs, FsFile, Kind, Meta, Owner, Repair, Writers, buffer::Chunk};

/// A file that is open for appending lines.
pub(crate) struct LogFile {
    file: Box<dyn FsFile>,
    /// What it was when it was opened.
    opened: Meta,
    /// How long it is, as far as we know: others may cut or extend it.
    len: u64,
    tail: Tail,
    writers: Writers,
}

/// What the file ends with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Tail {
    /// A whole line, or nothing.
    Whole,
    /// A line without a newline that was there when the file was opened.
    Unended,
    /// Perhaps a line that we wrote in part. Up to `whole` the file has whole lines.
    Torn { whole: u64 },
}

/// How much of a chunk is in the file.
pub(crate) struct Appended {
    /// How many lines, each of them whole.
    pub(crate) lines: usize,
    /// Why not all of them.
    pub(crate) result: io::Result<()>,
}

/// Closes a line that could not be taken back.
pub(crate) const TORN_MARK: &[u8] = b" [torn]\n";

impl LogFile {
    /// Opens the file at `path`, or creates it and the folders it lies in.
    pub(crate) fn open(
        fs: &dyn Fs,
        path: &Path,
        accept: Accept,
        writers: Writers,
    ) -> Result<Self, FileError> {
        // looked at first, for opening a device may have effects; and looked at again once it is open
        let found = fs.inspect(path).map_err(|source| open_error(path, source))?;
        if let Some(found) = found {
            check(path, &found, accept)?;
        }
        let (mut file, opened) = open_or_create(fs, path, accept)?;
        let last = if opened.kind == Kind::File && opened.len > 0 {
            file.last_byte().map_err(|source| open_error(path, source))?
        } else {
            None
        };
        let tail = if last.is_none_or(|byte| byte == b'\n') { Tail::Whole } else { Tail::Unended };
        Ok(LogFile { file, opened, len: opened.len, tail, writers })
    }

    /// How long it is in bytes.
    pub(crate) fn len(&self) -> u64 {
        self.len
    }

    /// How long it is without a line of ours that may be there in part.
    pub(crate) fn whole_len(&self) -> u64 {
        match self.tail {
            Tail::Torn { whole } => whole,
            Tail::Whole | Tail::Unended => self.len,
        }
    }

    /// When it was changed last before it was opened; `None` for one that is new or empty.
    pub(crate) fn modified(&self) -> Option<Timestamp> {
        self.opened.modified.filter(|_| self.opened.len > 0)
    }

    /// When it was changed last before it was opened, be it when it was made.
    pub(crate) fn changed(&self) -> Option<Timestamp> {
        self.opened.modified
    }

    /// Who writes to it.
    pub(crate) fn writers(&self) -> Writers {
        self.writers
    }

    /// Whether it may end with a part of a line that we wrote.
    pub(crate) fn is_torn(&self) -> bool {
        matches!(self.tail, Tail::Torn { .. })
    }

    /// What tells it from all other files; absent where the system does not tell.
    pub(crate) fn id(&self) -> Option<FileId> {
        self.opened.id
    }

    /// Whether it is a regular file, which can end and be renamed.
    pub(crate) fn is_regular(&self) -> bool {
        self.opened.kind == Kind::File
    }

    /// Whether `found` is this file, and a regular one: nothing else may ever be renamed. Where the system
    /// does not tell files apart, any regular file counts as this one.
    pub(crate) fn is(&self, found: &Meta) -> bool {
        let same_id = match (self.opened.id, found.id) {
            (Some(own), Some(other)) => own == other,
            _ => true,
        };
        found.kind == Kind::File && same_id
    }

    /// Returns when what was appended is on the medium.
    pub(crate) fn sync(&mut self) -> io::Result<()> {
        self.file.sync()
    }

    /// Behind `whole` nothing counts: see [`cut`](Self::cut).
    pub(crate) fn distrust(&mut self, whole: u64) {
        self.tail = Tail::Torn { whole: whole.min(self.len) };
    }

    /// What has become of it, by what is at its name now.
    pub(crate) fn fate(&self, at_its_name: Option<&Meta>) -> Fate {
        if at_its_name.is_some_and(|found| self.is(found)) {
            return Fate::InPlace;
        }
        match self.file.inspect() {
            Ok(found) if found.links == 0 => Fate::Deleted,
            _ => Fate::Moved,
        }
    }

    /// Somebody may have cut or extended it: this is how long it is.
    pub(crate) fn correct_len(&mut self, len: u64) {
        if self.tail == Tail::Whole {
            self.len = len;
        }
    }

    /// Looks up how long it is now: somebody may have emptied it.
    pub(crate) fn refresh_len(&mut self) -> io::Result<()> {
        if self.is_regular() {
            self.len = self.file.inspect()?.len;
        }
        Ok(())
    }

    /// Others may have written to it meanwhile, and one of them may have been stopped in the middle of a line.
    pub(crate) fn catch_up(&mut self) -> io::Result<()> {
        if self.tail == Tail::Whole && self.is_regular() && !self.ends_with_a_newline()? {
            self.tail = Tail::Unended;
        }
        Ok(())
    }

    /// Shows others that this process has it open, where the system can.
    pub(crate) fn show_use(&mut self) {
        let _ = self.file.show_use();
    }

    /// Appends lines. After an error the file may end with a part of a line: see [`cut`](Self::cut).
    pub(crate) fn append(&mut self, chunk: Chunk<'_>) -> Appended {
        let start = self.len;
        let (done, result) = self.append_bytes(chunk.bytes);
        if result.is_ok() {
            return Appended { lines: chunk.whole(done).0, result };
        }
        let (lines, whole) = chunk.whole(done);
        // even where nothing seems to be written: not every system keeps its word about an error
        self.tail = Tail::Torn { whole: start + whole as u64 };
        Appended { lines, result }
    }

    /// Closes what is left of a line, so that the next one begins at the start of a line. Returns what it did
    /// to the file that can be seen.
    pub(crate) fn mend(&mut self) -> io::Result<Option<Repair>> {
        let (closing, repair): (&[u8], _) = match self.tail {
            Tail::Whole => return Ok(None),
            // a recovery may have taken the line away since: its record comes again, whole
            Tail::Unended => {
                if self.ends_with_a_newline()? {
                    self.tail = Tail::Whole;
                    return Ok(None);
                }
                match self.writers {
                    Writers::One => (b"\n", Repair::Ended),
                    // one of them was stopped in it, and its record comes again
                    Writers::Several => (TORN_MARK, Repair::Marked),
                }
            }
            Tail::Torn { .. } => {
                if self.cut().is_ok() {
                    return if self.tail == Tail::Whole { Ok(None) } else { self.mend() };
                }
                if self.ends_with_a_newline()? {
                    self.tail = Tail::Whole;
                    return Ok(None);
                }
                (TORN_MARK, Repair::Marked)
            }
        };
        self.append_bytes(closing).1?;
        self.tail = Tail::Whole;
        Ok(Some(repair))
    }

    /// Whether the file ends with a newline, or is empty. Somebody else may have emptied it or closed our
    /// line.
    fn ends_with_a_newline(&mut self) -> io::Result<bool> {
        self.refresh_len()?;
        Ok(self.file.last_byte()?.is_none_or(|byte| byte == b'\n'))
    }

    /// Takes back what we wrote of a line in part. Nothing is taken away that somebody else wrote: the file
    /// must be exactly as long as we left it.
    pub(crate) fn cut(&mut self) -> io::Result<()> {
        let Tail::Torn { whole } = self.tail else { return Ok(()) };
        if self.is_regular() {
            let found = self.file.inspect()?.len;
            if found != whole {
                if found != self.len || self.writers == Writers::Several {
                    return Err(io::Error::other("the file was changed by somebody else"));
                }
                self.file.truncate(whole)?;
            }
            self.len = whole;
            // the file may have been found with a line without an end
            if whole > 0 && self.file.last_byte().ok() != Some(Some(b'\n')) {
                self.tail = Tail::Unended;
                return Ok(());
            }
        }
        self.tail = Tail::Whole;
        Ok(())
    }

    /// Appends all bytes, or as many as possible.
    fn append_bytes(&mut self, bytes: &[u8]) -> (usize, io::Result<()>) {
        let mut done = 0;
        while done < bytes.len() {
            match self.file.append(&bytes[done..]) {
                Ok(0) => return (done, Err(io::ErrorKind::WriteZero.into())),
                Ok(count) => {
                    done += count;
                    self.len += count as u64;
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return (done, Err(error)),
            }
        }
        (done, Ok(()))
    }
}

/// Opens what is there, else creates it; both may lose a race, hence twice.
fn open_or_create(fs: &dyn Fs, path: &Path, accept: Accept) -> Result<(Box<dyn FsFile>, Meta), FileError> {
    for _ in 0..2 {
        match fs.open(path) {
            Ok(file) => {
                let opened = file.inspect().map_err(|source| open_error(path, source))?;
                check(path, &opened, accept)?;
                return Ok((file, opened));
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(source) => return Err(open_error(path, source)),
        }
        if let Some(folder) = path.parent() {
            fs.create_folders(folder)
                .map_err(|source| FileError::CreateFolder { path: folder.into(), source })?;
        }
        match fs.create(path) {
            Ok(file) => {
                let opened = file.inspect().map_err(|source| open_error(path, source))?;
                return Ok((file, opened));
            }
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(source) => return Err(open_error(path, source)),
        }
    }
    Err(open_error(path, io::ErrorKind::AlreadyExists.into()))
}

/// Refuses what is not accepted.
fn check(path: &Path, found: &Meta, accept: Accept) -> Result<(), FileError> {
    match found.kind {
        Kind::CharDevice if accept == Accept::AnyFileOrDevice => return Ok(()),
        Kind::File if accept != Accept::OwnFile => return Ok(()),
        Kind::File => {}
        found => return Err(FileError::NotAFile { path: path.into(), found }),
    }
    if found.links > 1 {
        return Err(FileError::HardLinked { path: path.into(), links: found.links });
    }
    match found.owner {
        Owner::Us => Ok(()),
        Owner::Other => Err(FileError::ForeignOwner { path: path.into() }),
    }
}

fn open_error(path: &Path, source: io::Error) -> FileError {
    FileError::Open { path: path.into(), source }
}
