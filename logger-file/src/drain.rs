//! The drain: it puts records into lines, lines into files, and ends files when it is time.

use std::{path::Path, sync::Arc, time::Instant};

use logger_core::{Drain, DrainError, Format, Record};

use crate::{
    Accept, FileError, FileEvent, FileOptions, Fs,
    buffer::Buffer,
    event::OnEvent,
    journal::{FileJournal, Place},
    log_file::LogFile,
    naming::Names,
    retention,
    rotation::Rotation,
    shift,
};

/// Writes records to a file, and ends it when its [`RotationPolicy`](crate::RotationPolicy) says so.
///
/// Records are buffered until [`flush`](Drain::flush), which hands them to the operating system, or until 64
/// KiB are together. Dropping the drain writes what is left, but cannot report an error: call `flush` before.
pub struct FileDrain {
    names: Names,
    format: Box<dyn Format>,
    backup_count: u32,
    accept: Accept,
    fs: Box<dyn Fs>,
    on_event: OnEvent,
    rotation: Rotation,
    file: LogFile,
    buffer: Buffer,
    /// How many records since the last flush are in the file, each of them whole.
    arrived: u64,
    early: Early,
    /// Where the file stands, for the journal.
    place: Arc<Place>,
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

/// So many bytes are written without waiting for a flush. Larger writes gain nothing; smaller memory stays in
/// the cache.
const EARLY_WRITE: usize = 64 * 1024;

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
    /// [`Accept`] allows is at `path`.
    pub fn open(path: impl AsRef<Path>, options: FileOptions) -> Result<FileDrain, FileError> {
        let FileOptions { format, rotation, backup_count, accept, fs, mut on_event } = options;
        let path = path.as_ref();
        let names = Names::new(
            std::path::absolute(path).map_err(|source| FileError::Open { path: path.into(), source })?,
        );
        let file = LogFile::open(&*fs, names.file(), accept)?;
        warn_of_open_folder(&*fs, &names, &mut on_event);
        let place = Arc::<Place>::default();
        place.note(file.id(), file.len());
        Ok(FileDrain {
            place,
            names,
            format,
            backup_count,
            accept,
            fs,
            on_event,
            rotation: Rotation::new(rotation),
            file,
            buffer: Buffer::default(),
            arrived: 0,
            early: Early::Write,
        })
    }

    /// The file that is written to, as an absolute path.
    pub fn path(&self) -> &Path {
        self.names.file()
    }

    /// Says how far the file has got, for [`Route::journal`](logger_core::Route::journal).
    pub fn journal(&self) -> FileJournal {
        FileJournal::new(Arc::clone(&self.place), self.names.clone())
    }

    /// Writes the lines that wait, through as many files as they need, and notes where the file stands then.
    fn write(&mut self, deadline: Option<Instant>) -> Result<(), FileError> {
        let written = self.write_lines(deadline);
        self.place.note(self.file.id(), self.file.whole_len());
        written
    }

    fn write_lines(&mut self, deadline: Option<Instant>) -> Result<(), FileError> {
        let mut in_time = true;
        while !self.buffer.is_empty() {
            // the first write is always tried: with a deadline that is past, nothing would ever be written
            if !in_time {
                return Err(FileError::Deadline { path: self.names.file().into() });
            }
            self.mend()?;
            let mut lines = self.fitting();
            if lines == 0 {
                if let Err(error) = self.rotate() {
                    self.postpone(error);
                }
                // It may be another file now, and one that somebody put there, torn and full. One line goes into it all
                // the same: each turn of this loop writes something or fails, so it cannot go on for ever.
                self.mend()?;
                lines = self.fitting().max(1);
            }
            self.append(lines)?;
            in_time = deadline.is_none_or(|deadline| Instant::now() < deadline);
        }
        Ok(())
    }

    /// How many lines go into the file before it ends; at least one into an empty file, all of them into a device.
    fn fitting(&self) -> usize {
        if !self.file.is_regular() {
            return self.buffer.fitting(u64::MAX);
        }
        let len = self.file.len();
        let lines = self.buffer.fitting(self.rotation.room(len));
        if len == 0 { lines.max(1) } else { lines }
    }

    /// Appends so many lines with one call, if the system takes them in one.
    fn append(&mut self, lines: usize) -> Result<(), FileError> {
        let appended = self.file.append(self.buffer.chunk(lines));
        self.buffer.consume(appended.lines);
        self.arrived += appended.lines as u64;
        appended.result.map_err(|source| {
            // if this fails too, the next write begins with another try
            let _ = self.file.cut();
            FileError::Write { path: self.names.file().into(), source }
        })
    }

