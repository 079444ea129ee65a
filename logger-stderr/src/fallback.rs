use std::{
    fmt,
    time::{Duration, Instant},
};

use logger_core::{Drain, DrainError, Format, JsonFormat, Record};

use crate::{Stream, bounded::Bounded};

/// The drain for records that another one did not take: writes each as a line to stderr, on the thread that calls it,
/// and never waits past a bound.
///
/// # Waiting
///
/// Between two calls of `flush` it waits for at most [`FallbackDrain::wait_at_most`], 100 ms by default, until stderr
/// takes bytes. Then it gives up: it only tries, without waiting, until a line gets out at once. It does not take the
/// standard library's lock on stderr, so a thread that holds it stops nothing.
///
/// On Linux, pipes and terminals are written to without waiting at all, and files and devices never wait. Where that
/// cannot be had (no `/proc`, another Unix, a socket) it asks `poll` and writes at most `PIPE_BUF` bytes at a time:
/// then another process that fills the same pipe between the two, or a terminal with less room, can still hold it up.
/// Outside of Unix it writes without a bound.
///
/// # Errors
///
/// `log` fails when the line did not get out, or not whole. After a line that was cut, the next one begins with a
/// newline. Nothing is buffered, so `flush` never fails.
///
/// ```
/// use logger_core::{Drain as _, Level, OwnedRecord, TextFormat};
/// use logger_stderr::FallbackDrain;
///
/// let mut fallback = FallbackDrain::stderr().format(TextFormat);
/// let record = OwnedRecord::new(Level::Error, "cannot write trades.log").build();
/// fallback.log(&record.borrow())?;
/// # Ok::<(), logger_core::DrainError>(())
/// ```
pub struct FallbackDrain {
    lines: Bounded<Stream>,
    format: Box<dyn Format>,
    /// A newline, in case the line before was cut, and the line.
    line: Vec<u8>,
}

impl FallbackDrain {
    /// How long it waits by default, in total between two calls of `flush`.
    pub const DEFAULT_WAIT: Duration = Duration::from_millis(100);

    /// Writes JSON lines to stderr.
    pub fn stderr() -> Self {
        Self::new(Stream::stderr())
    }

    /// Writes JSON lines to `stream`.
    pub fn new(stream: Stream) -> Self {
        let name = stream.name();
        let lines = Bounded::new(stream, name, Self::DEFAULT_WAIT);
        FallbackDrain { lines, format: Box::new(JsonFormat::default()), line: Vec::new() }
    }

    /// Writes lines of another format.
    #[must_use]
    pub fn format(mut self, format: impl Format + 'static) -> Self {
        self.format = Box::new(format);
        self
    }

    /// Waits for at most `bound` in total between two calls of `flush`. Zero: never.
    #[must_use]
    pub fn wait_at_most(mut self, bound: Duration) -> Self {
        self.lines.set_allowance(bound);
        self
    }

    /// Records that were given up because stderr took no more bytes, since the start.
    pub fn given_up(&self) -> u64 {
        self.lines.given_up()
    }
}

impl Drain for FallbackDrain {
    fn log(&mut self, record: &Record<'_>) -> Result<(), DrainError> {
        self.line.clear();
        self.line.push(b'\n');
        self.format.format(record, &mut self.line);
        Ok(self.lines.put(&self.line)?)
    }

    fn flush(&mut self, _deadline: Instant) -> Result<(), DrainError> {
        self.lines.renew();
        Ok(())
    }
}

impl fmt::Debug for FallbackDrain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FallbackDrain").field("lines", &self.lines).finish_non_exhaustive()
    }
}
