//! JSON Lines read by a stricter reader than most: no key twice in an object, at any depth, and no line cut off.

use std::{collections::BTreeMap, fmt};

use serde::{
    Deserialize, Deserializer,
    de::{Error as _, MapAccess, SeqAccess, Visitor},
};

/// One line: its keys and values.
pub(crate) type Line = BTreeMap<String, Json>;

/// A JSON value. Numbers are kept as floats: no number of these files needs more than 53 bits.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Json {
    Null,
    Bool(bool),
    Number(f64),
    Text(String),
    List(Vec<Json>),
    Object(Line),
}

impl Json {
    pub(crate) fn text(&self) -> &str {
        match self {
            Json::Text(text) => text,
            other => panic!("{other:?} is not a text"),
        }
    }

    pub(crate) fn number(&self) -> f64 {
        match self {
            Json::Number(number) => *number,
            other => panic!("{other:?} is not a number"),
        }
    }
}

/// Reads all lines of a text.
#[track_caller]
pub(crate) fn lines(text: &str) -> Vec<Line> {
    assert!(text.is_empty() || text.ends_with('\n'), "the last line is cut off");
    let read = |line: &str| match serde_json::from_str(line) {
        Ok(Json::Object(object)) => object,
        Ok(other) => panic!("{other:?} is not an object"),
        Err(error) => panic!("{error}: {line}"),
    };
    text.lines().map(read).collect()
}

impl<'de> Deserialize<'de> for Json {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Strict)
    }
}

struct Strict;

impl<'de> Visitor<'de> for Strict {
    type Value = Json;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON without a key that occurs twice")
    }

    fn visit_unit<E>(self) -> Result<Json, E> {
        Ok(Json::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Json, E> {
        Ok(Json::Bool(value))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Json, E> {
        Ok(Json::Number(value as f64))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Json, E> {
        Ok(Json::Number(value as f64))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Json, E> {
        Ok(Json::Number(value))
    }

    fn visit_str<E>(self, value: &str) -> Result<Json, E> {
        Ok(Json::Text(value.into()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Json, A::Error> {
        let mut list = Vec::new();
        while let Some(value) = seq.next_element()? {
            list.push(value);
        }
        Ok(Json::List(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Json, A::Error> {
        let mut object = Line::new();
        while let Some((key, value)) = map.next_entry::<String, Json>()? {
            // how serde_json hands over a number when it keeps all digits
            if key == "$serde_json::private::Number" {
                let number = value.text().parse().map_err(A::Error::custom)?;
                return Ok(Json::Number(number));
            }
            if object.insert(key.clone(), value).is_some() {
                return Err(A::Error::custom(format_args!("key `{key}` occurs twice")));
            }
        }
        Ok(Json::Object(object))
    }
}

#[test]
#[should_panic(expected = "key `a` occurs twice")]
fn the_reader_sees_a_key_that_occurs_twice() {
    lines("{\"b\":{\"a\":1,\"a\":1}}\n");
}

#[test]
#[should_panic(expected = "the last line is cut off")]
fn the_reader_sees_a_line_without_its_end() {
    lines("{\"a\":1}\n{\"a\":1}");
}
