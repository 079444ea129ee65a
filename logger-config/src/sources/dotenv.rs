//! Variables that stand in a file: `.env`. They are read, and never put into the environment of the process.

use std::{
    collections::BTreeMap,
    ffi::OsString,
    path::{Path, PathBuf},
};

use super::{Content, tree::position};
use crate::{
    layers::Layers,
    problem::{Layer, Origin, Problem},
};

/// Which file of variables is read.
#[derive(Debug, Clone, Default)]
pub(crate) enum Dotenv {
    /// `.env` in the working directory, if it is there and the environment is that of the process.
    #[default]
    WhereThereIsOne,
    /// This one.
    Named(PathBuf),
    /// This one, as it was when it was read.
    Read(PathBuf, Content),
    /// None.
    Never,
}

/// The name that is looked for.
pub(super) const NAME: &str = ".env";

/// The variables of a file, or the problem with it, in which no part of it is repeated.
pub(super) fn read(layers: &mut Layers, path: &Path, content: &Content) -> BTreeMap<OsString, OsString> {
    let layer = Layer::Dotenv { file: path.to_owned(), name: None };
    let problem =
        |position, message: String| Problem::of_layer(&Origin { layer: layer.clone(), position }, message);
    let text = match content.as_ref().map(|bytes| std::str::from_utf8(bytes)) {
        Ok(Ok(text)) => text,
        Ok(Err(_)) => {
            layers.put_problem(problem(None, "is not UTF-8".into()));
            return BTreeMap::new();
        }
        Err(message) => {
            layers.put_problem(problem(None, message.clone()));
            return BTreeMap::new();
        }
    };
    let mut variables = BTreeMap::new();
    for variable in dotenvy::from_read_iter(text.as_bytes()) {
        match variable {
            Ok((name, value)) => {
                variables.insert(name.into(), value.into());
            }
            Err(dotenvy::Error::LineParse(line, at)) => {
                let place = text.find(&line).map(|start| position(text, start + at.min(line.len())));
                layers.put_problem(problem(
                    place,
                    "is not a variable; allowed are lines such as `NAME=value`".into(),
                ));
            }
            Err(_) => layers.put_problem(problem(None, "cannot be read".into())),
        }
    }
    variables
}
