//! The layer of the environment: short names, and a general form for every key.

use std::{
    collections::BTreeMap,
    ffi::{OsStr, OsString},
    path::{Path, PathBuf},
};

use super::{
    Content, content,
    dotenv::{self, Dotenv},
};
use crate::{
    given::Given,
    key::{Key, PREFIX, SEPARATOR, Secrecy},
    keys::{self, FILE_SUFFIX, Named},
    layers::Layers,
    nearest::nearest,
    path,
    problem::{Layer, Origin, Problem},
    setting::{Setting, Switch},
};

/// Where variables are read. A variable without a text counts as not set.
#[derive(Debug, Clone, Default)]
pub(crate) struct Environment {
    /// `None`: those of the process.
    pub(crate) given: Option<BTreeMap<OsString, OsString>>,
    pub(crate) dotenv: Dotenv,
}

/// Only accepted, so that a program which sets it goes on to work.
const ASYNC: &str = "LOG_ASYNC";
/// A section that has another name in the general form, too.
const ALSO: (&str, &str) = ("file.", "files.");

impl Environment {
    /// Adds the values of the variables: first those of the file, then those of the environment itself; of each the short
    /// names, then the general form, which wins.
    pub(crate) fn put(&self, layers: &mut Layers) {
        if let Some((file, content)) = self.dotenv_file() {
            let variables = dotenv::read(layers, &file, &content);
            Variables { variables, file: Some(&file) }.put(layers);
        }
        let variables = self.given.clone().unwrap_or_else(|| std::env::vars_os().collect());
        Variables { variables, file: None }.put(layers);
    }

    /// The same variables later on, whatever the process does with its own.
    pub(crate) fn captured(&self) -> Self {
        let given = self.given.clone().unwrap_or_else(|| std::env::vars_os().collect());
        let dotenv = self.dotenv_file().map_or(Dotenv::Never, |(file, content)| Dotenv::Read(file, content));
        Environment { given: Some(given), dotenv }
    }

    fn dotenv_file(&self) -> Option<(PathBuf, Content)> {
        let path = match (&self.dotenv, &self.given) {
            (Dotenv::Read(path, content), _) => return Some((path.clone(), content.clone())),
            (Dotenv::Named(path), _) => path.clone(),
            (Dotenv::WhereThereIsOne, None) => {
                let path = std::path::absolute(dotenv::NAME).ok()?;
                path.is_file().then_some(path)?
            }
            (Dotenv::WhereThereIsOne, Some(_)) | (Dotenv::Never, _) => return None,
        };
        let content = content(&path);
        Some((path, content))
    }
}

/// Variables, and the file in which they stand.
struct Variables<'e> {
    variables: BTreeMap<OsString, OsString>,
    file: Option<&'e Path>,
}

impl Variables<'_> {
    fn put(&self, layers: &mut Layers) {
        for key in keys::all().filter(|key| is_read(key)) {
            let Some(short) = &key.short else { continue };
            self.put_short(layers, key, short.name);
            if key.secrecy == Secrecy::Secret {
                let (name, path) = (format!("{}_FILE", short.name), format!("{}{FILE_SUFFIX}", key.path));
                if let Some((text, origin)) = self.text(layers, &path, &name) {
                    layers.put(&path, text.into(), origin);
                }
            }
        }
        self.put_async(layers);
        let names = self.variables.keys().filter_map(|name| name.to_str());
        for name in names.filter(|name| name.starts_with(PREFIX)) {
            self.put_general(layers, name);
        }
    }

    fn put_short(&self, layers: &mut Layers, key: &'static Key, name: &str) {
        let Some((text, origin)) = self.text(layers, key.path, name) else { return };
        let read = key.short.as_ref().and_then(|short| short.read);
        match read.map_or_else(|| Ok(key.of_text(&text)), |read| read(&text)) {
            Ok(given) => layers.put_key(key, key.path.to_owned(), given, origin),
            Err(message) => {
                let problem = Problem::of(key.path, &origin, message).with_given(&text.as_str().into());
                layers.put_problem(problem);
            }
        }
    }

    /// The text of a variable with its origin; `None` where it is not set, or is a problem.
    fn text(&self, layers: &mut Layers, path: &str, name: &str) -> Option<(String, Origin)> {
        let value = self.variables.get(OsStr::new(name)).filter(|value| !value.is_empty())?;
        let origin = Origin::from(match self.file {
            Some(file) => Layer::Dotenv { file: file.to_owned(), name: Some(name.to_owned()) },
            None => Layer::Environment(name.to_owned()),
        });
        match value.to_str() {
            Some(text) => Some((text.to_owned(), origin)),
            None => {
                layers.put_problem(Problem::of(path, &origin, "is not valid Unicode"));
                None
            }
        }
    }

    fn put_async(&self, layers: &mut Layers) {
        let Some((text, origin)) = self.text(layers, "async", ASYNC) else { return };
        if Switch::from_environment(&text) != Given::Boolean(true) {
            let given = Given::from(text);
            let message = format!(
                "{given} is not possible, because this logger always writes on a thread of its own; allowed is true, or \
                 no `{ASYNC}`; a program that must know a record written calls `flush`"
            );
            layers.put_problem(Problem::of("async", &origin, message).with_given(&given));
        }
    }

    fn put_general(&self, layers: &mut Layers, name: &str) {
        let path = path_of(name);
        let Some((text, origin)) = self.text(layers, &path, name) else { return };
        match keys::find(&path) {
            Named::Key(key) => layers.put_key(key, path, key.of_text(&text), origin),
            Named::SecretFile(_) => layers.put(&path, text.into(), origin),
            Named::Unknown => layers.put_problem(Problem::of(&path, &origin, unknown_variable(name))),
            // of these only a switch is of interest
            Named::Section => layers.put(&path, Switch::from_environment(&text), origin),
        }
    }
}

/// A short name without the prefix belongs to the drain; where that is not compiled in, it is the variable of another
/// program.
fn is_read(key: &Key) -> bool {
    let is_ours = key.short.as_ref().is_some_and(|short| short.name.starts_with("LOG_"));
    let is_missing = keys::DRAINS.iter().any(|drain| drain.owns(key.path) && drain.built == keys::Built::No);
    is_ours || !is_missing
}

/// The path that a variable of the general form means. Names of experts and modules keep their case, all else has none.
fn path_of(name: &str) -> String {
    let mut segments: Vec<String> =
        name[PREFIX.len()..].split(SEPARATOR).map(str::to_ascii_lowercase).collect();
    let original = name[PREFIX.len()..].split(SEPARATOR).collect::<Vec<_>>();
    if let [first, second, third] = &mut segments[..]
        && first == "levels"
        && matches!(second.as_str(), "experts" | "modules")
    {
        third.clone_from(&original[2].to_owned());
    }
    let path = segments.iter().fold(String::new(), |path, segment| path::join(&path, segment));
    match path.strip_prefix(ALSO.0) {
        Some(rest) => format!("{}{rest}", ALSO.1),
        None => path,
    }
}

fn unknown_variable(name: &str) -> String {
    let known: Vec<String> = keys::all().map(|key| key.variable()).collect();
    match nearest(name, known.iter().map(String::as_str)) {
        Some(near) => format!("unknown name; the nearest is `{near}`"),
        None => format!(
            "unknown name; allowed after `{PREFIX}` are section and key, such as `LOG__FILES__MAX_SIZE`"
        ),
    }
}
