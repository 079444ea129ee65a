//! Where every value comes from, and what it hides.

use std::fmt;

use crate::{
    given::Given,
    key::Key,
    keys,
    layers::Layers,
    problem::{Layer, Origin, Position},
};

/// Where every value of a configuration comes from, and what it hides; in the order of the README. Secrets are masked.
///
/// As text, one key a line:
///
/// ```text
/// level = `error` (environment LOG_LEVEL; hides `warning` of preset production; `info` of default)
/// ```
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Explanation {
    /// Every key there is.
    pub keys: Vec<ExplainedKey>,
}

/// Where the value of one key comes from.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct ExplainedKey {
    /// Its path, such as `files.max_size`.
    pub key: String,
    /// Its values: the one that holds, then those that it hides, the nearest layer first. Empty where no layer gives
    /// one.
    pub values: Vec<ExplainedValue>,
}

/// A value that a layer gives to a key.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct ExplainedValue {
    /// The value.
    pub given: Given,
    /// The layer.
    pub layer: Layer,
    /// The place in the file, where there is one.
    pub position: Option<Position>,
}

impl Explanation {
    pub(crate) fn new(layers: &Layers) -> Self {
        Explanation { keys: keys::all().flat_map(|key| explained(key, layers)).collect() }
    }
}

/// A key, or all that stand for it where it has a name.
fn explained(key: &'static Key, layers: &Layers) -> Vec<ExplainedKey> {
    let value = |entry: &crate::layers::Entry| ExplainedValue {
        given: key.shown(&entry.given),
        layer: entry.origin.layer.clone(),
        position: entry.origin.position,
    };
    let mut paths: Vec<&str> = vec![key.path];
    if key.path.contains('*') {
        paths =
            layers.entries().iter().filter(|it| it.key.path == key.path).map(|it| it.path.as_str()).collect();
        paths.sort_unstable();
        paths.dedup();
    }
    let explained =
        |path: &str| ExplainedKey { key: path.to_owned(), values: layers.values(path).map(value).collect() };
    paths.into_iter().map(explained).collect()
}

impl fmt::Display for Explanation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.keys.iter().try_for_each(|key| writeln!(f, "{key}"))
    }
}

impl fmt::Display for ExplainedKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some((holds, hidden)) = self.values.split_first() else {
            return write!(f, "{} is not given", self.key);
        };
        write!(f, "{} = {} ({}", self.key, holds.given, holds.origin())?;
        for (index, it) in hidden.iter().enumerate() {
            let separator = if index == 0 { "; hides " } else { "; " };
            write!(f, "{separator}{} of {}", it.given, it.origin())?;
        }
        f.write_str(")")
    }
}

impl ExplainedValue {
    fn origin(&self) -> Origin {
        Origin { layer: self.layer.clone(), position: self.position }
    }
}
