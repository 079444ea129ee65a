//! Columns for people.

use std::io::{self, Write};

use unicode_width::{UnicodeWidthChar as _, UnicodeWidthStr as _};

use super::{Show, Style, Times, cell, visible};
use crate::{around::Shown, record::Record};

/// Columns as wide as what stands in the first thousand rows. By default the last one, `fields`, has what no other has.
pub struct Table<'w> {
    out: &'w mut (dyn Write + 'w),
    times: Times,
    rows: Vec<Vec<String>>,
    widths: Option<Vec<usize>>,
}

const COLUMNS: [&str; 6] = ["timestamp", "level", "expert_name", "symbol", "event", "fields"];
/// So many rows decide how wide the columns are.
const SAMPLE: usize = 1_000;
/// A wider cell is cut, but for those of the last column.
const WIDEST: usize = 48;

impl<'w> Table<'w> {
    /// Shows lines on `out`.
    pub fn new(out: &'w mut (dyn Write + 'w), style: Style) -> Self {
        let columns = style.fields.unwrap_or_else(|| COLUMNS.map(String::from).into());
        let times = Times { zone: Some(style.zone), columns };
        Table { out, times, rows: Vec::new(), widths: None }
    }

    /// Decides how wide the columns are, and puts out what was held.
    fn settle(&mut self) -> io::Result<()> {
        if self.widths.is_some() {
            return Ok(());
        }
        let rows = std::mem::take(&mut self.rows);
        let header = self.times.columns.clone();
        let width_of = |column: usize| {
            let cells = rows.iter().chain([&header]).map(|row| row[column].width());
            cells.max().unwrap_or(0).min(WIDEST)
        };
        self.widths = Some((0..header.len()).map(width_of).collect());
        self.put(&header)?;
        rows.iter().try_for_each(|row| self.put(row))
    }

    fn put(&mut self, row: &[String]) -> io::Result<()> {
        let widths = self.widths.as_deref().unwrap_or_default();
        let mut text = String::new();
        for (index, (cell, width)) in row.iter().zip(widths).enumerate() {
            if index + 1 == row.len() {
                text += cell;
            } else {
                let cell = cut(cell, *width);
                let padding = width - cell.width();
                text += &format!("{cell}{:padding$}  ", "");
            }
        }
        writeln!(self.out, "{}", text.trim_end())
    }
}

/// A text of at most so many columns; one that was cut ends with `…`.
fn cut(text: &str, width: usize) -> String {
    if text.width() <= width {
        return text.into();
    }
    let mut left = width.saturating_sub(1);
    let fits = |it: &char| {
        let room = left.checked_sub(it.width().unwrap_or(0));
        left = room.unwrap_or(0);
        room.is_some()
    };
    text.chars().take_while(fits).chain(['…']).collect()
}

impl Show for Table<'_> {
    fn show(&mut self, shown: &Shown) -> io::Result<()> {
        let record = Record::parse(&shown.line.bytes);
        let cells = self.times.columns.iter().map(|key| cell(shown, record.as_ref(), key, &self.times));
        let row: Vec<String> = cells.map(|it| visible(&it).into_owned()).collect();
        if self.widths.is_some() {
            return self.put(&row);
        }
        self.rows.push(row);
        if self.rows.len() >= SAMPLE { self.settle() } else { Ok(()) }
    }

    fn finish(&mut self) -> io::Result<()> {
        if !self.rows.is_empty() {
            self.settle()?;
        }
        self.out.flush()
    }
}

impl std::fmt::Debug for Table<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Table").field("columns", &self.times.columns).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_that_is_too_wide_is_cut_and_says_so() {
        assert_eq!(cut("abcdef", 6), "abcdef");
        assert_eq!(cut("abcdefg", 6), "abcde…");
        assert_eq!(cut("注文注文", 6), "注文…");
        assert_eq!(cut("ab", 1), "…");
    }
}
