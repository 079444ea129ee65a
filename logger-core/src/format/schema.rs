//! The JSON Schema of a line, made from what the lines are made of.

use serde_json::{Map, Value, json};

use super::{Envelope, JsonFormat};
use crate::{category::Category, level::Level};

/// A key of ours: its name, its schema, and whether a compact line has it too.
type Key = (&'static str, Value, In);

#[derive(Clone, Copy, PartialEq, Eq)]
enum In {
    /// Every line.
    Every,
    /// Every line in the full envelope.
    Full,
    /// Some lines of both.
    Some,
}

impl JsonFormat {
    /// The JSON Schema (draft 2020-12) of a line, as text; the project ships it in `schema/`.
    ///
    /// It says nothing of the fields: they are whatever the application logs. How their types come out stands under
    /// `$defs`: `error`, `number` (NaN and the infinities are strings).
    pub fn schema(&self) -> String {
        let keys = keys();
        let required = keys.iter().filter(|(_, _, place)| match self.envelope {
            Envelope::Full => *place != In::Some,
            Envelope::Compact => *place == In::Every,
        });
        let required: Vec<&str> = required.map(|(name, ..)| *name).collect();
        let reserved: Vec<&str> = keys.iter().map(|(name, ..)| *name).collect();
        let is_here = |name: &str| self.envelope == Envelope::Full || !is_of_full(&keys, name);
        let properties: Map<String, Value> = keys
            .iter()
            .map(|(name, schema, _)| {
                // a compact line has no other use for the name either
                (String::from(*name), if is_here(name) { schema.clone() } else { json!(false) })
            })
            .collect();
        let mut schema = json!({
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "title": match self.envelope {
                Envelope::Full => "a record, one line of JSON",
                Envelope::Compact => "a record in the compact envelope, one line of JSON",
            },
            "type": "object",
            "required": required,
            "properties": properties,
            "patternProperties": {
                format!("^(field\\.)+({})$", reserved.join("|")): {
                    "description": "what the caller has logged under a name that is ours",
                },
            },
            "additionalProperties": { "$ref": "#/$defs/value" },
            "dependentRequired": { "truncated": ["truncated_bytes"], "truncated_bytes": ["truncated"] },
            "$defs": definitions(),
        });
        if self.envelope == Envelope::Full {
            schema["allOf"] = Level::ALL.iter().map(|&level| severity_of(level)).collect();
        }
        // a value of JSON is always text
        serde_json::to_string_pretty(&schema).unwrap_or_default() + "\n"
    }
}

fn is_of_full(keys: &[Key], name: &str) -> bool {
    keys.iter().any(|(it, _, place)| *it == name && *place == In::Full)
}

fn keys() -> Vec<Key> {
    let levels = Level::ALL.map(Level::as_str);
    let categories = [Category::General, Category::Trade, Category::Logger].map(Category::as_str);
    let whole =
        |minimum: u64, maximum: u64| json!({ "type": "integer", "minimum": minimum, "maximum": maximum });
    let text = || json!({ "type": "string" });
    let moment = json!({
        "type": "string",
        "format": "date-time",
        "pattern": r"^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{6}Z$",
    });
    vec![
        ("timestamp", moment, In::Every),
        ("level", json!({ "enum": levels }), In::Every),
        ("severity", json!({ "enum": [2, 3, 4, 6, 7] }), In::Full),
        ("event", text(), In::Every),
        ("category", json!({ "enum": categories }), In::Full),
        ("hostname", text(), In::Full),
        ("app_name", text(), In::Full),
        ("procid", whole(0, u64::from(u32::MAX)), In::Full),
        ("thread", text(), In::Full),
        ("module", text(), In::Full),
        ("file", text(), In::Full),
        ("line", whole(0, u64::from(u32::MAX)), In::Full),
        ("run", text(), In::Full),
        ("seq", whole(0, u64::MAX), In::Full),
        ("recovered", json!({ "const": true }), In::Some),
        ("truncated", json!({ "const": true }), In::Some),
        ("truncated_bytes", whole(0, u64::from(u32::MAX)), In::Some),
        ("seal", json!({ "type": "string", "pattern": "^[1-9][0-9]*(:[0-9a-f]{64}){1,2}$" }), In::Some),
    ]
}

/// A level has one severity.
fn severity_of(level: Level) -> Value {
    json!({
        "if": { "properties": { "level": { "const": level.as_str() } } },
        "then": { "properties": { "severity": { "const": level.severity() } } },
    })
}

fn definitions() -> Value {
    json!({
        "value": {
            "description": "any field: as it was given, an error as `error`",
            "type": ["null", "boolean", "number", "string", "array", "object"],
        },
        "number": {
            "description": "an integer of up to 128 bits exactly, a float in its shortest form that reads back the same",
            "anyOf": [{ "type": "number" }, { "enum": ["NaN", "Infinity", "-Infinity"] }],
        },
        "error": {
            "description": "an error and the chain of its sources, the outermost first",
            "type": "object",
            "required": ["message", "causes"],
            "properties": {
                "message": { "type": "string" },
                "causes": { "type": "array", "items": { "type": "string" }, "maxItems": 31 },
            },
            "additionalProperties": false,
        },
    })
}
