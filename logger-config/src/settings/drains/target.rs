//! Where the records of a drain go.

use std::{path::PathBuf, time::Duration};

use logger_core::Envelope;

use super::{TRADES, conflicts};
use crate::{
    file_setting::{FileCompression, FileDurability, FileNaming, FileSchedule, FileSeal, FileStart},
    file_sharing::FileWriters,
    keys::{console, drains, files},
    layers::Layers,
    name::FileName,
    path,
    quantity::ByteSize,
    setting::{ColorChoice, ConsoleDetails, FileFormat, Setting as _},
    settings::FileSettings,
};

/// Where the records of a drain go.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum DrainTarget {
    /// To a rotating file.
    File(LogFileSettings),
    /// To stderr.
    Console(ConsoleSettings),
}

/// One file of a running logger.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct LogFileSettings {
    /// Where it is.
    pub path: PathBuf,
    /// The key that gives its name.
    pub(crate) key: String,
    /// What a line looks like.
    pub format: FileFormat,
    /// How much stands in a line of JSON.
    pub envelope: Envelope,
    /// The size at which it ends.
    pub max_size: ByteSize,
    /// How many ended files are kept.
    pub backup_count: u32,
    /// When it ends besides by its size.
    pub rotate: FileSchedule,
    /// The time zone of the schedule and of dated names.
    pub zone: String,
    /// What happens at a start to the file that is there.
    pub at_start: FileStart,
    /// What an ended file is called.
    pub naming: FileNaming,
    /// How old an ended file may become.
    pub max_age: Option<Duration>,
    /// How much the ended files may be together.
    pub max_total: Option<ByteSize>,
    /// What ended files are packed with.
    pub compression: FileCompression,
    /// What a record survives.
    pub durability: FileDurability,
    /// Whether its lines have seals.
    pub seal: FileSeal,
    /// Who writes to it.
    pub writers: FileWriters,
    /// What `{expert}` in its name stands for; `None`: the name of the application.
    pub expert: Option<String>,
}

/// The console of a running logger.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct ConsoleSettings {
    /// When it is coloured.
    pub colors: ColorChoice,
    /// Where error chains and backtraces stand.
    pub details: ConsoleDetails,
}

/// Adds the key of the file's name and the name to `names`.
pub(super) fn file(
    name: &str,
    files: &FileSettings,
    layers: &mut Layers,
    names: &mut Vec<(String, FileName)>,
) -> Option<DrainTarget> {
    let (key, file_name) = file_name(name, layers)?;
    let common = &files.common;
    let durability = match layers.get(&files::TRADES_DURABILITY) {
        Some(durability) if name == TRADES => durability,
        _ => common.durability,
    };
    let compression = layers.get_named(&drains::COMPRESSION, name);
    refuse_missing_compression(name, compression, common.compression, layers);
    let target = LogFileSettings {
        path: files.folder.join(&file_name.0),
        key: key.clone(),
        format: layers.get_named(&drains::FORMAT, name).unwrap_or(common.format),
        envelope: layers.get_named(&drains::ENVELOPE, name).unwrap_or(common.envelope),
        max_size: layers.get_named(&drains::MAX_SIZE, name).map_or(common.max_size, |it| it.0),
        backup_count: layers.get_named(&drains::BACKUP_COUNT, name).map_or(common.backup_count, |it| it.0),
        rotate: layers.get_named(&drains::ROTATE, name).unwrap_or(common.rotate),
        zone: common.zone.clone(),
        writers: common.writers,
        expert: common.expert.clone(),
        at_start: layers.get_named(&drains::AT_START, name).unwrap_or(common.at_start),
        naming: layers.get_named(&drains::NAMING, name).unwrap_or(common.naming),
        max_age: layers.get_named(&drains::MAX_AGE, name).map(|it| it.0).or(common.max_age),
        max_total: layers.get_named(&drains::MAX_TOTAL, name).map(|it| it.0).or(common.max_total),
        compression: compression.unwrap_or(common.compression),
        durability: layers.get_named(&drains::DURABILITY, name).unwrap_or(durability),
        seal: layers.get_named(&drains::SEAL, name).unwrap_or(common.seal),
    };
    conflicts::refuse_seal(name, &file_name, &target, files, layers);
    names.push((key, file_name));
    Some(DrainTarget::File(target))
}

/// The name of a file, and the key that gives it.
fn file_name(name: &str, layers: &mut Layers) -> Option<(String, FileName)> {
    if let Some(own) = layers.get_named(&drains::NAME, name) {
        return Some((path::named(drains::NAME.path, name), own));
    }
    let by_default = match name {
        "general" => &files::GENERAL,
        TRADES => &files::TRADES,
        "errors" => &files::ERRORS,
        _ => {
            let own = FileName::read(&format!("{name}.log").into()).ok()?;
            return Some((path::named(drains::KIND.path, name), own));
        }
    };
    Some((by_default.path.to_owned(), layers.need(by_default)?))
}

/// Where one drain asks for a packing that this build does not have, or all do; the latter is said once.
fn refuse_missing_compression(
    name: &str,
    own: Option<FileCompression>,
    common: FileCompression,
    layers: &mut Layers,
) {
    let (key, wanted) = match own {
        Some(own) => (path::named(drains::COMPRESSION.path, name), own),
        None => (files::COMPRESSION.path.to_owned(), common),
    };
    let Some(feature) = wanted.missing_feature() else { return };
    if layers.problems().iter().all(|problem| problem.key.as_ref() != Some(&key)) {
        layers.refuse(&key, format!("`{feature}` needs feature `{feature}`, which this build does not have"));
    }
}

pub(super) fn console(name: &str, layers: &mut Layers) -> Option<DrainTarget> {
    let common = layers.need(&console::COLORS)?;
    let colors = layers.get_named(&drains::COLORS, name).unwrap_or(common);
    let common = layers.need(&console::DETAILS)?;
    let details = layers.get_named(&drains::DETAILS, name).unwrap_or(common);
    Some(DrainTarget::Console(ConsoleSettings { colors, details }))
}
