//! A decorator of slog-term that puts each line out by one write.

use std::{
    cell::RefCell,
    fmt,
    io::{self, Write},
};

use slog::{Level, OwnedKVList, Record};
use slog_term::{Decorator, RecordDecorator, TermDecorator};

use crate::Colors;

/// A `slog_term::Decorator` that collects a line and puts it out by one write.
///
/// `slog_term::TermDecorator` writes each word and each escape sequence by a system call of its own, so that lines of
/// two processes on one terminal run into each other; it has no dimmed text, and no colours without a terminfo
/// database. This one writes ANSI sequences, with the same colours for the levels. After a line of which only a part
/// got out the next one begins with a newline.
pub struct LineDecorator<W> {
    colors: Colors,
    state: RefCell<State<W>>,
}

#[derive(Debug)]
struct State<W> {
    target: W,
    /// A newline, in case the line before was cut, and the line.
    line: Vec<u8>,
    torn: bool,
}

impl<W: Write> LineDecorator<W> {
    /// Puts lines into `target`, which should not buffer.
    pub fn new(target: W, colors: Colors) -> Self {
        LineDecorator { colors, state: RefCell::new(State { target, line: Vec::new(), torn: false }) }
    }
}

impl<W: Write> Decorator for LineDecorator<W> {
    fn with_record<F>(&self, record: &Record<'_>, _: &OwnedKVList, body: F) -> io::Result<()>
    where
        F: FnOnce(&mut dyn RecordDecorator) -> io::Result<()>,
    {
        let mut state = self.state.borrow_mut();
        state.line.clear();
        state.line.push(b'\n');
        let mut styled =
            Styled { line: &mut state.line, level: record.level(), colors: self.colors, active: Active::No };
        body(&mut styled)?;
        styled.reset()?;
        state.put_line()
    }
}

impl<W: Write> State<W> {
    /// As `write_all`, but it knows how far it came.
    #[expect(clippy::disallowed_methods, reason = "counts what was written")]
    fn put_line(&mut self) -> io::Result<()> {
        let mut rest = if self.torn { &self.line[..] } else { &self.line[1..] };
        while !rest.is_empty() {
            match self.target.write(rest) {
                Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
                Ok(written) => {
                    self.torn = rest[written - 1] != b'\n';
                    rest = &rest[written..];
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        self.target.flush()
    }
}

impl<W> fmt::Debug for LineDecorator<W> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LineDecorator").field("colors", &self.colors).finish_non_exhaustive()
    }
}

/// A line that gets its colours.
struct Styled<'a> {
    line: &'a mut Vec<u8>,
    level: Level,
    colors: Colors,
    active: Active,
}

/// Whether a style has to be ended.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Active {
    Yes,
    No,
}

impl Styled<'_> {
    /// Begins a style, by the number that `SGR` of ECMA-48 gives it.
    fn style(&mut self, number: u16) -> io::Result<()> {
        self.reset()?;
        if self.colors == Colors::On {
            self.active = Active::Yes;
            write!(self.line, "\x1b[{number}m")?;
        }
        Ok(())
    }
}

impl Write for Styled<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.line.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

const BOLD: u16 = 1;
const DIM: u16 = 2;
/// The first of the eight foreground colours; `TermDecorator` numbers them from 0.
const FOREGROUND: u16 = 30;
const CYAN: u16 = FOREGROUND + 6;

impl RecordDecorator for Styled<'_> {
    fn reset(&mut self) -> io::Result<()> {
        if self.active == Active::Yes {
            self.active = Active::No;
            self.line.extend_from_slice(b"\x1b[0m");
        }
        Ok(())
    }

    fn start_timestamp(&mut self) -> io::Result<()> {
        self.style(DIM)
    }

    fn start_level(&mut self) -> io::Result<()> {
        self.style(FOREGROUND + TermDecorator::level_to_color(self.level))
    }

    fn start_msg(&mut self) -> io::Result<()> {
        self.style(BOLD)
    }

    fn start_key(&mut self) -> io::Result<()> {
        self.style(CYAN)
    }

    fn start_separator(&mut self) -> io::Result<()> {
        self.style(DIM)
    }
}
