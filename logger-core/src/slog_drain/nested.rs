//! A nested value for slog's serializers.

use erased_serde::Serialize as ErasedSerialize;
use serde::{Serialize, Serializer};

/// A nested value, from its JSON text; its numbers stay exact.
#[derive(Clone)]
pub(super) struct Nested(serde_json::Value);

impl Nested {
    /// `None` for a text that is no JSON, or nests deeper than serde_json reads.
    pub(super) fn parse(text: &str) -> Option<Self> {
        serde_json::from_str(text).ok().map(Nested)
    }
}

impl slog::Value for Nested {
    fn serialize(
        &self,
        _record: &slog::Record<'_>,
        key: slog::Key,
        serializer: &mut dyn slog::Serializer,
    ) -> slog::Result {
        serializer.emit_serde(key, self)
    }
}

impl slog::SerdeValue for Nested {
    fn serialize_fallback(&self, key: slog::Key, serializer: &mut dyn slog::Serializer) -> slog::Result {
        serializer.emit_arguments(key, &format_args!("{}", self.0))
    }

    fn as_serde(&self) -> &dyn ErasedSerialize {
        self
    }

    fn to_sendable(&self) -> Box<dyn slog::SerdeValue + Send + 'static> {
        Box::new(self.clone())
    }
}

impl Serialize for Nested {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Part(&self.0).serialize(serializer)
    }
}

/// A part of a nested value.
///
/// serde_json writes the numbers of its own `Value` as a struct that only serde_json understands. A slog drain may write
/// another format, so numbers are handed over as numbers wherever a type of Rust holds them exactly.
struct Part<'a>(&'a serde_json::Value);

impl Serialize for Part<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        use serde_json::Value;
        match self.0 {
            Value::Null => serializer.serialize_unit(),
            Value::Bool(it) => serializer.serialize_bool(*it),
            Value::String(it) => serializer.serialize_str(it),
            Value::Array(items) => serializer.collect_seq(items.iter().map(Part)),
            Value::Object(entries) => {
                serializer.collect_map(entries.iter().map(|(key, value)| (key, Part(value))))
            }
            Value::Number(number) => put_number(number, serializer),
        }
    }
}

fn put_number<S: Serializer>(number: &serde_json::Number, serializer: S) -> Result<S::Ok, S::Error> {
    let text = number.to_string();
    if let Ok(it) = text.parse() {
        return serializer.serialize_i64(it);
    }
    if let Ok(it) = text.parse() {
        return serializer.serialize_u64(it);
    }
    if let Ok(it) = text.parse() {
        return serializer.serialize_i128(it);
    }
    if let Ok(it) = text.parse() {
        return serializer.serialize_u128(it);
    }
    match text.parse::<f64>() {
        Ok(it) if it.is_finite() && zmij::Buffer::new().format(it) == text => serializer.serialize_f64(it),
        // a decimal with more digits than a float has
        _ => number.serialize(serializer),
    }
}
