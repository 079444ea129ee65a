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
            // names are chosen by who logs, too
            self.writer.write_record(self.times.columns.iter().cloned().map(without_formula))?;
        }
        Ok(())
    }
}

impl Show for Csv<'_> {
    fn show(&mut self, shown: &Shown) -> io::Result<()> {
        self.begin()?;
        let record = Record::parse(&shown.line.bytes);
        let cell = |key: &String| without_formula(cell(shown, record.as_ref(), key, &self.times));
        let cells = self.times.columns.iter().map(cell);
        Ok(self.writer.write_record(cells)?)
    }

    fn finish(&mut self) -> io::Result<()> {
        self.begin()?;
        self.writer.flush()
    }
}

impl std::fmt::Debug for Csv<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Csv").field("columns", &self.times.columns).finish_non_exhaustive()
    }
}

/// What a formula begins with, in full width too, as some programs take it.
const BEGINS_FORMULA: [char; 8] = ['=', '+', '-', '@', '\u{ff1d}', '\u{ff0b}', '\u{ff0d}', '\u{ff20}'];

/// A text that a spreadsheet shows as it is. A number stays one: it begins with a sign, and is no formula.
pub(super) fn without_formula(mut cell: String) -> String {
    let is_formula = cell.starts_with(['\t', '\r']) || cell.trim_start().starts_with(BEGINS_FORMULA);
    if is_formula && cell.parse::<f64>().is_err() {
        cell.insert(0, '\'');
    }
    cell
}
