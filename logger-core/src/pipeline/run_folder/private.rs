//! Files and folders for the owner only. Links are not followed.

use std::{
    fs::{DirBuilder, File, OpenOptions},
    io,
    os::unix::fs::{DirBuilderExt as _, MetadataExt as _, OpenOptionsExt as _},
    path::Path,
};

use rustix::fs::{FlockOperation, OFlags};

/// Makes a folder with mode 0700, and its parents; one that is there has to be ours and closed to others.
pub(super) fn create_folder(path: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(path)?;
    let found = path.symlink_metadata()?;
    if !found.is_dir() || found.uid() != rustix::process::geteuid().as_raw() || found.mode() & 0o077 != 0 {
        let why = format!("{} is not a folder of this user with mode 0700", path.display());
        return Err(io::Error::new(io::ErrorKind::PermissionDenied, why));
    }
    Ok(())
}

pub(super) fn user() -> Option<u32> {
    Some(rustix::process::geteuid().as_raw())
}

fn options() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.read(true).write(true).custom_flags(OFlags::NOFOLLOW.bits() as i32);
    options
}

pub(super) fn create_file(path: &Path) -> io::Result<File> {
    options().create_new(true).mode(0o600).open(path)
}

/// Opens a file that a run has made; anything else with its name is refused, and a pipe is not waited for.
pub(super) fn open(path: &Path) -> io::Result<File> {
    let nonblocking = (OFlags::NOFOLLOW | OFlags::NONBLOCK).bits() as i32;
    let file = options().custom_flags(nonblocking).open(path)?;
    let found = file.metadata()?;
    if !found.is_file() || found.nlink() > 1 || found.uid() != rustix::process::geteuid().as_raw() {
        let why = format!("{} is not a file of this user with one name", path.display());
        return Err(io::Error::new(io::ErrorKind::PermissionDenied, why));
    }
    Ok(file)
}

pub(super) fn open_folder(path: &Path) -> io::Result<File> {
    let flags = (OFlags::NOFOLLOW | OFlags::DIRECTORY).bits() as i32;
    OpenOptions::new().read(true).custom_flags(flags).open(path)
}

/// Whether an open file is the one with this name.
pub(super) fn is_at(file: &File, path: &Path) -> bool {
    let id = |found: &std::fs::Metadata| (found.dev(), found.ino());
    matches!((file.metadata(), path.symlink_metadata()), (Ok(a), Ok(b)) if id(&a) == id(&b))
}

pub(super) fn unlock(file: &File) {
    // what cannot be unlocked is unlocked by the end of the process
    let _ = rustix::fs::flock(file, FlockOperation::Unlock);
}

pub(super) fn try_lock(file: &File) -> io::Result<bool> {
    match rustix::fs::flock(file, FlockOperation::NonBlockingLockExclusive) {
        Ok(()) => Ok(true),
        Err(rustix::io::Errno::WOULDBLOCK) => Ok(false),
        Err(error) => Err(error.into()),
    }
}

/// Whether a file may be `len` bytes long. The system ends a process by SIGXFSZ that makes one longer than RLIMIT_FSIZE.
pub(in crate::pipeline) fn check_limit(len: u64) -> io::Result<()> {
    let limit = rustix::process::getrlimit(rustix::process::Resource::Fsize).current;
    if limit.is_some_and(|limit| len > limit) {
        return Err(rustix::io::Errno::FBIG.into());
    }
    Ok(())
}

/// All blocks now, so that no store into the mapping can find the file system full, which would be a SIGBUS.
#[cfg(not(target_os = "macos"))]
pub(super) fn allocate(file: &File, len: u64) -> io::Result<()> {
    check_limit(len)?;
    Ok(rustix::fs::fallocate(file, rustix::fs::FallocateFlags::empty(), 0, len)?)
}

/// macOS has no such call: zeros are written instead.
#[cfg(target_os = "macos")]
pub(super) fn allocate(mut file: &File, len: u64) -> io::Result<()> {
    check_limit(len)?;
    io::copy(&mut io::Read::take(io::repeat(0), len), &mut file).map(|_| ())
}
