//! What all files have in common.

use std::path::PathBuf;

use super::{LogFileSettings, is_built};
use crate::{
    file_setting::FileTrades,
    keys::{files, general, reports},
    layers::Layers,
    quantity::ByteSize,
    secret_setting::SecretText,
    setting::Switch,
};

/// What all files of a running logger have in common.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct FileSettings {
    /// Their folder.
    pub folder: PathBuf,
    /// The logger's own reports; made at the first one.
    pub reports: PathBuf,
    /// What a file is like that says nothing of its own.
    pub common: LogFileSettings,
    /// How much the ended files of all may be together.
    pub folder_size: Option<ByteSize>,
    /// What becomes of those of trades then.
    pub folder_trades: FileTrades,
    /// How much of the disk stays free, DEBUG being held back first and trades never.
    pub min_free: Option<ByteSize>,
    /// Room for trades on a full disk.
    pub trades_ballast: Option<ByteSize>,
    /// The key of the seals.
    #[cfg_attr(not(feature = "file"), allow(dead_code, reason = "a build without files seals none"))]
    pub(crate) seal_key: Option<SecretText>,
    /// Whether SIGHUP opens the files anew.
    pub reopen_on_hangup: Switch,
}

/// `Some(None)` where there are no files.
pub(super) fn files(layers: &mut Layers) -> Option<Option<FileSettings>> {
    if layers.need(&files::ENABLED)? == Switch::Off || !is_built("files") {
        return Some(None);
    }
    let folder = layers.need(&general::LOG_DIR)?.0;
    let reports = folder.join(layers.need(&reports::FILE)?.0);
    let common = common(layers)?;
    refuse_unknown_zone(&common.zone, layers);
    Some(Some(FileSettings {
        reports,
        folder,
        common,
        folder_size: layers.get(&files::FOLDER_SIZE).map(|size| size.0),
        folder_trades: layers.need(&files::FOLDER_TRADES)?,
        min_free: layers.get(&files::MIN_FREE).map(|size| size.0),
        trades_ballast: layers.get(&files::TRADES_BALLAST).map(|size| size.0),
        seal_key: seal_key(layers),
        reopen_on_hangup: layers.need(&files::REOPEN_ON_HANGUP)?,
    }))
}

fn common(layers: &mut Layers) -> Option<LogFileSettings> {
    Some(LogFileSettings {
        path: PathBuf::new(),
        key: String::new(),
        format: layers.need(&files::FORMAT)?,
        envelope: layers.need(&files::ENVELOPE)?,
        max_size: layers.need(&files::MAX_SIZE)?.0,
        backup_count: layers.need(&files::BACKUP_COUNT)?.0,
        rotate: layers.need(&files::ROTATE)?,
        zone: layers.need(&files::ZONE)?.0,
        at_start: layers.need(&files::AT_START)?,
        naming: layers.need(&files::NAMING)?,
        max_age: layers.get(&files::MAX_AGE).map(|age| age.0),
        max_total: layers.get(&files::MAX_TOTAL).map(|size| size.0),
        compression: layers.need(&files::COMPRESSION)?,
        durability: layers.need(&files::DURABILITY)?,
        seal: layers.need(&files::SEAL)?,
        writers: layers.need(&files::WRITERS)?,
        expert: layers.get(&files::EXPERT).map(|name| name.0),
    })
}

/// A short one could be guessed.
const SHORTEST_SEAL_KEY: usize = 16;

fn seal_key(layers: &mut Layers) -> Option<SecretText> {
    let key = layers.get(&files::SEAL_KEY)?;
    let bytes = key.0.expose().len();
    if bytes < SHORTEST_SEAL_KEY {
        let message =
            format!("the key (not shown) has {bytes} bytes; allowed are at least {SHORTEST_SEAL_KEY}");
        layers.refuse(files::SEAL_KEY.path, message);
    }
    Some(key)
}

/// The database of time zones comes with the files.
fn refuse_unknown_zone(zone: &str, layers: &mut Layers) {
    #[cfg(feature = "file")]
    if let Err(error) = logger_file::Schedule::daily().zone(zone) {
        layers.refuse(files::ZONE.path, error.to_string());
    }
    #[cfg(not(feature = "file"))]
    let _ = (zone, layers);
}
