//! The three files, and the file of the logger's own reports.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use logger_core::{
    Category, Filter, Format, JsonFormat, Level, PipelineBuilder, Route, TextFormat, shared_memory_folder,
};
use logger_file::{FileDrain, FileOptions, RotationPolicy};

use super::{file_events::FileEvents, lazy::Lazy};
use crate::{
    error::BuildError,
    setting::{FileFormat, QueueMemory},
    settings::{FileSettings, Settings},
};

/// Opens the three files and adds them; what happens to them goes to `events`.
pub(super) fn add(
    pipeline: PipelineBuilder,
    settings: &FileSettings,
    events: &FileEvents,
) -> Result<PipelineBuilder, BuildError> {
    let route = |name: &str, path: &Path, filter: Filter| {
        let options = options(settings).on_event(events.listener());
        let drain = absolute(path).and_then(|path| {
            FileDrain::open(&path, options)
                .map_err(|source| BuildError::File { path, source: Box::new(source) })
        })?;
        let journal = Arc::new(drain.journal());
        Ok::<_, BuildError>(Route::new(name, drain).filter(filter).journal(journal))
    };
    Ok(pipeline
        .route(route("general", &settings.general, Filter::at_logger_level())?)
        .route(route("trades", &settings.trades, Filter::category(Category::Trade))?)
        .route(route("errors", &settings.errors, Filter::at_least(Level::Error))?)
        .reports(reports(settings)?))
}

/// Keeps the queue where it outlives the process: the files are what the next start can write it to.
pub(super) fn keep_queue(
    pipeline: PipelineBuilder,
    settings: &Settings,
    files: &FileSettings,
) -> Result<PipelineBuilder, BuildError> {
    if settings.queue.memory == QueueMemory::Heap {
        return Ok(pipeline);
    }
    // the files' names belong to the destination: two sets of files in one folder are two destinations
    let destination = absolute(&files.general)?;
    let below_logs = destination.parent().map(|folder| folder.join(QUEUE_FOLDER));
    let folders = shared_memory_folder(&settings.app_name, &destination).into_iter().chain(below_logs);
    Ok(folders.fold(pipeline, PipelineBuilder::queue_folder))
}

/// Where the queue is when there is no shared memory.
const QUEUE_FOLDER: &str = ".queue";

/// Made at the first report, so that the file's existence says that something was wrong.
///
/// Nobody listens to its events: they would be reports themselves.
fn reports(settings: &FileSettings) -> Result<Lazy<FileDrain>, BuildError> {
    let path = absolute(&settings.reports)?;
    let settings = settings.clone();
    Ok(Lazy::new(move || Ok(FileDrain::open(&path, options(&settings))?)))
}

fn options(settings: &FileSettings) -> FileOptions {
    FileOptions::new()
        .format(format(settings))
        .rotation(RotationPolicy::Size(settings.max_size.bytes()))
        .backup_count(settings.backup_count)
}

fn format(settings: &FileSettings) -> Box<dyn Format> {
    match settings.format {
        FileFormat::Json => Box::new(JsonFormat::new(settings.envelope)),
        FileFormat::Text => Box::new(TextFormat),
    }
}

/// The same path wherever the process goes later: the reports' file may be opened long after the start.
fn absolute(path: &Path) -> Result<PathBuf, BuildError> {
    std::path::absolute(path)
        .map_err(|source| BuildError::File { path: path.to_owned(), source: Box::new(source) })
}
