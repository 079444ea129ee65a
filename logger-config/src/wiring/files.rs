//! The three files, and the file of the logger's own reports.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use logger_core::{
    Category, Filter, Format, JsonFormat, Level, PipelineBuilder, Route, TextFormat, shared_memory_folder,
};
use logger_file::{
    AtStart, Compression, Durability, FileDrain, FileError, FileOptions, Holds, Naming, OwnName, Retention,
    RotationPolicy, Schedule, SharedFolder, Writers,
};

use super::{file_events::FileEvents, lazy::Lazy};
use crate::{
    error::BuildError,
    file_control::FileControls,
    file_setting::{FileCompression, FileDurability, FileNaming, FileSchedule, FileStart},
    file_sharing::FileWriters,
    setting::{FileFormat, QueueMemory, Switch},
    settings::{FileSettings, Settings},
};

/// The name of the route of trades.
const TRADES: &str = "trades";

/// Opens the three files and adds them; what happens to them goes to `events`.
pub(super) fn add(
    pipeline: PipelineBuilder,
    all: &Settings,
    settings: &FileSettings,
    events: &FileEvents,
    controls: &mut FileControls,
) -> Result<PipelineBuilder, BuildError> {
    let folder = shared_folder(settings).on_event(events.listener());
    let expert = settings.expert.as_deref().unwrap_or(&all.app_name);
    let mut route = |name: &str, path: &Path, filter: Filter| {
        let holds = if name == TRADES { Holds::Trades } else { Holds::Mixed };
        let options = options(settings).on_event(events.listener()).shared(&folder, holds);
        let options = if name == TRADES { for_trades(options, settings) } else { options };
        let drain = absolute(path).and_then(|path| {
            open(&path, expert, options).map_err(|source| BuildError::File { path, source: Box::new(source) })
        })?;
        if settings.reopen_on_hangup == Switch::On {
            reopen_on_hangup(&drain)?;
        }
        controls.all.push(drain.control());
        if name == TRADES {
            controls.trades = Some(drain.control());
        }
        let journal = Arc::new(drain.journal());
        Ok::<_, BuildError>(Route::new(name, drain).filter(filter).journal(journal))
    };
    // a predicate costs something for each record
    let gated = |filter: Filter| match settings.min_free {
        Some(_) => filter.and(folder.gate()),
        None => filter,
    };
    Ok(pipeline
        .route(route("general", &settings.general, gated(Filter::at_logger_level()))?)
        .route(route(TRADES, &settings.trades, Filter::category(Category::Trade))?)
        .route(route("errors", &settings.errors, gated(Filter::at_least(Level::Error)))?)
        .reports(reports(settings, expert)?))
}

/// Opens a file, or one of this process's own where its name has a placeholder.
fn open(path: &Path, expert: &str, options: FileOptions) -> Result<FileDrain, FileError> {
    let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    // a name without a placeholder is as it is, and one that is wrong was refused with the settings
    match (OwnName::new(name, expert), path.parent()) {
        (Ok(own), Some(folder)) if name.contains('{') => FileDrain::open_own(folder, &own, options),
        _ => FileDrain::open(path, options),
    }
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
fn reports(settings: &FileSettings, expert: &str) -> Result<Lazy<FileDrain>, BuildError> {
    let path = absolute(&settings.reports)?;
    let (settings, expert) = (settings.clone(), expert.to_owned());
    Ok(Lazy::new(move || Ok(open(&path, &expert, options(&settings))?)))
}

fn options(settings: &FileSettings) -> FileOptions {
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
        .writers(match settings.writers {
            FileWriters::One => Writers::One,
            FileWriters::Several => Writers::Several,
        })
}

fn rotation(settings: &FileSettings) -> RotationPolicy {
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

fn retention(settings: &FileSettings) -> Retention {
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

fn for_trades(options: FileOptions, settings: &FileSettings) -> FileOptions {
    let options = options.durability(durability(settings.trades_durability));
    match settings.trades_ballast {
        Some(size) => options.ballast(size.bytes()),
        None => options,
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
