//! File systems with a bug that the judge has to catch.

use std::{
    ffi::OsString,
    io::{self, Read},
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, AtomicU32, Ordering},
    },
};

use logger_core::Timestamp;
use logger_file::{Fs, FsFile, FsLock, Meta, OsFs};

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
pub(super) struct FlawedFs {
    flaw: Flaw,
    /// The first that was made.
    made: Mutex<Option<(PathBuf, Meta)>>,
    /// A file got another name, and nothing was appended since.
    rotated: Arc<AtomicBool>,
    /// How often a file named as the first that was made got another name.
    ended: AtomicU32,
}

impl FlawedFs {
    pub(super) fn new(flaw: Flaw) -> Self {
        FlawedFs { flaw, made: Mutex::default(), rotated: Arc::default(), ended: AtomicU32::new(0) }
    }

    fn made(&self) -> MutexGuard<'_, Option<(PathBuf, Meta)>> {
        self.made.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn wrap(&self, file: Box<dyn FsFile>) -> Box<dyn FsFile> {
        Box::new(FlawedFile { file, flaw: self.flaw, rotated: Arc::clone(&self.rotated) })
    }
}

impl Fs for FlawedFs {
    fn inspect(&self, path: &Path) -> io::Result<Option<Meta>> {
        match &*self.made() {
            Some((made, meta)) if made == path => Ok(Some(*meta)),
            _ => OsFs.inspect(path),
        }
    }

    fn create_folders(&self, path: &Path) -> io::Result<()> {
        OsFs.create_folders(path)
    }

    fn create(&self, path: &Path) -> io::Result<Box<dyn FsFile>> {
        let file = OsFs.create(path)?;
        if self.flaw == Flaw::NeverLooks {
            self.made().get_or_insert((path.to_owned(), file.inspect()?));
        }
        Ok(self.wrap(file))
    }

    fn open(&self, path: &Path) -> io::Result<Box<dyn FsFile>> {
        Ok(self.wrap(OsFs.open(path)?))
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
        Ok(match self.flaw {
            Flaw::LocksNothing => Box::new(NoLock),
            #[cfg(unix)]
            Flaw::DiesButNotItsLocks => Box::new(LeakyLock::open(path)?),
            _ => OsFs.lock_file(path)?,
        })
    }

    fn is_in_use(&self, path: &Path, pid: u32) -> bool {
        OsFs.is_in_use(path, pid)
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

struct FlawedFile {
    file: Box<dyn FsFile>,
    flaw: Flaw,
    rotated: Arc<AtomicBool>,
}

impl FsFile for FlawedFile {
    fn append(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let first = self.rotated.swap(false, Ordering::AcqRel);
        match self.flaw {
            Flaw::LosesFirstWrite if first => return Ok(bytes.len()),
            Flaw::DoublesFirstWrite if first => {
                self.file.append(bytes)?;
            }
            Flaw::IgnoresShortWrites => {
                self.file.append(bytes)?;
                return Ok(bytes.len());
            }
            _ => {}
        }
        self.file.append(bytes)
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
        self.file.sync()
    }

    fn set_modified(&mut self, at: Timestamp) -> io::Result<()> {
        self.file.set_modified(at)
    }

    fn show_use(&mut self) -> io::Result<()> {
        self.file.show_use()
    }
}
