//! Daily bars from a CSV file: `date,open,high,low,close,volume`, one trading day a line, in the order of days.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use crate::money::Cents;

/// What one trading day brought.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bar {
    /// The day, such as `1999-01-04`.
    pub date: String,
    /// The first price.
    pub open: Cents,
    /// The highest price.
    pub high: Cents,
    /// The lowest price.
    pub low: Cents,
    /// The last price.
    pub close: Cents,
    /// Shares traded.
    pub volume: u64,
}

/// Why a file of bars could not be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BarsError {
    /// The file cannot be read.
    #[error("cannot read the bars in {}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What the operating system says.
        source: io::Error,
    },
    /// The first line is not the one that the columns need.
    #[error("line 1 is `{found}`, not `{HEADER}`")]
    Header {
        /// The first line as it stands there.
        found: String,
    },
    /// A line has too few columns or too many.
    #[error("line {line} has {found} columns, not 6")]
    Columns {
        /// The line's number, from 1.
        line: usize,
        /// How many columns it has.
        found: usize,
    },
    /// A column cannot be read.
    #[error("line {line}: `{found}` is not a {column}")]
    Value {
        /// The line's number, from 1.
        line: usize,
        /// The name of the column.
        column: &'static str,
        /// The column's text.
        found: String,
    },
    /// A day does not follow the one before it.
    #[error("line {line}: {date} does not come after the day before it")]
    Order {
        /// The line's number, from 1.
        line: usize,
        /// The day.
        date: String,
    },
    /// There is a header and nothing else.
    #[error("there are no bars")]
    Empty,
}

const HEADER: &str = "date,open,high,low,close,volume";

/// The daily bars of the Nasdaq Composite, 1999 to 2018, that come with this example.
pub const NASDAQ: &str = include_str!("../data/nasdaq-daily.csv");

/// Reads the bars of a file.
///
/// # Errors
///
/// Those of [`parse`], and [`BarsError::Read`].
pub fn read(path: &Path) -> Result<Vec<Bar>, BarsError> {
    let text = fs::read_to_string(path).map_err(|source| BarsError::Read { path: path.into(), source })?;
    parse(&text)
}

/// Reads the bars of a text.
///
/// # Errors
///
/// The first line that is wrong, with its number and what is wrong with it.
pub fn parse(text: &str) -> Result<Vec<Bar>, BarsError> {
    let mut lines = text.lines();
    let header = lines.next().unwrap_or_default();
    if header.trim_start_matches('\u{feff}') != HEADER {
        return Err(BarsError::Header { found: header.into() });
    }
    let mut bars: Vec<Bar> = Vec::new();
    for (line, row) in (2..).zip(lines).filter(|(_, row)| !row.trim().is_empty()) {
        let bar = parse_row(line, row)?;
        if bars.last().is_some_and(|last| last.date >= bar.date) {
            return Err(BarsError::Order { line, date: bar.date });
        }
        bars.push(bar);
    }
    if bars.is_empty() { Err(BarsError::Empty) } else { Ok(bars) }
}

fn parse_row(line: usize, row: &str) -> Result<Bar, BarsError> {
    let columns: Vec<&str> = row.split(',').map(str::trim).collect();
    let [date, open, high, low, close, volume] = columns[..] else {
        return Err(BarsError::Columns { line, found: columns.len() });
    };
    let wrong = |column, found: &str| BarsError::Value { line, column, found: found.into() };
    let price = |column, text| {
        Cents::parse(text).filter(|price| *price > Cents(0)).ok_or_else(|| wrong(column, text))
    };
    if !is_date(date) {
        return Err(wrong("date", date));
    }
    Ok(Bar {
        date: date.into(),
        open: price("open", open)?,
        high: price("high", high)?,
        low: price("low", low)?,
        close: price("close", close)?,
        volume: volume.parse().map_err(|_| wrong("volume", volume))?,
    })
}

/// Whether a text has the form `YYYY-MM-DD`, which is what makes days sort as texts.
fn is_date(text: &str) -> bool {
    text.len() == 10
        && text.bytes().enumerate().all(|(index, byte)| match index {
            4 | 7 => byte == b'-',
            _ => byte.is_ascii_digit(),
        })
}

#[cfg(test)]
mod tests {
    use std::error::Error;

    use super::*;

    #[track_caller]
    fn check_error(rows: &str, message: &str) {
        assert_eq!(parse(&format!("{HEADER}\n{rows}")).unwrap_err().to_string(), message);
    }

    #[test]
    fn the_bars_that_come_with_the_example_are_twenty_years_of_days() {
        let bars = parse(NASDAQ).unwrap();
        assert_eq!(bars.len(), 5031);
        assert_eq!((bars[0].date.as_str(), bars[0].close), ("1999-01-04", Cents(220_805)));
        assert_eq!((bars[5030].date.as_str(), bars[5030].volume), ("2018-12-31", 2_098_560_000));
    }

    #[test]
    fn a_wrong_line_is_named_by_its_number_its_column_and_its_text() {
        let good = "1999-01-04,1.0,2.0,1.0,2.0,10";
        check_error(&format!("{good}\n1999-01-05,1.0,2.0,1.0"), "line 3 has 4 columns, not 6");
        check_error(&format!("{good}\n1999-01-05,1.0,x,1.0,2.0,10"), "line 3: `x` is not a high");
        check_error(&format!("{good}\n1999-01-05,1.0,2.0,1.0,-2.0,10"), "line 3: `-2.0` is not a close");
        check_error("4.1.1999,1.0,2.0,1.0,2.0,10", "line 2: `4.1.1999` is not a date");
        check_error("1999-01-04,1.0,2.0,1.0,2.0,ten", "line 2: `ten` is not a volume");
        check_error(&format!("{good}\n{good}"), "line 3: 1999-01-04 does not come after the day before it");
    }

    #[test]
    fn a_file_without_bars_is_refused() {
        check_error("", "there are no bars");
        let message = parse("time,price\n").unwrap_err().to_string();
        assert_eq!(message, "line 1 is `time,price`, not `date,open,high,low,close,volume`");
    }

    #[test]
    fn a_file_that_is_missing_is_named_with_the_cause() {
        let error = read(Path::new("no/such/bars.csv")).unwrap_err();
        assert_eq!(error.to_string(), "cannot read the bars in no/such/bars.csv");
        assert!(error.source().is_some());
    }

    #[test]
    fn windows_line_ends_and_blank_lines_do_no_harm() {
        let bars = parse(&format!("{HEADER}\r\n1999-01-04,1,2,1,2,10\r\n\r\n")).unwrap();
        assert_eq!((bars.len(), bars[0].volume), (1, 10));
    }
}
