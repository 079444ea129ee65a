//! The fields of a line, found without reading their values.

use std::{borrow::Cow, fmt};

use serde::Deserialize;

use crate::pieces::{Pieces, pieces};

/// The fields of one line; values are read when they are asked for.
#[derive(Debug, Clone, Default)]
pub struct Record<'a> {
    fields: Pieces<'a>,
}

/// The value of a field.
#[derive(Debug, Clone, PartialEq)]
pub enum Value<'a> {
    /// `null`
    Null,
    /// `true` or `false`
    Bool(bool),
    /// A number as it stands there: no digit is lost.
    Number(&'a str),
    /// A text.
    Text(Cow<'a, str>),
    /// An object or an array, as JSON.
    Json(&'a str),
}

impl<'a> Record<'a> {
    /// Reads a line; `None` where it is no JSON object.
    pub fn parse(line: &'a [u8]) -> Option<Record<'a>> {
        pieces(line).map(|fields| Record { fields })
    }

    /// Its fields in their order, with their JSON.
    pub fn fields(&self) -> impl Iterator<Item = (&str, &'a str)> {
        self.fields.iter().map(|(key, json)| (&**key, *json))
    }

    /// The JSON of a field. Of two with one key the last, as everywhere. `a.b` is the field `b` of the object `a` where no
    /// field has that very name.
    pub fn json(&self, key: &str) -> Option<Cow<'a, str>> {
        if let Some((_, json)) = self.fields.iter().rev().find(|(it, _)| it == key) {
            return Some(Cow::Borrowed(json));
        }
        let (first, rest) = key.split_once('.')?;
        let (_, json) = self.fields.iter().rev().find(|(it, _)| it == first)?;
        let nested = Record::parse(json.as_bytes())?;
        nested.json(rest).map(|it| Cow::Owned(it.into_owned()))
    }

    /// The value of a field as a text where it is one.
    pub fn text(&self, key: &str) -> Option<Cow<'a, str>> {
        let (_, json) = self.fields.iter().rev().find(|(it, _)| it == key)?;
        match Value::of(json) {
            Value::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The number of a field where it is a whole one.
    pub fn number(&self, key: &str) -> Option<u64> {
        self.fields.iter().rev().find(|(it, _)| it == key)?.1.parse().ok()
    }

    /// What people call the value of a field: a text without its quotes, JSON of anything else.
    pub fn plain(&self, key: &str) -> Option<String> {
        self.json(key).map(|json| Value::of(&json).to_string())
    }
}

impl<'a> Value<'a> {
    /// The value of a piece of JSON.
    pub fn of(json: &'a str) -> Value<'a> {
        match json.as_bytes().first() {
            Some(b'"') => text_of(json),
            Some(b't') => Value::Bool(true),
            Some(b'f') => Value::Bool(false),
            Some(b'n') | None => Value::Null,
            Some(b'{' | b'[') => Value::Json(json),
            Some(_) => Value::Number(json),
        }
    }
}

fn text_of(json: &str) -> Value<'_> {
    #[derive(Deserialize)]
    struct Text<'t>(#[serde(borrow)] Cow<'t, str>);
    match json.get(1..json.len().saturating_sub(1)) {
        Some(inner) if !inner.contains('\\') => Value::Text(Cow::Borrowed(inner)),
        // half of a surrogate pair is no text
        _ => serde_json::from_str::<Text<'_>>(json).map_or(Value::Json(json), |it| Value::Text(it.0)),
    }
}

impl fmt::Display for Value<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Value::Null => f.write_str("null"),
            Value::Bool(it) => it.fmt(f),
            Value::Number(it) | Value::Json(it) => f.write_str(it),
            Value::Text(it) => f.write_str(it),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_keep_their_type_and_every_digit() {
        let line = br#"{"a":170141183460469231731687303715884105727,"b":"x\n\"y\"","c":{"d":[1,{"e":2}],"f.g":3},"h":null,"i":true,"a\u0062":1.50}"#;
        let record = Record::parse(line).unwrap();
        assert_eq!(record.plain("a").unwrap(), "170141183460469231731687303715884105727");
        assert_eq!(record.plain("b").unwrap(), "x\n\"y\"");
        assert_eq!(record.plain("c.d").unwrap(), r#"[1,{"e":2}]"#);
        assert_eq!(record.plain("c.f.g").unwrap(), "3");
        assert_eq!(record.plain("c.x"), None);
        assert_eq!(record.plain("h").unwrap(), "null");
        assert_eq!(record.plain("i").unwrap(), "true");
        assert_eq!(record.plain("ab").unwrap(), "1.50");
    }

    #[test]
    fn what_is_no_object_is_no_record() {
        for line in ["", "text", "[1]", "1", "{\"a\":1", "{\"a\":1} [torn]", "\u{feff}{}"] {
            assert!(Record::parse(line.as_bytes()).is_none(), "{line}");
        }
        assert!(Record::parse(b"{\"a\":\"\xff\"}").is_none());
        assert!(Record::parse(b"{}").is_some());
    }
}
