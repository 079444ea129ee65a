//! Drains by name: what is particular to one of those that are there by default (`general`, `trades`, `errors`,
//! `console`), and any number of further ones.

use logger_core::{Category, Envelope, Level};

use super::{
    console::QueueLength,
    files::{BackupCount, FileAge, FileSize, FolderSize},
};
use crate::{
    drain_kind::DrainKind,
    file_setting::{FileCompression, FileDurability, FileNaming, FileSchedule, FileSeal, FileStart},
    key::keys,
    name::{ExpertNames, FileName, ModuleNames},
    setting::{ColorChoice, ConsoleDetails, FileFormat, Switch},
};

const FILE: &[&str] = &["file"];
const CONSOLE: &[&str] = &["console"];

keys! {
    /// what the drain is; must be given for a drain that is not there by default
    KIND: DrainKind = "drains.*.kind", example("file");
    /// whether it is there; absent: true
    ENABLED: Switch = "drains.*.enabled", example("true");
    /// it gets records at or above this level, whatever `level` is; absent: those at or above `level`, and with
    /// `category = "trade"` every trade
    LEVEL: Level = "drains.*.level", example("warning"), live();
    /// it gets records of this category only; absent: of all
    CATEGORY: Category = "drains.*.category", example("trade"), live();
    /// it gets records of these experts only, by their `expert_name`; absent: of all
    EXPERTS: ExpertNames = "drains.*.experts", example("MyEmaBot, GridBot"), live();
    /// it gets records of these modules only, and of those below them; absent: of all
    MODULES: ModuleNames = "drains.*.modules", example("my_bot::orders"), live();
    /// records that may wait for it on a thread of its own; when they are that many the newest is dropped and counted.
    /// Absent: for a console `console.queue`; a file is written by the logger's worker, and drops nothing
    QUEUE: QueueLength = "drains.*.queue", example("8192");
    /// the name of the file; absent: that of the drain and `.log`
    NAME: FileName = "drains.*.name", example("audit.log"), of_kinds(FILE);
    like "files" in "drains.*" for FILE {
        FORMAT: FileFormat = "format", "text";
        ENVELOPE: Envelope = "envelope", "compact";
        MAX_SIZE: FileSize = "max_size", "50 MB";
        BACKUP_COUNT: BackupCount = "backup_count", "10";
        ROTATE: FileSchedule = "rotate", "daily 17:00";
        AT_START: FileStart = "at_start", "new";
        NAMING: FileNaming = "naming", "dated";
        MAX_AGE: FileAge = "max_age", "7days";
        MAX_TOTAL: FolderSize = "max_total", "500 MB";
        COMPRESSION: FileCompression = "compression", "none";
        DURABILITY: FileDurability = "durability", "disk";
        SEAL: FileSeal = "seal", "hash";
    }
    like "console" in "drains.*" for CONSOLE {
        COLORS: ColorChoice = "colors", "never";
        DETAILS: ConsoleDetails = "details", "below";
    }
}