    /// Sees to it that the next line begins at the start of a line.
    fn mend(&mut self) -> Result<(), FileError> {
        let path = self.names.file();
        match self.file.mend() {
            Ok(None) => Ok(()),
            Ok(Some(repair)) => {
                self.on_event.tell(FileEvent::Repaired { path: path.into(), repair });
                Ok(())
            }
            Err(source) => Err(FileError::Write { path: path.into(), source }),
        }
    }

    /// Ends the file, unless it has room after all. After an error the file is as it was.
    fn rotate(&mut self) -> Result<(), FileError> {
        let inspect_error = |source| FileError::Inspect { path: self.names.file().into(), source };
        self.file.refresh_len().map_err(inspect_error)?;
        if self.fitting() > 0 {
            return Ok(());
        }
        let found = self.fs.inspect(self.names.file()).map_err(inspect_error)?;
        let backup = if found.is_some_and(|found| self.file.is(&found)) {
            self.replace_file()?;
            Some(self.names.backup(1))
        } else {
            // somebody moved or deleted it: there is nothing to rename, or it is not ours
            self.file = LogFile::open(&*self.fs, self.names.file(), self.accept)?;
            None
        };
        self.rotation.restart();
        self.on_event.tell(FileEvent::Rotated { path: self.names.file().into(), backup });
        if let Err(error) = retention::delete_old(&*self.fs, &self.names, self.backup_count) {
            self.on_event.tell(FileEvent::BackupKept { error });
        }
        Ok(())
    }

    /// Makes the file backup 1 and opens a new one. If there can be no new one, the file gets its name back.
    fn replace_file(&mut self) -> Result<(), FileError> {
        let fs = &*self.fs;
        let (path, backup) = (self.names.file(), self.names.backup(1));
        shift::make_room(fs, &self.names, self.backup_count)?;
        shift::rename(fs, path.into(), backup.clone())?;
        self.file = LogFile::open(fs, path, self.accept).inspect_err(|_| {
            // if this fails too, the file is written to under its new name until the next try
            let _ = fs.rename(&backup, path);
        })?;
        Ok(())
    }

    /// Goes on with the file that could not end.
    fn postpone(&mut self, error: FileError) {
        let retry_at = self.rotation.postpone(self.file.len());
        self.on_event.tell(FileEvent::RotationFailed { path: self.names.file().into(), error, retry_at });
    }
}

impl Drain for FileDrain {
    /// Puts the record's line into the buffer, and writes the buffer when it holds 64 KiB. If that write
    /// fails, the lines wait for the next [`flush`](Drain::flush), which tries once more and reports.
    ///
    /// # Errors
    ///
    /// When 8 MiB wait for a file that cannot be written.
    fn log(&mut self, record: &Record<'_>) -> Result<(), DrainError> {
        if self.early == Early::Wait && self.buffer.len() >= MOST_WAITING {
            return Err(DrainError::new(format!("too much waits for {}", self.names.file().display())));
        }
        self.buffer.push(|line| self.format.format(record, line));
        if self.buffer.len() >= EARLY_WRITE && self.early == Early::Write && self.write(None).is_err() {
            self.early = Early::Wait;
        }
        Ok(())
    }

    /// Hands the lines to the operating system. The deadline is looked at between two writes: one write is
    /// always tried, and one that hangs cannot be ended.
    ///
    /// # Errors
    ///
    /// When a write failed or the deadline passed; [`DrainError::arrived`] is exact, and the other lines are
    /// forgotten.
    fn flush(&mut self, deadline: Instant) -> Result<(), DrainError> {
        let result = self.write(Some(deadline));
        self.buffer.clear();
        self.early = Early::Write;
        let arrived = std::mem::take(&mut self.arrived);
        result.map_err(|error| DrainError::from(error).with_arrived(arrived))
    }
}

impl Drop for FileDrain {
    fn drop(&mut self) {
        let _ = self.write(None);
    }
}

impl std::fmt::Debug for FileDrain {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("FileDrain").field("path", &self.names.file()).finish_non_exhaustive()
    }
}

fn warn_of_open_folder(fs: &dyn Fs, names: &Names, on_event: &mut OnEvent) {
    const WRITABLE_BY_OTHERS: u32 = 0o022;
    let Some(folder) = names.folder() else { return };
    if let Ok(Some(found)) = fs.inspect(folder)
        && let Some(mode) = found.mode.filter(|mode| mode & WRITABLE_BY_OTHERS != 0)
    {
        on_event.tell(FileEvent::FolderWritableByOthers { path: folder.into(), mode });
    }
}
