//! How lines are shown.

mod count;
mod csv;
mod json;
mod table;
mod text;
mod visible;

use std::{borrow::Cow, io};

use jiff::tz::TimeZone;
use logger_core::Envelope;

pub use self::{
    count::{Count, Counts},
    csv::Csv,
    json::Json,
    table::Table,
    text::Text,
    visible::visible,
};
use crate::{
    around::Shown,
    record::{Record, Value},
    time,
};

/// Shows lines.
pub trait Show {
    /// Shows one more.
    ///
    /// # Errors
    ///
    /// What the writer says.
    fn show(&mut self, shown: &Shown) -> io::Result<()>;

    /// Shows what was held back.
    ///
    /// # Errors
    ///
    /// What the writer says.
    fn finish(&mut self) -> io::Result<()>;
}

/// In which form.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
pub enum Form {
    /// Lines for people
    #[default]
    Text,
    /// JSON Lines, as they stand in the files
    Json,
    /// Columns for people
    Table,
    /// Columns for programs
    Csv,
}

/// Whether there are colours.
pub use logger_stderr::Colors;

/// What all forms have in common.
#[derive(Debug, Clone)]
pub struct Style {
    /// Which fields are shown; by default those that a form has by itself.
    pub fields: Option<Vec<String>>,
    /// The zone of times in forms for people.
    pub zone: TimeZone,
    /// Whether there are colours.
    pub colors: Colors,
}

impl Form {
    /// Shows lines in this form on `out`.
    pub fn on<'w>(self, out: &'w mut (dyn io::Write + 'w), style: Style) -> Box<dyn Show + 'w> {
        match self {
            Form::Text => Box::new(Text::new(out, style)),
            Form::Json => Box::new(Json::new(out, style)),
            Form::Table => Box::new(Table::new(out, style)),
            Form::Csv => Box::new(Csv::new(out, style)),
        }
    }
}

/// What the logger itself puts into a line besides time, level and event; people want it only where they ask.
const ENVELOPE: [&str; 14] = Envelope::KEYS;

/// Whether a field is the logger's own.
pub(crate) fn is_own(key: &str) -> bool {
    key == "seal" || ENVELOPE.contains(&key)
}

/// The text of a field in a cell; nothing where there is none.
fn cell(shown: &Shown, record: Option<&Record<'_>>, key: &str, times: &Times) -> String {
    match (record, key) {
        (None, "event") => String::from_utf8_lossy(&shown.line.bytes).into_owned(),
        (Some(_), "timestamp") => times.show(shown),
        (Some(record), "fields") => record.plain(key).unwrap_or_else(|| rest(record, &times.columns)),
        (Some(record), key) => record.plain(key).unwrap_or_default(),
        (None, _) => String::new(),
    }
}

/// How times are shown in cells, and which columns there are.
#[derive(Debug)]
struct Times {
    zone: Option<TimeZone>,
    columns: Vec<String>,
}

impl Times {
    fn show(&self, shown: &Shown) -> String {
        match &self.zone {
            Some(zone) => time::show(shown.line.time, zone),
            None => {
                let record = Record::parse(&shown.line.bytes);
                record.and_then(|it| it.plain("timestamp")).unwrap_or_default()
            }
        }
    }
}

/// The fields of a record that are not the logger's own, as lines for people have them.
pub(crate) fn fields_of(record: &Record<'_>) -> impl Iterator<Item = (String, String)> {
    let own = record.fields().filter(|(key, _)| !is_own(key));
    own.map(|(key, json)| (word(key), shown_value(json)))
}

/// Fields that have no column of their own, as `key=value`.
fn rest(record: &Record<'_>, columns: &[String]) -> String {
    let mut text = String::new();
    for (key, json) in record.fields() {
        if is_own(key) || columns.iter().any(|it| it == key) {
            continue;
        }
        let separator = if text.is_empty() { "" } else { " " };
        text += &format!("{separator}{}={}", word(key), shown_value(json));
    }
    text
}

/// A value as lines for people have it.
fn shown_value(json: &str) -> String {
    match Value::of(json) {
        Value::Text(text) => word(&text),
        other => visible(&chain_of(json).unwrap_or_else(|| other.to_string().into())).into_owned(),
    }
}

/// An error is an object of a message and its causes: one text, as the console shows it.
fn chain_of(json: &str) -> Option<Cow<'static, str>> {
    #[derive(serde::Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Chain {
        message: String,
        causes: Vec<String>,
    }
    if !json.starts_with("{\"message\":") {
        return None;
    }
    let chain: Chain = serde_json::from_str(json).ok()?;
    let messages: Vec<String> = std::iter::once(chain.message).chain(chain.causes).collect();
    Some(Cow::Owned(word(&messages.join(": "))))
}

/// A text as it is where it is one word, else in quotes.
fn word(text: &str) -> String {
    let is_word = !text.is_empty() && !text.bytes().any(|it| matches!(it, 0..=b' ' | b'"' | b'='));
    if is_word {
        return visible(text).into_owned();
    }
    let quoted = text.replace('\\', "\\\\").replace('"', "\\\"");
    format!("\"{}\"", visible(&quoted))
}
