//! JSON, as the standard has it: without comments and without a comma at the end.

use jsonc_parser::{
    CollectOptions, ParseOptions,
    ast::{Object, ObjectPropName, Value},
    common::Ranged as _,
    parse_to_ast,
};

use super::tree::{Content, Node, Row, SyntaxError, list, position};
use crate::given::Given;

const STRICT: ParseOptions = ParseOptions {
    allow_comments: false,
    allow_loose_object_property_names: false,
    allow_trailing_commas: false,
    allow_missing_commas: false,
    allow_single_quoted_strings: false,
    allow_hexadecimal_numbers: false,
    allow_unary_plus_numbers: false,
    allow_bare_decimal_point_numbers: false,
    allow_non_finite_numbers: false,
    allow_extended_string_escapes: false,
};

/// The first syntax error if there is one.
pub(super) fn parse(text: &str) -> Result<Node, Vec<SyntaxError>> {
    let text = text.trim_start_matches('\u{feff}');
    let parsed = parse_to_ast(text, &CollectOptions::default(), &STRICT);
    let tree = parsed.map_err(|error| {
        let message = error.kind().to_string();
        vec![SyntaxError {
            position: Some(position(text, error.range().start)),
            message: uncapitalised(&message),
        }]
    })?;
    match tree.value {
        Some(value) => node(text, &value).map_err(|error| vec![error]),
        None => Err(vec![SyntaxError { position: None, message: "there is no value".into() }]),
    }
}

fn node(text: &str, value: &Value<'_>) -> Result<Node, SyntaxError> {
    let at = position(text, value.range().start);
    let given = match value {
        Value::StringLit(text) => text.value.as_ref().into(),
        Value::BooleanLit(truth) => truth.value.into(),
        Value::NumberLit(number) => number_of(number.value),
        Value::NullKeyword(_) => Given::Other("null"),
        Value::Array(array) => list(array.elements.iter().map(|it| match it {
            Value::StringLit(text) => Some(text.value.as_ref()),
            _ => None,
        })),
        Value::Object(object) => {
            return Ok(Node { at, content: Content::Table(rows(text, object)?) });
        }
    };
    Ok(Node { at, content: Content::Value(given) })
}

fn rows(text: &str, object: &Object<'_>) -> Result<Vec<Row>, SyntaxError> {
    let mut rows: Vec<Row> = Vec::new();
    for property in &object.properties {
        let at = position(text, property.range.start);
        let key = match &property.name {
            ObjectPropName::String(name) => name.value.as_ref(),
            ObjectPropName::Word(name) => name.value,
        };
        if rows.iter().any(|row| row.key == key) {
            return Err(SyntaxError { position: Some(at), message: "duplicate key".into() });
        }
        rows.push(Row { key: key.to_owned(), at, node: node(text, &property.value)? });
    }
    Ok(rows)
}

fn number_of(text: &str) -> Given {
    match text.parse::<i64>() {
        Ok(number) => number.into(),
        Err(_) if text.contains(['.', 'e', 'E']) => Given::Other("a number with a fraction"),
        Err(_) => Given::Other("a number beyond 64 bits"),
    }
}

/// Messages begin in lower case here.
fn uncapitalised(message: &str) -> String {
    let mut chars = message.chars();
    chars.next().into_iter().flat_map(char::to_lowercase).chain(chars).collect()
}
