//! Drains by name: what is particular to one of those that are there by default (`general`, `trades`, `errors`,
//! `console`), and any number of further ones.

use logger_core::{Category, Envelope, Level};

use super::{
    console::QueueLength,
    files::{BackupCount, FileAge, FileSize, FolderSize},
};
use crate::{
    drain_kind::DrainKind,
    file_setting::{FileCompression, FileDurability, FileNaming, FileSchedule, FileStart},
    key::keys,
    name::{ExpertNames, FileName, ModuleNames},
    setting::{ColorChoice, FileFormat, Switch},
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
    /// absent, as for the others below: `files.format`
    FORMAT: FileFormat = "drains.*.format", example("text"), of_kinds(FILE);
    /// as `files.envelope`
    ENVELOPE: Envelope = "drains.*.envelope", example("compact"), of_kinds(FILE);
    /// as `files.max_size`
    MAX_SIZE: FileSize = "drains.*.max_size", example("50 MB"), of_kinds(FILE);
    /// as `files.backup_count`
    BACKUP_COUNT: BackupCount = "drains.*.backup_count", example("10"), of_kinds(FILE);
    /// as `files.rotate`
    ROTATE: FileSchedule = "drains.*.rotate", example("daily 17:00"), of_kinds(FILE);
    /// as `files.at_start`
    AT_START: FileStart = "drains.*.at_start", example("new"), of_kinds(FILE);
    /// as `files.naming`
    NAMING: FileNaming = "drains.*.naming", example("dated"), of_kinds(FILE);
    /// as `files.max_age`
    MAX_AGE: FileAge = "drains.*.max_age", example("7days"), of_kinds(FILE);
    /// as `files.max_total`
    MAX_TOTAL: FolderSize = "drains.*.max_total", example("500 MB"), of_kinds(FILE);
    /// as `files.compression`
    COMPRESSION: FileCompression = "drains.*.compression", example("none"), of_kinds(FILE);
    /// as `files.durability`
    DURABILITY: FileDurability = "drains.*.durability", example("disk"), of_kinds(FILE);
    /// as `console.colors`
    COLORS: ColorChoice = "drains.*.colors", example("never"), of_kinds(CONSOLE);
}
