use std::{fmt, io, time::Instant};

use logger_core::{Drain, DrainError, Record, TextFormat};
use slog::{OwnedKVList, RecordLocation, RecordStatic};
use slog_term::{Decorator, RecordDecorator};

use crate::{ColorChoice, LineDecorator, Stream, error::StderrError};

/// Lines for people, on a terminal or what stands in for one.
///
/// It waits until a line is taken, so register it as a detached route: a terminal that is held (`Ctrl-S`, `less`, a
/// sleeping ssh connection) then costs the console's own records, which are counted, and nothing else.
///
/// ```
/// use logger_core::{Drain as _, Level, OwnedRecord};
/// use logger_stderr::{ColorChoice, ConsoleDrain};
///
/// let mut console = ConsoleDrain::stderr(ColorChoice::Auto);
/// console.log(&OwnedRecord::new(Level::Info, "Expert started").build().borrow())?;
/// # Ok::<(), logger_core::DrainError>(())
/// ```
///
/// # Errors
///
/// `log` fails when the line did not get out, or not whole (stderr is closed, nobody reads it any more, its disk is
/// full). Nothing is buffered, so `flush` never fails.
pub struct ConsoleDrain<D = LineDecorator<Stream>> {
    decorator: D,
    name: &'static str,
    /// slog-term wants the fields of the logger too; there are none.
    no_list: OwnedKVList,
    word: Vec<u8>,
}

impl ConsoleDrain {
    /// Writes to the standard error stream.
    pub fn stderr(colors: ColorChoice) -> Self {
        Self::new(Stream::stderr(), colors)
    }

    /// Writes to the standard output stream.
    pub fn stdout(colors: ColorChoice) -> Self {
        Self::new(Stream::stdout(), colors)
    }

    /// Writes to `stream`, each line by one write.
    pub fn new(stream: Stream, colors: ColorChoice) -> Self {
        let (name, colors) = (stream.name(), colors.for_stream(&stream));
        ConsoleDrain { name, ..ConsoleDrain::decorated(LineDecorator::new(stream, colors)) }
    }
}

impl<D: Decorator> ConsoleDrain<D> {
    /// Writes through any decorator of slog-term, such as `TermDecorator` for a terminal that does not understand ANSI
    /// sequences. The decorator decides by how many writes a line gets out.
    pub fn decorated(decorator: D) -> Self {
        ConsoleDrain { decorator, name: "the console", no_list: slog::o!().into(), word: Vec::new() }
    }
}

impl<D: Decorator + Send> Drain for ConsoleDrain<D> {
    fn log(&mut self, record: &Record<'_>) -> Result<(), DrainError> {
        // a decorator looks at the level alone
        const NOWHERE: RecordLocation =
            RecordLocation { file: "", line: 0, column: 0, function: "", module: "" };
        let fixed = RecordStatic { location: &NOWHERE, tag: "", level: record.level().into() };
        let ConsoleDrain { decorator, name, no_list, word } = self;
        let written = decorator.with_record(
            &slog::Record::new(&fixed, &format_args!(""), slog::b!()),
            no_list,
            |line| put_line(record, line, word),
        );
        Ok(written.map_err(|source| StderrError::Write { stream: name, source })?)
    }

    fn flush(&mut self, _deadline: Instant) -> Result<(), DrainError> {
        Ok(())
    }
}

impl<D> fmt::Debug for ConsoleDrain<D> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ConsoleDrain").field("name", &self.name).finish_non_exhaustive()
    }
}

/// The line of [`TextFormat`], part by part. `word` is scratch space.
fn put_line(record: &Record<'_>, line: &mut dyn RecordDecorator, word: &mut Vec<u8>) -> io::Result<()> {
    line.start_timestamp()?;
    put_word(line, word, |word| TextFormat::put_time(record, word))?;
    line.start_whitespace()?;
    line.write_all(b" [")?;
    line.start_level()?;
    write!(line, "{:9}", record.level().as_upper_str())?;
    line.start_whitespace()?;
    line.write_all(b"] ")?;
    line.start_msg()?;
    put_word(line, word, |word| TextFormat::put_event(record, word))?;
    put_fields(record, line, word)?;
    line.start_whitespace()?;
    line.write_all(b"\n")?;
    line.flush()
}

fn put_word(
    line: &mut dyn RecordDecorator,
    word: &mut Vec<u8>,
    put: impl FnOnce(&mut Vec<u8>),
) -> io::Result<()> {
    word.clear();
    put(word);
    line.write_all(word)
}

/// A field of dozens of lines, which nobody reads as one; the files have it.
const LEFT_OUT: &[u8] = b"backtrace";

fn put_fields(record: &Record<'_>, line: &mut dyn RecordDecorator, space: &mut Vec<u8>) -> io::Result<()> {
    let mut outcome = Ok(());
    space.clear();
    TextFormat::put_fields(record, space, |key, value, space| {
        if outcome.is_ok() && key != LEFT_OUT {
            outcome = put_field(line, space, key, value);
        }
        space.clear();
    });
    outcome
}

fn put_field(line: &mut dyn RecordDecorator, space: &[u8], key: &[u8], value: &[u8]) -> io::Result<()> {
    line.start_whitespace()?;
    line.write_all(space)?;
    line.start_key()?;
    line.write_all(key)?;
    line.start_separator()?;
    line.write_all(b"=")?;
    line.start_value()?;
    line.write_all(value)
}
