//! The files, and the file of the logger's own reports.

use std::{
    cell::RefCell,
    path::{Path, PathBuf},
    sync::Arc,
};

use logger_core::{
    Format, JsonFormat, PipelineBuilder, Rfc5424Format, Route, TextFormat, shared_memory_folder,
};
use logger_file::{
    AtStart, Compression, Durability, FileDrain, FileError, FileOptions, Holds, Naming, OwnName, Retention,
    RotationPolicy, Schedule, Seal, SealKey, SharedFolder, TradeFiles, Writers,
};

use super::{file_events::FileEvents, lazy::Lazy};
use crate::{
    error::BuildError,
    file_control::FileControls,
    file_setting::{
        FileCompression, FileDurability, FileNaming, FileSchedule, FileSeal, FileStart, FileTrades,
    },
    file_sharing::FileWriters,
    setting::{FileFormat, QueueMemory, Switch},
    settings::{DrainSettings, DrainTarget, FileSettings, LogFileSettings, Settings, TRADES},
};

/// The files of a logger, which share a folder.
pub(super) struct Folder<'s> {
    files: Option<&'s FileSettings>,
    shared: SharedFolder,
    events: &'s FileEvents,
    app_name: &'s str,
    controls: RefCell<FileControls>,
}

impl<'s> Folder<'s> {
    /// Opens nothing yet; what happens to the files goes to `events`.
    pub(super) fn new(settings: &'s Settings, events: &'s FileEvents) -> Self {
        let files = settings.files.as_ref();
        let shared = files.map_or_else(SharedFolder::new, shared_folder).on_event(events.listener());
        let controls = RefCell::default();
        Folder { files, shared, events, app_name: &settings.app_name, controls }
    }

    /// What holds records back while the disk has too little space; `None` where nobody looks.
    pub(super) fn gate(&self) -> Option<SharedFolder> {
        self.files.and_then(|files| files.min_free).map(|_| self.shared.clone())
    }

    /// Opens a file.
    pub(super) fn route(&self, drain: &DrainSettings, file: &LogFileSettings) -> Result<Route, BuildError> {
        let is_of_trades = drain.name == TRADES;
        let holds = if is_of_trades { Holds::Trades } else { Holds::Mixed };
        let seal = seal(file, self.files);
        let options = options(file).seal(seal).on_event(self.events.listener()).shared(&self.shared, holds);
        let options = match self.files.and_then(|files| files.trades_ballast) {
            Some(size) if is_of_trades => options.ballast(size.bytes()),
            _ => options,
        };
        let opened = absolute(&file.path).and_then(|path| {
            open(&path, expert(file, self.app_name), options)
                .map_err(|source| BuildError::File { path, source: Box::new(source) })
        })?;
        if self.files.is_some_and(|files| files.reopen_on_hangup == Switch::On) {
            reopen_on_hangup(&opened)?;
        }
        let mut controls = self.controls.borrow_mut();
        controls.all.push(opened.control());
        if is_of_trades {
            controls.trades = Some(opened.control());
        }
        let journal = Arc::new(opened.journal());
        let route = Route::new(drain.name.as_str(), opened);
        // what has a queue of its own is not counted by a journal
        Ok(if drain.queue.is_none() { route.journal(journal) } else { route })
    }

    /// What the files that were opened can be asked for.
    pub(super) fn into_controls(self) -> FileControls {
        self.controls.into_inner()
    }
}

/// What `{expert}` in the name of a file stands for.
fn expert<'a>(file: &'a LogFileSettings, app_name: &'a str) -> &'a str {
    file.expert.as_deref().unwrap_or(app_name)
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
pub(super) fn reports(settings: &FileSettings, app_name: &str) -> Result<Lazy<FileDrain>, BuildError> {
    let path = absolute(&settings.reports)?;
    let (common, app_name) = (settings.common.clone(), app_name.to_owned());
    // what others may write has no seals, whatever is asked for the files of records
    let is_alone = common.writers == FileWriters::One && !path.to_string_lossy().contains("{pid}");
    let seal = match is_alone && common.format == FileFormat::Json {
        true => seal(&common, Some(settings)),
        false => Seal::None,
    };
    Ok(Lazy::new(move || Ok(open(&path, expert(&common, &app_name), options(&common).seal(seal.clone()))?)))
}

/// A key that is missing or too short was refused with the settings.
fn seal(file: &LogFileSettings, files: Option<&FileSettings>) -> Seal {
    match file.seal {
        FileSeal::None => Seal::None,
        FileSeal::Hash => Seal::Hash,
        FileSeal::Key => {
            let key = files.and_then(|files| files.seal_key.as_ref());
            let key = key.and_then(|key| SealKey::new(key.0.expose().as_bytes()).ok());
            key.map_or(Seal::Hash, Seal::Key)
        }
    }
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
        .writers(match settings.writers {
            FileWriters::One => Writers::One,
            FileWriters::Several => Writers::Several,
        })
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
    folder = folder.trade_files(match settings.folder_trades {
        FileTrades::Stay => TradeFiles::Stay,
        FileTrades::GoLast => TradeFiles::GoLast,
    });
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
