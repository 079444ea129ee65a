//! JSON Lines: every line is an object.

use std::io::{self, Write};

use super::{Show, Style};
use crate::{around::Shown, record::Record};

/// The lines as they stand in the files, byte for byte; with fields, objects of these alone.
///
/// A line that is no JSON object is the text of `not_json` in an object of its own, so that a program can read all lines.
pub struct Json<'w> {
    out: &'w mut (dyn Write + 'w),
    fields: Option<Vec<String>>,
}

impl<'w> Json<'w> {
    /// Shows lines on `out`.
    pub fn new(out: &'w mut (dyn Write + 'w), style: Style) -> Self {
        Json { out, fields: style.fields }
    }
}

impl Show for Json<'_> {
    fn show(&mut self, shown: &Shown) -> io::Result<()> {
        let line = &shown.line.bytes;
        match (Record::parse(line), &self.fields) {
            (Some(_), None) => self.out.write_all(line)?,
            (Some(record), Some(keys)) => {
                let pair = |key: &String| Some(format!("{}:{}", quoted(key), record.json(key)?));
                let pairs: Vec<String> = keys.iter().filter_map(pair).collect();
                write!(self.out, "{{{}}}", pairs.join(","))?;
            }
            (None, _) => write!(self.out, "{{\"not_json\":{}}}", quoted(&String::from_utf8_lossy(line)))?,
        }
        self.out.write_all(b"\n")
    }

    fn finish(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

pub(super) fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

impl std::fmt::Debug for Json<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Json").field("fields", &self.fields).finish_non_exhaustive()
    }
}
