//! All values of all layers, each with its origin, and their merge.

use config::{Config, Map, Source, Value};

use crate::{
    given::Given,
    nearest::unknown_key,
    preset::Preset,
    problem::{Layer, Origin, Problem},
    raw::Raw,
    schema::{Built, DRAINS, DrainSection, KEYS, Key, Named, find},
    setting::{Setting as _, Switch},
};

/// One value of one layer.
#[derive(Debug)]
pub(crate) struct Entry {
    pub(crate) key: &'static Key,
    pub(crate) given: Given,
    pub(crate) origin: Origin,
}

/// A value of a section that belongs to a drain without keys as yet. It is not kept, because it may be a secret; only
/// whether it switches the drain is.
#[derive(Debug)]
struct Foreign {
    drain: &'static DrainSection,
    switch: Option<Switch>,
    origin: Origin,
}

/// All values of all layers, the lowest layer first, and what was found wrong so far.
#[derive(Debug, Default)]
pub(crate) struct Layers {
    entries: Vec<Entry>,
    foreign: Vec<Foreign>,
    problems: Vec<Problem>,
}

impl Layers {
    /// The defaults.
    pub(crate) fn defaults() -> Self {
        let mut layers = Layers::default();
        for key in &KEYS {
            if let Some(text) = key.default {
                layers.put_key(key, (key.from_environment)(text), Layer::Default.into());
            }
        }
        layers
    }

    /// Adds the values of a preset.
    pub(crate) fn put_preset(&mut self, preset: Preset) {
        for (path, text) in preset.values() {
            if let Named::Key(key) = find(path) {
                self.put_key(key, (key.from_environment)(text), Layer::Preset(preset).into());
            }
        }
    }

    /// Adds a value under a path that may be wrong.
    pub(crate) fn put(&mut self, path: &str, given: Given, origin: Origin) {
        match find(path) {
            Named::Key(key) => self.put_key(key, given, origin),
            Named::Reserved(drain) => self.put_foreign(drain, path, &given, origin),
            Named::Section => {
                let message =
                    format!("is a section; allowed is a table of its keys, not {}", given.with_kind());
                self.problems.push(Problem::of(path, &origin, message).with_given(&given));
            }
            Named::Unknown => self.problems.push(Problem::of(path, &origin, unknown_key(path))),
        }
    }

    /// Adds a value of a key, or the problem with it.
    pub(crate) fn put_key(&mut self, key: &'static Key, given: Given, origin: Origin) {
        match (key.check)(&given) {
            Ok(()) => self.entries.push(Entry { key, given, origin }),
            Err(message) => self.problems.push(Problem::of(key.path, &origin, message).with_given(&given)),
        }
    }

    fn put_foreign(&mut self, drain: &'static DrainSection, path: &str, given: &Given, origin: Origin) {
        let switch = if path == drain.switch() { Switch::read(given).ok() } else { None };
        self.foreign.push(Foreign { drain, switch, origin });
    }

    /// Adds a problem.
    pub(crate) fn put_problem(&mut self, problem: Problem) {
        self.problems.push(problem);
    }

    /// The values of a key, the one that holds first, then what it hides.
    pub(crate) fn values(&self, path: &str) -> impl Iterator<Item = &Entry> {
        self.entries.iter().rev().filter(move |entry| entry.key.path == path)
    }

    /// Where the value that holds comes from.
    pub(crate) fn origin(&self, path: &str) -> Origin {
        self.values(path).next().map_or_else(|| Layer::Default.into(), |entry| entry.origin.clone())
    }

    /// How late the value that holds was given: of two keys the one with the higher number comes from the later layer.
    pub(crate) fn rank(&self, path: &str) -> Option<usize> {
        self.entries.iter().rposition(|entry| entry.key.path == path)
    }

    /// Adds a problem for every layer that speaks to a drain which this build does not have.
    ///
    /// A section whose `enabled` is false is passed over, so that builds with different features can share a file.
    /// Defaults and presets speak to the drains that there are.
    pub(crate) fn refuse_missing_drains(&mut self) {
        let missing = DRAINS.iter().filter(|drain| drain.built == Built::No && !self.is_off(drain));
        let problems: Vec<Problem> = missing.flat_map(|drain| self.refusals(drain)).collect();
        self.problems.extend(problems);
    }

    /// One problem for every layer that speaks to a drain, at the first place where it does.
    fn refusals(&self, drain: &DrainSection) -> Vec<Problem> {
        let mut problems: Vec<Problem> = Vec::new();
        for origin in self.spoken_to(drain) {
            if problems.iter().all(|it| it.layer != origin.layer) {
                problems.push(Problem::of(drain.name, origin, drain.refusal()));
            }
        }
        problems
    }

    /// The origins, outside of defaults and presets, of all values in the section of a drain.
    fn spoken_to<'a>(&'a self, drain: &'a DrainSection) -> impl Iterator<Item = &'a Origin> {
        let keys = self.entries.iter().filter(|entry| drain.owns(entry.key.path)).map(|entry| &entry.origin);
        let foreign = self.foreign.iter().filter(|it| it.drain.name == drain.name).map(|it| &it.origin);
        keys.chain(foreign).filter(|origin| !matches!(origin.layer, Layer::Default | Layer::Preset(_)))
    }

    fn is_off(&self, drain: &DrainSection) -> bool {
        let path = drain.switch();
        let own = self.values(&path).next().and_then(|entry| Switch::read(&entry.given).ok());
        let foreign = self.foreign.iter().rev().filter(|it| it.drain.name == drain.name);
        own.or_else(|| foreign.filter_map(|it| it.switch).next()) == Some(Switch::Off)
    }

    /// Merges the layers, the later over the earlier.
    ///
    /// Adds a problem instead if the merged values do not make a [`Raw`]; as each was checked alone, they do.
    pub(crate) fn merge(&mut self) -> Option<Raw> {
        let layers = self.entries.chunk_by(|a, b| a.origin.layer == b.origin.layer);
        let builder =
            layers.fold(Config::builder(), |builder, layer| builder.add_source(OneLayer::new(layer)));
        let merged = builder.build().and_then(Config::try_deserialize);
        merged
            .inspect_err(|error| {
                let message = format!("the merged layers cannot be read: {error}");
                self.problems.push(Problem::of_layer(&Layer::Default.into(), message));
            })
            .ok()
    }

    /// What was found wrong so far.
    pub(crate) fn problems(&self) -> &[Problem] {
        &self.problems
    }

    /// What was found wrong: in the order of the layers, then in the whole.
    pub(crate) fn into_problems(self) -> Vec<Problem> {
        self.problems
    }
}

/// One layer for the merge.
#[derive(Debug, Clone)]
struct OneLayer(Map<String, Value>);

impl OneLayer {
    fn new(entries: &[Entry]) -> Self {
        let value = |entry: &Entry| Value::new(Some(&entry.origin.to_string()), entry.given.to_merged());
        OneLayer(entries.iter().map(|entry| (entry.key.path.to_owned(), value(entry))).collect())
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
