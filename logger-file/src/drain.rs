//! The drain: it puts records into lines, and lines into files.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
    time::Instant,
};

use logger_core::{Drain, DrainError, Format, Record, Timestamp};

use crate::{
    FileControl, FileError, FileOptions, OwnName, buffer::Buffer, journal::FileJournal, naming::Names,
    series::Series,
};

/// Writes records to a file, and ends it when its [`RotationPolicy`](crate::RotationPolicy) says so.
///
/// Records are buffered until [`flush`](Drain::flush), which hands them to the operating system, or until 256
/// KiB are together. Dropping the drain writes what is left, but cannot report an error: call `flush` before.
pub struct FileDrain {
    format: Box<dyn Format>,
    buffer: Buffer,
    series: Series,
    control: FileControl,
    /// How many records since the last flush are in the file, each of them whole.
    arrived: u64,
    early: Early,
}

/// Whether lines are written before a flush.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Early {
    /// As soon as [`EARLY_WRITE`] bytes are together.
    Write,
    /// Not before the next flush: it failed. Trying at every record would cost the worker a system call each,
    /// on a file that is most likely still broken.
    Wait,
}

/// So many bytes are written without waiting for a flush. A page costs a fifth less than in writes of 64 KiB, because the kernel
/// takes as many as it can at once; larger ones gain little and leave the cache.
const EARLY_WRITE: usize = 256 * 1024;

/// So many bytes wait for a file that cannot be written; further records are refused at once. The pipeline
/// flushes long before, so this bounds the memory of those who never flush.
const MOST_WAITING: usize = 8 * 1024 * 1024;

impl FileDrain {
    /// Opens the file at `path` for appending, or creates it and the folders that are missing.
    ///
    /// A relative path is taken from the folder that the process is in now, wherever it goes later. If the
    /// last line of the file has no newline, one is added before the first line is written.
    ///
    /// # Errors
    ///
    /// When a folder or the file can be neither opened nor created, and when something else than
    /// [`Accept`](crate::Accept) allows is at `path`.
    pub fn open(path: impl AsRef<Path>, options: FileOptions) -> Result<FileDrain, FileError> {
        let names = Names::new(absolute(path.as_ref())?, options.naming);
        FileDrain::open_names(names, options)
    }

    /// The same for a file that belongs to this process alone, in a folder where others have theirs. What processes that are
    /// gone have left by the same name counts as ended files of this one: the [`Retention`](crate::Retention) is for all of
    /// them together. Files of processes that live are left alone.
    ///
    /// Which process lives is told by a lock that each has on its file, and by its number; one whose number another program
    /// has by now is taken to live.
    ///
    /// # Errors
    ///
    /// As [`open`](FileDrain::open).
    pub fn open_own(
        folder: impl AsRef<Path>,
        name: &OwnName,
        options: FileOptions,
    ) -> Result<FileDrain, FileError> {
        let names = Names::own(&absolute(folder.as_ref())?, name, options.naming);
        FileDrain::open_names(names, options)
    }

    fn open_names(names: Names, mut options: FileOptions) -> Result<FileDrain, FileError> {
        let format = std::mem::replace(&mut options.format, Box::new(logger_core::TextFormat));
        Ok(FileDrain {
            format,
            buffer: Buffer::default(),
            series: Series::open(names, options)?,
            control: FileControl::default(),
            arrived: 0,
            early: Early::Write,
        })
    }

    /// The file that is written to, as an absolute path.
    pub fn path(&self) -> &Path {
        self.series.path()
    }

    /// Says how far the file has got, for [`Route::journal`](logger_core::Route::journal).
    pub fn journal(&self) -> FileJournal {
        FileJournal::new(Arc::clone(self.series.place()), self.series.names().clone(), self.series.writers())
    }

    /// Asks for a new file, or for the file to be opened anew, while it is written.
    pub fn control(&self) -> FileControl {
        self.control.clone()
    }

    /// Writes the lines that wait, through as many files as they need, and notes where the file stands then.
    fn write(&mut self, deadline: Option<Instant>) -> Result<(), FileError> {
        if self.control.take_reopen() {
            self.series.reopen_when_asked();
        }
        self.series.want(self.control.wants_disk());
        self.series.take_turn();
        // the disk may not have taken what was written to a file that another process has ended
        self.put_back();
        let written = self.write_lines(deadline);
        self.put_back();
        self.series.note_place();
        self.series.tidy();
        self.series.end_turn();
        written
    }

    /// Lines that the disk did not take wait again.
    fn put_back(&mut self) {
        let returned = self.series.take_returned();
        if !returned.is_empty() {
            self.arrived -= returned.count() as u64;
            self.buffer.prepend(returned);
        }
    }

