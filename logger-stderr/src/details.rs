//! Error chains and backtraces below the line of their record.

use std::io;

use logger_core::{ErrorChain, Record, TextFormat, Value};
use slog_term::RecordDecorator;

/// Where error chains and backtraces stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Details {
    /// Chains in the line, as other fields: one record is one line. Backtraces are left to the files.
    #[default]
    InLine,
    /// Below the line and indented where the stream is a terminal, so that a person can read them; elsewhere as
    /// [`Details::InLine`], so that whatever reads a file or a pipe gets one line a record.
    BelowOnTerminals,
}

/// The field that the pipeline puts a backtrace into.
pub(crate) const BACKTRACE: &str = "backtrace";

/// Whether a field is shown below the line.
pub(crate) fn is_detail(key: &str, value: Value<'_>) -> bool {
    match value {
        Value::Error(_) => true,
        Value::Str(_) => key == BACKTRACE,
        _ => false,
    }
}

/// Appends what belongs below the line of a record. Each line is indented and escaped, so that no content looks like a record.
pub(crate) fn put_details(
    record: &Record<'_>,
    line: &mut dyn RecordDecorator,
    word: &mut Vec<u8>,
) -> io::Result<()> {
    for (key, value) in record.fields() {
        match value {
            Value::Error(chain) => put_chain(key, chain, line, word)?,
            Value::Str(text) if is_detail(key, value) => put_backtrace(key, text, line, word)?,
            _ => {}
        }
    }
    Ok(())
}

fn put_chain(
    key: &str,
    chain: ErrorChain<'_>,
    line: &mut dyn RecordDecorator,
    word: &mut Vec<u8>,
) -> io::Result<()> {
    let mut messages = chain.messages();
    put_row("    ", key, messages.next().unwrap_or_default(), line, word)?;
    messages.try_for_each(|cause| put_row("      ", "caused by", cause, line, word))
}

fn put_backtrace(
    key: &str,
    text: &str,
    line: &mut dyn RecordDecorator,
    word: &mut Vec<u8>,
) -> io::Result<()> {
    put_row("    ", key, "", line, word)?;
    for row in text.lines() {
        line.start_whitespace()?;
        line.write_all(b"      ")?;
        put_text(row, line, word)?;
        line.write_all(b"\n")?;
    }
    Ok(())
}

/// `key: text`, indented.
fn put_row(
    indent: &str,
    key: &str,
    text: &str,
    line: &mut dyn RecordDecorator,
    word: &mut Vec<u8>,
) -> io::Result<()> {
    line.start_whitespace()?;
    line.write_all(indent.as_bytes())?;
    line.start_key()?;
    put_text(key, line, word)?;
    line.start_separator()?;
    line.write_all(b":")?;
    line.start_value()?;
    if !text.is_empty() {
        line.write_all(b" ")?;
        put_text(text, line, word)?;
    }
    line.start_whitespace()?;
    line.write_all(b"\n")
}

fn put_text(text: &str, line: &mut dyn RecordDecorator, word: &mut Vec<u8>) -> io::Result<()> {
    word.clear();
    TextFormat::put_text(text, word);
    line.write_all(word)
}
