//! What is wrong with a configuration: every problem, with where it stands.

use std::{
    fmt::{self, Write as _},
    path::PathBuf,
};

use crate::{
    given::{Given, escape_control, looks_secret},
    preset::Preset,
};

/// Where a value comes from. Of two layers that give one key the later in this list wins.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Layer {
    /// The built-in defaults.
    Default,
    /// A preset.
    Preset(Preset),
    /// A configuration file. Of several the one that was named last wins.
    File(PathBuf),
    /// A variable of the environment, by its name. The general form (`LOG__FILES__MAX_SIZE`) wins over the short one
    /// (`LOG_MAX_FILE_SIZE`).
    Environment(String),
    /// A variable in a file such as `.env`, by its name; no name where the file as a whole is meant. The environment wins
    /// over it.
    Dotenv {
        /// The file.
        file: PathBuf,
        /// The variable.
        name: Option<String>,
    },
    /// The program, through the builder.
    Code,
    /// A flag of the command line, with its dashes.
    CommandLine(String),
    /// A call of [`MetaLogger::set_level`](crate::MetaLogger::set_level) while the logger runs.
    Running,
}

impl fmt::Display for Layer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Layer::Default => f.write_str("default"),
            Layer::Preset(preset) => write!(f, "preset {preset}"),
            Layer::File(path) => write!(f, "file {}", path.display()),
            Layer::Environment(variable) => write!(f, "environment {variable}"),
            Layer::Dotenv { file, name: Some(name) } => write!(f, "environment {name} in {}", file.display()),
            Layer::Dotenv { file, name: None } => write!(f, "file {}", file.display()),
            Layer::Code => f.write_str("code"),
            Layer::CommandLine(flag) => write!(f, "command line {flag}"),
            Layer::Running => f.write_str("set_level"),
        }
    }
}

/// A place in a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    /// Counted from 1.
    pub line: usize,
    /// In characters, counted from 1.
    pub column: usize,
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}, column {}", self.line, self.column)
    }
}

/// A layer, and the place in it where that is known: `file logging.toml, line 7, column 12`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Origin {
    pub(crate) layer: Layer,
    pub(crate) position: Option<Position>,
}

impl From<Layer> for Origin {
    fn from(layer: Layer) -> Self {
        Origin { layer, position: None }
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.layer.fmt(f)?;
        self.position.map_or(Ok(()), |position| write!(f, ", {position}"))
    }
}

/// One thing that is wrong with a configuration.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Problem {
    /// The path of the key, such as `files.max_size`; `None` where a layer as a whole is wrong.
    pub key: Option<String>,
    /// Where the value comes from.
    pub layer: Layer,
    /// The place in the file, where there is one.
    pub position: Option<Position>,
    /// The value; `None` where it is not the value that is wrong. The value of an unknown key is never kept, because
    /// it may be a secret under a mistyped name.
    pub given: Option<Given>,
    /// What is wrong, what is allowed, and the nearest name, in one line.
    pub message: String,
}

impl Problem {
    /// A problem of a key.
    pub(crate) fn of(key: impl Into<String>, origin: &Origin, message: impl Into<String>) -> Self {
        Problem { key: Some(key.into()), ..Problem::of_layer(origin, message) }
    }

    /// A problem of a layer as a whole.
    pub(crate) fn of_layer(origin: &Origin, message: impl Into<String>) -> Self {
        Problem {
            key: None,
            layer: origin.layer.clone(),
            position: origin.position,
            given: None,
            message: message.into(),
        }
    }

    /// The same with the value that is wrong.
    pub(crate) fn with_given(self, given: &Given) -> Self {
        let is_secret = matches!(given, Given::Text(text) if looks_secret(text));
        Problem { given: Some(if is_secret { Given::Masked } else { given.clone() }), ..self }
    }
}

/// One line: key, place, message.
impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let origin = Origin { layer: self.layer.clone(), position: self.position };
        let line = match &self.key {
            Some(key) => format!("{key} ({origin}): {}", self.message),
            None => format!("{origin}: {}", self.message),
        };
        // names of variables, keys and files may contain anything
        line.chars().flat_map(escape_control).try_for_each(|it| f.write_char(it))
    }
}

/// A configuration that cannot be used: every problem of every layer, in the order of the layers, then those of the
/// whole.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub struct ConfigError {
    /// What is wrong; at least one problem.
    pub problems: Vec<Problem>,
}

/// The number of problems, then one line for each.
impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.problems.len() {
            1 => f.write_str("the configuration has 1 problem:")?,
            count => write!(f, "the configuration has {count} problems:")?,
        }
        self.problems.iter().try_for_each(|problem| write!(f, "\n  {problem}"))
    }
}
