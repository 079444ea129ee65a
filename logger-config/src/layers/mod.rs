//! All values of all layers, each with its origin, and what was found wrong with them.

mod merge;
mod missing;
mod secret_file;

use config::{Map, Value};

use crate::{
    given::Given,
    key::{Key, Secrecy, Typed},
    keys::{self, Named},
    nearest::unknown_key,
    path,
    preset::Preset,
    problem::{Layer, Origin, Problem},
    setting::Setting,
};

/// One value of one layer.
#[derive(Debug, Clone)]
pub(crate) struct Entry {
    pub(crate) key: &'static Key,
    /// That of the key, with names in the place of `*`.
    pub(crate) path: String,
    pub(crate) given: Given,
    pub(crate) origin: Origin,
    /// Whether the origin has only the name of the file with the value, a secret.
    pub(crate) is_from_secret_file: bool,
}

/// All values of all layers, the lowest layer first, and what was found wrong so far.
#[derive(Debug, Clone, Default)]
pub(crate) struct Layers {
    entries: Vec<Entry>,
    problems: Vec<Problem>,
    merged: Map<String, Value>,
}

impl Layers {
    /// The defaults.
    pub(crate) fn defaults() -> Self {
        let mut layers = Layers::default();
        for key in keys::all() {
            if let Some(text) = key.default {
                layers.put_key(key, key.path.to_owned(), key.of_text(text), Layer::Default.into());
            }
        }
        layers
    }

    /// Adds the values of a preset.
    pub(crate) fn put_preset(&mut self, preset: Preset) {
        for (path, text) in preset.values() {
            if let Named::Key(key) = keys::find(path) {
                self.put_key(key, (*path).to_owned(), key.of_text(text), Layer::Preset(preset).into());
            }
        }
    }

    /// Adds a value under a path that may be wrong.
    pub(crate) fn put(&mut self, path: &str, given: Given, origin: Origin) {
        match keys::find(path) {
            Named::Key(key) => self.put_key(key, path.to_owned(), given, origin),
            Named::SecretFile(key) => self.put_secret_file(key, path, &given, origin),
            Named::Section => {
                let message =
                    format!("is a section; allowed is a table of its keys, not {}", given.with_kind());
                self.problems.push(Problem::of(path, &origin, message).with_given(&given));
            }
            Named::Unknown => self.problems.push(Problem::of(path, &origin, unknown_key(path))),
        }
    }

    /// Adds a value of a key, or the problem with it. A text that speaks for other keys too is taken apart.
    pub(crate) fn put_key(&mut self, key: &'static Key, path: String, given: Given, origin: Origin) {
        let parts = match (&given, key.expands) {
            (Given::Text(text), Some(expand)) => expand(text),
            _ => None,
        };
        match parts {
            None => self.put_one(key, path, given, origin),
            Some(Ok(parts)) => {
                for (path, given) in parts {
                    if let Named::Key(key) = keys::find(&path) {
                        self.put_one(key, path, given, origin.clone());
                    }
                }
            }
            Some(Err(message)) => {
                self.problems.push(Problem::of(path, &origin, message).with_given(&key.shown(&given)));
            }
        }
    }

    fn put_one(&mut self, key: &'static Key, path: String, given: Given, origin: Origin) {
        let segments = path::segments(&path).unwrap_or_default();
        let path = segments.iter().fold(String::new(), |path, segment| path::join(&path, segment));
        match keys::check_name(key, &segments).and_then(|()| (key.kind.check)(&given)) {
            Ok(()) => {
                if key.secrecy == Secrecy::Secret {
                    self.refuse_second_secret(key, &path, &origin);
                }
                self.entries.push(Entry { key, path, given, origin, is_from_secret_file: false });
            }
            Err(message) => {
                self.problems.push(Problem::of(path, &origin, message).with_given(&key.shown(&given)));
            }
        }
    }

    /// Adds a problem.
    pub(crate) fn put_problem(&mut self, problem: Problem) {
        self.problems.push(problem);
    }

    /// Adds a problem of a key at the place where its value comes from.
    pub(crate) fn refuse(&mut self, path: &str, message: impl Into<String>) {
        let origin = self.origin(path);
        self.problems.push(Problem::of(path, &origin, message));
    }

    /// All values, the lowest layer first.
    pub(crate) fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// The values of a key, the one that holds first, then what it hides.
    pub(crate) fn values(&self, path: &str) -> impl Iterator<Item = &Entry> {
        self.entries.iter().rev().filter(move |entry| entry.path == path)
    }

    /// Where the value that holds comes from.
    pub(crate) fn origin(&self, path: &str) -> Origin {
        self.values(path).next().map_or_else(|| Layer::Default.into(), |entry| entry.origin.clone())
    }

    /// How late the value that holds was given: of two keys the one with the higher number comes from the later layer.
    pub(crate) fn rank(&self, path: &str) -> Option<usize> {
        self.entries.iter().rposition(|entry| entry.path == path)
    }

    /// The merged value of a key; `None` where no layer gives one.
    pub(crate) fn get<T: Setting>(&self, key: &Typed<T>) -> Option<T> {
        self.read(key.path)
    }

    /// The merged value of a key with a default. It is there: its absence would be a mistake in the table of keys, which a
    /// test rules out and which is a problem here.
    pub(crate) fn need<T: Setting>(&mut self, key: &Typed<T>) -> Option<T> {
        let value = self.read(key.path);
        if value.is_none() {
            self.refuse(key.path, "has neither a value nor a default");
        }
        value
    }

    /// The merged value of a key in the section with this name.
    pub(crate) fn get_named<T: Setting>(&self, key: &Typed<T>, name: &str) -> Option<T> {
        self.read(&path::named(key.path, name))
    }

    fn read<T: Setting>(&self, path: &str) -> Option<T> {
        let value = merge::find(&self.merged, &path::segments(path)?)?;
        T::read(&Given::from_merged(&value.kind)?).ok()
    }

    /// The names below a section, in the order of the alphabet.
    pub(crate) fn names(&self, section: &str) -> Vec<String> {
        let table = path::segments(section).and_then(|segments| merge::find(&self.merged, &segments));
        let mut names = table.map_or_else(Vec::new, merge::names);
        names.sort();
        names
    }

    /// Whether a value of this key was wrong, so that it is missing for that reason alone.
    pub(crate) fn is_refused(&self, path: &str) -> bool {
        self.problems.iter().any(|it| it.key.as_deref() == Some(path))
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
