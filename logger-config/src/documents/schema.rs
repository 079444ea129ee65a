//! The JSON Schema of a configuration.

use std::collections::BTreeMap;

use serde_json::{Value as Json, json};

use super::words;
use crate::{
    given::Given,
    key::{Key, Secrecy},
    keys::{self, FILE_SUFFIX},
};

/// The JSON Schema (draft 2020-12) of a configuration file, for editors that complete and check while one writes. It is
/// the same in every build, and a little wider than what is read: limits that depend on each other are checked at start.
pub fn schema() -> String {
    let mut root = Table::default();
    for key in keys::all() {
        let parts: Vec<&str> = key.path.split('.').collect();
        root.insert(&parts, key);
    }
    root.leaves.insert("$schema".into(), json!({ "type": "string" }));
    let mut schema = root.schema();
    schema["$schema"] = "https://json-schema.org/draft/2020-12/schema".into();
    schema["title"] = "Configuration of logger-config".into();
    let mut text = serde_json::to_string_pretty(&schema).unwrap_or_default();
    text.push('\n');
    text
}

/// What may stand in a table.
#[derive(Default)]
struct Table {
    leaves: BTreeMap<String, Json>,
    tables: BTreeMap<String, Table>,
    others: Others,
}

/// What may stand in a table besides.
#[derive(Default)]
enum Others {
    #[default]
    None,
    Leaf(Json),
    Table(Box<Table>),
}

impl Table {
    fn insert(&mut self, parts: &[&str], key: &Key) {
        match parts {
            [] => {}
            ["*"] => self.others = Others::Leaf(leaf(key)),
            ["*", rest @ ..] => {
                if !matches!(self.others, Others::Table(_)) {
                    self.others = Others::Table(Box::default());
                }
                if let Others::Table(table) = &mut self.others {
                    table.insert(rest, key);
                }
            }
            [last] => {
                if key.secrecy == Secrecy::Secret {
                    let about = format!("the path of a file in which `{last}` stands");
                    let file = json!({ "type": "string", "minLength": 1, "description": about });
                    self.leaves.insert(format!("{last}{FILE_SUFFIX}"), file);
                }
                self.leaves.insert((*last).to_owned(), leaf(key));
            }
            [first, rest @ ..] => self.tables.entry((*first).to_owned()).or_default().insert(rest, key),
        }
    }

    fn schema(self) -> Json {
        let mut properties = self.leaves;
        properties.extend(self.tables.into_iter().map(|(name, table)| (name, table.schema())));
        let others = match self.others {
            Others::None => false.into(),
            Others::Leaf(leaf) => leaf,
            Others::Table(table) => table.schema(),
        };
        json!({ "type": "object", "properties": properties, "additionalProperties": others })
    }
}

fn leaf(key: &Key) -> Json {
    let mut leaf = (key.kind.schema)();
    leaf["description"] = words(key.doc).into();
    if let Some(default) = key.default {
        leaf["default"] = json_of(&key.of_text(default));
    }
    leaf
}

fn json_of(given: &Given) -> Json {
    match given {
        Given::Text(text) => text.as_str().into(),
        Given::Integer(number) => (*number).into(),
        Given::Boolean(truth) => (*truth).into(),
        Given::List(texts) => texts.clone().into(),
        Given::Masked | Given::Other(_) => Json::Null,
    }
}

#[cfg(test)]
mod tests {
    use std::{env, fs, path::Path};

    use super::*;

    #[test]
    fn the_schema_that_is_shipped_is_this_one() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("schema/logging.schema.json");
        if env::var_os("UPDATE_EXPECT").is_some() {
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(&path, schema()).unwrap();
        }
        let shipped = fs::read_to_string(&path).unwrap();
        assert!(shipped == schema(), "run the test with UPDATE_EXPECT=1, which writes {}", path.display());
    }

    #[test]
    fn every_default_and_every_example_is_of_the_form_that_the_schema_gives() {
        for key in keys::all() {
            let schema = (key.kind.schema)();
            assert!(schema["type"].is_string() || schema["anyOf"].is_array(), "{}: {schema}", key.path);
        }
    }
}
