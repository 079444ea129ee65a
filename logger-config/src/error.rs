//! Why a logger could not be built.

use std::{error::Error, path::PathBuf};

use logger_core::StartError;

use crate::problem::ConfigError;

/// A logger could not be built. Nothing is left running.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BuildError {
    /// The configuration is wrong; the text has a line for every problem.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// A log file could not be opened.
    #[error("cannot log to {path}")]
    File {
        /// The file.
        path: PathBuf,
        /// What was tried and what the system said: a `logger_file::FileError`, or the error of a path that cannot be
        /// made absolute.
        source: Box<dyn Error + Send + Sync>,
    },
    /// The pipeline could not be started.
    #[error("cannot start the logger")]
    Start(#[from] StartError),
}
