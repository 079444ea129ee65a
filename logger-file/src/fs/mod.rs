//! The file system as this crate sees it, so that tests can put a failing one in its place.

#[cfg(not(unix))]
mod portable;
#[cfg(unix)]
mod unix;

use std::{
    ffi::OsString,
    fmt,
    io::{self, Read},
    path::Path,
};

use logger_core::Timestamp;

/// The file system of the computer.
///
/// On Unix files are opened for appending without following a link, get the modes 0600 and 0700 whatever the
/// umask is, and are renamed only to a name that is free. Elsewhere the modes are the system's own, a link is
/// looked for just before the file is opened, a free name just before renaming, and an open file cannot be
/// cut back: there a torn line is closed by a mark ([`Repair::Marked`](crate::Repair::Marked)).
#[derive(Debug, Clone, Copy, Default)]
pub struct OsFs;

/// A file system.
pub trait Fs: Send + Sync {
    /// What is at a name, without following a link; `None` for a name that is free.
    ///
    /// # Errors
    ///
    /// As the system says, except for a missing file or folder.
    fn inspect(&self, path: &Path) -> io::Result<Option<Meta>>;

    /// Makes a folder and those above it that are missing, for the owner alone (0700). Those that are there
    /// stay as they are.
    ///
    /// # Errors
    ///
    /// As the system says.
    fn create_folders(&self, path: &Path) -> io::Result<()>;

    /// Makes a file for the owner alone (0600), and opens it for appending.
    ///
    /// # Errors
    ///
    /// [`AlreadyExists`](io::ErrorKind::AlreadyExists) for a name that is not free, be it a dangling link;
    /// else as the system says.
    fn create(&self, path: &Path) -> io::Result<Box<dyn FsFile>>;

    /// Opens what is at a name for appending, without following a link, and without waiting for a reader of a
    /// FIFO.
    ///
    /// # Errors
    ///
    /// [`NotFound`](io::ErrorKind::NotFound) for a name that is free; else as the system says.
    fn open(&self, path: &Path) -> io::Result<Box<dyn FsFile>>;

    /// Renames a file. What has the new name is never replaced.
    ///
    /// # Errors
    ///
    /// [`AlreadyExists`](io::ErrorKind::AlreadyExists) for a name that is not free; else as the system says.
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()>;

    /// Deletes a file.
    ///
    /// # Errors
    ///
    /// As the system says.
    fn remove(&self, path: &Path) -> io::Result<()>;

    /// The names of what is in a folder, in any order.
    ///
    /// # Errors
    ///
    /// As the system says.
    fn list(&self, folder: &Path) -> io::Result<Vec<OsString>>;

    /// Opens a regular file for reading from its beginning, without following a link.
    ///
    /// # Errors
    ///
    /// As the system says.
    fn read(&self, path: &Path) -> io::Result<Box<dyn Read + Send>>;

    /// How many bytes this user can still write on the disk of a folder; `None` where the system does not tell.
    ///
    /// # Errors
    ///
    /// As the system says.
    fn free_space(&self, folder: &Path) -> io::Result<Option<u64>>;

    /// Returns when the names in a folder are on the medium: a file that is new or renamed is there after a loss of power
    /// only then.
    ///
    /// # Errors
    ///
    /// As the system says.
    fn sync_folder(&self, folder: &Path) -> io::Result<()>;

    /// Opens the file by which several processes take turns, or makes it for the owner alone, without following a link.
    ///
    /// # Errors
    ///
    /// As the system says; [`Unsupported`](io::ErrorKind::Unsupported) where there are no such locks.
    fn lock_file(&self, path: &Path) -> io::Result<Box<dyn FsLock>> {
        let _ = path;
        Err(io::ErrorKind::Unsupported.into())
    }

