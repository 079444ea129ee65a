use std::{fmt, io, time::Instant};

use logger_core::{Drain, DrainError, Record, TextFormat, Value};
use slog::{OwnedKVList, RecordLocation, RecordStatic};
use slog_term::{Decorator, RecordDecorator};

use crate::{
    ColorChoice, Details, LineDecorator, Stream,
    details::{BACKTRACE, is_detail, put_details},
    error::StderrError,
};

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
    output: Output,
    details: Details,
    /// slog-term wants the fields of the logger too; there are none.
    no_list: OwnedKVList,
    word: Vec<u8>,
}

/// What the lines go to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Output {
    Terminal,
    /// Or nobody knows.
    Other,
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
        let output = if stream.is_terminal() { Output::Terminal } else { Output::Other };
        ConsoleDrain { name, output, ..ConsoleDrain::decorated(LineDecorator::new(stream, colors)) }
    }
}

impl<D: Decorator> ConsoleDrain<D> {
    /// Writes through any decorator of slog-term, such as `TermDecorator` for a terminal that does not understand ANSI
    /// sequences. The decorator decides by how many writes a line gets out.
    pub fn decorated(decorator: D) -> Self {
        ConsoleDrain {
            decorator,
            name: "the console",
            output: Output::Other,
            details: Details::default(),
            no_list: slog::o!().into(),
            word: Vec::new(),
        }
    }

    /// Where error chains and backtraces stand; in the line if nothing else is said. Through a decorator of slog-term they
    /// always do, because nothing tells what it writes to.
    #[must_use]
    pub fn details(self, details: Details) -> Self {
        ConsoleDrain { details, ..self }
    }
}

impl<D: Decorator + Send> Drain for ConsoleDrain<D> {
    fn log(&mut self, record: &Record<'_>) -> Result<(), DrainError> {
        // a decorator looks at the level alone
        const NOWHERE: RecordLocation =
            RecordLocation { file: "", line: 0, column: 0, function: "", module: "" };
        let fixed = RecordStatic { location: &NOWHERE, tag: "", level: record.level().into() };
        let details = match self.output {
            Output::Terminal => self.details,
            Output::Other => Details::InLine,
        };
        let ConsoleDrain { decorator, name, no_list, word, .. } = self;
        let written = decorator.with_record(
            &slog::Record::new(&fixed, &format_args!(""), slog::b!()),
            no_list,
            |line| put_line(record, details, line, word),
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
fn put_line(
    record: &Record<'_>,
    details: Details,
    line: &mut dyn RecordDecorator,
    word: &mut Vec<u8>,
) -> io::Result<()> {
    line.start_timestamp()?;
    put_word(line, word, |word| TextFormat::put_time(record, word))?;
    line.start_whitespace()?;
    line.write_all(b" [")?;
    line.start_level()?;
    write!(line, "{:9}", record.level().as_upper_str())?;
    line.start_whitespace()?;
    line.write_all(b"] ")?;
    line.start_msg()?;
    word.clear();
    TextFormat::put_event(record, word);
    let event = word.trim_ascii_end().len();
    line.write_all(&word[..event])?;
    // the blanks behind it only where a field follows
    word.drain(..event);
    put_fields(record, details, line, word)?;
    line.start_whitespace()?;
    line.write_all(b"\n")?;
    if details == Details::BelowOnTerminals {
        put_details(record, line, word)?;
    }
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

/// Appends the fields, the first one behind what `space` has already.
fn put_fields(
    record: &Record<'_>,
    details: Details,
    line: &mut dyn RecordDecorator,
    space: &mut Vec<u8>,
) -> io::Result<()> {
    let mut outcome = Ok(());
    // a field of dozens of lines, which nobody reads as one; the files have it
    let is_left_out = |key: &str, value: Value<'_>| {
        key == BACKTRACE || details == Details::BelowOnTerminals && is_detail(key, value)
    };
    TextFormat::put_fields_but(is_left_out, record, space, |key, value, space| {
        if outcome.is_ok() {
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
