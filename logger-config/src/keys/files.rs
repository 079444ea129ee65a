//! The files: what is common to all of them, and the names of the three that are there by default.

use logger_core::Envelope;

use crate::{
    file_setting::{
        FileCompression, FileDurability, FileNaming, FileSchedule, FileSeal, FileStart, FileTrades, ZoneName,
    },
    file_sharing::{ExpertName, FileWriters},
    given::Given,
    key::keys,
    name::FileName,
    quantity::{Bytes, Span, Whole},
    secret_setting::SecretText,
    setting::{FileFormat, Setting as _, Switch},
};

const KIB: u64 = 1 << 10;
const GIB: u64 = 1 << 30;

/// Smaller, and a file would end after every few records.
pub(crate) type FileSize = Bytes<{ 4 * KIB }, { 1024 * GIB }>;
/// How many rotated files are kept: beyond a thousand a folder becomes slow to list.
pub(crate) type BackupCount = Whole<0, 1_000>;
/// How much the ended files of one log file, or of all, may be together; and how much of a disk stays free.
pub(crate) type FolderSize = Bytes<{ 64 * KIB }, { 1024 * 1024 * GIB }>;
/// How old an ended file may become.
pub(crate) type FileAge = Span<60_000, { 100 * 366 * 86_400_000 }>;
/// What is kept for trades on a full disk; it is written at the start.
pub(crate) type BallastSize = Bytes<{ 4 * KIB }, GIB>;

keys! {
    /// whether there are files
    ENABLED: Switch = "files.enabled", default("true"), short("LOG_TO_FILE");
    /// what a line looks like; `LOG_STRUCTURED` takes `true` for json and `false` for text
    FORMAT: FileFormat = "files.format", default("json"), short_read("LOG_STRUCTURED", read_structured),
        flag("log-format");
    /// how much stands in a line of JSON; of no effect on text
    ENVELOPE: Envelope = "files.envelope", default("full");
    /// a file ends before it would pass this size
    MAX_SIZE: FileSize = "files.max_size", default("10 MB"), short("LOG_MAX_FILE_SIZE"), flag("log-max-file-size");
    /// how many ended files are kept of each, `expert.log.1` the newest; with 0 none
    BACKUP_COUNT: BackupCount = "files.backup_count", default("5"), short("LOG_BACKUP_COUNT"),
        flag("log-backup-count");
    /// when a file ends besides by `files.max_size`: with the first record at or after that time. Spans are counted from
    /// midnight
    ROTATE: FileSchedule = "files.rotate", default("never");
    /// the time zone of `files.rotate` and of dated names, such as `Europe/Berlin`
    ZONE: ZoneName = "files.zone", default("UTC");
    /// what happens at a start to the files that are there; new: each ends with its first record
    AT_START: FileStart = "files.at_start", default("continue");
    /// what an ended file is called: `expert.log.1`, or `expert.2026-01-31.log` with a counter where there are several
    NAMING: FileNaming = "files.naming", default("numbered");
    /// an ended file goes when its last line is older; absent: never by its age
    MAX_AGE: FileAge = "files.max_age", example("30days");
    /// the oldest ended files of each log file go until the others are so much together; absent: no limit
    MAX_TOTAL: FolderSize = "files.max_total", example("1 GB");
    /// the same for all log files together, of trades as `files.folder_trades` says; absent: no limit
    FOLDER_SIZE: FolderSize = "files.folder_size", example("10 GB");
    /// what becomes of ended files of trades under `files.folder_size`. stay: they stay, even if all are too much; go_last: the
    /// oldest goes when no other file is left that could
    FOLDER_TRADES: FileTrades = "files.folder_trades", default("stay");
    /// while the disk has less room than this, DEBUG and TRACE are held back; below a half INFO, below a quarter WARNING,
    /// below an eighth everything but trades; absent: nobody looks
    MIN_FREE: FolderSize = "files.min_free", example("1 GB");
    /// what ended files are packed with; needs the feature `gzip` or `zstd`
    COMPRESSION: FileCompression = "files.compression", default("none");
    /// what a record survives. os: the death of the process; disk: a loss of power too, every flush waits for the disk
    DURABILITY: FileDurability = "files.durability", default("os");
    /// the same for the file of trades; absent: `files.durability`
    TRADES_DURABILITY: FileDurability = "files.trades_durability", example("disk");
    /// a file of that size, `trades.log.ballast`, is deleted when the disk is full, so that trades have room; absent: none
    TRADES_BALLAST: BallastSize = "files.trades_ballast", example("1 MB");
    /// whether each line has a seal, a hash of itself and of the line before it, by which `logger verify` finds lines and files
    /// that were changed, removed or cut off. hash: everybody who may write to the files can seal them anew; key: only who
    /// knows `files.seal_key`. Needs `format` json and one writer
    SEAL: FileSeal = "files.seal", default("none");
    /// the key of the seals, at least 16 bytes, such as `openssl rand -hex 32` makes; or `files.seal_key_file`
    SEAL_KEY: SecretText = "files.seal_key", example("9f2d4c0b7a6e51384d8e"), secret();
    /// whether SIGHUP opens the files anew, and does not end the process. Files that were moved or deleted are noticed
    /// without it
    REOPEN_ON_HANGUP: Switch = "files.reopen_on_hangup", default("false");
    /// who writes to the files: this process alone, or several with the same `log_dir` and the same settings, which take turns
    /// and end the files together. So that a kill doubles nothing, several need `format` json with the
    /// full envelope
    WRITERS: FileWriters = "files.writers", default("one");
    /// what `{expert}` in the names of files stands for, cleaned so that it is a plain part of a name; absent: `app_name`.
    /// `{pid}` is the number of the process: `expert.{pid}.log` gives each process files of its own, and what processes that are
    /// gone have left counts as ended files
    EXPERT: ExpertName = "files.expert", example("MyEmaBot");
    /// the name of the file of everything at or above `level`, trades and errors included
    GENERAL: FileName = "files.general", default("expert.log"), short("LOG_FILE"), flag("log-file");
    /// the name of the file of every trade, whatever `level` is
    TRADES: FileName = "files.trades", default("trades.log"), short("LOG_TRADE_FILE");
    /// the name of the file of ERROR and CRITICAL
    ERRORS: FileName = "files.errors", default("errors.log"), short("LOG_ERROR_FILE");
}

/// `LOG_STRUCTURED`: `true` is JSON, `false` is text.
fn read_structured(text: &str) -> Result<Given, String> {
    match Switch::from_environment(text) {
        Given::Boolean(true) => Ok("json".into()),
        Given::Boolean(false) => Ok("text".into()),
        other => Err(format!("{other} is not a switch; allowed are true (JSON) and false (text)")),
    }
}
