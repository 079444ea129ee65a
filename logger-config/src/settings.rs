//! What the program runs on: the merged values, checked as a whole.

use std::{path::PathBuf, time::Duration};

use logger_core::{Envelope, Level, Run};

use crate::{
    file_setting::{FileCompression, FileDurability, FileNaming, FileSchedule, FileStart},
    layers::Layers,
    name::FileName,
    problem::Problem,
    quantity::ByteSize,
    raw::{Raw, RawConsole, RawFiles},
    schema::{Built, DRAINS},
    setting::{ColorChoice, FileFormat, Panics, QueueMemory, Switch},
};

/// What the program runs on. Made by [`MetaLoggerBuilder::settings`](crate::MetaLoggerBuilder::settings).
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Settings {
    /// The name of the application in every record.
    pub app_name: String,
    /// The level from which on records are taken; trades are taken at any level.
    pub level: Level,
    /// What happens when any thread of the process panics.
    pub panics: Panics,
    /// The files; `None` where they are turned off or this build has none.
    pub files: Option<FileSettings>,
    /// The console; `None` where it is turned off or this build has none.
    pub console: Option<ConsoleSettings>,
    /// The queues between the application and the drains.
    pub queue: QueueSettings,
    /// The shortest time between two reports of one kind, such as records lost.
    pub report_every: Duration,
}

/// The files of a running logger.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct FileSettings {
    /// Everything at or above the level, trades and errors included.
    pub general: PathBuf,
    /// Every trade, whatever the level is.
    pub trades: PathBuf,
    /// ERROR and CRITICAL.
    pub errors: PathBuf,
    /// The logger's own reports; made at the first one.
    pub reports: PathBuf,
    /// What a line looks like.
    pub format: FileFormat,
    /// How much stands in a line of JSON.
    pub envelope: Envelope,
    /// The size at which a file ends.
    pub max_size: ByteSize,
    /// How many rotated files are kept of each.
    pub backup_count: u32,
    /// When a file ends besides by its size.
    pub rotate: FileSchedule,
    /// The time zone of the schedule and of dated names.
    pub zone: String,
    /// What happens at a start to the files that are there.
    pub at_start: FileStart,
    /// What an ended file is called.
    pub naming: FileNaming,
    /// How old an ended file may become.
    pub max_age: Option<Duration>,
    /// How much the ended files of each may be together.
    pub max_total: Option<ByteSize>,
    /// How much the ended files of all may be together; those of trades stay.
    pub folder_size: Option<ByteSize>,
    /// How much of the disk stays free, DEBUG being held back first and trades never.
    pub min_free: Option<ByteSize>,
    /// What ended files are packed with.
    pub compression: FileCompression,
    /// What a record survives.
    pub durability: FileDurability,
    /// What a trade survives in the file of trades.
    pub trades_durability: FileDurability,
    /// Room for trades on a full disk.
    pub trades_ballast: Option<ByteSize>,
    /// Whether SIGHUP opens the files anew.
    pub reopen_on_hangup: Switch,
}

/// The console of a running logger.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct ConsoleSettings {
    /// A level of its own; `None`: that of the logger, also when it is changed at run time.
    pub level: Option<Level>,
    /// When it is coloured.
    pub colors: ColorChoice,
    /// How many records may wait for it; when they are that many, the newest is dropped and counted.
    pub queue: usize,
}

/// The queues of a running logger: two for every thread that logs.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct QueueSettings {
    /// Where they are.
    pub memory: QueueMemory,
    /// The size of a thread's queue of trades; rounded up to a power of two.
    pub trade_ring: ByteSize,
    /// The size of a thread's queue of everything else; rounded up to a power of two.
    pub general_ring: ByteSize,
    /// How long the caller of a trade or an error waits for room in a full queue. Other records are dropped and counted.
    pub wait: Duration,
    /// Where trades and errors go when it is still full: so many bytes for a thread.
    pub spill: ByteSize,
}

/// Whether the application adds drains of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum OwnDrains {
    Some,
    None,
}

impl Settings {
    /// Makes the settings of the merged values; adds to `layers` what is wrong with them as a whole.
    pub(crate) fn new(raw: Raw, own: OwnDrains, layers: &mut Layers) -> Settings {
        let settings = Settings {
            app_name: raw.app_name.map_or_else(Run::default_app_name, |name| name.0.0),
            level: raw.level.0,
            panics: raw.panics.0,
            files: files(raw.files, raw.log_dir.0.0, raw.reports.file.0, layers),
            console: console(raw.console),
            queue: QueueSettings {
                memory: raw.queue.memory.0,
                trade_ring: raw.queue.trade_ring.0.0,
                general_ring: raw.queue.general_ring.0.0,
                wait: raw.queue.wait.0.0,
                spill: raw.queue.spill.0.0,
            },
            report_every: raw.reports.every.0.0,
        };
        if settings.files.is_none() && settings.console.is_none() && own == OwnDrains::None {
            no_destination(layers);
        }
        settings
    }
}

