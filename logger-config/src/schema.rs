//! Every key there is, once: its path, its default, its short name in the environment, and how its value is read.
//!
//! The schema is the same in every build. A section whose drain is not compiled in is known all the same, so that it
//! can say which feature it needs.

use logger_core::{Envelope, Level};

use crate::{
    file_setting::{FileCompression, FileDurability, FileNaming, FileSchedule, FileStart, ZoneName},
    file_sharing::{ExpertName, FileWriters},
    given::Given,
    name::{AppName, FileName, Folder, KeyNames},
    quantity::{Bytes, Span, Whole},
    setting::{ColorChoice, FileFormat, Panics, QueueMemory, Setting, SignalHandling, Switch, WhenFull},
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
/// A queue of one thread. Smaller, and a burst of trades would not fit; larger, and many threads would fill the memory.
pub(crate) type RingSize = Bytes<{ 64 * KIB }, GIB>;
/// What one thread may keep on the heap when its queue is full.
pub(crate) type SpillSize = Bytes<{ 64 * KIB }, GIB>;
/// How long a caller may wait for room in a full queue.
pub(crate) type Wait = Span<1, 10_000>;
/// How long a signal may keep the process alive: a service manager waits for 90 s, an operator for less.
pub(crate) type EndWithin = Span<1, 600_000>;
/// Records of one expert, a second or at once.
pub(crate) type RecordCount = Whole<1, 1_000_000>;
/// A part of a queue in percent.
pub(crate) type Share = Whole<1, 100>;
/// Records between the worker and a detached drain.
pub(crate) type QueueLength = Whole<1, 1_000_000>;
/// The shortest time between two reports of one kind.
pub(crate) type ReportInterval = Span<100, 86_400_000>;

/// One key.
#[derive(Debug)]
pub(crate) struct Key {
    /// The sections and the key itself, such as `files.max_size`.
    pub(crate) path: &'static str,
    /// In the form of the environment; `None` where the absence of the key means something of its own.
    pub(crate) default: Option<&'static str>,
    /// The short name in the environment.
    pub(crate) short: Option<Short>,
    /// Says what is wrong with a value.
    pub(crate) check: fn(&Given) -> Result<(), String>,
    /// What a text of the environment gives to the key.
    pub(crate) from_environment: fn(&str) -> Given,
}

/// A short name in the environment.
#[derive(Debug)]
pub(crate) struct Short {
    pub(crate) name: &'static str,
    /// Reads a text where the short name has a language of its own.
    pub(crate) read: Option<ReadShort>,
}

/// Reads a text under a short name; the error is the whole message for its giver.
type ReadShort = fn(&str) -> Result<Given, String>;

impl Key {
    const fn new<T: Setting>(path: &'static str) -> Self {
        Key {
            path,
            default: None,
            short: None,
            check: |given| T::read(given).map(drop),
            from_environment: T::from_environment,
        }
    }

    const fn default(self, text: &'static str) -> Self {
        Key { default: Some(text), ..self }
    }

    const fn short(self, name: &'static str) -> Self {
        Key { short: Some(Short { name, read: None }), ..self }
    }

    const fn short_read(self, name: &'static str, read: ReadShort) -> Self {
        Key { short: Some(Short { name, read: Some(read) }), ..self }
    }

    /// The general form of its name in the environment: `LOG__FILES__MAX_SIZE`.
    pub(crate) fn variable(&self) -> String {
        format!("{PREFIX}{}", self.path.to_ascii_uppercase().replace('.', SEPARATOR))
    }
}

/// How the general form of a key begins in the environment.
pub(crate) const PREFIX: &str = "LOG__";
/// What stands between section and key there; a key itself contains single underscores.
pub(crate) const SEPARATOR: &str = "__";

/// The keys, in the order of the README.
pub(crate) static KEYS: [Key; 53] = [
    Key::new::<AppName>("app_name"),
    Key::new::<Level>("level").default("info").short("LOG_LEVEL"),
    Key::new::<Folder>("log_dir").default("logs").short("LOG_DIR"),
    Key::new::<Panics>("panics").default("log"),
    Key::new::<SignalHandling>("signals").default("leave"),
    Key::new::<EndWithin>("signals_within").default("5s"),
    Key::new::<Switch>("files.enabled").default("true").short("LOG_TO_FILE"),
    Key::new::<FileFormat>("files.format").default("json").short_read("LOG_STRUCTURED", read_structured),
    Key::new::<Envelope>("files.envelope").default("full"),
    Key::new::<FileSize>("files.max_size").default("10 MB").short("LOG_MAX_FILE_SIZE"),
    Key::new::<BackupCount>("files.backup_count").default("5").short("LOG_BACKUP_COUNT"),
    Key::new::<FileSchedule>("files.rotate").default("never"),
    Key::new::<ZoneName>("files.zone").default("UTC"),
    Key::new::<FileStart>("files.at_start").default("continue"),
    Key::new::<FileNaming>("files.naming").default("numbered"),
    Key::new::<FileAge>("files.max_age"),
    Key::new::<FolderSize>("files.max_total"),
    Key::new::<FolderSize>("files.folder_size"),
    Key::new::<FolderSize>("files.min_free"),
    Key::new::<FileCompression>("files.compression").default("none"),
    Key::new::<FileDurability>("files.durability").default("os"),
    Key::new::<FileDurability>("files.trades_durability"),
    Key::new::<BallastSize>("files.trades_ballast"),
    Key::new::<Switch>("files.reopen_on_hangup").default("false"),
    Key::new::<FileWriters>("files.writers").default("one"),
    Key::new::<ExpertName>("files.expert"),
    Key::new::<FileName>("files.general").default("expert.log").short("LOG_FILE"),
    Key::new::<FileName>("files.trades").default("trades.log").short("LOG_TRADE_FILE"),
    Key::new::<FileName>("files.errors").default("errors.log").short("LOG_ERROR_FILE"),
    Key::new::<Switch>("console.enabled").default("true").short("LOG_TO_CONSOLE"),
    Key::new::<Level>("console.level"),
    Key::new::<ColorChoice>("console.colors").default("auto").short_read("LOG_USE_COLORS", read_use_colors),
    Key::new::<QueueLength>("console.queue").default("8192"),
    Key::new::<QueueMemory>("queue.memory").default("shared"),
    Key::new::<RingSize>("queue.trade_ring").default("128 KiB"),
    Key::new::<RingSize>("queue.general_ring").default("512 KiB"),
    Key::new::<Wait>("queue.wait").default("50ms"),
    Key::new::<SpillSize>("queue.spill").default("8 MiB"),
    Key::new::<Wait>("queue.trade_wait"),
    Key::new::<SpillSize>("queue.trade_spill"),
    Key::new::<WhenFull>("queue.errors").default("keep"),
    Key::new::<Wait>("queue.error_wait"),
    Key::new::<SpillSize>("queue.error_spill"),
    Key::new::<WhenFull>("queue.general").default("drop"),
    Key::new::<Wait>("queue.general_wait"),
    Key::new::<SpillSize>("queue.general_spill"),
    Key::new::<Share>("queue.debug_share").default("75"),
    Key::new::<RecordCount>("budget.per_second"),
    Key::new::<RecordCount>("budget.burst"),
    Key::new::<KeyNames>("redaction.mask"),
    Key::new::<KeyNames>("redaction.keep"),
    Key::new::<FileName>("reports.file").default("logging_errors.log"),
    Key::new::<ReportInterval>("reports.every").default("10s"),
];

/// A section that belongs to a drain.
#[derive(Debug)]
pub(crate) struct DrainSection {
    pub(crate) name: &'static str,
    /// The feature that compiles the drain in.
    pub(crate) feature: &'static str,
    pub(crate) built: Built,
}

/// Whether this build has a drain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Built {
    Yes,
    No,
}

