//! The merge of the layers, key by key, by the crate `config`.

use config::{Config, Map, Source, Value, ValueKind};

use super::{Entry, Layers};
use crate::{
    path,
    problem::{Layer, Problem},
};

impl Layers {
    /// Merges the layers, the later over the earlier.
    pub(crate) fn merge(&mut self) {
        let layers = self.entries.chunk_by(|a, b| a.origin.layer == b.origin.layer);
        let builder =
            layers.fold(Config::builder(), |builder, layer| builder.add_source(OneLayer::new(layer)));
        match builder.build().and_then(|merged| merged.collect()) {
            Ok(merged) => self.merged = merged,
            Err(error) => {
                let message = format!("the layers cannot be merged: {error}");
                self.problems.push(Problem::of_layer(&Layer::Default.into(), message));
            }
        }
    }
}

/// The value at a path of the merged layers.
pub(super) fn find<'m>(merged: &'m Map<String, Value>, segments: &[String]) -> Option<&'m Value> {
    let (first, rest) = segments.split_first()?;
    let value = merged.get(first)?;
    match (&value.kind, rest) {
        (_, []) => Some(value),
        (ValueKind::Table(table), rest) => find(table, rest),
        _ => None,
    }
}

/// The names that a table of the merged layers has.
pub(super) fn names(value: &Value) -> Vec<String> {
    match &value.kind {
        ValueKind::Table(table) => table.keys().cloned().collect(),
        _ => Vec::new(),
    }
}

/// One layer for the merge.
#[derive(Debug, Clone, Default)]
struct OneLayer(Map<String, Value>);

impl OneLayer {
    /// As tables in tables, so that a name may contain what means something in a path of `config`.
    fn new(entries: &[Entry]) -> Self {
        let mut layer = OneLayer::default();
        for entry in entries {
            let value = Value::new(Some(&entry.origin.to_string()), entry.given.to_merged());
            insert(&mut layer.0, &path::segments(&entry.path).unwrap_or_default(), value);
        }
        layer
    }
}

fn insert(table: &mut Map<String, Value>, segments: &[String], value: Value) {
    match segments {
        [] => {}
        [last] => {
            table.insert(last.clone(), value);
        }
        [first, rest @ ..] => {
            let below = table.entry(first.clone()).or_insert_with(|| Map::<String, Value>::new().into());
            if let ValueKind::Table(below) = &mut below.kind {
                insert(below, rest, value);
            }
        }
    }
}

impl Source for OneLayer {
    fn clone_into_box(&self) -> Box<dyn Source + Send + Sync> {
        Box::new(self.clone())
    }

    fn collect(&self) -> Result<Map<String, Value>, config::ConfigError> {
        Ok(self.0.clone())
    }
}
