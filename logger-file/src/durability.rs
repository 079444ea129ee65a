//! What a flush waits for, and what happens when the disk does not keep its word.

use std::{io, path::Path};

use crate::{FileError, FileEvent, FileId, buffer::Buffer, log_file::LogFile, series::Series};

/// What a line has come through when [`flush`](logger_core::Drain::flush) returns.
///
/// A pipeline whose queue is in shared memory keeps a record over the death of the process before any of this.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Durability {
    /// It is handed to the operating system: it survives the death of the process, not a loss of power.
    #[default]
    Os,
    /// It is on the medium, and so is the name of its file: it survives a loss of power as far as the disk keeps its word.
    ///
    /// All lines of a flush share one wait: that is the group, and its interval is that of the flushes. A pipeline flushes after 256 KiB, or when its queues are empty: under load that
    /// is as often as the disk is done with the flush before it, and else 1 to 64 ms after a record, by how long there was
    /// none. Every drain of the pipeline waits meanwhile, so the queues
    /// should hold what comes in that time.
    Disk,
}

/// What is not known to be on the medium.
#[derive(Debug, Default)]
pub(crate) struct Unsafe {
    /// The lines that were written since the last wait, in case they have to be written again.
    pub(crate) lines: Buffer,
    /// How long the file was then.
    pub(crate) safe_len: u64,
    pub(crate) names: Names,
    /// The folder whose own name is on the medium, and the names of those above it.
    folder: Option<FileId>,
    /// Lines that were written, counted as arrived, and taken back since: they wait again.
    pub(crate) returned: Buffer,
    /// What went wrong where nobody could be told.
    pub(crate) failure: Option<FileError>,
}

/// Whether the names of files are on the medium.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Names {
    Safe,
    /// A file was made or renamed.
    #[default]
    Changed,
}

/// So many bytes are kept for a second try before the disk is waited for in between.
const MOST_UNSAFE: usize = 8 * 1024 * 1024;

impl Series {
    /// What a flush waits for from now on: for the disk where that is asked for, else for what the options say.
    pub(crate) fn want(&mut self, disk: bool) {
        let wanted = if disk { Durability::Disk } else { self.usual };
        if wanted == self.durability || !self.at_risk.lines.is_empty() {
            return;
        }
        // lines that nobody asked to be safe stay where they are
        self.at_risk.safe_len = self.file.whole_len();
        self.note_safe_seals();
        self.durability = wanted;
    }

    /// What a flush that has succeeded has waited for.
    pub(crate) fn reached(&self) -> Durability {
        if self.file.is_regular() { self.durability } else { Durability::Os }
    }

    /// Takes note of lines that were written. What a device has taken is gone: nothing waits for it.
    pub(crate) fn note_written(&mut self, buffer: &Buffer, lines: usize) {
        if self.reached() == Durability::Disk {
            self.at_risk.lines.extend(buffer.chunk(lines), lines);
        }
    }

    /// Whether so much waits for the disk that a wait is due before the next line.
    pub(crate) fn risks_much(&self) -> bool {
        self.at_risk.lines.len() >= MOST_UNSAFE
    }

    /// The lines that were taken back since the last call.
    pub(crate) fn take_returned(&mut self) -> Buffer {
        std::mem::take(&mut self.at_risk.returned)
    }

    /// Returns when every line that was written is on the medium. Where the system says that it is not, no later word of it
    /// is trusted: the lines are cut off and written anew, to a new file.
    pub(crate) fn sync(&mut self) -> Result<(), FileError> {
        if self.durability != Durability::Disk || !self.file.is_regular() {
            return Ok(());
        }
        if self.at_risk.lines.is_empty() && self.at_risk.names == Names::Safe {
            return Ok(());
        }
        if let Err(error) = self.sync_names() {
            self.take_back();
            return Err(error);
        }
        match self.file.sync() {
            Ok(()) => {
                self.note_safe();
                Ok(())
            }
            Err(source) => self.write_anew(source),
        }
    }

    /// The file is about to end: what is in it has to be safe before nobody looks after it any more. Returns whether it
    /// has ended by that.
    pub(crate) fn sync_before_end(&mut self) -> Result<bool, FileError> {
        let before = self.file.id();
        // what a killed process has left in it is counted as arrived too
        if !self.at_risk.lines.is_empty() || self.at_risk.names == Names::Changed {
            self.sync()?;
        }
        Ok(before != self.file.id())
    }

    fn note_safe(&mut self) {
        self.at_risk.safe_len = self.file.len();
        self.at_risk.lines.clear();
        self.note_safe_seals();
        if let Some(sealer) = &mut self.sealer {
            sealer.note_on_medium();
        }
    }

