//! How serious a record is.

use std::{fmt, str::FromStr};

/// How serious a record is; ordered, so that `level >= Level::Error` reads as it should.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Level {
    /// Every step; for one developer, for one hour.
    Trace = 0,
    /// What a developer needs to follow the program.
    Debug = 1,
    /// What the program did.
    Info = 2,
    /// Something that may become a failure.
    Warning = 3,
    /// Something failed; the program goes on.
    Error = 4,
    /// A person has to look now.
    Critical = 5,
}

impl Level {
    /// All levels, the least serious first.
    pub const ALL: [Level; 6] =
        [Level::Trace, Level::Debug, Level::Info, Level::Warning, Level::Error, Level::Critical];

    /// The name in files: lower case.
    pub const fn as_str(self) -> &'static str {
        match self {
            Level::Trace => "trace",
            Level::Debug => "debug",
            Level::Info => "info",
            Level::Warning => "warning",
            Level::Error => "error",
            Level::Critical => "critical",
        }
    }

    /// The name on a console: upper case.
    pub const fn as_upper_str(self) -> &'static str {
        match self {
            Level::Trace => "TRACE",
            Level::Debug => "DEBUG",
            Level::Info => "INFO",
            Level::Warning => "WARNING",
            Level::Error => "ERROR",
            Level::Critical => "CRITICAL",
        }
    }

    /// The severity code of RFC 5424, table 2: 2 (critical) to 7 (debug; trace has no code of its own and shares it).
    pub const fn severity(self) -> u8 {
        match self {
            Level::Critical => 2,
            Level::Error => 3,
            Level::Warning => 4,
            Level::Info => 6,
            Level::Debug | Level::Trace => 7,
        }
    }

    /// The inverse of `level as u8`; `None` for a byte that names no level.
    pub(crate) const fn from_u8(byte: u8) -> Option<Level> {
        match byte {
            0 => Some(Level::Trace),
            1 => Some(Level::Debug),
            2 => Some(Level::Info),
            3 => Some(Level::Warning),
            4 => Some(Level::Error),
            5 => Some(Level::Critical),
            _ => None,
        }
    }
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl From<slog::Level> for Level {
    fn from(level: slog::Level) -> Self {
        match level {
            slog::Level::Trace => Level::Trace,
            slog::Level::Debug => Level::Debug,
            slog::Level::Info => Level::Info,
            slog::Level::Warning => Level::Warning,
            slog::Level::Error => Level::Error,
            slog::Level::Critical => Level::Critical,
        }
    }
}

impl From<Level> for slog::Level {
    fn from(level: Level) -> Self {
        match level {
            Level::Trace => slog::Level::Trace,
            Level::Debug => slog::Level::Debug,
            Level::Info => slog::Level::Info,
            Level::Warning => slog::Level::Warning,
            Level::Error => slog::Level::Error,
            Level::Critical => slog::Level::Critical,
        }
    }
}

/// A text that names no level.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{given}` is not a level; allowed are trace, debug, info, warning, error, critical")]
pub struct UnknownLevel {
    given: String,
}

impl FromStr for Level {
    type Err = UnknownLevel;

    /// Reads a level in any case; `warn` and `crit`, slog's names, are understood too.
    fn from_str(text: &str) -> Result<Self, UnknownLevel> {
        const OF_SLOG: [(&str, Level); 2] = [("warn", Level::Warning), ("crit", Level::Critical)];
        let name = text.trim();
        let all = Level::ALL.into_iter().map(|level| (level.as_str(), level)).chain(OF_SLOG);
        let found = all.into_iter().find(|(it, _)| it.eq_ignore_ascii_case(name));
        found.map(|(_, level)| level).ok_or_else(|| UnknownLevel { given: text.to_owned() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_are_ordered_by_seriousness_and_survive_every_conversion() {
        assert!(Level::ALL.is_sorted());
        for level in Level::ALL {
            assert_eq!(level.as_str().parse(), Ok(level));
            assert_eq!(level.as_upper_str().parse(), Ok(level));
            assert_eq!(Level::from_u8(level as u8), Some(level));
            assert_eq!(Level::from(slog::Level::from(level)), level);
        }
        assert_eq!(Level::from_u8(6), None);
    }

    #[test]
    fn severities_are_those_of_rfc_5424() {
        assert_eq!(Level::ALL.map(Level::severity), [7, 7, 6, 4, 3, 2]);
    }

    #[test]
    fn a_wrong_level_is_answered_with_the_allowed_ones() {
        let error = "loud".parse::<Level>().unwrap_err().to_string();
        assert_eq!(error, "`loud` is not a level; allowed are trace, debug, info, warning, error, critical");
    }
}
