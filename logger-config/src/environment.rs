//! The layer of the environment: short names, and a general form for every key.

use std::{
    collections::BTreeMap,
    ffi::{OsStr, OsString},
};

use crate::{
    given::Given,
    layers::Layers,
    nearest::nearest,
    problem::{Layer, Origin, Problem},
    schema::{KEYS, Named, PREFIX, SEPARATOR, find},
    setting::{Setting, Switch},
};

/// Where variables are read. A variable without a text counts as not set.
#[derive(Debug, Clone, Default)]
pub(crate) enum Environment {
    /// In the process.
    #[default]
    Process,
    /// Here.
    Given(BTreeMap<OsString, OsString>),
}

/// Only accepted, so that a program which sets it goes on to work.
const ASYNC: &str = "LOG_ASYNC";

impl Environment {
    /// Adds the values of the variables: the short names, then the general form, which wins.
    pub(crate) fn put(&self, layers: &mut Layers) {
        match self {
            Environment::Process => put(layers, &std::env::vars_os().collect()),
            Environment::Given(variables) => put(layers, variables),
        }
    }
}

fn put(layers: &mut Layers, variables: &BTreeMap<OsString, OsString>) {
    for key in &KEYS {
        let Some(short) = &key.short else { continue };
        let Some((text, origin)) = text(layers, variables, key.path, short.name) else { continue };
        let given = short.read.map_or_else(|| Ok((key.from_environment)(&text)), |read| read(&text));
        match given {
            Ok(given) => layers.put_key(key, given, origin),
            Err(message) => {
                let problem = Problem::of(key.path, &origin, message).with_given(&text.as_str().into());
                layers.put_problem(problem);
            }
        }
    }
    put_async(layers, variables);
    let general = variables.keys().filter_map(|name| name.to_str()).filter(|name| name.starts_with(PREFIX));
    for name in general {
        put_general(layers, variables, name);
    }
}

/// The text of a variable with its origin; `None` where it is not set, or is a problem.
fn text(
    layers: &mut Layers,
    variables: &BTreeMap<OsString, OsString>,
    path: &str,
    name: &str,
) -> Option<(String, Origin)> {
    let value = variables.get(OsStr::new(name)).filter(|value| !value.is_empty())?;
    let origin = Origin::from(Layer::Environment(name.to_owned()));
    match value.to_str() {
        Some(text) => Some((text.to_owned(), origin)),
        None => {
            layers.put_problem(Problem::of(path, &origin, "is not valid Unicode"));
            None
        }
    }
}

fn put_async(layers: &mut Layers, variables: &BTreeMap<OsString, OsString>) {
    let Some((text, origin)) = text(layers, variables, "async", ASYNC) else { return };
    if Switch::from_environment(&text) != Given::Boolean(true) {
        let given = Given::from(text);
        let message = format!(
            "{given} is not possible, because this logger always writes on a thread of its own; allowed is true, or \
             no `{ASYNC}`; a program that must know a record written calls `flush`"
        );
        layers.put_problem(Problem::of("async", &origin, message).with_given(&given));
    }
}

fn put_general(layers: &mut Layers, variables: &BTreeMap<OsString, OsString>, name: &str) {
    let path = name[PREFIX.len()..].to_ascii_lowercase().replace(SEPARATOR, ".");
    let Some((text, origin)) = text(layers, variables, &path, name) else { return };
    match find(&path) {
        Named::Key(key) => layers.put_key(key, (key.from_environment)(&text), origin),
        Named::Unknown => layers.put_problem(Problem::of(&path, &origin, unknown_variable(name))),
        // of these only a switch is of interest
        Named::Section | Named::Reserved(_) => layers.put(&path, Switch::from_environment(&text), origin),
    }
}

fn unknown_variable(name: &str) -> String {
    let known: Vec<String> = KEYS.iter().map(|key| key.variable()).collect();
    match nearest(name, known.iter().map(String::as_str)) {
        Some(near) => format!("unknown name; the nearest is `{near}`"),
        None => format!(
            "unknown name; allowed after `{PREFIX}` are section and key, such as `LOG__FILES__MAX_SIZE`"
        ),
    }
}
