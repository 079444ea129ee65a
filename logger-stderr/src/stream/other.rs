//! Where there is no `poll`: plain writes through the standard library.

use std::{
    io::{self, Write},
    time::Duration,
};

use super::{Stream, Target};
use crate::bounded::{Outlet, Readiness, Waited};

impl Write for Stream {
    #[expect(clippy::disallowed_methods, reason = "hands on how much was written")]
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match &self.target {
            Target::Stderr => io::stderr().lock().write(bytes),
            Target::Stdout => {
                let mut stdout = io::stdout().lock();
                stdout.write_all(bytes)?;
                stdout.flush()?;
                Ok(bytes.len())
            }
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Without `poll` there is no bound: a write waits for as long as the system lets it.
impl Outlet for Stream {
    #[expect(clippy::disallowed_methods, reason = "hands on how much was written")]
    fn write_now(&mut self, bytes: &[u8]) -> io::Result<Option<usize>> {
        self.write(bytes).map(Some)
    }

    fn wait(&mut self, _at_most: Duration) -> io::Result<Waited> {
        Ok(Waited { readiness: Readiness::Ready, took: Duration::ZERO })
    }
}
