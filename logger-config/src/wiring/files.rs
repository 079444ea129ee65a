//! The files, and the file of the logger's own reports.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use logger_core::{
    Format, JsonFormat, PipelineBuilder, Rfc5424Format, Route, TextFormat, shared_memory_folder,
};
use logger_file::{
    AtStart, Compression, Durability, FileDrain, FileOptions, Holds, Naming, Retention, RotationPolicy,
    Schedule, SharedFolder,
};

use super::{file_events::FileEvents, lazy::Lazy};
use crate::{
    error::BuildError,
    file_setting::{FileCompression, FileDurability, FileNaming, FileSchedule, FileStart},
    setting::{FileFormat, QueueMemory, Switch},
    settings::{DrainSettings, DrainTarget, FileSettings, LogFileSettings, Settings, TRADES},
};

/// The files of a logger, which share a folder.
pub(super) struct Folder<'s> {
    files: Option<&'s FileSettings>,
    shared: SharedFolder,
    events: &'s FileEvents,
}

impl<'s> Folder<'s> {
    /// Opens nothing yet; what happens to the files goes to `events`.
    pub(super) fn new(settings: &'s Settings, events: &'s FileEvents) -> Self {
        let files = settings.files.as_ref();
        let shared = files.map_or_else(SharedFolder::new, shared_folder).on_event(events.listener());
        Folder { files, shared, events }
    }

    /// What holds records back while the disk has too little space; `None` where nobody looks.
    pub(super) fn gate(&self) -> Option<SharedFolder> {
        self.files.and_then(|files| files.min_free).map(|_| self.shared.clone())
    }

    /// Opens a file.
    pub(super) fn route(&self, drain: &DrainSettings, file: &LogFileSettings) -> Result<Route, BuildError> {
        let is_of_trades = drain.name == TRADES;
        let holds = if is_of_trades { Holds::Trades } else { Holds::Mixed };
        let options = options(file).on_event(self.events.listener()).shared(&self.shared, holds);
        let options = match self.files.and_then(|files| files.trades_ballast) {
            Some(size) if is_of_trades => options.ballast(size.bytes()),
            _ => options,
        };
        let opened = absolute(&file.path).and_then(|path| {
            FileDrain::open(&path, options)
                .map_err(|source| BuildError::File { path, source: Box::new(source) })
        })?;
        if self.files.is_some_and(|files| files.reopen_on_hangup == Switch::On) {
            reopen_on_hangup(&opened)?;
        }
        let journal = Arc::new(opened.journal());
        let route = Route::new(drain.name.as_str(), opened);
        // what has a queue of its own is not counted by a journal
        Ok(if drain.queue.is_none() { route.journal(journal) } else { route })
    }
}

/// Keeps the queue where it outlives the process: the files are what the next start can write it to.
pub(super) fn keep_queue(
    pipeline: PipelineBuilder,
    settings: &Settings,
) -> Result<PipelineBuilder, BuildError> {
    let first = settings.drains.iter().find_map(|drain| match &drain.target {
        DrainTarget::File(file) => Some(&file.path),
        DrainTarget::Console(_) => None,
    });
    let Some(first) = first.filter(|_| settings.queue.memory == QueueMemory::Shared) else {
        return Ok(pipeline);
    };
    // the files' names belong to the destination: two sets of files in one folder are two destinations
    let destination = absolute(first)?;
    let below_logs = destination.parent().map(|folder| folder.join(QUEUE_FOLDER));
    let folders = shared_memory_folder(&settings.app_name, &destination).into_iter().chain(below_logs);
    Ok(folders.fold(pipeline, PipelineBuilder::queue_folder))
}

/// Where the queue is when there is no shared memory.
const QUEUE_FOLDER: &str = ".queue";

/// Made at the first report, so that the file's existence says that something was wrong.
///
/// Nobody listens to its events: they would be reports themselves.
pub(super) fn reports(settings: &FileSettings) -> Result<Lazy<FileDrain>, BuildError> {
    let path = absolute(&settings.reports)?;
    let common = settings.common.clone();
    Ok(Lazy::new(move || Ok(FileDrain::open(&path, options(&common))?)))
}

fn options(settings: &LogFileSettings) -> FileOptions {
    FileOptions::new()
        .format(format(settings))
        .rotation(rotation(settings))
        .at_start(match settings.at_start {
            FileStart::Continue => AtStart::Continue,
            FileStart::New => AtStart::NewFile,
        })
        .naming(match settings.naming {
            FileNaming::Numbered => Naming::Numbered,
            FileNaming::Dated => Naming::Dated,
        })
        .retention(retention(settings))
        .compression(match settings.compression {
            FileCompression::None => Compression::None,
            FileCompression::Gzip => Compression::Gzip,
            FileCompression::Zstd => Compression::Zstd,
        })
        .durability(durability(settings.durability))
}

fn rotation(settings: &LogFileSettings) -> RotationPolicy {
    let size = settings.max_size.bytes();
    let schedule = match settings.rotate {
        FileSchedule::Never => return RotationPolicy::Size(size),
        FileSchedule::Minutes(minutes) => Schedule::every_minutes(minutes),
        FileSchedule::DayAt { hour, minute } => Schedule::daily_at(hour, minute),
    };
    // what is no schedule was refused with the settings
    match schedule.and_then(|schedule| schedule.zone(&settings.zone)) {
        Ok(schedule) => RotationPolicy::SizeOrTime { size, schedule },
        Err(_) => RotationPolicy::Size(size),
    }
}

fn retention(settings: &LogFileSettings) -> Retention {
    let mut retention = Retention::everything().count(settings.backup_count);
    if let Some(age) = settings.max_age {
        retention = retention.age(age);
    }
    match settings.max_total {
        Some(size) => retention.bytes(size.bytes()),
        None => retention,
    }
}

fn shared_folder(settings: &FileSettings) -> SharedFolder {
    let mut folder = SharedFolder::new();
    if let Some(size) = settings.folder_size {
        folder = folder.max_bytes(size.bytes());
    }
    match settings.min_free {
        Some(size) => folder.min_free(size.bytes()),
        None => folder,
    }
}

fn durability(durability: FileDurability) -> Durability {
    match durability {
        FileDurability::Os => Durability::Os,
        FileDurability::Disk => Durability::Disk,
    }
}

/// Of no effect where there is no such signal.
fn reopen_on_hangup(drain: &FileDrain) -> Result<(), BuildError> {
    #[cfg(unix)]
    drain
        .control()
        .reopen_on_hangup()
        .map_err(|source| BuildError::File { path: drain.path().to_owned(), source: Box::new(source) })?;
    #[cfg(not(unix))]
    let _ = drain;
    Ok(())
}

fn format(settings: &LogFileSettings) -> Box<dyn Format> {
    match settings.format {
        FileFormat::Json => Box::new(JsonFormat::new(settings.envelope)),
        FileFormat::Text => Box::new(TextFormat),
        FileFormat::Rfc5424 => Box::new(Rfc5424Format::default()),
    }
}

/// The same path wherever the process goes later: the reports' file may be opened long after the start.
fn absolute(path: &Path) -> Result<PathBuf, BuildError> {
    std::path::absolute(path)
        .map_err(|source| BuildError::File { path: path.to_owned(), source: Box::new(source) })
}
