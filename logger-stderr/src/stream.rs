//! The stream that lines go to.

use std::io::{self, IsTerminal as _};

#[cfg(unix)]
use std::os::fd::OwnedFd;

#[cfg(not(unix))]
mod other;
#[cfg(unix)]
mod unix;

/// Where lines go: a standard stream or, on Unix, any descriptor.
///
/// Written to through [`io::Write`] it waits until the bytes are taken, and tells errors that the standard library's
/// streams swallow (a closed descriptor). Meanwhile it holds the standard library's lock on that stream, so that a line
/// never lands inside of what `eprintln!` or `println!` writes.
#[derive(Debug)]
pub struct Stream {
    target: Target,
}

#[derive(Debug)]
enum Target {
    Stderr,
    Stdout,
    #[cfg(unix)]
    Descriptor(OwnedFd),
}

impl Stream {
    /// The standard error stream.
    pub const fn stderr() -> Self {
        Stream { target: Target::Stderr }
    }

    /// The standard output stream.
    pub const fn stdout() -> Self {
        Stream { target: Target::Stdout }
    }

    /// What it is called in errors: `stderr`, `stdout`, or `descriptor`.
    pub fn name(&self) -> &'static str {
        match &self.target {
            Target::Stderr => "stderr",
            Target::Stdout => "stdout",
            #[cfg(unix)]
            Target::Descriptor(_) => "descriptor",
        }
    }

    /// Whether a person may be looking at it.
    pub fn is_terminal(&self) -> bool {
        match &self.target {
            Target::Stderr => io::stderr().is_terminal(),
            Target::Stdout => io::stdout().is_terminal(),
            #[cfg(unix)]
            Target::Descriptor(fd) => fd.is_terminal(),
        }
    }
}

#[cfg(unix)]
impl From<OwnedFd> for Stream {
    fn from(fd: OwnedFd) -> Self {
        Stream { target: Target::Descriptor(fd) }
    }
}
