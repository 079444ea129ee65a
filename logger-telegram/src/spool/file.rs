//! The file of a spool: locked, 0600, no link.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, Read as _, Seek as _, SeekFrom, Write as _},
    path::{Path, PathBuf},
};

use super::{beside, lock_path};
use crate::error::AlertError;

#[derive(Debug)]
pub(super) struct SpoolFile {
    path: PathBuf,
    file: File,
    len: u64,
    /// Held as long as the spool is in use.
    lock: Option<File>,
}

impl SpoolFile {
    /// Opens a spool, and makes it where there is none. One that another process uses is an error.
    pub(super) fn open(path: &Path) -> Result<Self, AlertError> {
        let wrong = |what| move |source| AlertError::Spool { what, path: path.to_owned(), source };
        if let Some(folder) = path.parent().filter(|it| !it.as_os_str().is_empty()) {
            make_folder(folder).map_err(wrong("make the folder of"))?;
        }
        let lock = private(&lock_path(path)).map_err(wrong("open the lock of"))?;
        take(&lock).map_err(wrong("lock"))?;
        let file = private(path).map_err(wrong("open"))?;
        let len = file.metadata().map_err(wrong("open"))?.len();
        Ok(SpoolFile { path: path.to_owned(), file, len, lock: Some(lock) })
    }

    /// What is in it, at most twice `max` bytes.
    pub(super) fn read(&mut self, max: u64) -> io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        self.file.seek(SeekFrom::Start(0))?;
        (&self.file).take(max.saturating_mul(2)).read_to_end(&mut bytes)?;
        Ok(bytes)
    }

    pub(super) fn len(&self) -> u64 {
        self.len
    }

    /// Others may use it from now on, and this process writes nothing more into it.
    pub(super) fn release(&mut self) {
        self.lock = None;
    }

    fn check_lock(&self) -> io::Result<()> {
        match self.lock {
            Some(_) => Ok(()),
            None => Err(io::Error::other("the alerts were closed")),
        }
    }

    #[cfg(all(test, unix))]
    pub(super) fn put_on(&mut self, other: File) {
        self.file = other;
    }

    pub(super) fn is_empty(&self) -> bool {
        self.len == 0
    }

    pub(super) fn handle(&self) -> io::Result<File> {
        self.file.try_clone()
    }

    /// Writes whole lines at the end. Of a write that failed nothing is left.
    pub(super) fn append(&mut self, lines: &[u8]) -> io::Result<()> {
        self.check_lock()?;
        self.file.seek(SeekFrom::Start(self.len))?;
        if let Err(error) = self.file.write_all(lines) {
            // what is left of it would be in the way of the next line
            let _ = self.file.set_len(self.len);
            return Err(error);
        }
        self.len += lines.len() as u64;
        Ok(())
    }

    /// Puts other content in the place of what there is, in one step.
    pub(super) fn replace(&mut self, content: &[u8]) -> io::Result<()> {
        self.check_lock()?;
        let new = beside(&self.path, ".new");
        let _ = fs::remove_file(&new);
        let mut file = private(&new)?;
        file.write_all(content)?;
        file.sync_data()?;
        fs::rename(&new, &self.path)?;
        self.file = file;
        self.len = content.len() as u64;
        sync_folder(&self.path);
        Ok(())
    }
}

#[cfg(unix)]
fn private(path: &Path) -> io::Result<File> {
    use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _, PermissionsExt as _};

    let flags =
        (rustix::fs::OFlags::NOFOLLOW | rustix::fs::OFlags::CLOEXEC | rustix::fs::OFlags::NONBLOCK).bits();
    let file = OpenOptions::new()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .mode(0o600)
        .custom_flags(flags.cast_signed())
        .open(path)?;
    let found = file.metadata()?;
    if !found.is_file() || found.nlink() != 1 {
        return Err(io::Error::other("it is not a regular file with one name"));
    }
    if found.uid() != rustix::process::geteuid().as_raw() {
        return Err(io::Error::new(io::ErrorKind::PermissionDenied, "it belongs to another user"));
    }
    if found.permissions().mode() & 0o777 != 0o600 {
        file.set_permissions(fs::Permissions::from_mode(0o600))?;
    }
    Ok(file)
}

