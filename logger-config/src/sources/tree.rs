//! What a configuration file says, in whatever format: tables and values, each with its place.

use crate::{
    given::Given,
    keys::{Named, find},
    layers::Layers,
    path::join,
    problem::{Layer, Origin, Position},
};

/// A value or a table, with its place.
#[derive(Debug)]
pub(super) struct Node {
    pub(super) at: Position,
    pub(super) content: Content,
}

/// What a node is.
#[derive(Debug)]
pub(super) enum Content {
    Value(Given),
    /// In the order of the file.
    Table(Vec<Row>),
}

/// A key of a table and what stands under it.
#[derive(Debug)]
pub(super) struct Row {
    pub(super) key: String,
    /// The place of the key.
    pub(super) at: Position,
    pub(super) node: Node,
}

/// Why a text is not of its format.
#[derive(Debug)]
pub(super) struct SyntaxError {
    pub(super) position: Option<Position>,
    /// In one line, and without a part of the text: it may be a secret.
    pub(super) message: String,
}

impl Node {
    /// Adds the values to the layers.
    pub(super) fn put(self, layers: &mut Layers, layer: &Layer) {
        match self.content {
            Content::Table(rows) => put_rows(layers, layer, "", rows),
            Content::Value(given) => {
                let origin = Origin { layer: layer.clone(), position: Some(self.at) };
                let message = format!("is {}; allowed is a table of keys", kind(&given));
                layers.put_problem(crate::problem::Problem::of_layer(&origin, message));
            }
        }
    }
}

fn put_rows(layers: &mut Layers, layer: &Layer, section: &str, rows: Vec<Row>) {
    for Row { key, at, node } in rows {
        // what editors know the schema by
        if section.is_empty() && key == "$schema" {
            continue;
        }
        let path = join(section, &key);
        let origin = |position| Origin { layer: layer.clone(), position: Some(position) };
        match (find(&path), node.content) {
            (Named::Section, Content::Table(rows)) => put_rows(layers, layer, &path, rows),
            (Named::Key(_) | Named::SecretFile(_), content) => {
                layers.put(&path, content.given(), origin(node.at));
            }
            (_, content) => layers.put(&path, content.given(), origin(at)),
        }
    }
}

impl Content {
    fn given(self) -> Given {
        match self {
            Content::Value(given) => given,
            Content::Table(_) => Given::Other("a table"),
        }
    }
}

/// The kind of a value, without the value.
fn kind(given: &Given) -> &'static str {
    match given {
        Given::Text(_) => "a text",
        Given::Integer(_) => "a number",
        Given::Boolean(_) => "a boolean",
        Given::List(_) => "a list",
        Given::Masked => "a secret",
        Given::Other(kind) => kind,
    }
}

/// The place of a byte of a text.
pub(super) fn position(text: &str, offset: usize) -> Position {
    let before = text.get(..offset).unwrap_or(text);
    let line = before.rsplit('\n').next().unwrap_or_default();
    Position { line: before.matches('\n').count() + 1, column: line.chars().count() + 1 }
}

/// A list, if all its members are texts.
pub(super) fn list<'t>(texts: impl Iterator<Item = Option<&'t str>>) -> Given {
    let texts: Option<Vec<String>> = texts.map(|text| text.map(str::to_owned)).collect();
    texts.map_or(Given::Other("a list"), Given::List)
}
