//! TOML.

use toml::de::{DeTable, DeValue};

use super::tree::{Content, Node, Row, SyntaxError, list, position};
use crate::given::Given;

/// All syntax errors if there are any.
pub(super) fn parse(text: &str) -> Result<Node, Vec<SyntaxError>> {
    let (table, mut errors) = DeTable::parse_recoverable(text);
    errors.sort_by_key(|error| error.span().map(|span| span.start));
    if errors.is_empty() {
        return Ok(Node { at: position(text, 0), content: Content::Table(rows(text, table.get_ref())) });
    }
    // not their `Display`, which repeats the line: it may hold a secret
    let errors = errors.iter().map(|error| SyntaxError {
        position: error.span().map(|span| position(text, span.start)),
        message: match error.span() {
            // the most frequent one, of which the parser says that it expected `inf` where the text is `info`
            Some(span) if is_bare_text(text, span.start) => "a text has to stand in quotes".into(),
            _ => error.message().lines().map(str::trim).collect::<Vec<_>>().join("; "),
        },
    });
    Err(errors.collect())
}

/// Whether a value begins there that is a word without quotes.
fn is_bare_text(text: &str, at: usize) -> bool {
    let Some((before, value)) = text.split_at_checked(at) else { return false };
    before.trim_end_matches([' ', '\t']).ends_with('=') && value.starts_with(|it: char| it.is_alphabetic())
}

/// In the order of the file, not of the alphabet.
fn rows(text: &str, table: &DeTable<'_>) -> Vec<Row> {
    let mut rows: Vec<_> = table.iter().collect();
    rows.sort_by_key(|(key, _)| key.span().start);
    let row = |(key, value): (&toml::Spanned<std::borrow::Cow<'_, str>>, &toml::Spanned<DeValue<'_>>)| Row {
        key: key.get_ref().to_string(),
        at: position(text, key.span().start),
        node: Node { at: position(text, value.span().start), content: content(text, value.get_ref()) },
    };
    rows.into_iter().map(row).collect()
}

fn content(text: &str, value: &DeValue<'_>) -> Content {
    Content::Value(match value {
        DeValue::String(text) => text.as_ref().into(),
        DeValue::Boolean(truth) => (*truth).into(),
        DeValue::Integer(number) => match i64::from_str_radix(number.as_str(), number.radix()) {
            Ok(number) => number.into(),
            Err(_) => Given::Other("a number beyond 64 bits"),
        },
        DeValue::Float(_) => Given::Other("a number with a fraction"),
        DeValue::Datetime(_) => Given::Other("a date or time"),
        DeValue::Array(values) => list(values.iter().map(|value| value.get_ref().as_str())),
        DeValue::Table(table) => return Content::Table(rows(text, table)),
    })
}
