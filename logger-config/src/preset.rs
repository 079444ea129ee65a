//! Bundles of values for a kind of run.

use std::{fmt, str::FromStr};

use crate::{
    given::Given,
    setting::{Setting, Words, name_of},
};

/// A bundle of values for a kind of run. Every layer but the defaults wins over it.
///
/// | preset | `level` | `files.enabled` | `files.format` | `console.enabled` | `console.colors` |
/// |---|---|---|---|---|---|
/// | `development` | debug | true | json | true | auto |
/// | `production` | warning | true | json | false | |
/// | `backtesting` | info | true | json | false | |
///
/// In a build without the feature `stderr` there is no console, whatever a preset says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Preset {
    /// For a developer at a terminal: everything from DEBUG on, on a console in colours and in JSON files.
    Development,
    /// For a program that runs unattended: WARNING and above, and every trade, in JSON files.
    Production,
    /// For a simulation over historical data: INFO and above, and every trade, in JSON files.
    Backtesting,
}

/// Key and value.
type Pair = (&'static str, &'static str);

impl Preset {
    /// The keys that the preset gives; booleans in words, as in the environment.
    pub(crate) const fn values(self) -> &'static [Pair] {
        match self {
            Preset::Development => &[
                ("level", "debug"),
                ("files.enabled", "true"),
                ("files.format", "json"),
                ("console.enabled", "true"),
                ("console.colors", "auto"),
            ],
            Preset::Production => &[
                ("level", "warning"),
                ("files.enabled", "true"),
                ("files.format", "json"),
                ("console.enabled", "false"),
            ],
            Preset::Backtesting => &[
                ("level", "info"),
                ("files.enabled", "true"),
                ("files.format", "json"),
                ("console.enabled", "false"),
            ],
        }
    }
}

impl Words for Preset {
    const IS: &'static str = "a preset";
    const ALL: &'static [(&'static str, Self)] = &[
        ("development", Preset::Development),
        ("production", Preset::Production),
        ("backtesting", Preset::Backtesting),
    ];
}

impl fmt::Display for Preset {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(name_of(*self))
    }
}

/// A text that names no preset; the message says which there are.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct UnknownPreset {
    message: String,
}

impl FromStr for Preset {
    type Err = UnknownPreset;

    /// Reads a preset in any case.
    fn from_str(text: &str) -> Result<Self, UnknownPreset> {
        Preset::read(&Given::from(text)).map_err(|message| UnknownPreset { message })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_preset_has_a_name_that_is_read_back() {
        for preset in [Preset::Development, Preset::Production, Preset::Backtesting] {
            assert_eq!(preset.to_string().parse(), Ok(preset));
        }
        let error = "prodction".parse::<Preset>().unwrap_err().to_string();
        assert_eq!(
            error,
            "`prodction` is not a preset; allowed are development, production, backtesting; the nearest is `production`"
        );
    }
}