    /// Whether a process [shows](FsFile::show_use) that it has the file at `path` open, or `pid` is the number of a process
    /// that lives. Where the system tells neither, it is.
    fn is_in_use(&self, path: &Path, pid: u32) -> bool {
        let _ = (path, pid);
        true
    }
}

/// A lock that one process has at a time, and that the system takes from one that ends.
pub trait FsLock: Send {
    /// Takes the lock, unless somebody else has it. Returns whether it did.
    ///
    /// # Errors
    ///
    /// As the system says, and where the file is not at its name any more and there can be no new one.
    fn try_lock(&mut self) -> io::Result<bool>;

    /// Gives the lock back.
    ///
    /// # Errors
    ///
    /// As the system says.
    fn unlock(&mut self) -> io::Result<()>;
}

/// A file that is open for appending.
pub trait FsFile: Send {
    /// Appends the first bytes, and returns how many these are.
    ///
    /// # Errors
    ///
    /// As the system says; nothing was appended then.
    fn append(&mut self, bytes: &[u8]) -> io::Result<usize>;

    /// Cuts the file to its first `len` bytes.
    ///
    /// # Errors
    ///
    /// As the system says; [`Unsupported`](io::ErrorKind::Unsupported) where it cannot.
    fn truncate(&mut self, len: u64) -> io::Result<()>;

    /// What it is and how long.
    ///
    /// # Errors
    ///
    /// As the system says.
    fn inspect(&self) -> io::Result<Meta>;

    /// The last byte; `None` for an empty file.
    ///
    /// # Errors
    ///
    /// As the system says.
    fn last_byte(&mut self) -> io::Result<Option<u8>>;

    /// Returns when what was appended is on the medium.
    ///
    /// # Errors
    ///
    /// As the system says.
    fn sync(&mut self) -> io::Result<()>;

    /// Sets when it was changed last.
    ///
    /// # Errors
    ///
    /// As the system says.
    fn set_modified(&mut self, at: Timestamp) -> io::Result<()>;

    /// Shows others that this process has the file open, until it is closed or the process ends: see
    /// [`Fs::is_in_use`].
    ///
    /// # Errors
    ///
    /// As the system says; [`Unsupported`](io::ErrorKind::Unsupported) where it cannot be shown.
    fn show_use(&mut self) -> io::Result<()> {
        Err(io::ErrorKind::Unsupported.into())
    }
}

/// What is known of a file, folder or other thing at a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Meta {
    /// What it is.
    pub kind: Kind,
    /// Its length in bytes.
    pub len: u64,
    /// How many names it has; 1 where the system does not tell.
    pub links: u64,
    /// Whose it is.
    pub owner: Owner,
    /// Its permission bits; absent where the system has none.
    pub mode: Option<u32>,
    /// Tells it from all others; absent where the system does not tell.
    pub id: Option<FileId>,
    /// When its content was changed last, by the system's clock; absent where the system does not tell.
    pub modified: Option<Timestamp>,
}

/// Whose a file is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Owner {
    /// That of this process, by its effective user; also where the system does not tell.
    Us,
    /// Another user.
    Other,
}

/// Tells a file from all others that are there at the same time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FileId {
    /// The device that the file is on.
    pub device: u64,
    /// The number of the file on the device.
    pub number: u64,
}

/// What can be at a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Kind {
    /// A regular file.
    File,
    /// A folder.
    Folder,
    /// A symbolic link, wherever it leads.
    Link,
    /// A named pipe.
    Fifo,
    /// A socket.
    Socket,
    /// A character device, such as `/dev/full` or a terminal.
    CharDevice,
    /// A block device.
    BlockDevice,
    /// None of these.
    Other,
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Kind::File => "a regular file",
            Kind::Folder => "a folder",
            Kind::Link => "a symbolic link",
            Kind::Fifo => "a named pipe",
            Kind::Socket => "a socket",
            Kind::CharDevice => "a character device",
            Kind::BlockDevice => "a block device",
            Kind::Other => "something unknown",
        })
    }
}