    fn write_lines(&mut self, deadline: Option<Instant>) -> Result<(), FileError> {
        let mut in_time = true;
        while !self.buffer.is_empty() {
            // the first write is always tried: with a deadline that is past, nothing would ever be written
            if !in_time {
                return Err(FileError::Deadline { path: self.path().into() });
            }
            self.series.mend()?;
            let mut lines = self.series.fitting(&self.buffer);
            if lines == 0 {
                self.series.end_full(&self.buffer)?;
                // It may be another file now, and one that somebody put there, torn and full. One line goes into it all
                // the same: each turn of this loop writes something or fails, so it cannot go on for ever.
                self.series.mend()?;
                lines = self.series.fitting(&self.buffer).max(1);
            }
            let (arrived, result) = self.series.append(&mut self.buffer, lines);
            self.arrived += arrived as u64;
            result?;
            if self.series.risks_much() {
                self.series.sync()?;
            }
            in_time = deadline.is_none_or(|deadline| Instant::now() < deadline);
        }
        Ok(())
    }

    /// Ends the file before the next record; what waits still belongs into it.
    #[cold]
    fn turn(&mut self) {
        // a file that cannot be written is left alone until the next flush
        if self.early == Early::Wait {
            return;
        }
        self.series.want(self.control.wants_disk());
        self.series.take_turn();
        self.put_back();
        if self.write_lines(None).and_then(|()| self.series.end_due()).is_err() {
            self.early = Early::Wait;
        }
        self.put_back();
        self.series.note_place();
        self.series.end_turn();
    }
}

fn absolute(path: &Path) -> Result<PathBuf, FileError> {
    std::path::absolute(path).map_err(|source| FileError::Open { path: path.into(), source })
}

impl Drain for FileDrain {
    /// Puts the record's line into the buffer, and writes the buffer when it holds 256 KiB. If that write
    /// fails, the lines wait for the next [`flush`](Drain::flush), which tries once more and reports.
    ///
    /// # Errors
    ///
    /// When 8 MiB wait for a file that cannot be written.
    fn log(&mut self, record: &Record<'_>) -> Result<(), DrainError> {
        if self.early == Early::Wait && self.buffer.len() >= MOST_WAITING {
            return Err(DrainError::new(format!("too much waits for {}", self.path().display())));
        }
        if self.control.take_rotate() {
            self.series.ask_for_end();
        }
        if self.buffer.is_empty() {
            self.series.rest();
        }
        if self.series.is_due(record) {
            self.turn();
        }
        self.series.tidy();
        self.buffer.push(|line| self.format.format(record, line));
        if self.buffer.len() >= EARLY_WRITE && self.early == Early::Write && self.write(None).is_err() {
            self.early = Early::Wait;
        }
        Ok(())
    }

    /// Hands the lines to the operating system, and waits for the disk where [`Durability`](crate::Durability) says
    /// so. The deadline is looked at between two writes: one write is always tried, and one that hangs cannot be ended,
    /// nor can a wait.
    ///
    /// # Errors
    ///
    /// When a write failed or the deadline passed; [`DrainError::arrived`] is exact, and the other lines are
    /// forgotten.
    fn flush(&mut self, deadline: Instant) -> Result<(), DrainError> {
        let written = self.write(Some(deadline));
        let result = written.and(self.series.sync());
        self.control.note_flush(self.series.reached());
        self.put_back();
        self.series.note_place();
        self.series.note_seals();
        self.buffer.clear();
        self.early = Early::Write;
        let arrived = std::mem::take(&mut self.arrived);
        result.map_err(|error| DrainError::from(error).with_arrived(arrived))
    }

    /// Looks after a file that nobody writes to: it is opened anew where it was moved or deleted or that was asked for, ends
    /// when it is time, and old files go.
    fn tick(&mut self, now: Timestamp) {
        if !self.buffer.is_empty() {
            return;
        }
        match self.control.take_reopen() {
            true => self.series.reopen_when_asked(),
            false => self.series.look_while_idle(),
        }
        if self.control.take_rotate() {
            self.series.ask_for_end();
        }
        if self.series.is_due_at(now) {
            self.turn();
        }
        if self.series.is_untidy() {
            self.series.take_turn();
            self.series.tidy();
            self.series.end_turn();
        }
        self.put_back();
        self.series.rest_after_look();
        self.series.note_place();
        self.series.note_seals();
    }
}

impl Drop for FileDrain {
    fn drop(&mut self) {
        let _ = self.write(None).and(self.series.sync());
        self.series.note_seals();
        self.series.tidy_at_end();
    }
}

impl std::fmt::Debug for FileDrain {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("FileDrain").field("path", &self.path()).finish_non_exhaustive()
    }
}
