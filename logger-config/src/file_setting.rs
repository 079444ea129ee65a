//! Settings of files that are words or times: when a file ends, what it is called, what becomes of it.

use std::fmt;

use serde_json::{Value as Json, json};

use crate::{
    given::Given,
    setting::{Setting, Words, refuse, refuse_kind},
};

/// What an ended file is called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum FileNaming {
    /// `expert.log.1`, the newest, `expert.log.2`, ….
    Numbered,
    /// `expert.2026-01-31.log`, with a counter where there are several.
    Dated,
}

impl Words for FileNaming {
    const IS: &'static str = "a way to name files";
    const ALL: &'static [(&'static str, Self)] =
        &[("numbered", FileNaming::Numbered), ("dated", FileNaming::Dated)];
}

/// What happens at a start to the files that are there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum FileStart {
    /// They are continued.
    Continue,
    /// They end, each with its first record.
    New,
}

impl Words for FileStart {
    const IS: &'static str = "a way to start";
    const ALL: &'static [(&'static str, Self)] =
        &[("continue", FileStart::Continue), ("new", FileStart::New)];
}

/// What becomes of ended files of trades when all files together are more than `files.folder_size`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum FileTrades {
    /// They stay, even if the folder has more than it should.
    Stay,
    /// The oldest goes when no other file is left that could.
    GoLast,
}

impl Words for FileTrades {
    const IS: &'static str = "a rule for files of trades";
    const ALL: &'static [(&'static str, Self)] =
        &[("stay", FileTrades::Stay), ("go_last", FileTrades::GoLast)];
}

/// What ended files are packed with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum FileCompression {
    /// They stay as they are.
    None,
    /// gzip, with feature `gzip`.
    Gzip,
    /// Zstandard, with feature `zstd`.
    Zstd,
}

impl Words for FileCompression {
    const IS: &'static str = "a compression";
    const ALL: &'static [(&'static str, Self)] =
        &[("none", FileCompression::None), ("gzip", FileCompression::Gzip), ("zstd", FileCompression::Zstd)];
}

impl FileCompression {
    /// The feature that this build lacks for it.
    pub(crate) fn missing_feature(self) -> Option<&'static str> {
        match self {
            FileCompression::Gzip if !cfg!(feature = "gzip") => Some("gzip"),
            FileCompression::Zstd if !cfg!(feature = "zstd") => Some("zstd"),
            FileCompression::None | FileCompression::Gzip | FileCompression::Zstd => None,
        }
    }
}

/// What a record in a file survives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum FileDurability {
    /// The death of the process: records are handed to the operating system.
    Os,
    /// A loss of power, too: records are on the disk before the queue lets them go.
    Disk,
}

impl Words for FileDurability {
    const IS: &'static str = "a durability";
    const ALL: &'static [(&'static str, Self)] =
        &[("os", FileDurability::Os), ("disk", FileDurability::Disk)];
}

/// Whether each line has a seal: a hash of itself and of the line before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum FileSeal {
    /// None has.
    None,
    /// A hash that everybody can make.
    Hash,
    /// A hash that only those can make who know `files.seal_key`.
    Key,
}

impl Words for FileSeal {
    const IS: &'static str = "a seal";
    const ALL: &'static [(&'static str, Self)] =
        &[("none", FileSeal::None), ("hash", FileSeal::Hash), ("key", FileSeal::Key)];
}

/// When files end besides by their size.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum FileSchedule {
    /// Never.
    Never,
    /// At midnight and every so many minutes after it, 1 to 1440.
    Minutes(u32),
    /// Every day at this time.
    DayAt {
        /// 0 to 23.
        hour: u8,
        /// 0 to 59.
        minute: u8,
    },
}

impl Setting for FileSchedule {
    const IS: &'static str = "a schedule";

    fn allowed() -> String {
        "are never, hourly, daily, a time of day such as `daily 17:00`, and a span such as `15m` or `6h`, \
         from 1m to 1day"
            .into()
    }

