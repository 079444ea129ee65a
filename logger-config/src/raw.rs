//! What the merged layers say, before anyone has looked at it as a whole.

use logger_core::{Envelope, Level};
use serde::Deserialize;

use crate::{
    file_setting::{FileCompression, FileDurability, FileNaming, FileSchedule, FileStart, ZoneName},
    file_sharing::{ExpertName, FileWriters},
    name::{AppName, FileName, Folder, KeyNames},
    schema::{
        BackupCount, BallastSize, EndWithin, FileAge, FileSize, FolderSize, QueueLength, RecordCount,
        ReportInterval, RingSize, Share, SpillSize, Wait,
    },
    setting::{ColorChoice, FileFormat, Panics, QueueMemory, Read, SignalHandling, Switch, WhenFull},
};

/// What the merged layers say. All keys are there but those whose absence has a meaning of its own.
///
/// What the program runs on is [`Settings`](crate::Settings).
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Raw {
    /// Absent: the name of the executable.
    pub(crate) app_name: Option<Read<AppName>>,
    pub(crate) level: Read<Level>,
    pub(crate) log_dir: Read<Folder>,
    pub(crate) panics: Read<Panics>,
    pub(crate) signals: Read<SignalHandling>,
    pub(crate) signals_within: Read<EndWithin>,
    pub(crate) files: RawFiles,
    pub(crate) console: RawConsole,
    pub(crate) queue: RawQueue,
    #[serde(default)]
    pub(crate) budget: RawBudget,
    #[serde(default)]
    pub(crate) redaction: RawRedaction,
    pub(crate) reports: RawReports,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RawFiles {
    pub(crate) enabled: Read<Switch>,
    pub(crate) format: Read<FileFormat>,
    pub(crate) envelope: Read<Envelope>,
    pub(crate) max_size: Read<FileSize>,
    pub(crate) backup_count: Read<BackupCount>,
    pub(crate) rotate: Read<FileSchedule>,
    pub(crate) zone: Read<ZoneName>,
    pub(crate) at_start: Read<FileStart>,
    pub(crate) naming: Read<FileNaming>,
    /// Absent: whatever their age.
    pub(crate) max_age: Option<Read<FileAge>>,
    /// Absent: whatever their size.
    pub(crate) max_total: Option<Read<FolderSize>>,
    /// Absent: whatever their size.
    pub(crate) folder_size: Option<Read<FolderSize>>,
    /// Absent: nobody looks.
    pub(crate) min_free: Option<Read<FolderSize>>,
    pub(crate) compression: Read<FileCompression>,
    pub(crate) durability: Read<FileDurability>,
    /// Absent: that of all files.
    pub(crate) trades_durability: Option<Read<FileDurability>>,
    /// Absent: none.
    pub(crate) trades_ballast: Option<Read<BallastSize>>,
    pub(crate) reopen_on_hangup: Read<Switch>,
    pub(crate) writers: Read<FileWriters>,
    pub(crate) expert: Option<Read<ExpertName>>,
    pub(crate) general: Read<FileName>,
    pub(crate) trades: Read<FileName>,
    pub(crate) errors: Read<FileName>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RawConsole {
    pub(crate) enabled: Read<Switch>,
    /// Absent: the level of the logger, also when that is changed at run time.
    pub(crate) level: Option<Read<Level>>,
    pub(crate) colors: Read<ColorChoice>,
    pub(crate) queue: Read<QueueLength>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RawQueue {
    pub(crate) memory: Read<QueueMemory>,
    pub(crate) trade_ring: Read<RingSize>,
    pub(crate) general_ring: Read<RingSize>,
    pub(crate) wait: Read<Wait>,
    pub(crate) spill: Read<SpillSize>,
    /// Absent, as for the other classes: `wait`.
    pub(crate) trade_wait: Option<Read<Wait>>,
    /// Absent, as for the other classes: `spill`.
    pub(crate) trade_spill: Option<Read<SpillSize>>,
    pub(crate) errors: Read<WhenFull>,
    pub(crate) error_wait: Option<Read<Wait>>,
    pub(crate) error_spill: Option<Read<SpillSize>>,
    pub(crate) general: Read<WhenFull>,
    pub(crate) general_wait: Option<Read<Wait>>,
    pub(crate) general_spill: Option<Read<SpillSize>>,
    pub(crate) debug_share: Read<Share>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RawBudget {
    /// Absent: no expert has a budget.
    pub(crate) per_second: Option<Read<RecordCount>>,
    /// Absent: `per_second`.
    pub(crate) burst: Option<Read<RecordCount>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RawRedaction {
    /// Absent, as the other list: the default list.
    pub(crate) mask: Option<Read<KeyNames>>,
    pub(crate) keep: Option<Read<KeyNames>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RawReports {
    pub(crate) file: Read<FileName>,
    pub(crate) every: Read<ReportInterval>,
}