#[cfg(not(unix))]
fn private(path: &Path) -> io::Result<File> {
    OpenOptions::new().read(true).write(true).create(true).truncate(false).open(path)
}

#[cfg(unix)]
fn make_folder(folder: &Path) -> io::Result<()> {
    use std::os::unix::fs::DirBuilderExt as _;

    fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)
}

#[cfg(not(unix))]
fn make_folder(folder: &Path) -> io::Result<()> {
    fs::create_dir_all(folder)
}

#[cfg(unix)]
fn take(lock: &File) -> io::Result<()> {
    use rustix::fs::{FlockOperation, flock};

    flock(lock, FlockOperation::NonBlockingLockExclusive)
        .map_err(|_| io::Error::new(io::ErrorKind::WouldBlock, "another process uses it"))
}

/// Elsewhere than on unix two processes that share a spool are not told apart.
#[cfg(not(unix))]
fn take(_: &File) -> io::Result<()> {
    Ok(())
}

/// A renamed file survives a power cut only when the entry of its folder is on the disk; where that cannot be had the
/// spool of before comes back, which tells some alerts twice.
fn sync_folder(path: &Path) {
    if cfg!(unix)
        && let Some(folder) = path.parent()
        && let Ok(folder) = File::open(if folder.as_os_str().is_empty() { Path::new(".") } else { folder })
    {
        let _ = folder.sync_all();
    }
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[test]
    fn a_file_that_others_could_read_is_made_private_and_so_is_a_new_folder() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("new/alerts.spool");
        drop(SpoolFile::open(&path).unwrap());
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(path.parent().unwrap()), 0o700);
        fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
        drop(SpoolFile::open(&path).unwrap());
        assert_eq!(mode(&path), 0o600);
    }

    #[test]
    fn a_file_with_a_second_name_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let (victim, path) = (folder.path().join("victim"), folder.path().join("alerts.spool"));
        fs::write(&victim, "precious").unwrap();
        fs::hard_link(&victim, &path).unwrap();
        let said = std::error::Error::source(&SpoolFile::open(&path).unwrap_err()).unwrap().to_string();
        assert!(said.contains("one name"), "{said}");
        assert_eq!(fs::read_to_string(&victim).unwrap(), "precious");
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn of_a_write_that_fails_nothing_is_left() {
        use std::os::unix::fs::FileExt as _;

        use rustix::fs::{MemfdFlags, SealFlags, fcntl_add_seals, memfd_create};

        let folder = tempfile::tempdir().unwrap();
        let mut spool = SpoolFile::open(&folder.path().join("alerts.spool")).unwrap();
        spool.append(b"whole\n").unwrap();
        // a disk that is full, with half of a line on it
        let full = File::from(memfd_create("full", MemfdFlags::ALLOW_SEALING).unwrap());
        full.write_all_at(b"whole\nhal", 0).unwrap();
        fcntl_add_seals(&full, SealFlags::GROW).unwrap();
        spool.file = full;
        assert!(spool.append(b"half of a line\n").is_err());
        assert_eq!((spool.len(), spool.file.metadata().unwrap().len()), (6, 6));
        assert_eq!(spool.read(100).unwrap(), b"whole\n");
    }

    #[test]
    fn other_content_comes_in_one_step() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("alerts.spool");
        let mut spool = SpoolFile::open(&path).unwrap();
        spool.append(b"before\n").unwrap();
        let mut before = File::open(&path).unwrap();
        spool.replace(b"after\n").unwrap();
        // whoever looks sees the one or the other
        let mut text = String::new();
        before.read_to_string(&mut text).unwrap();
        assert_eq!((text.as_str(), fs::read_to_string(&path).unwrap().as_str()), ("before\n", "after\n"));
        spool.append(b"more\n").unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "after\nmore\n");
    }

    #[test]
    fn one_that_is_in_use_is_refused_until_it_is_released() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("alerts.spool");
        let mut first = SpoolFile::open(&path).unwrap();
        assert!(matches!(SpoolFile::open(&path), Err(AlertError::Spool { what: "lock", .. })));
        first.release();
        let second = SpoolFile::open(&path);
        assert!(second.is_ok() && first.append(b"x").is_err() && first.replace(b"x").is_err());
    }
}
