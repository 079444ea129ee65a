//! What arrived in files that others write to, or beside which others have their own: told by the run and the number that
//! each line names.

use std::{
    fs::File,
    io::{self, BufRead as _, BufReader, Read, Seek as _, SeekFrom},
    path::Path,
    sync::atomic::Ordering,
};

use logger_core::{Batch, Mark};

use super::{FileJournal, TORN_MARK, cut_torn_line, run_and_seq};
use crate::{
    FileId, Fs as _, OsFs, Writers,
    compression::unpacked,
    naming::{Names, Packing},
    turns::{LOCK_NAME, Turns},
};

/// The lines of a batch that were found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Lines {
    pub(super) count: u64,
    /// The greatest number.
    pub(super) last: Option<u64>,
    /// How many there are of the same run that were logged before the batch.
    before: u64,
}

impl FileJournal {
    /// The lines of a batch, wherever they are. Each record of a run goes to a file after those with lower numbers, so that
    /// the last one says what arrived, also where an older file has been deleted meanwhile.
    pub(super) fn lines_among_others(&self, mark: Mark, batch: Batch<'_>) -> io::Result<Lines> {
        match self.writers {
            Writers::One => self.lines_beside_others(mark, batch),
            Writers::Several => self.lines_of_several(batch),
        }
    }

    /// The files are read from the newest to the one that has an earlier record of the run. It is not asked which of them the
    /// mark was made in: another process may have packed or deleted that one, and a new file may have its number.
    fn lines_of_several(&self, batch: Batch<'_>) -> io::Result<Lines> {
        let mut turns = self.names.folder().map(Turns::new);
        if let Some(turns) = &mut turns
            && !turns.take(&OsFs)
        {
            // names change while somebody renames
            return Err(io::Error::other(format!("{LOCK_NAME} is held by another process")));
        }
        let mut lines = Lines::default();
        for names in self.all_names()? {
            for file in FileJournal::all_files(&names)? {
                lines.add(match file.packing {
                    Packing::Plain => read(&file.path, 0, batch)?,
                    packing => read_packed(&file.path, packing, batch),
                });
                if lines.before > 0 {
                    return Ok(lines);
                }
            }
        }
        Ok(lines)
    }

    fn lines_beside_others(&self, mark: Mark, batch: Batch<'_>) -> io::Result<Lines> {
        let [device, number, len] = mark.words();
        let marked = FileId { device, number };
        let mut lines = Lines::default();
        for names in self.all_names()? {
            let files = FileJournal::files(&names)?;
            let found = files.iter().position(|(_, id)| *id == marked);
            // where the marked file is gone any other may have been written after it
            let newer = found.map_or(files.len(), |at| at + 1);
            for (path, id) in &files[..newer] {
                let from = if *id == marked { len } else { 0 };
                lines.add(read(path, from, batch)?);
            }
            if found.is_some() {
                self.cut_after_death(&names, &files[0].0, if newer == 1 { len } else { 0 })?;
                break;
            }
        }
        Ok(lines)
    }

    /// The names of this process's files, then those of all others.
    fn all_names(&self) -> io::Result<Vec<Names>> {
        let mut all = vec![self.names.clone()];
        if let Some(folder) = self.names.folder().filter(|_| self.names.has_siblings()) {
            all.extend(self.names.siblings(&OsFs.list(folder)?).into_values());
        }
        Ok(all)
    }

    /// Takes away what is left of a line in a file that its process alone wrote to: the record comes again, whole.
    fn cut_after_death(&self, names: &Names, newest: &Path, from: u64) -> io::Result<()> {
        // a process in a container may have the number of the one that is gone
        if let Some(whole) = cut_torn_line(newest, from)?
            && names.file() == self.names.file()
        {
            self.place.len.store(whole, Ordering::Relaxed);
        }
        Ok(())
    }
}

impl Lines {
    fn add(&mut self, other: Lines) {
        self.count += other.count;
        self.last = self.last.max(other.last);
        self.before += other.before;
    }
}

/// The lines of a batch in a file from a place on.
fn read(path: &Path, from: u64, batch: Batch<'_>) -> io::Result<Lines> {
    let mut file = match File::open(path) {
        // another process has deleted it
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Lines::default()),
        file => file?,
    };
    file.seek(SeekFrom::Start(from))?;
    read_lines(file, batch)
}

fn read_lines(reader: impl Read, batch: Batch<'_>) -> io::Result<Lines> {
    let mut reader = BufReader::with_capacity(64 * 1024, reader);
    let (mut lines, mut line) = (Lines::default(), Vec::new());
    while reader.read_until(b'\n', &mut line)? > 0 {
        if line.ends_with(b"\n")
            && !line.ends_with(TORN_MARK)
            && let Some((run, seq)) = run_and_seq(&line)
            && run == batch.run.as_bytes()
        {
            lines.add(match seq >= batch.first_seq {
                true => Lines { count: 1, last: Some(seq), before: 0 },
                false => Lines { before: 1, ..Lines::default() },
            });
        }
        line.clear();
    }
    Ok(lines)
}

/// What another writer has packed before this recovery. What cannot be unpacked has no line for anybody, and one whose plain
/// file is still there has the lines of that.
fn read_packed(path: &Path, packing: Packing, batch: Batch<'_>) -> Lines {
    if path.with_extension("").exists() {
        return Lines::default();
    }
    let reader = OsFs.read(path).and_then(|packed| unpacked(packing, packed));
    reader.and_then(|reader| read_lines(reader, batch)).unwrap_or_default()
}
