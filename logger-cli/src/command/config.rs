//! `logger check`, `logger explain` and `logger schema`

use std::path::PathBuf;

use clap::Args;
use logger_config::{BuildError, LogArgs, MetaLogger, default_toml, schema};

use super::{Failure, Found, Output};

/// Checks a configuration file: every problem at once. The environment is left out.
#[derive(Debug, Args)]
pub(super) struct Check {
    /// The file, in TOML, JSON or YAML
    file: PathBuf,
}

/// Shows every key of the configuration with its value, the layer that it comes from, and what it hides.
#[derive(Debug, Args)]
pub(super) struct Explain {
    /// Configuration files, the last one wins
    files: Vec<PathBuf>,
    #[command(flatten)]
    log: LogArgs,
}

/// Writes the JSON Schema of a configuration file.
#[derive(Debug, Args)]
pub(super) struct Schema {
    /// A configuration file in TOML with every key and its default instead
    #[arg(long)]
    template: bool,
}

impl Check {
    pub(super) fn run(self, out: &mut Output) -> Result<Found, Failure> {
        let none: [(&str, &str); 0] = [];
        let builder = MetaLogger::builder().environment(none).without_dotenv().config_file(&self.file);
        builder.settings().map_err(BuildError::from)?;
        writeln!(out.out, "{} holds no problem", self.file.display())?;
        Ok(Found::Something)
    }
}

impl Explain {
    pub(super) fn run(self, out: &mut Output) -> Result<Found, Failure> {
        let files = self.files.iter();
        let builder = files.fold(MetaLogger::builder(), |builder, file| builder.config_file(file));
        let explanation = builder.args(&self.log).explain().map_err(BuildError::from)?;
        write!(out.out, "{explanation}")?;
        Ok(Found::Something)
    }
}

impl Schema {
    pub(super) fn run(self, out: &mut Output) -> Result<Found, Failure> {
        let text = if self.template { default_toml() } else { schema() };
        writeln!(out.out, "{}", text.trim_end())?;
        Ok(Found::Something)
    }
}
