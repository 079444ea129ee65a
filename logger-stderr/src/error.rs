use std::{io, time::Duration};

use logger_core::DrainError;

/// Why a line did not get out.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StderrError {
    /// The operating system refused it.
    #[error("cannot write to {stream}")]
    Write {
        /// `stderr`, `stdout`, or what else the drain writes to.
        stream: &'static str,
        /// What the operating system said.
        #[source]
        source: io::Error,
    },
    /// Nobody reads what is there already.
    #[error("{stream} took no more bytes, {waited:?} were waited")]
    Blocked {
        /// `stderr`, `stdout`, or what else the drain writes to.
        stream: &'static str,
        /// How long this record waited.
        waited: Duration,
    },
}

impl From<StderrError> for DrainError {
    fn from(error: StderrError) -> Self {
        match error {
            StderrError::Write { stream, source } => {
                DrainError::new(format!("cannot write to {stream}")).with_source(source)
            }
            blocked => DrainError::new(blocked.to_string()).with_source(blocked),
        }
    }
}
