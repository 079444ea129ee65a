//! Lines that get out, or do not, within a bound.

use std::{io, time::Duration};

use crate::error::StderrError;

/// What the lines go to.
pub(crate) trait Outlet: Send {
    /// Writes what it can without waiting; `None` where that is nothing.
    fn write_now(&mut self, bytes: &[u8]) -> io::Result<Option<usize>>;

    /// Waits until a write would do something.
    fn wait(&mut self, at_most: Duration) -> io::Result<Waited>;
}

/// What a wait came to.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Waited {
    pub(crate) readiness: Readiness,
    pub(crate) took: Duration,
}

/// Whether a write would do something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Readiness {
    Ready,
    Blocked,
}

/// What a wait costs at least, so that an outlet that says it is ready and takes nothing cannot be asked without end.
const LEAST_WAIT: Duration = Duration::from_millis(1);

/// Puts lines out and waits for no longer than its allowance.
#[derive(Debug)]
pub(crate) struct Bounded<O> {
    outlet: O,
    name: &'static str,
    allowance: Duration,
    /// What is left of the allowance. Zero: it has given up, and only tries, until a line gets out without a wait.
    left: Duration,
    /// Whether the last byte that got out lies in the middle of a line.
    torn: bool,
    given_up: u64,
}

impl<O: Outlet> Bounded<O> {
    pub(crate) fn new(outlet: O, name: &'static str, allowance: Duration) -> Self {
        Bounded { outlet, name, allowance, left: allowance, torn: false, given_up: 0 }
    }

    pub(crate) fn set_allowance(&mut self, allowance: Duration) {
        (self.allowance, self.left) = (allowance, allowance);
    }

    /// Lines that were given up because nobody read, since the start.
    pub(crate) fn given_up(&self) -> u64 {
        self.given_up
    }

    /// Allows as much waiting as at the start, unless it has given up.
    pub(crate) fn renew(&mut self) {
        if !self.left.is_zero() {
            self.left = self.allowance;
        }
    }

    /// Puts one line out. `line` begins with a newline, which is left away where the line before is whole.
    pub(crate) fn put(&mut self, line: &[u8]) -> Result<(), StderrError> {
        let start = if self.torn { 0 } else { 1 };
        let line = line.get(start..).unwrap_or_default();
        let mut written = 0;
        let outcome = self.put_rest(line, &mut written);
        // after a newline alone, the next line begins where it should
        let newline_only = self.torn && written == 1;
        if written > 0 {
            self.torn = written < line.len() && !newline_only;
        }
        outcome
    }

    fn put_rest(&mut self, line: &[u8], written: &mut usize) -> Result<(), StderrError> {
        let stream = self.name;
        let failed = |source| StderrError::Write { stream, source };
        let mut waited = Duration::ZERO;
        while *written < line.len() {
            match self.outlet.write_now(&line[*written..]).map_err(failed)? {
                Some(bytes) if bytes > 0 => *written += bytes,
                _ if self.left.is_zero() => {
                    self.given_up += 1;
                    return Err(StderrError::Blocked { stream, waited });
                }
                _ => waited += self.wait().map_err(failed)?,
            }
        }
        if waited.is_zero() {
            self.left = self.allowance;
        }
        Ok(())
    }

    fn wait(&mut self) -> io::Result<Duration> {
        let Waited { readiness, took } = self.outlet.wait(self.left)?;
        let took = took.max(LEAST_WAIT);
        self.left = match readiness {
            Readiness::Ready => self.left.saturating_sub(took),
            Readiness::Blocked => Duration::ZERO,
        };
        Ok(took)
    }
}

#[cfg(test)]
mod tests;
