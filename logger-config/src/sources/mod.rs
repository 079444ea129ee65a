//! Where values come from outside the program: files in three formats, and the environment.

mod dotenv;
mod environment;
mod json;
mod layered;
mod toml;
mod tree;
mod trust;
#[cfg(feature = "yaml")]
mod yaml;

use std::{
    io::{self, Read as _},
    path::Path,
};

use self::tree::{Node, SyntaxError};
pub(crate) use self::{
    dotenv::Dotenv,
    layered::Sources,
    trust::{Doubt, doubts, open},
};
use crate::{
    layers::Layers,
    problem::{Layer, Origin, Problem},
};

/// A configuration is shorter than this many bytes; a larger file is another one.
const LONGEST: u64 = 1024 * 1024;

/// The formats of configuration files.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum FileFormat {
    Toml,
    Json,
    Yaml,
}

impl FileFormat {
    /// The format that the ending of a file's name says.
    fn of(path: &Path) -> Result<Self, String> {
        let ending = path.extension().and_then(|it| it.to_str()).unwrap_or_default().to_ascii_lowercase();
        match ending.as_str() {
            "toml" => Ok(FileFormat::Toml),
            "json" => Ok(FileFormat::Json),
            "yaml" | "yml" if cfg!(feature = "yaml") => Ok(FileFormat::Yaml),
            "yaml" | "yml" => Err("a file in YAML needs feature `yaml`, which this build does not have".into()),
            _ => Err("the format is not known by the ending; allowed are files whose names end in `.toml`, `.json`, \
                      `.yaml` or `.yml`"
                .into()),
        }
    }

    const fn name(self) -> &'static str {
        match self {
            FileFormat::Toml => "TOML",
            FileFormat::Json => "JSON",
            FileFormat::Yaml => "YAML",
        }
    }

    fn parse(self, text: &str) -> Result<Node, Vec<SyntaxError>> {
        match self {
            FileFormat::Toml => toml::parse(text),
            FileFormat::Json => json::parse(text),
            #[cfg(feature = "yaml")]
            FileFormat::Yaml => yaml::parse(text),
            #[cfg(not(feature = "yaml"))]
            FileFormat::Yaml => Err(Vec::new()),
        }
    }
}

/// What was read of a file, or why it could not be read.
pub(crate) type Content = Result<Vec<u8>, String>;

/// Adds the values of a file that was named, or the problem with the file.
fn put_file(layers: &mut Layers, path: &Path, content: &Content) {
    let layer = Layer::File(path.to_owned());
    let text = FileFormat::of(path).and_then(|format| Ok((format, text_of(content, format)?)));
    match text {
        Ok((format, text)) => put_text(layers, &layer, format, text),
        Err(message) => layers.put_problem(Problem::of_layer(&layer.into(), message)),
    }
}

/// Adds the values of a text; all its syntax errors if there are any, and then no value.
fn put_text(layers: &mut Layers, layer: &Layer, format: FileFormat, text: &str) {
    if text.trim_start_matches('\u{feff}').trim().is_empty() {
        let message = "is empty, as a file is that was cut off; a configuration that says nothing has a comment, or \
                       `{}` in JSON";
        layers.put_problem(Problem::of_layer(&layer.clone().into(), message));
        return;
    }
    match format.parse(text) {
        Ok(tree) => tree.put(layers, layer),
        Err(errors) => {
            for error in errors {
                let origin = Origin { layer: layer.clone(), position: error.position };
                let message = format!("is not {}: {}", format.name(), error.message);
                layers.put_problem(Problem::of_layer(&origin, message));
            }
        }
    }
}

fn text_of(content: &Content, format: FileFormat) -> Result<&str, String> {
    let bytes = content.as_ref().map_err(Clone::clone)?;
    if bytes.len() as u64 > LONGEST {
        return Err("has more than 1 MiB, which no configuration has".into());
    }
    std::str::from_utf8(bytes).map_err(|error| {
        let offset = error.valid_up_to();
        format!("is not {}: byte {offset} is not UTF-8", format.name())
    })
}

/// What is in a configuration file just now.
pub(crate) fn content(path: &Path) -> Content {
    read_bytes(path).map_err(|error| format!("cannot be read: {error}"))
}

/// The content of a configuration file, no more of it than shows that it is too long.
fn read_bytes(path: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    trust::open(path)?.take(LONGEST + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}
