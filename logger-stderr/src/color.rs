//! Whether a line has colours.

use std::{env, ffi::OsString};

use crate::Stream;

/// What the user wants.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ColorChoice {
    /// Colours where a person sees them: see [`ColorChoice::decide`].
    #[default]
    Auto,
    /// Colours, whatever the stream and the environment are.
    Always,
    /// No colours.
    Never,
}

/// What a line has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Colors {
    /// Escape sequences of our own around the parts of the line.
    On,
    /// Not one escape character.
    Off,
}

impl ColorChoice {
    /// Decides by the environment of the process and by whether `stream` is a terminal.
    pub fn for_stream(self, stream: &Stream) -> Colors {
        self.decide(|name| env::var_os(name), stream.is_terminal())
    }

    /// Decides by what `variable` answers. For [`ColorChoice::Auto`] the first row that applies counts:
    ///
    /// | variable | colours |
    /// |---|---|
    /// | `NO_COLOR` is set and not empty | off |
    /// | `CLICOLOR_FORCE` is set, not empty and not `0` | on |
    /// | the stream is no terminal | off |
    /// | `TERM` is `dumb` | off |
    /// | `TERM` or `WT_SESSION` (Windows Terminal) is set and not empty | on |
    /// | else | off: nothing says that the terminal understands colours |
    pub fn decide(self, variable: impl Fn(&str) -> Option<OsString>, is_terminal: bool) -> Colors {
        let value = |name| variable(name).filter(|value| !value.is_empty());
        let on = match self {
            ColorChoice::Always => true,
            ColorChoice::Never => false,
            ColorChoice::Auto if value("NO_COLOR").is_some() => false,
            ColorChoice::Auto if value("CLICOLOR_FORCE").is_some_and(|value| value != "0") => true,
            ColorChoice::Auto if !is_terminal => false,
            ColorChoice::Auto => match value("TERM") {
                Some(term) => term != "dumb",
                None => value("WT_SESSION").is_some(),
            },
        };
        if on { Colors::On } else { Colors::Off }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TERMINAL: bool = true;
    const PIPE: bool = false;

    #[track_caller]
    fn check(choice: ColorChoice, variables: &[(&str, &str)], is_terminal: bool, expected: Colors) {
        let variable = |name: &str| {
            variables.iter().find(|(key, _)| *key == name).map(|(_, value)| OsString::from(value))
        };
        assert_eq!(choice.decide(variable, is_terminal), expected);
    }

    #[test]
    fn the_environment_decides_where_the_user_does_not() {
        use {ColorChoice::Auto, Colors::*};
        let xterm = ("TERM", "xterm-256color");
        check(Auto, &[xterm], TERMINAL, On);
        check(Auto, &[xterm], PIPE, Off);
        check(Auto, &[("TERM", "dumb")], TERMINAL, Off);
        check(Auto, &[], TERMINAL, Off);
        check(Auto, &[("TERM", "")], TERMINAL, Off);
        check(Auto, &[("WT_SESSION", "1")], TERMINAL, On);
        check(Auto, &[("WT_SESSION", "1")], PIPE, Off);
        check(Auto, &[("TERM", "dumb"), ("WT_SESSION", "1")], TERMINAL, Off);
        check(Auto, &[xterm, ("NO_COLOR", "0")], TERMINAL, Off);
        check(Auto, &[xterm, ("NO_COLOR", "")], TERMINAL, On);
        check(Auto, &[("CLICOLOR_FORCE", "1")], PIPE, On);
        check(Auto, &[("CLICOLOR_FORCE", "1"), ("TERM", "dumb")], PIPE, On);
        check(Auto, &[("CLICOLOR_FORCE", "0")], PIPE, Off);
        check(Auto, &[("CLICOLOR_FORCE", "")], PIPE, Off);
        check(Auto, &[("CLICOLOR_FORCE", "0"), xterm], TERMINAL, On);
        check(Auto, &[("CLICOLOR_FORCE", "1"), ("NO_COLOR", "1")], PIPE, Off);
    }

    #[test]
    fn what_the_user_says_goes_before_the_environment() {
        check(ColorChoice::Always, &[("NO_COLOR", "1"), ("TERM", "dumb")], PIPE, Colors::On);
        check(ColorChoice::Never, &[("CLICOLOR_FORCE", "1"), ("TERM", "xterm")], TERMINAL, Colors::Off);
    }
}
