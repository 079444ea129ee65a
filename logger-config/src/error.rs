//! Why a logger could not be built.

use std::{error::Error, fmt, path::PathBuf};

use logger_core::StartError;

use crate::problem::ConfigError;

/// A logger could not be built. Nothing is left running.
#[derive(thiserror::Error)]
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
    /// Alerts could not be set up: a `logger_telegram::AlertError`. No text of it contains a secret.
    #[error("cannot set alerts up")]
    Alerts(#[source] Box<dyn Error + Send + Sync>),
    /// A pattern of what is masked cannot be used. The configuration is checked before, so that this is not to be expected.
    #[error("cannot look for a pattern")]
    Pattern(#[from] logger_core::PatternError),
    /// The pipeline could not be started.
    #[error("cannot start the logger")]
    Start(#[from] StartError),
}

/// The text with its causes, one a line: it is what a person reads when `main` returns the error.
impl fmt::Debug for BuildError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")?;
        let mut cause = self.source();
        while let Some(error) = cause {
            write!(f, "\ncaused by: {error}")?;
            cause = error.source();
        }
        Ok(())
    }
}
