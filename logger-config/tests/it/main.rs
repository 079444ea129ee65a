//! Tests of the whole crate. None touches the environment of the process.

mod drains;
mod environment;
mod explain;
mod layers;
mod presets;
mod wrong;

use std::fs;

use logger_config::{ConfigError, MetaLoggerBuilder, Settings};
use tempfile::TempDir;

/// A variable of the environment and its text.
type Variable = (&'static str, &'static str);

/// A builder that does not see the environment of the process.
fn builder(environment: &[Variable]) -> MetaLoggerBuilder {
    MetaLoggerBuilder::default().environment(environment.iter().copied())
}

/// A builder with a configuration file, which lives as long as the folder.
fn with_file(text: &str, environment: &[Variable]) -> (TempDir, MetaLoggerBuilder) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("logging.toml");
    fs::write(&path, text).unwrap();
    let builder = builder(environment).config_file(path);
    (folder, builder)
}

fn settings_of_file(text: &str, environment: &[Variable]) -> Result<Settings, ConfigError> {
    with_file(text, environment).1.settings()
}

/// The text of the error, with the folder of the configuration file taken out.
fn error_of_file(text: &str, environment: &[Variable]) -> String {
    let (folder, builder) = with_file(text, environment);
    let error = builder.settings().unwrap_err().to_string();
    error.replace(&format!("{}/", folder.path().display()), "")
}
