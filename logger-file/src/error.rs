//! What can go wrong with a file, by operation.

use std::{io, path::PathBuf};

use logger_core::DrainError;

use crate::fs::Kind;

/// An operation on a file that failed. The message names the path; the cause is the error's source.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FileError {
    /// A missing folder could not be made.
    #[error("cannot create folder {path}")]
    CreateFolder {
        /// The folder of the log file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The file could be neither opened nor created.
    #[error("cannot open {path}")]
    Open {
        /// The log file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The file was deleted, and there can be no new one.
    #[error("{path} was deleted and cannot be made again: {why}")]
    Reopen {
        /// The log file.
        path: PathBuf,
        /// Why not.
        why: String,
    },
    /// Something else than a regular file has the name.
    #[error("{path} is {found}, not a regular file")]
    NotAFile {
        /// The name.
        path: PathBuf,
        /// What has it.
        found: Kind,
    },
    /// The file has further names, so what is written to it shows up elsewhere.
    #[error("{path} is one of {links} hard links to a file")]
    HardLinked {
        /// The log file.
        path: PathBuf,
        /// How many names the file has.
        links: u64,
    },
    /// The file belongs to another user, who can read what is written to it.
    #[error("{path} belongs to another user")]
    ForeignOwner {
        /// The log file.
        path: PathBuf,
    },
    /// Lines could not be written.
    #[error("cannot write {path}")]
    Write {
        /// The log file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// What was written to a file, or the name of one in a folder, is not known to be on the medium.
    #[error("cannot put {path} on the disk")]
    Sync {
        /// The log file or its folder.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The deadline passed before the last line was written.
    #[error("writing {path} took longer than the deadline allows")]
    Deadline {
        /// The log file.
        path: PathBuf,
    },
    /// A file could not be given its next name.
    #[error("cannot rename {from} to {to}")]
    Rename {
        /// The name it has.
        from: PathBuf,
        /// The name it should get.
        to: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// Something that is no backup has a name that a backup needs.
    #[error("{path} is {found}, which stands in the way of a backup")]
    InTheWay {
        /// The name.
        path: PathBuf,
        /// What has it.
        found: Kind,
    },
    /// Every name that the ended file could get is taken.
    #[error("no name is left for a backup of {path}")]
    NoName {
        /// The log file.
        path: PathBuf,
    },
    /// A backup that is not kept any more could not be deleted.
    #[error("cannot delete {path}")]
    Delete {
        /// The backup.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// An ended file could not be packed, and stays as it is.
    #[error("cannot pack {path}")]
    Pack {
        /// The backup.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// Somebody else has the lock by which several processes take turns, and does not give it back.
    #[error("{path} is held by another process")]
    NoTurn {
        /// The lock.
        path: PathBuf,
    },
    /// The lock by which several processes take turns cannot be opened.
    #[error("cannot open the lock {path}")]
    Lock {
        /// The lock.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The files could not be read to find out where their chain of seals goes on.
    #[error("cannot find out where the seals of {path} go on")]
    Seal {
        /// The log file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// Lines cannot have seals together with another option.
    #[error("lines of {path} cannot have seals {why}")]
    SealRefused {
        /// The log file.
        path: PathBuf,
        /// Together with what.
        why: &'static str,
    },
    /// This build cannot do what is asked for.
    #[error("this needs feature `{feature}` of logger-file, which this build does not have")]
    NotBuilt {
        /// The feature of the crate.
        feature: &'static str,
    },
    /// It could not be found out what is at a name, or how long the file is.
    #[error("cannot inspect {path}")]
    Inspect {
        /// The name.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

/// The system's error stays the source, one step down, as it is for [`FileError`].
impl From<FileError> for DrainError {
    fn from(error: FileError) -> Self {
        let said = DrainError::new(error.to_string());
        match error {
            FileError::CreateFolder { source, .. }
            | FileError::Open { source, .. }
            | FileError::Write { source, .. }
            | FileError::Rename { source, .. }
            | FileError::Delete { source, .. }
            | FileError::Pack { source, .. }
            | FileError::Sync { source, .. }
            | FileError::Lock { source, .. }
            | FileError::Seal { source, .. }
            | FileError::Inspect { source, .. } => said.with_source(source),
            FileError::NotAFile { .. }
            | FileError::Reopen { .. }
            | FileError::HardLinked { .. }
            | FileError::ForeignOwner { .. }
            | FileError::Deadline { .. }
            | FileError::InTheWay { .. }
            | FileError::NoName { .. }
            | FileError::NoTurn { .. }
            | FileError::SealRefused { .. }
            | FileError::NotBuilt { .. } => said,
        }
    }
}
