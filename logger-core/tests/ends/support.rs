//! Children that end in some way, and the file that they write.

use std::{
    env, fs,
    fs::{File, OpenOptions},
    io::Write as _,
    path::{Path, PathBuf},
    process::{Command, Output},
    sync::mpsc::{Receiver, Sender, channel},
    time::{Duration, Instant},
};

use logger_core::{Drain, DrainError, Format as _, JsonFormat, Pipeline, PipelineBuilder, Record, Route};
use serde_json::Value;
use tempfile::TempDir;

/// In the environment: what the child is to do.
pub(crate) const MODE: &str = "ENDS_MODE";
const FOLDER: &str = "ENDS_FOLDER";

/// A child that has ended.
pub(crate) struct Ended {
    pub(crate) output: Output,
    folder: TempDir,
}

impl Ended {
    /// The lines of one of its files; none where it has made no such file.
    pub(crate) fn lines(&self, file: &str) -> Vec<Value> {
        let text = fs::read_to_string(self.folder.path().join(file)).unwrap_or_default();
        assert!(text.is_empty() || text.ends_with('\n'), "whole lines: {text}");
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    pub(crate) fn events(&self, file: &str) -> Vec<String> {
        self.lines(file).iter().map(|line| line["event"].as_str().unwrap().to_owned()).collect()
    }

    pub(crate) fn stderr(&self) -> String {
        String::from_utf8_lossy(&self.output.stderr).into_owned()
    }
}

/// Starts this program as a child and waits for its end.
pub(crate) fn child(mode: &str) -> Ended {
    child_of(Command::new(env::current_exe().unwrap()), mode)
}

/// The same by a command that ends up in this program.
pub(crate) fn child_of(mut command: Command, mode: &str) -> Ended {
    let folder = TempDir::new().unwrap();
    let output =
        command.env(MODE, mode).env(FOLDER, folder.path()).env_remove("RUST_BACKTRACE").output().unwrap();
    Ended { output, folder }
}

/// A place in the folder of the child.
pub(crate) fn place(name: &str) -> PathBuf {
    Path::new(&env::var_os(FOLDER).unwrap()).join(name)
}

/// Appends lines of JSON to a file in the folder of the child, at its flush.
pub(crate) struct Appender {
    file: File,
    buffered: Vec<u8>,
    nobody: (Sender<()>, Receiver<()>),
}

impl Appender {
    pub(crate) fn new(name: &str) -> Self {
        let path = place(name);
        let file = OpenOptions::new().append(true).create(true).open(path).unwrap();
        Appender { file, buffered: Vec::new(), nobody: channel() }
    }
}

impl Drain for Appender {
    fn log(&mut self, record: &Record<'_>) -> Result<(), DrainError> {
        assert!(record.event() != "panic in the drain", "the drain panics");
        // waits for nobody, so that the queue is far from empty when the child ends
        let _ = self.nobody.1.recv_timeout(Duration::from_micros(300));
        JsonFormat::default().format(record, &mut self.buffered);
        Ok(())
    }

    fn flush(&mut self, _: Instant) -> Result<(), DrainError> {
        self.file
            .write_all(&self.buffered)
            .map_err(|error| DrainError::new("cannot write").with_source(error))?;
        self.buffered.clear();
        Ok(())
    }
}

/// A pipeline into `general`, with its fallback in `fallback` and its reports in `reports`.
pub(crate) fn pipeline() -> PipelineBuilder {
    Pipeline::builder()
        .app_name("ends")
        .route(Route::new("general", Appender::new("general")))
        .fallback(Appender::new("fallback"))
        .reports(Appender::new("reports"))
}