impl Built {
    const fn by(feature: bool) -> Self {
        if feature { Built::Yes } else { Built::No }
    }
}

impl DrainSection {
    const fn new(name: &'static str, feature: &'static str, built: Built) -> Self {
        DrainSection { name, feature, built }
    }

    /// Whether a path lies in the section.
    pub(crate) fn owns(&self, path: &str) -> bool {
        is_below(self.name, path)
    }

    /// The path of the key that turns the drain on and off.
    pub(crate) fn switch(&self) -> String {
        format!("{}.enabled", self.name)
    }

    /// What a section says whose drain this build does not have.
    pub(crate) fn refusal(&self) -> String {
        format!("drain `{}` needs feature `{}`, which this build does not have", self.name, self.feature)
    }
}

/// The sections of drains. Those without a key in [`KEYS`] are kept for drains that are still to come.
pub(crate) static DRAINS: [DrainSection; 5] = [
    DrainSection::new("files", "file", Built::by(cfg!(feature = "file"))),
    DrainSection::new("console", "stderr", Built::by(cfg!(feature = "stderr"))),
    DrainSection::new("telegram", "telegram", Built::No),
    DrainSection::new("discord", "discord", Built::No),
    DrainSection::new("webhook", "webhook", Built::No),
];

/// What a path names.
#[derive(Debug)]
pub(crate) enum Named {
    Key(&'static Key),
    /// A table of keys.
    Section,
    /// A section, or something in it, of a drain without keys as yet.
    Reserved(&'static DrainSection),
    Unknown,
}

/// Finds what a path names.
pub(crate) fn find(path: &str) -> Named {
    if let Some(key) = KEYS.iter().find(|key| key.path == path) {
        return Named::Key(key);
    }
    if KEYS.iter().any(|key| is_below(path, key.path)) {
        return Named::Section;
    }
    let has_keys = |drain: &DrainSection| KEYS.iter().any(|key| drain.owns(key.path));
    match DRAINS.iter().find(|drain| path == drain.name || drain.owns(path)) {
        Some(drain) if !has_keys(drain) => Named::Reserved(drain),
        _ => Named::Unknown,
    }
}

fn is_below(section: &str, path: &str) -> bool {
    path.strip_prefix(section).is_some_and(|rest| rest.starts_with('.'))
}

/// `LOG_STRUCTURED`: `true` is JSON, `false` is text.
fn read_structured(text: &str) -> Result<Given, String> {
    match Switch::from_environment(text) {
        Given::Boolean(true) => Ok("json".into()),
        Given::Boolean(false) => Ok("text".into()),
        other => Err(format!("{other} is not a switch; allowed are true (JSON) and false (text)")),
    }
}

/// `LOG_USE_COLORS`: `true` is `auto`, because a colour in a pipe serves nobody; `false` is `never`.
fn read_use_colors(text: &str) -> Result<Given, String> {
    match Switch::from_environment(text) {
        Given::Boolean(true) => Ok("auto".into()),
        Given::Boolean(false) => Ok("never".into()),
        given if ColorChoice::read(&given).is_ok() => Ok(given),
        other => Err(format!(
            "{other} is not a switch; allowed are true (as auto), false (as never), auto, always, never"
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Key, default and short name of every row of the table of keys.
    fn readme() -> Vec<[String; 3]> {
        let table =
            include_str!("../README.md").lines().skip_while(|line| !line.starts_with("| key |")).skip(2);
        let rows =
            table.take_while(|line| line.starts_with('|')).map(|line| line.split('|').collect::<Vec<_>>());
        rows.map(|cells| [1, 3, 4].map(|column| cells[column].trim().to_owned())).collect()
    }

    #[test]
    fn the_table_of_the_readme_has_every_key_with_its_default_and_its_short_name() {
        let code = |text: Option<&str>| text.map_or_else(String::new, |text| format!("`{text}`"));
        let keys = KEYS.iter().map(|key| {
            let short = key.short.as_ref().map(|short| short.name);
            [code(Some(key.path)), code(key.default), code(short)]
        });
        assert_eq!(readme(), keys.collect::<Vec<_>>());
    }

    #[test]
    fn every_default_is_allowed() {
        for key in &KEYS {
            let Some(text) = key.default else { continue };
            assert_eq!((key.check)(&(key.from_environment)(text)), Ok(()), "{}", key.path);
        }
    }

    #[test]
    fn a_path_names_a_key_a_section_or_nothing() {
        assert!(matches!(find("files.max_size"), Named::Key(key) if key.path == "files.max_size"));
        assert!(matches!(find("files"), Named::Section));
        assert!(matches!(find("telegram"), Named::Reserved(_)));
        assert!(matches!(find("telegram.chats.a"), Named::Reserved(_)));
        for nothing in ["", ".", "file", "files.", "files.max_size.x", "telegrams", "Level"] {
            assert!(matches!(find(nothing), Named::Unknown), "{nothing}");
        }
    }
}
