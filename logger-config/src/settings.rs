//! What the program runs on: the merged values, checked as a whole.

use std::{path::PathBuf, time::Duration};

use logger_core::{Budget, Envelope, Level, OverflowPolicy, Run};

use crate::{
    file_setting::{FileCompression, FileDurability, FileNaming, FileSchedule, FileStart},
    file_sharing::{FileWriters, refuse_packing_of_several, refuse_wrong_placeholders},
    given::Given,
    layers::Layers,
    name::{FileName, KeyNames},
    problem::Problem,
    quantity::ByteSize,
    raw::{Raw, RawBudget, RawConsole, RawFiles, RawQueue, RawRedaction},
    schema::{Built, DRAINS, SpillSize, Wait},
    setting::{ColorChoice, FileFormat, Panics, QueueMemory, Read, SignalHandling, Switch, WhenFull},
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
    /// What happens when SIGTERM or SIGINT asks the process to end.
    pub signals: SignalHandling,
    /// How long the process may live on then.
    pub signals_within: Duration,
    /// The files; `None` where they are turned off or this build has none.
    pub files: Option<FileSettings>,
    /// The console; `None` where it is turned off or this build has none.
    pub console: Option<ConsoleSettings>,
    /// The queues between the application and the drains.
    pub queue: QueueSettings,
    /// How many records below WARNING each expert may log; `None`: any number.
    pub budget: Option<Budget>,
    /// Which keys are masked beside the default ones, and which are not.
    pub redaction: RedactionSettings,
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
    /// Who writes to the files.
    pub writers: FileWriters,
    /// What `{expert}` in the name of a file stands for; `None`: the name of the application.
    pub expert: Option<String>,
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
    /// What happens to a trade when its queue is full; never [`OverflowPolicy::Drop`].
    pub trades: OverflowPolicy,
    /// The same for ERROR and CRITICAL.
    pub errors: OverflowPolicy,
    /// The same for all the rest.
    pub general: OverflowPolicy,
    /// How much of a queue DEBUG and TRACE may fill, in percent, where the rest is dropped.
    pub debug_share: u8,
}

/// The keys whose values are masked, beside and without those of [`Redaction::default`](logger_core::Redaction::default).
#[derive(Debug, Clone, Default, PartialEq)]
#[non_exhaustive]
pub struct RedactionSettings {
    /// Masked too.
    pub mask: Vec<String>,
    /// Not masked.
    pub keep: Vec<String>,
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
            signals: raw.signals.0,
            signals_within: raw.signals_within.0.0,
            files: files(raw.files, raw.log_dir.0.0, raw.reports.file.0, layers),
            console: console(raw.console),
            queue: queue(&raw.queue, layers),
            budget: budget(&raw.budget, layers),
            redaction: redaction(raw.redaction, layers),
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
    refuse_wrong_placeholders(&names, layers);
    refuse_packing_of_several(raw.writers.0, raw.compression.0, layers);
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
        writers: raw.writers.0,
        expert: raw.expert.map(|name| name.0.0),
    })
}

fn queue(raw: &RawQueue, layers: &mut Layers) -> QueueSettings {
    let keep = |wait: &Option<Read<Wait>>, spill: &Option<Read<SpillSize>>| OverflowPolicy::Keep {
        wait: wait.as_ref().unwrap_or(&raw.wait).0.0,
        spill: spill.as_ref().unwrap_or(&raw.spill).0.0.bytes() as usize,
    };
    refuse_bounds_of_dropped(raw.errors.0, "queue.errors", ["queue.error_wait", "queue.error_spill"], layers);
    let general = ["queue.general_wait", "queue.general_spill"];
    refuse_bounds_of_dropped(raw.general.0, "queue.general", general, layers);
    let unless_dropped = |policy, kept| if policy == WhenFull::Drop { OverflowPolicy::Drop } else { kept };
    QueueSettings {
        memory: raw.memory.0,
        trade_ring: raw.trade_ring.0.0,
        general_ring: raw.general_ring.0.0,
        trades: keep(&raw.trade_wait, &raw.trade_spill),
        errors: unless_dropped(raw.errors.0, keep(&raw.error_wait, &raw.error_spill)),
        general: unless_dropped(raw.general.0, keep(&raw.general_wait, &raw.general_spill)),
        debug_share: raw.debug_share.0.0 as u8, // at most 100
    }
}

/// A bound for records that wait for nothing is a mistake of somebody who believes that they do.
fn refuse_bounds_of_dropped(policy: WhenFull, key: &str, bounds: [&str; 2], layers: &mut Layers) {
    if policy == WhenFull::Keep {
        return;
    }
    for bound in bounds {
        if layers.rank(bound).is_some() {
            let message =
                format!("has no effect where `{key}` is `drop`; allowed is `keep` there, or no `{bound}`");
            let problem = Problem::of(bound, &layers.origin(bound), message);
            layers.put_problem(problem);
        }
    }
}

fn budget(raw: &RawBudget, layers: &mut Layers) -> Option<Budget> {
    const BURST: &str = "budget.burst";
    let Some(per_second) = raw.per_second.as_ref().map(|it| u64::from(it.0.0)) else {
        if raw.burst.is_some() {
            let message = "has no effect without `budget.per_second`; allowed is both, or none";
            let problem = Problem::of(BURST, &layers.origin(BURST), message.to_owned());
            layers.put_problem(problem);
        }
        return None;
    };
    let burst = raw.burst.as_ref().map_or(per_second, |it| u64::from(it.0.0));
    Some(Budget { per_second, burst })
}

fn redaction(raw: RawRedaction, layers: &mut Layers) -> RedactionSettings {
    const KEEP: &str = "redaction.keep";
    let names = |list: Option<Read<KeyNames>>| list.map(|it| it.0.0).unwrap_or_default();
    let settings = RedactionSettings { mask: names(raw.mask), keep: names(raw.keep) };
    for name in settings.keep.iter().filter(|name| settings.mask.contains(name)) {
        let given: Given = name.as_str().into();
        let message = format!("{given} is in `redaction.mask` too; allowed is one of them");
        let problem = Problem::of(KEEP, &layers.origin(KEEP), message).with_given(&given);
        layers.put_problem(problem);
    }
    settings
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
