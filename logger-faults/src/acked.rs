//! The table of acknowledged calls: what the child knows to be logged, kept where it survives the child.
//!
//! Each thread has a file of its own with five numbers of 8 bytes: for each [`Kind`] one more than the number of its
//! last record whose call has returned, then how many panics reached the caller, then its longest call in nanoseconds.
//! A number is stored by one write into the page cache, which outlives the process however that ends.

use std::{
    fs::{self, File},
    io,
    path::{Path, PathBuf},
    time::Duration,
};

use crate::payload::{Kind, Sample};

const SLOTS: usize = 5;
const PANICS: usize = 3;
const LONGEST: usize = 4;

/// A thread's side of the table.
#[derive(Debug)]
pub struct AckWriter {
    file: File,
    row: Row,
}

impl AckWriter {
    /// Makes the row of a thread in `folder`, all zero.
    ///
    /// # Errors
    ///
    /// What the file system says.
    pub fn create(folder: &Path, worker: u32) -> io::Result<AckWriter> {
        let file = File::create(row_path(folder, worker))?;
        put_at(&file, &[0; SLOTS * 8], 0)?;
        Ok(AckWriter { file, row: Row::default() })
    }

    /// Notes that the call with record `n` has returned after `took`.
    ///
    /// # Errors
    ///
    /// What the file system says.
    pub fn returned(&mut self, kind: Kind, n: u64, took: Duration) -> io::Result<()> {
        self.put(kind as usize, n + 1)?;
        let nanos = u64::try_from(took.as_nanos()).unwrap_or(u64::MAX);
        if nanos > self.row.slots[LONGEST] {
            self.put(LONGEST, nanos)?;
        }
        Ok(())
    }

    /// Notes that a call has ended in a panic.
    ///
    /// # Errors
    ///
    /// What the file system says.
    pub fn panicked(&mut self) -> io::Result<()> {
        self.put(PANICS, self.row.slots[PANICS] + 1)
    }

    fn put(&mut self, slot: usize, number: u64) -> io::Result<()> {
        self.row.slots[slot] = number;
        put_at(&self.file, &number.to_le_bytes(), slot as u64 * 8)
    }
}

/// What one thread has noted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Row {
    slots: [u64; SLOTS],
}

impl Row {
    /// Whether the call with this record has returned.
    pub fn has(&self, sample: Sample) -> bool {
        sample.n < self.slots[sample.kind() as usize]
    }

    /// The number of the next record, whose call may have been under way at the end: it may have arrived or not.
    pub fn next(&self) -> u64 {
        self.slots[..PANICS].iter().copied().max().unwrap_or(0)
    }

    /// How many calls have ended in a panic that reached the caller.
    pub fn panics(&self) -> u64 {
        self.slots[PANICS]
    }

    /// The longest call.
    pub fn longest(&self) -> Duration {
        Duration::from_nanos(self.slots[LONGEST])
    }
}

/// The table as it was left; the index is the number of the thread.
#[derive(Debug, Clone, Default)]
pub struct Acked {
    /// One row for each thread.
    pub rows: Vec<Row>,
}

impl Acked {
    /// Reads the rows that are there; a thread that never began to log has one of zeros.
    ///
    /// # Errors
    ///
    /// What the file system says, or that a row is not whole.
    pub fn read(folder: &Path) -> io::Result<Acked> {
        let mut rows = Vec::new();
        for name in Acked::files(folder)? {
            let worker: usize = name[PREFIX.len()..].parse().map_err(|_| io::ErrorKind::InvalidData)?;
            if rows.len() <= worker {
                rows.resize(worker + 1, Row::default());
            }
            rows[worker] = read_row(&folder.join(name))?;
        }
        Ok(Acked { rows })
    }

    /// The names of the rows that are there.
    ///
    /// # Errors
    ///
    /// What the file system says.
    pub fn files(folder: &Path) -> io::Result<Vec<String>> {
        let names = fs::read_dir(folder)?.map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned()));
        names.filter(|name| name.as_ref().map_or(true, |it: &String| it.starts_with(PREFIX))).collect()
    }

    /// How many panics reached a caller, all threads together.
    pub fn panics(&self) -> u64 {
        self.rows.iter().map(Row::panics).sum()
    }

    /// The longest call of all threads.
    pub fn longest(&self) -> Duration {
        self.rows.iter().map(Row::longest).max().unwrap_or_default()
    }
}

/// What the name of a row begins with; the number of its thread follows.
const PREFIX: &str = "acked.";

fn row_path(folder: &Path, worker: u32) -> PathBuf {
    folder.join(format!("{PREFIX}{worker}"))
}

fn read_row(path: &Path) -> io::Result<Row> {
    let bytes = fs::read(path)?;
    if bytes.is_empty() {
        // the process ended between the creation and the first write
        return Ok(Row::default());
    }
    let mut slots = [0; SLOTS];
    for (index, slot) in slots.iter_mut().enumerate() {
        let number = bytes.get(index * 8..).and_then(|rest| rest.first_chunk());
        *slot = u64::from_le_bytes(*number.ok_or(io::ErrorKind::UnexpectedEof)?);
    }
    Ok(Row { slots })
}

#[cfg(unix)]
fn put_at(file: &File, bytes: &[u8], offset: u64) -> io::Result<()> {
    std::os::unix::fs::FileExt::write_all_at(file, bytes, offset)
}

#[cfg(not(unix))]
fn put_at(mut file: &File, bytes: &[u8], offset: u64) -> io::Result<()> {
    use std::io::{Seek, SeekFrom, Write};
    file.seek(SeekFrom::Start(offset))?;
    file.write_all(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_noted_is_read_back_for_each_kind() {
        let folder = tempfile::tempdir().unwrap();
        let mut writer = AckWriter::create(folder.path(), 0).unwrap();
        AckWriter::create(folder.path(), 2).unwrap();
        let samples: Vec<_> = (0..9).map(|n| Sample { seed: 1, worker: 0, n }).collect();
        for sample in &samples[..8] {
            writer.returned(sample.kind(), sample.n, Duration::from_micros(sample.n)).unwrap();
        }
        writer.panicked().unwrap();

        let acked = Acked::read(folder.path()).unwrap();
        assert_eq!(acked.rows.len(), 3);
        assert!(samples[..8].iter().all(|sample| acked.rows[0].has(*sample)));
        assert!(!acked.rows[0].has(samples[8]));
        assert_eq!((acked.rows[0].next(), acked.rows[1].next(), acked.rows[2].next()), (8, 0, 0));
        assert_eq!((acked.panics(), acked.longest()), (1, Duration::from_micros(7)));
    }
}
