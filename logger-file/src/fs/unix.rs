//! The file system on Unix.

use std::{
    ffi::OsString,
    fs::{self, File, Metadata, Permissions},
    io::{self, Read, Write as _},
    os::unix::fs::{
        DirBuilderExt as _, FileExt as _, FileTypeExt as _, MetadataExt as _, PermissionsExt as _,
    },
    path::{Path, PathBuf},
    time::{Duration, UNIX_EPOCH},
};

use logger_core::Timestamp;
use rustix::{
    fs::{FlockOperation, Mode, OFlags, flock, statvfs},
    io::{Errno, retry_on_intr},
    process::{Pid, Resource, geteuid, getrlimit, test_kill_process},
};

use super::{FileId, Fs, FsFile, FsLock, Kind, Meta, OsFs, Owner};

const FILE_MODE: u32 = 0o600;
const FOLDER_MODE: u32 = 0o700;

impl Fs for OsFs {
    fn inspect(&self, path: &Path) -> io::Result<Option<Meta>> {
        match fs::symlink_metadata(path) {
            Ok(found) => Ok(Some(meta(&found))),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    fn create_folders(&self, path: &Path) -> io::Result<()> {
        // one by one: the standard library's recursive form leaves the modes to the umask
        let mut missing = Vec::new();
        for folder in path.ancestors().filter(|it| !it.as_os_str().is_empty()) {
            if folder.is_dir() {
                break;
            }
            missing.push(folder);
        }
        missing.into_iter().rev().try_for_each(create_folder)
    }

    fn create(&self, path: &Path) -> io::Result<Box<dyn FsFile>> {
        let file = open(path, OFlags::CREATE | OFlags::EXCL)?;
        if file.metadata()?.mode() & 0o777 != FILE_MODE {
            // the umask took a bit away; on a file system without modes there is nothing to set
            let _ = file.set_permissions(Permissions::from_mode(FILE_MODE));
        }
        Ok(Box::new(OsFile(file)))
    }

    fn open(&self, path: &Path) -> io::Result<Box<dyn FsFile>> {
        Ok(Box::new(OsFile(open(path, OFlags::empty())?)))
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        match rename_no_replace(from, to) {
            // the kernel or the file system does not know it: the next best is to look first
            Err(Errno::INVAL | Errno::NOSYS | Errno::NOTSUP) => {
                if self.inspect(to)?.is_some() {
                    return Err(io::ErrorKind::AlreadyExists.into());
                }
                fs::rename(from, to)
            }
            done => Ok(done?),
        }
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        fs::remove_file(path)
    }

    fn list(&self, folder: &Path) -> io::Result<Vec<OsString>> {
        fs::read_dir(folder)?.map(|entry| Ok(entry?.file_name())).collect()
    }

    fn read(&self, path: &Path) -> io::Result<Box<dyn Read + Send>> {
        let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC;
        let file = File::from(retry_on_intr(|| rustix::fs::open(path, flags, Mode::empty()))?);
        if !file.metadata()?.is_file() {
            return Err(io::Error::other("it is not a regular file"));
        }
        Ok(Box::new(file))
    }

    fn free_space(&self, folder: &Path) -> io::Result<Option<u64>> {
        let disk = retry_on_intr(|| statvfs(folder))?;
        Ok(Some(disk.f_bavail.saturating_mul(disk.f_frsize)))
    }

    fn sync_folder(&self, folder: &Path) -> io::Result<()> {
        File::open(folder)?.sync_all()
    }

    fn lock_file(&self, path: &Path) -> io::Result<Box<dyn FsLock>> {
        Ok(Box::new(OsLock::open(path)?))
    }

    fn is_in_use(&self, path: &Path, pid: u32) -> bool {
        // one word may lie: the number may be that of another program by now, and in a container of its own a process has
        // another one
        is_alive(pid) || is_shown(path)
    }
}

fn is_alive(pid: u32) -> bool {
    let pid = i32::try_from(pid).ok().and_then(Pid::from_raw);
    pid.is_some_and(|pid| test_kill_process(pid) != Err(Errno::SRCH))
}

fn is_shown(path: &Path) -> bool {
    match open(path, OFlags::empty()) {
        // closing it gives the lock back
        Ok(file) => flock(&file, FlockOperation::NonBlockingLockExclusive).is_err(),
        Err(error) => error.kind() != io::ErrorKind::NotFound,
    }
}

fn create_folder(path: &Path) -> io::Result<()> {
    match fs::DirBuilder::new().mode(FOLDER_MODE).create(path) {
        Ok(()) => {}
        // somebody else made it meanwhile
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists && path.is_dir() => return Ok(()),
        Err(error) => return Err(error),
    }
    let made = fs::symlink_metadata(path)?;
    if made.is_dir() && made.mode() & 0o777 != FOLDER_MODE {
        // the umask took a bit away; on a file system without modes there is nothing to set
        let _ = fs::set_permissions(path, Permissions::from_mode(FOLDER_MODE));
    }
    Ok(())
}

/// Opens for appending, and for reading because a torn last line must be seen.
fn open(path: &Path, create: OFlags) -> io::Result<File> {
    // NONBLOCK: a FIFO that took the place of the file must not hold us; it means nothing to a regular file.
    // NOCTTY: nor may a terminal become the one that stops us.
    let flags = OFlags::RDWR
        | OFlags::APPEND
        | OFlags::NOFOLLOW
        | OFlags::NONBLOCK
        | OFlags::NOCTTY
        | OFlags::CLOEXEC
        | create;
    let mode = Mode::RUSR | Mode::WUSR;
    Ok(File::from(retry_on_intr(|| rustix::fs::open(path, flags, mode))?))
}

#[cfg(any(target_os = "linux", target_os = "android", target_vendor = "apple"))]
fn rename_no_replace(from: &Path, to: &Path) -> Result<(), Errno> {
    use rustix::fs::{CWD, RenameFlags, renameat_with};
    retry_on_intr(|| renameat_with(CWD, from, CWD, to, RenameFlags::NOREPLACE))
}

#[cfg(not(any(target_os = "linux", target_os = "android", target_vendor = "apple")))]
fn rename_no_replace(_: &Path, _: &Path) -> Result<(), Errno> {
    Err(Errno::NOSYS)
}

/// An open file.
#[derive(Debug)]
struct OsFile(File);

impl FsFile for OsFile {
    #[expect(
        clippy::disallowed_methods,
        reason = "the count is returned: the caller goes on after a short write"
    )]
    fn append(&mut self, bytes: &[u8]) -> io::Result<usize> {
        // A write that starts at the limit raises SIGXFSZ, which ends the process; one that only passes it is short. It is
        // asked each time, for somebody may set it (`prlimit`) or lift it while the file is open: that costs a hundredth of
        // the write.
        if let Some(limit) = getrlimit(Resource::Fsize).current {
            let found = self.0.metadata()?;
            if found.is_file() && found.len() >= limit {
                return Err(Errno::FBIG.into());
            }
        }
        self.0.write(bytes)
    }

