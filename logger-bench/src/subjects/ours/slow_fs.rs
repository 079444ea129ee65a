//! A disk where every call that changes something takes its time.

use std::{
    ffi::OsString,
    io::{self, Read},
    path::Path,
    time::Duration,
};

use logger_core::Timestamp;
use logger_file::{Fs, FsFile, Meta, OsFs};

use crate::timer::pause;

/// A turning disk that is busy with others.
const DELAY: Duration = Duration::from_millis(20);

pub(super) struct SlowFs;

impl Fs for SlowFs {
    fn inspect(&self, path: &Path) -> io::Result<Option<Meta>> {
        OsFs.inspect(path)
    }

    fn create_folders(&self, path: &Path) -> io::Result<()> {
        OsFs.create_folders(path)
    }

    fn create(&self, path: &Path) -> io::Result<Box<dyn FsFile>> {
        pause(DELAY);
        Ok(Box::new(SlowFile(OsFs.create(path)?)))
    }

    fn open(&self, path: &Path) -> io::Result<Box<dyn FsFile>> {
        Ok(Box::new(SlowFile(OsFs.open(path)?)))
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        pause(DELAY);
        OsFs.rename(from, to)
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        pause(DELAY);
        OsFs.remove(path)
    }

    fn list(&self, folder: &Path) -> io::Result<Vec<OsString>> {
        OsFs.list(folder)
    }

    fn read(&self, path: &Path) -> io::Result<Box<dyn Read + Send>> {
        OsFs.read(path)
    }

    fn free_space(&self, folder: &Path) -> io::Result<Option<u64>> {
        OsFs.free_space(folder)
    }

    fn sync_folder(&self, folder: &Path) -> io::Result<()> {
        OsFs.sync_folder(folder)
    }
}

struct SlowFile(Box<dyn FsFile>);

impl FsFile for SlowFile {
    fn append(&mut self, bytes: &[u8]) -> io::Result<usize> {
        pause(DELAY);
        self.0.append(bytes)
    }

    fn truncate(&mut self, len: u64) -> io::Result<()> {
        pause(DELAY);
        self.0.truncate(len)
    }

    fn inspect(&self) -> io::Result<Meta> {
        self.0.inspect()
    }

    fn last_byte(&mut self) -> io::Result<Option<u8>> {
        self.0.last_byte()
    }

    fn sync(&mut self) -> io::Result<()> {
        pause(DELAY);
        self.0.sync()
    }

    fn set_modified(&mut self, at: Timestamp) -> io::Result<()> {
        self.0.set_modified(at)
    }
}
