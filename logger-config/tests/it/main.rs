//! Tests of the whole crate. None touches the environment of the process.
#![expect(clippy::unwrap_used, reason = "a test may")]

#[cfg(all(feature = "file", feature = "telegram", feature = "discord", feature = "webhook"))]
mod alert_targets;
#[cfg(all(feature = "file", feature = "telegram"))]
mod alerts;
#[cfg(all(feature = "file", feature = "stderr"))]
mod broken;
#[cfg(all(unix, feature = "file", feature = "stderr", feature = "telegram"))]
mod canary;
#[cfg(feature = "cli")]
mod command_line;
#[cfg(feature = "stderr")]
mod console;
mod documents;
mod drains;
mod environment;
mod explain;
#[cfg(feature = "file")]
mod files;
#[cfg(feature = "file")]
mod formats;
#[cfg(all(feature = "file", feature = "stderr"))]
mod hostile;
mod layer_pairs;
mod layers;
#[cfg(all(feature = "file", feature = "stderr", feature = "metrics-http"))]
mod metrics;
mod policies;
mod presets;
#[cfg(feature = "reload")]
mod reload;
mod routes;
mod running;
#[cfg(all(unix, feature = "file"))]
mod seals;
mod secrets;
#[cfg(feature = "file")]
mod sharing;
#[cfg(unix)]
mod trust;
mod wrong;

use std::{
    fs,
    io::Write as _,
    path::MAIN_SEPARATOR,
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use logger_config::{ConfigError, Drain, DrainError, MetaLogger, MetaLoggerBuilder, Record, Route, Settings};
use tempfile::TempDir;

/// A variable of the environment and its text.
type Variable = (&'static str, &'static str);

/// A builder that does not see the environment of the process.
fn bare_builder(environment: &[Variable]) -> MetaLoggerBuilder {
    MetaLogger::builder().environment(environment.iter().copied())
}

/// The same with a drain of its own, so that a build without drains has a destination too.
fn builder(environment: &[Variable]) -> MetaLoggerBuilder {
    bare_builder(environment).drain(Route::new("nowhere", Collector::default()))
}

/// Long enough for a busy machine, short enough that a test which waits for nothing ends.
const PATIENCE: Duration = Duration::from_secs(60);

/// Waits until something is so. No clock says when that has to be: on a slow machine it takes longer, and where it never comes
/// the harness ends the test, whose output says what it waited for.
fn until(what: &str, mut is_so: impl FnMut() -> bool) {
    if is_so() {
        return;
    }
    let _ = writeln!(std::io::stderr(), "waiting until {what}");
    while !is_so() {
        std::thread::park_timeout(Duration::from_millis(5));
    }
}

/// A drain that takes nothing.
#[cfg(any(feature = "file", feature = "stderr"))]
struct Broken;

#[cfg(any(feature = "file", feature = "stderr"))]
impl Drain for Broken {
    fn log(&mut self, _record: &Record<'_>) -> Result<(), DrainError> {
        Err(DrainError::new("cannot reach the moon"))
    }

    fn flush(&mut self, _deadline: Instant) -> Result<(), DrainError> {
        Ok(())
    }
}

/// A drain that shares what it took.
#[derive(Clone, Default)]
struct Collector(Arc<Mutex<Vec<String>>>);

impl Collector {
    fn events(&self) -> Vec<String> {
        self.0.lock().unwrap().clone()
    }
}

impl Drain for Collector {
    fn log(&mut self, record: &Record<'_>) -> Result<(), DrainError> {
        self.0.lock().unwrap().push(record.event().to_owned());
        Ok(())
    }

    fn flush(&mut self, _deadline: Instant) -> Result<(), DrainError> {
        Ok(())
    }
}

/// The environment that turns the drains of this build off, those that would write into the output of the tests or into
/// their working directory.
const QUIET: &[Variable] = &[("LOG_TO_CONSOLE", "false"), ("LOG_TO_FILE", "false")];

/// A builder with a configuration file, which lives as long as the folder.
fn with_file(text: &str, environment: &[Variable]) -> (TempDir, MetaLoggerBuilder) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("logging.toml");
    // a file without a byte is a problem of its own
    fs::write(&path, if text.is_empty() { "# nothing" } else { text }).unwrap();
    let builder = builder(environment).config_file(path);
    (folder, builder)
}

fn settings_of_file(text: &str, environment: &[Variable]) -> Result<Settings, ConfigError> {
    with_file(text, environment).1.settings()
}

/// The text of the error, with the folder of the configuration file taken out.
fn error_of_file(text: &str, environment: &[Variable]) -> String {
    let (folder, builder) = with_file(text, environment);
    without_folder(&builder.settings().unwrap_err().to_string(), &folder)
}

/// The text without the path of the folder.
fn without_folder(text: &str, folder: &TempDir) -> String {
    text.replace(&format!("{}{MAIN_SEPARATOR}", folder.path().display()), "")
}
