//! `logger recover`

use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
    time::Duration,
};

use clap::Args;
use logger_config::{DrainTarget, MetaLogger, MetaLoggerBuilder, Recovered};

use super::{Failure, Found, Output, dead::queues_of};

/// Writes what killed programs have left in the queue for the files of a folder, as their next start would.
///
/// Programs that are running are not touched.
#[derive(Debug, Args)]
pub(super) struct Recover {
    /// The folder of the files
    dir: PathBuf,
    /// The configuration file of the program: names, rotation and form of its files; by default as without one
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// The name of the application; by default all that have left something for this folder
    #[arg(long, value_name = "NAME")]
    app_name: Option<String>,
    /// How long it may take
    #[arg(long, value_name = "SPAN", value_parser = humantime::parse_duration, default_value = "30s")]
    timeout: Duration,
}

impl Recover {
    pub(super) fn run(self, out: &mut Output) -> Result<Found, Failure> {
        if !self.dir.is_dir() {
            return Err(std::io::Error::other(format!("{} is no folder", self.dir.display())).into());
        }
        let names = self.app_names()?;
        let mut found = Found::Nothing;
        for name in names {
            let recovered = self.builder(&self.dir)?.app_name(&name).recover(self.timeout)?;
            if recovered != Recovered::default() {
                found = Found::Something;
            }
            writeln!(
                out.out,
                "{name}: {} records of {} runs written, {} postponed, {} unreadable",
                recovered.records, recovered.runs, recovered.postponed, recovered.unreadable
            )?;
        }
        if found == Found::Nothing {
            writeln!(out.out, "nothing is left")?;
        }
        Ok(found)
    }

    /// Whose queues belong to the files of the folder.
    fn app_names(&self) -> Result<BTreeSet<String>, Failure> {
        if let Some(name) = &self.app_name {
            return Ok([name.clone()].into());
        }
        let settings = self.builder(&self.dir)?.settings().map_err(logger_config::BuildError::from)?;
        // the queue belongs to the first of the files
        let file = settings.drains.iter().find_map(|it| match &it.target {
            DrainTarget::File(file) => Some(file.path.clone()),
            _ => None,
        });
        let queues = queues_of(&std::path::absolute(file.unwrap_or_else(|| self.dir.join("expert.log")))?);
        Ok(queues.into_iter().map(|it| it.app_name).collect())
    }

    /// Without a console, which would show what is recovered once more.
    fn builder(&self, dir: &Path) -> Result<MetaLoggerBuilder, Failure> {
        let none: [(&str, &str); 0] = [];
        let builder = MetaLogger::builder().environment(none).without_dotenv();
        let builder = self.config.iter().fold(builder, |builder, file| builder.config_file(file));
        Ok(builder.log_dir(dir).set("console.enabled", false).set("panics", "leave"))
    }
}
