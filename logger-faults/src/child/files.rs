//! File systems with a bug that the judge has to catch.

use std::{
    io,
    path::{Path, PathBuf},
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, AtomicU32, Ordering},
    },
};

use logger_file::{
    Fs as _, FsFile, FsLock, Meta, OsFs,
    testing::{Alter, AlteredFs},
};

#[cfg(unix)]
use super::leaky_lock::LeakyLock;

/// What goes wrong in the file system.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Flaw {
    /// What is appended first after a file got another name is not written.
    LosesFirstWrite,
    /// What is appended first after a file got another name is written twice.
    DoublesFirstWrite,
    /// A short write counts as a whole one.
    IgnoresShortWrites,
    /// A file that was made is at its name for ever.
    NeverLooks,
    /// Everybody has the lock who asks.
    LocksNothing,
    /// No flaw: the process is killed when its file has got another name for the fourth time.
    Dies,
    /// The same, and its locks outlive it.
    DiesButNotItsLocks,
}

/// The file system of the computer with a flaw.
pub(super) struct Flawed {
    flaw: Flaw,
    /// The first that was made.
    made: Mutex<Option<(PathBuf, Meta)>>,
    /// A file got another name, and nothing was appended since.
    rotated: AtomicBool,
    /// How often a file named as the first that was made got another name.
    ended: AtomicU32,
}

impl Flawed {
    pub(super) fn file_system(flaw: Flaw) -> AlteredFs<Self> {
        let (made, rotated, ended) = Default::default();
        AlteredFs::new(Flawed { flaw, made, rotated, ended })
    }

    fn made(&self) -> MutexGuard<'_, Option<(PathBuf, Meta)>> {
        self.made.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Alter for Flawed {
    fn append(&self, file: &mut dyn FsFile, bytes: &[u8]) -> io::Result<usize> {
        let first = self.rotated.swap(false, Ordering::AcqRel);
        match self.flaw {
            Flaw::LosesFirstWrite if first => return Ok(bytes.len()),
            Flaw::DoublesFirstWrite if first => {
                file.append(bytes)?;
            }
            Flaw::IgnoresShortWrites => {
                file.append(bytes)?;
                return Ok(bytes.len());
            }
            _ => {}
        }
        file.append(bytes)
    }

    fn inspect(&self, path: &Path) -> io::Result<Option<Meta>> {
        match &*self.made() {
            Some((made, meta)) if made == path => Ok(Some(*meta)),
            _ => OsFs.inspect(path),
        }
    }

    fn create(&self, path: &Path) -> io::Result<Box<dyn FsFile>> {
        let file = OsFs.create(path)?;
        if self.flaw == Flaw::NeverLooks {
            self.made().get_or_insert((path.to_owned(), file.inspect()?));
        }
        Ok(file)
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        OsFs.rename(from, to)?;
        if matches!(self.flaw, Flaw::Dies | Flaw::DiesButNotItsLocks)
            && from.extension().is_some_and(|it| it == "log")
            && self.ended.fetch_add(1, Ordering::AcqRel) == 3
        {
            #[cfg(unix)]
            if self.flaw == Flaw::DiesButNotItsLocks {
                LeakyLock::leak();
            }
            die();
        }
        self.rotated.store(true, Ordering::Release);
        Ok(())
    }

    fn lock_file(&self, path: &Path) -> io::Result<Box<dyn FsLock>> {
        Ok(match self.flaw {
            Flaw::LocksNothing => Box::new(NoLock),
            #[cfg(unix)]
            Flaw::DiesButNotItsLocks => Box::new(LeakyLock::open(path)?),
            _ => OsFs.lock_file(path)?,
        })
    }
}

/// Ends this process as somebody else's SIGKILL does.
fn die() {
    #[cfg(unix)]
    {
        let _ = rustix::process::kill_process(rustix::process::getpid(), rustix::process::Signal::KILL);
        loop {
            std::thread::park();
        }
    }
}

/// A bug: no lock at all.
struct NoLock;

impl FsLock for NoLock {
    fn try_lock(&mut self) -> io::Result<bool> {
        Ok(true)
    }

    fn unlock(&mut self) -> io::Result<()> {
        Ok(())
    }
}