    /// No line is written once more that has a seal.
    fn note_safe_seals(&mut self) {
        if let Some(sealer) = self.sealer.as_mut().filter(|_| self.at_risk.lines.is_empty()) {
            sealer.note_safe();
        }
    }

    /// Lines that are at risk get their seals once more, or have none.
    fn take_seals_back(&mut self) {
        if let Some(sealer) = &mut self.sealer {
            sealer.go_back_to_safe();
        }
    }

    fn sync_names(&mut self) -> Result<(), FileError> {
        let Some(folder) = self.names.folder() else { return Ok(()) };
        if self.at_risk.names == Names::Safe {
            return Ok(());
        }
        self.sync_folder(folder)?;
        // the folder itself may be new, and so may those above it
        let id = self.fs.inspect(folder).ok().flatten().and_then(|found| found.id);
        if id.is_none() || id != self.at_risk.folder {
            self.sync_above(folder, id)?;
            self.at_risk.folder = id;
        }
        self.at_risk.names = Names::Safe;
        Ok(())
    }

    /// As far up as a folder can have been made with this one: on the same disk.
    fn sync_above(&self, folder: &Path, id: Option<FileId>) -> Result<(), FileError> {
        for above in folder.ancestors().skip(1) {
            let found = self.fs.inspect(above).ok().flatten().and_then(|found| found.id);
            if id.zip(found).is_some_and(|(one, other)| one.device != other.device) {
                break;
            }
            match self.sync_folder(above) {
                // where this user may not even look, nobody has made a folder for it
                Err(FileError::Sync { source, .. }) if source.kind() == io::ErrorKind::PermissionDenied => {
                    break;
                }
                done => done?,
            }
        }
        Ok(())
    }

    fn sync_folder(&self, folder: &Path) -> Result<(), FileError> {
        self.fs.sync_folder(folder).map_err(|source| FileError::Sync { path: folder.into(), source })
    }

    /// Writes the lines to a new file that the disk has not taken.
    #[cold]
    fn write_anew(&mut self, source: io::Error) -> Result<(), FileError> {
        let lines = self.at_risk.lines.count() as u64;
        self.take_turn();
        let anew = self.write_lines_anew(source, lines);
        self.end_turn();
        anew
    }

    fn write_lines_anew(&mut self, source: io::Error, lines: u64) -> Result<(), FileError> {
        self.cut_back();
        let anew = self.end().and_then(|()| self.sync_names()).and_then(|()| self.append_unsafe());
        let anew = anew.and_then(|()| {
            self.file.sync().map_err(|source| FileError::Sync { path: self.path().into(), source })
        });
        let error = FileError::Sync { path: self.path().into(), source };
        self.on_event.tell(FileEvent::NotOnDisk { error, lines });
        match anew {
            Ok(()) => {
                self.note_safe();
                Ok(())
            }
            Err(error) => {
                self.take_back();
                Err(error)
            }
        }
    }

    /// The lines have not arrived.
    pub(crate) fn take_back(&mut self) {
        self.cut_back();
        self.at_risk.returned = std::mem::take(&mut self.at_risk.lines);
    }

    /// Cuts the file to what is known to be on the medium.
    fn cut_back(&mut self) {
        self.file.distrust(self.at_risk.safe_len);
        self.take_seals_back();
        // if it fails the next write tries again; where the disk does not take it, a loss of power may bring lines back that
        // were reported as not arrived
        let _ = self.file.cut().and_then(|()| self.file.sync());
    }

    /// Another file takes the lines from now on. Where the last one was deleted, the lines that it took since the last wait
    /// are written again.
    pub(crate) fn go_on_in(&mut self, file: LogFile) -> Result<(), FileError> {
        self.file = file;
        self.begin_file();
        if self.at_risk.lines.is_empty() { Ok(()) } else { self.append_unsafe() }
    }

    /// The file is another one than before.
    pub(crate) fn begin_file(&mut self) {
        if let Some(sealer) = &mut self.sealer {
            sealer.begin_file();
        }
        self.note_new_file();
    }

    /// A file was made or opened: its name may be new.
    pub(crate) fn note_new_file(&mut self) {
        if self.names.has_siblings() {
            self.file.show_use();
        }
        self.at_risk.names = Names::Changed;
        self.at_risk.safe_len = self.file.len();
        self.note_safe_seals();
    }

    fn append_unsafe(&mut self) -> Result<(), FileError> {
        self.mend()?;
        self.take_seals_back();
        let lines = std::mem::take(&mut self.at_risk.lines);
        let written = self.append_here(lines.chunk(lines.count())).1;
        self.at_risk.lines = lines;
        written
    }
}
