//! Lines for people: `2025-10-16 10:30:00 [INFO     ] expert started     expert_name=MyEmaBot symbol=BTCUSDT`.

use std::io::{self, Write};

use logger_config::Level;

use super::{Show, Style, fields_of, shown_value, visible, word};
use crate::{around::Shown, line::level_of, output::Colors, record::Record, time};

/// Lines for people, as the console has them.
pub struct Text<'w> {
    out: &'w mut (dyn Write + 'w),
    style: Style,
}

/// The column in which fields begin, counted from the event.
const EVENT_WIDTH: usize = 18;

const RESET: &str = "\x1b[0m";
const DIM: &str = "\x1b[2m";

impl<'w> Text<'w> {
    /// Shows lines on `out`.
    pub fn new(out: &'w mut (dyn Write + 'w), style: Style) -> Self {
        Text { out, style }
    }

    fn record(&mut self, shown: &Shown, record: &Record<'_>) -> io::Result<()> {
        let level = level_of(&shown.line.bytes);
        let name = level.map_or("", Level::as_upper_str);
        let (color, dim, reset) = self.colors(level);
        let time = time::show(shown.line.time, &self.style.zone);
        let event = record.plain("event").unwrap_or_default();
        let event = visible(&event);
        write!(self.out, "{dim}{time}{reset} [{color}{name:9}{reset}] {event}")?;
        let fields = self.fields(record);
        if !fields.is_empty() {
            let padding = EVENT_WIDTH.saturating_sub(event.chars().count());
            write!(self.out, "{:padding$}", "")?;
        }
        for (key, value) in fields {
            write!(self.out, " {dim}{key}={reset}{value}")?;
        }
        self.out.write_all(b"\n")
    }

    fn fields(&self, record: &Record<'_>) -> Vec<(String, String)> {
        match &self.style.fields {
            Some(keys) => {
                let shown = |key: &String| Some((word(key), shown_value(&record.json(key)?)));
                keys.iter().filter_map(shown).collect()
            }
            None => fields_of(record).collect(),
        }
    }

    /// How the level, what is less important, and the end of both begin.
    fn colors(&self, level: Option<Level>) -> (&'static str, &'static str, &'static str) {
        if self.style.colors == Colors::Off {
            return ("", "", "");
        }
        (level.map_or("", color_of), DIM, RESET)
    }
}

/// The colours of the console.
pub(crate) fn color_of(level: Level) -> &'static str {
    match level {
        Level::Critical => "\x1b[1;35m",
        Level::Error => "\x1b[31m",
        Level::Warning => "\x1b[33m",
        Level::Info => "\x1b[32m",
        Level::Debug => "\x1b[36m",
        Level::Trace => "\x1b[34m",
    }
}

impl Show for Text<'_> {
    fn show(&mut self, shown: &Shown) -> io::Result<()> {
        if shown.after_gap {
            self.out.write_all(b"--\n")?;
        }
        match Record::parse(&shown.line.bytes).filter(|_| shown.line.own_time.is_some()) {
            Some(record) => self.record(shown, &record),
            None => writeln!(self.out, "{}", visible(&String::from_utf8_lossy(&shown.line.bytes))),
        }
    }

    fn finish(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

impl std::fmt::Debug for Text<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Text").field("style", &self.style).finish_non_exhaustive()
    }
}
