//! The file system where it is not Unix, by means of the standard library alone.
//!
//! Modes, owners, hard links and the identity of a file are not known here; a link or a taken name is looked
//! for just before a file is opened or renamed; an open file cannot be cut back, since one that is opened for
//! appending may not be.

use std::{
    fs::{self, File, Metadata, OpenOptions},
    io::{self, Read as _, Seek as _, SeekFrom, Write as _},
    path::Path,
};

use super::{Fs, FsFile, Kind, Meta, OsFs, Owner};

impl Fs for OsFs {
    fn inspect(&self, path: &Path) -> io::Result<Option<Meta>> {
        match fs::symlink_metadata(path) {
            Ok(found) => Ok(Some(meta(&found))),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    fn create_folders(&self, path: &Path) -> io::Result<()> {
        fs::create_dir_all(path)
    }

    fn create(&self, path: &Path) -> io::Result<Box<dyn FsFile>> {
        let file = OpenOptions::new().read(true).append(true).create_new(true).open(path)?;
        Ok(Box::new(OsFile(file)))
    }

    fn open(&self, path: &Path) -> io::Result<Box<dyn FsFile>> {
        Ok(Box::new(OsFile(OpenOptions::new().read(true).append(true).open(path)?)))
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        if self.inspect(to)?.is_some() {
            return Err(io::ErrorKind::AlreadyExists.into());
        }
        fs::rename(from, to)
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        fs::remove_file(path)
    }
}

#[derive(Debug)]
struct OsFile(File);

impl FsFile for OsFile {
    #[expect(
        clippy::disallowed_methods,
        reason = "the count is returned: the caller goes on after a short write"
    )]
    fn append(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.write(bytes)
    }

    fn truncate(&mut self, _: u64) -> io::Result<()> {
        Err(io::ErrorKind::Unsupported.into())
    }

    fn inspect(&self) -> io::Result<Meta> {
        Ok(meta(&self.0.metadata()?))
    }

    fn last_byte(&mut self) -> io::Result<Option<u8>> {
        let Some(last) = self.0.metadata()?.len().checked_sub(1) else { return Ok(None) };
        let mut byte = [0];
        // where it reads does not matter to where it appends
        self.0.seek(SeekFrom::Start(last))?;
        self.0.read_exact(&mut byte)?;
        Ok(Some(byte[0]))
    }

    fn sync(&mut self) -> io::Result<()> {
        self.0.sync_data()
    }
}

fn meta(found: &Metadata) -> Meta {
    let kind = match found.file_type() {
        it if it.is_file() => Kind::File,
        it if it.is_dir() => Kind::Folder,
        it if it.is_symlink() => Kind::Link,
        _ => Kind::Other,
    };
    Meta { kind, len: found.len(), links: 1, owner: Owner::Us, mode: None, id: None }
}
