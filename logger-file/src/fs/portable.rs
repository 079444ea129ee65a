//! The file system where it is not Unix, by means of the standard library alone.
//!
//! Modes, owners, hard links and the identity of a file are not known here; a link or a taken name is looked
//! for just before a file is opened or renamed; an open file cannot be cut back, since one that is opened for
//! appending may not be.

use std::{
    ffi::OsString,
    fs::{self, File, Metadata, OpenOptions},
    io::{self, Read, Seek as _, SeekFrom, Write as _},
    path::Path,
    time::{Duration, UNIX_EPOCH},
};

use logger_core::Timestamp;

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

    fn list(&self, folder: &Path) -> io::Result<Vec<OsString>> {
        fs::read_dir(folder)?.map(|entry| Ok(entry?.file_name())).collect()
    }

    fn read(&self, path: &Path) -> io::Result<Box<dyn Read + Send>> {
        if !fs::symlink_metadata(path)?.is_file() {
            return Err(io::Error::other("it is not a regular file"));
        }
        Ok(Box::new(File::open(path)?))
    }

    fn free_space(&self, _: &Path) -> io::Result<Option<u64>> {
        Ok(None)
    }

    /// The names are on the medium when the system sees fit: a folder cannot be opened here.
    fn sync_folder(&self, _: &Path) -> io::Result<()> {
        Ok(())
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

    fn set_modified(&mut self, at: Timestamp) -> io::Result<()> {
        // files of before 1970 are none of ours
        let since = Duration::from_nanos(u64::try_from(at.unix_nanos()).unwrap_or(0));
        self.0.set_modified(UNIX_EPOCH + since)
    }
}

fn meta(found: &Metadata) -> Meta {
    let kind = match found.file_type() {
        it if it.is_file() => Kind::File,
        it if it.is_dir() => Kind::Folder,
        it if it.is_symlink() => Kind::Link,
        _ => Kind::Other,
    };
    let modified = found.modified().ok().and_then(|it| it.duration_since(UNIX_EPOCH).ok());
    let modified = modified.and_then(|it| i64::try_from(it.as_nanos()).ok()).map(Timestamp::from_unix_nanos);
    Meta { kind, len: found.len(), links: 1, owner: Owner::Us, mode: None, id: None, modified }
}