fn files(raw: RawFiles, folder: PathBuf, reports: FileName, layers: &mut Layers) -> Option<FileSettings> {
    if raw.enabled.0 == Switch::Off || !is_built("files") {
        return None;
    }
    let names = [
        ("files.general", raw.general.0),
        ("files.trades", raw.trades.0),
        ("files.errors", raw.errors.0),
        ("reports.file", reports),
    ];
    refuse_shared_names(&names, layers);
    refuse_missing_compression(raw.compression.0, layers);
    refuse_unknown_zone(&raw.zone.0.0, layers);
    let [general, trades, errors, reports] = names.map(|(_, name)| folder.join(name.0));
    Some(FileSettings {
        general,
        trades,
        errors,
        reports,
        format: raw.format.0,
        envelope: raw.envelope.0,
        max_size: raw.max_size.0.0,
        backup_count: raw.backup_count.0.0,
        rotate: raw.rotate.0,
        zone: raw.zone.0.0,
        at_start: raw.at_start.0,
        naming: raw.naming.0,
        max_age: raw.max_age.map(|age| age.0.0),
        max_total: raw.max_total.map(|size| size.0.0),
        folder_size: raw.folder_size.map(|size| size.0.0),
        min_free: raw.min_free.map(|size| size.0.0),
        compression: raw.compression.0,
        durability: raw.durability.0,
        trades_durability: raw.trades_durability.unwrap_or(raw.durability).0,
        trades_ballast: raw.trades_ballast.map(|size| size.0.0),
        reopen_on_hangup: raw.reopen_on_hangup.0,
    })
}

fn refuse_missing_compression(compression: FileCompression, layers: &mut Layers) {
    if let Some(feature) = compression.missing_feature() {
        let message = format!("`{feature}` needs feature `{feature}`, which this build does not have");
        let key = "files.compression";
        layers.put_problem(Problem::of(key, &layers.origin(key), message));
    }
}

/// The database of time zones comes with the files.
fn refuse_unknown_zone(zone: &str, layers: &mut Layers) {
    #[cfg(feature = "file")]
    if let Err(error) = logger_file::Schedule::daily().zone(zone) {
        let key = "files.zone";
        layers.put_problem(Problem::of(key, &layers.origin(key), error.to_string()));
    }
    #[cfg(not(feature = "file"))]
    let _ = (zone, layers);
}

/// Two drains that write, rotate and delete one file would destroy each other's records.
fn refuse_shared_names(names: &[(&str, FileName)], layers: &mut Layers) {
    for (index, one) in names.iter().enumerate() {
        for other in names.iter().take(index) {
            // the later layer made the conflict; the default was there before
            let earlier_first = layers.rank(other.0) <= layers.rank(one.0);
            let ((key, name), other) = if earlier_first { (one, other) } else { (other, one) };
            if let Some(message) = conflict(name, other) {
                let problem = Problem::of(*key, &layers.origin(key), message);
                layers.put_problem(problem.with_given(&name.0.as_str().into()));
            }
        }
    }
}

fn conflict(name: &FileName, (other_key, other): &(&str, FileName)) -> Option<String> {
    let own = "every file needs a name of its own";
    let (this, that) = (&name.0, &other.0);
    if name.is_like(other) {
        Some(format!("`{this}` is the name of `{other_key}` too; {own}"))
    } else if name.is_backup_of(other) {
        Some(format!("`{this}` is what a full `{that}`, the name of `{other_key}`, is renamed to; {own}"))
    } else if other.is_backup_of(name) {
        Some(format!("a full `{this}` is renamed to `{that}`, the name of `{other_key}`; {own}"))
    } else {
        None
    }
}

fn console(raw: RawConsole) -> Option<ConsoleSettings> {
    let on = raw.enabled.0 == Switch::On && is_built("console");
    on.then(|| ConsoleSettings {
        level: raw.level.map(|level| level.0),
        colors: raw.colors.0,
        queue: raw.queue.0.0 as usize,
    })
}

fn is_built(drain: &str) -> bool {
    DRAINS.iter().any(|it| it.name == drain && it.built == Built::Yes)
}

fn no_destination(layers: &mut Layers) {
    let choices: Vec<_> = DRAINS
        .iter()
        .filter(|drain| drain.built == Built::Yes)
        .map(|drain| format!("turn on `{}`", drain.switch()))
        .chain(["add a drain in code".to_owned()])
        .collect();
    let message = format!("there is no destination for records; {}", choices.join(", or "));
    let key = "files.enabled";
    layers.put_problem(Problem::of(key, &layers.origin(key), message));
}
