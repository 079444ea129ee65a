//! Columns for programs, as RFC 4180 has them.

use std::io::{self, Write};

use super::{Show, Style, Times, cell};
use crate::{around::Shown, record::Record};

/// A header, and a row for each line. By default the last column, `fields`, has what no other column has.
///
/// A text that a spreadsheet would run as a formula has a `'` before it; numbers stay as they are.
pub struct Csv<'w> {
    writer: csv::Writer<&'w mut (dyn Write + 'w)>,
    times: Times,
    begun: bool,
}

const COLUMNS: [&str; 9] =
    ["timestamp", "level", "category", "event", "expert_name", "symbol", "order_id", "trade_id", "fields"];

impl<'w> Csv<'w> {
    /// Shows lines on `out`.
    pub fn new(out: &'w mut (dyn Write + 'w), style: Style) -> Self {
        let columns = style.fields.unwrap_or_else(|| COLUMNS.map(String::from).into());
        Csv { writer: csv::Writer::from_writer(out), times: Times { zone: None, columns }, begun: false }
    }

    fn begin(&mut self) -> io::Result<()> {
        if !self.begun {
            self.begun = true;
            self.writer.write_record(&self.times.columns)?;
        }
        Ok(())
    }
}

impl Show for Csv<'_> {
    fn show(&mut self, shown: &Shown) -> io::Result<()> {
        self.begin()?;
        let record = Record::parse(&shown.line.bytes);
        let cell = |key: &String| harmless(cell(shown, record.as_ref(), key, &self.times));
        let cells = self.times.columns.iter().map(cell);
        Ok(self.writer.write_record(cells)?)
    }

    fn finish(&mut self) -> io::Result<()> {
        self.begin()?;
        self.writer.flush()
    }
}

/// What a cell may hold without being run by whoever opens the table: what begins a formula gets a `'` before it.
pub(super) fn harmless(text: String) -> String {
    let may_begin_a_formula = text.starts_with(['=', '+', '-', '@', '\t', '\r']);
    if may_begin_a_formula && text.parse::<f64>().is_err() { format!("'{text}") } else { text }
}

impl std::fmt::Debug for Csv<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Csv").field("columns", &self.times.columns).finish_non_exhaustive()
    }
}
