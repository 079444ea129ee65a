//! The layer of a configuration file in TOML.

use std::{fs, path::Path};

use toml::de::{DeTable, DeValue};

use crate::{
    given::Given,
    layers::Layers,
    problem::{Layer, Origin, Position, Problem},
    schema::{Named, find},
};

/// Adds the values of a file that was named, or the problem with the file.
pub(crate) fn put_file(layers: &mut Layers, path: &Path) {
    let layer = Layer::File(path.to_owned());
    match read(path) {
        Ok(text) => put_text(layers, &layer, &text),
        Err(message) => layers.put_problem(Problem::of_layer(&layer.into(), message)),
    }
}

/// Reads a file in a format that is known by its ending.
fn read(path: &Path) -> Result<String, String> {
    match path.extension().and_then(|it| it.to_str()) {
        Some(ending) if ending.eq_ignore_ascii_case("toml") => {}
        _ => {
            return Err(
                "the format is not known by the ending; allowed is a file in TOML whose name ends in `.toml`"
                    .into(),
            );
        }
    }
    let bytes = fs::read(path).map_err(|error| format!("cannot be read: {error}"))?;
    String::from_utf8(bytes).map_err(|error| {
        let offset = error.utf8_error().valid_up_to();
        format!("is not TOML: byte {offset} is not UTF-8")
    })
}

/// Adds the values of a text in TOML; all its syntax errors if there are any, and then no value.
fn put_text(layers: &mut Layers, layer: &Layer, text: &str) {
    let place = |offset| Origin { layer: layer.clone(), position: Some(position(text, offset)) };
    let (table, mut errors) = DeTable::parse_recoverable(text);
    errors.sort_by_key(|error| error.span().map(|span| span.start));
    for error in &errors {
        // not its `Display`, which repeats the line: it may hold a secret
        let origin = error.span().map_or_else(|| layer.clone().into(), |span| place(span.start));
        let message = format!("is not TOML: {}", one_line(error.message()));
        layers.put_problem(Problem::of_layer(&origin, message));
    }
    if errors.is_empty() {
        put_table(layers, &place, "", table.get_ref());
    }
}

fn put_table(layers: &mut Layers, place: &dyn Fn(usize) -> Origin, section: &str, table: &DeTable<'_>) {
    // in the order of the file, not of the alphabet
    let mut rows: Vec<_> = table.iter().collect();
    rows.sort_by_key(|(key, _)| key.span().start);
    for (key, value) in rows {
        let path = join(section, key.get_ref());
        match (find(&path), value.get_ref()) {
            (Named::Section, DeValue::Table(table)) => put_table(layers, place, &path, table),
            (Named::Reserved(_), DeValue::Table(table)) if !table.is_empty() => {
                put_table(layers, place, &path, table);
            }
            (Named::Key(_), it) => layers.put(&path, given(it), place(value.span().start)),
            (_, it) => layers.put(&path, given(it), place(key.span().start)),
        }
    }
}

/// The path of a key in a section. A key that is not made of letters, digits, `_` and `-` is quoted, so that a dot in
/// it does not lead into another section and a line break in it does not break a message.
fn join(section: &str, key: &str) -> String {
    let plain =
        !key.is_empty() && key.chars().all(|it| it.is_ascii_alphanumeric() || matches!(it, '_' | '-'));
    let key = match plain {
        true => key.to_owned(),
        false => format!("{key:?}"),
    };
    if section.is_empty() { key } else { format!("{section}.{key}") }
}

fn given(value: &DeValue<'_>) -> Given {
    match value {
        DeValue::String(text) => text.as_ref().into(),
        DeValue::Boolean(truth) => (*truth).into(),
        DeValue::Integer(number) => match i64::from_str_radix(number.as_str(), number.radix()) {
            Ok(number) => number.into(),
            Err(_) => Given::Other("a number beyond 64 bits"),
        },
        DeValue::Float(_) => Given::Other("a number with a fraction"),
        DeValue::Datetime(_) => Given::Other("a date or time"),
        DeValue::Array(values) => {
            let texts = values.iter().map(|value| value.get_ref().as_str().map(str::to_owned));
            texts.collect::<Option<Vec<_>>>().map_or(Given::Other("a list"), Given::List)
        }
        DeValue::Table(_) => Given::Other("a table"),
    }
}

fn position(text: &str, offset: usize) -> Position {
    let before = text.get(..offset).unwrap_or(text);
    let line = before.rsplit('\n').next().unwrap_or_default();
    Position { line: before.matches('\n').count() + 1, column: line.chars().count() + 1 }
}

fn one_line(message: &str) -> String {
    message.lines().map(str::trim).collect::<Vec<_>>().join("; ")
}