    fn truncate(&mut self, len: u64) -> io::Result<()> {
        self.0.set_len(len)
    }

    fn inspect(&self) -> io::Result<Meta> {
        Ok(meta(&self.0.metadata()?))
    }

    fn last_byte(&mut self) -> io::Result<Option<u8>> {
        let Some(last) = self.0.metadata()?.len().checked_sub(1) else { return Ok(None) };
        let mut byte = [0];
        self.0.read_exact_at(&mut byte, last)?;
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

    fn show_use(&mut self) -> io::Result<()> {
        Ok(flock(&self.0, FlockOperation::NonBlockingLockShared)?)
    }
}

/// A file that stands for a turn.
#[derive(Debug)]
struct OsLock {
    path: PathBuf,
    file: File,
}

impl OsLock {
    fn open(path: &Path) -> io::Result<Self> {
        let file = open(path, OFlags::CREATE)?;
        let found = meta(&file.metadata()?);
        if found.kind != Kind::File || found.links != 1 || found.owner != Owner::Us {
            return Err(io::Error::other(format!("{} is no lock of ours", path.display())));
        }
        Ok(OsLock { path: path.into(), file })
    }
}

impl FsLock for OsLock {
    fn try_lock(&mut self) -> io::Result<bool> {
        loop {
            match flock(&self.file, FlockOperation::NonBlockingLockExclusive) {
                Ok(()) => {}
                Err(Errno::WOULDBLOCK | Errno::INTR) => return Ok(false),
                Err(error) => return Err(error.into()),
            }
            // somebody may have deleted it: others would take turns by a new one
            let own = meta(&self.file.metadata()?).id;
            match OsFs.inspect(&self.path)? {
                Some(found) if found.id == own => return Ok(true),
                _ => *self = OsLock::open(&self.path)?,
            }
        }
    }

    fn unlock(&mut self) -> io::Result<()> {
        Ok(flock(&self.file, FlockOperation::Unlock)?)
    }
}

fn meta(found: &Metadata) -> Meta {
    let kind = found.file_type();
    Meta {
        kind: if kind.is_file() {
            Kind::File
        } else if kind.is_dir() {
            Kind::Folder
        } else if kind.is_symlink() {
            Kind::Link
        } else if kind.is_fifo() {
            Kind::Fifo
        } else if kind.is_socket() {
            Kind::Socket
        } else if kind.is_char_device() {
            Kind::CharDevice
        } else if kind.is_block_device() {
            Kind::BlockDevice
        } else {
            Kind::Other
        },
        len: found.len(),
        links: found.nlink(),
        owner: if found.uid() == geteuid().as_raw() { Owner::Us } else { Owner::Other },
        mode: Some(found.mode() & 0o7777),
        id: Some(FileId { device: found.dev(), number: found.ino() }),
        modified: Some(Timestamp::from_unix_nanos(
            found.mtime().saturating_mul(1_000_000_000).saturating_add(found.mtime_nsec()),
        )),
    }
}
