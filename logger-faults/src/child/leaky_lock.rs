//! A bug: a lock that outlives its process, because another one has the descriptor too.

use std::{
    io,
    os::fd::OwnedFd,
    path::Path,
    process::{Command, Stdio},
};

use logger_file::FsLock;
use rustix::fs::{FlockOperation, Mode, OFlags, flock, open};

pub(super) struct LeakyLock(OwnedFd);

impl LeakyLock {
    pub(super) fn open(path: &Path) -> io::Result<Self> {
        // who is started from here has it open too
        let file = open(path, OFlags::RDWR | OFlags::CREATE | OFlags::NOFOLLOW, Mode::RUSR | Mode::WUSR)?;
        Ok(LeakyLock(file))
    }

    /// Starts a process that has nothing to do with the lock but its descriptor, and ends by itself when the case is over.
    pub(super) fn leak() {
        let mut sleeps = Command::new("sleep");
        let _ = sleeps.arg("4").stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn();
    }
}

impl FsLock for LeakyLock {
    fn try_lock(&mut self) -> io::Result<bool> {
        match flock(&self.0, FlockOperation::NonBlockingLockExclusive) {
            Ok(()) => Ok(true),
            Err(rustix::io::Errno::WOULDBLOCK) => Ok(false),
            Err(error) => Err(error.into()),
        }
    }

    fn unlock(&mut self) -> io::Result<()> {
        Ok(flock(&self.0, FlockOperation::Unlock)?)
    }
}
