//! How a command ends.

use std::{error::Error, io, path::PathBuf};

use crate::{output::visible, source::Meter};

/// Whether there was what was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Found {
    /// Exit code 0.
    Something,
    /// Exit code 1.
    Nothing,
}

/// Why a command could not do what was asked.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Failure {
    /// Exit code 2: an argument is wrong.
    #[error("{0}")]
    Usage(String),
    /// Exit code 3: a file, or the output.
    #[error("{}", chain(.0))]
    Io(#[from] io::Error),
    /// Exit code 3: files that were left out, or read in part; what could be read was shown.
    #[error("{}", told(.0))]
    Unread(Vec<(PathBuf, String)>),
    /// Exit code 3: the logger could not be started.
    #[error("{}", chain(.0))]
    Build(#[from] logger_config::BuildError),
}

impl Failure {
    /// The exit code of the process.
    pub fn code(&self) -> u8 {
        match self {
            Failure::Usage(_) | Failure::Build(logger_config::BuildError::Config(_)) => 2,
            Failure::Io(_) | Failure::Unread(_) | Failure::Build(_) => 3,
        }
    }

    /// An error where something was not read.
    pub(super) fn unless_all_was_read(meter: &Meter) -> Result<(), Failure> {
        let files = meter.unread().files(0);
        if files.is_empty() { Ok(()) } else { Err(Failure::Unread(files)) }
    }

    /// Whether the reader of the output went away.
    pub(crate) fn is_closed_pipe(&self) -> bool {
        matches!(self, Failure::Io(error) if error.kind() == io::ErrorKind::BrokenPipe)
    }
}

/// Files and reasons, each on a line that says whose it is.
pub(super) fn told(files: &[(PathBuf, String)]) -> String {
    let told = |(path, why): &(PathBuf, String)| {
        format!("{} cannot be read to its end: {}", visible(&path.to_string_lossy()), visible(why))
    };
    files.iter().map(told).collect::<Vec<_>>().join("\nlogger: ")
}

/// An error and its causes on one line.
fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(it) = cause {
        let more = it.to_string();
        // some errors show their cause themselves
        if !text.ends_with(&more) {
            text += &format!(": {more}");
        }
        cause = it.source();
    }
    text
}
