//! The file system of the computer with some calls altered.

use std::{
    ffi::OsString,
    io::{self, Read},
    path::Path,
    sync::Arc,
};

use logger_core::Timestamp;

use crate::{Fs, FsFile, FsLock, Meta, OsFs};

/// What is altered: each call does what that of [`OsFs`] does, until it is written anew.
pub trait Alter: Send + Sync + 'static {
    /// As [`FsFile::append`] of an open file.
    ///
    /// # Errors
    ///
    /// As there.
    fn append(&self, file: &mut dyn FsFile, bytes: &[u8]) -> io::Result<usize> {
        file.append(bytes)
    }

    /// As [`FsFile::sync`] of an open file.
    ///
    /// # Errors
    ///
    /// As there.
    fn sync(&self, file: &mut dyn FsFile) -> io::Result<()> {
        file.sync()
    }

    /// As [`Fs::inspect`].
    ///
    /// # Errors
    ///
    /// As there.
    fn inspect(&self, path: &Path) -> io::Result<Option<Meta>> {
        OsFs.inspect(path)
    }

    /// As [`Fs::create`], without what is altered of the file.
    ///
    /// # Errors
    ///
    /// As there.
    fn create(&self, path: &Path) -> io::Result<Box<dyn FsFile>> {
        OsFs.create(path)
    }

    /// As [`Fs::rename`].
    ///
    /// # Errors
    ///
    /// As there.
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        OsFs.rename(from, to)
    }

    /// As [`Fs::lock_file`].
    ///
    /// # Errors
    ///
    /// As there.
    fn lock_file(&self, path: &Path) -> io::Result<Box<dyn FsLock>> {
        OsFs.lock_file(path)
    }
}

/// [`OsFs`] as `A` alters it.
#[derive(Debug)]
pub struct AlteredFs<A>(Arc<A>);

impl<A: Alter> AlteredFs<A> {
    /// The file system with its calls altered.
    pub fn new(alter: A) -> Self {
        AlteredFs(Arc::new(alter))
    }

    fn altered(&self, file: Box<dyn FsFile>) -> Box<dyn FsFile> {
        Box::new(AlteredFile { file, alter: Arc::clone(&self.0) })
    }
}

impl<A: Alter> Fs for AlteredFs<A> {
    fn inspect(&self, path: &Path) -> io::Result<Option<Meta>> {
        self.0.inspect(path)
    }

    fn create_folders(&self, path: &Path) -> io::Result<()> {
        OsFs.create_folders(path)
    }

    fn create(&self, path: &Path) -> io::Result<Box<dyn FsFile>> {
        Ok(self.altered(self.0.create(path)?))
    }

    fn open(&self, path: &Path) -> io::Result<Box<dyn FsFile>> {
        Ok(self.altered(OsFs.open(path)?))
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.0.rename(from, to)
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
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

    fn lock_file(&self, path: &Path) -> io::Result<Box<dyn FsLock>> {
        self.0.lock_file(path)
    }

    fn is_in_use(&self, path: &Path, pid: u32) -> bool {
        OsFs.is_in_use(path, pid)
    }
}

struct AlteredFile<A> {
    file: Box<dyn FsFile>,
    alter: Arc<A>,
}

impl<A: Alter> FsFile for AlteredFile<A> {
    fn append(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.alter.append(&mut *self.file, bytes)
    }

    fn truncate(&mut self, len: u64) -> io::Result<()> {
        self.file.truncate(len)
    }

    fn inspect(&self) -> io::Result<Meta> {
        self.file.inspect()
    }

    fn last_byte(&mut self) -> io::Result<Option<u8>> {
        self.file.last_byte()
    }

    fn sync(&mut self) -> io::Result<()> {
        self.alter.sync(&mut *self.file)
    }

    fn set_modified(&mut self, at: Timestamp) -> io::Result<()> {
        self.file.set_modified(at)
    }

    fn show_use(&mut self) -> io::Result<()> {
        self.file.show_use()
    }
}