    fn read(given: &Given) -> Result<Self, String> {
        let Given::Text(text) = given else { return Err(refuse_kind::<Self>(given)) };
        let text = text.trim().to_ascii_lowercase();
        match text.as_str() {
            "never" => Some(FileSchedule::Never),
            "hourly" => Some(FileSchedule::Minutes(60)),
            "daily" => Some(FileSchedule::DayAt { hour: 0, minute: 0 }),
            other => other.strip_prefix("daily ").map_or_else(|| span(other), time_of_day),
        }
        .ok_or_else(|| refuse::<Self>(given))
    }

    fn schema() -> Json {
        json!({ "type": "string", "minLength": 1 })
    }

    fn form() -> String {
        "never, hourly, daily, `daily 17:00`, a span from 1m to 1day".into()
    }
}

fn time_of_day(text: &str) -> Option<FileSchedule> {
    let (hour, minute) = text.trim().split_once(':')?;
    let two_digits = |text: &str| text.len() <= 2 && text.bytes().all(|it| it.is_ascii_digit());
    if !two_digits(hour) || minute.len() != 2 || !two_digits(minute) {
        return None;
    }
    let (hour, minute) = (hour.parse().ok()?, minute.parse().ok()?);
    (hour < 24 && minute < 60).then_some(FileSchedule::DayAt { hour, minute })
}

fn span(text: &str) -> Option<FileSchedule> {
    let span = humantime::parse_duration(text).ok()?;
    let minutes = u32::try_from(span.as_secs() / 60).ok()?;
    let whole = span.subsec_nanos() == 0 && span.as_secs().is_multiple_of(60);
    (whole && (1..=24 * 60).contains(&minutes)).then_some(FileSchedule::Minutes(minutes))
}

/// As it is written in a configuration.
impl fmt::Display for FileSchedule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            FileSchedule::Never => f.write_str("never"),
            FileSchedule::Minutes(minutes) => write!(f, "{minutes}m"),
            FileSchedule::DayAt { hour, minute } => write!(f, "daily {hour}:{minute:02}"),
        }
    }
}

/// The name of a time zone; whether there is such a one is known where the files are.
#[derive(Debug, Clone)]
pub(crate) struct ZoneName(pub(crate) String);

impl Setting for ZoneName {
    const IS: &'static str = "a time zone";

    fn allowed() -> String {
        "is a name such as `UTC` or `Europe/Berlin`".into()
    }

    fn read(given: &Given) -> Result<Self, String> {
        let Given::Text(text) = given else { return Err(refuse_kind::<Self>(given)) };
        let text = text.trim();
        if text.is_empty() || text.len() > 100 || text.contains(char::is_control) {
            return Err(refuse::<Self>(given));
        }
        Ok(ZoneName(text.into()))
    }

    fn schema() -> Json {
        json!({ "type": "string", "minLength": 1, "maxLength": 100 })
    }

    fn form() -> String {
        "time zone".into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_schedule_is_a_word_a_time_of_day_or_a_span() {
        for (text, expected) in [
            ("never", FileSchedule::Never),
            (" Hourly ", FileSchedule::Minutes(60)),
            ("daily", FileSchedule::DayAt { hour: 0, minute: 0 }),
            ("daily 17:00", FileSchedule::DayAt { hour: 17, minute: 0 }),
            ("daily 7:05", FileSchedule::DayAt { hour: 7, minute: 5 }),
            ("15m", FileSchedule::Minutes(15)),
            ("6h", FileSchedule::Minutes(360)),
            ("1day", FileSchedule::Minutes(1_440)),
        ] {
            assert_eq!(FileSchedule::read(&text.into()), Ok(expected), "{text}");
            assert_eq!(FileSchedule::read(&expected.to_string().as_str().into()), Ok(expected));
        }
        for wrong in [
            "",
            "weekly",
            "daily 24:00",
            "daily 1:60",
            "daily 1:5",
            "daily +1:00",
            "30s",
            "90s",
            "25h",
            "0m",
            "17:00",
        ] {
            assert!(FileSchedule::read(&wrong.into()).is_err(), "{wrong}");
        }
        assert_eq!(
            FileSchedule::read(&5.into()).unwrap_err(),
            "the number `5` is not a schedule; allowed are never, hourly, daily, a time of day such as `daily 17:00`, \
             and a span such as `15m` or `6h`, from 1m to 1day"
        );
    }
}
