//! The console: stderr.

use logger_core::Level;

use crate::{
    given::Given,
    key::keys,
    quantity::Whole,
    setting::{ColorChoice, ConsoleDetails, Setting as _, Switch},
};

/// Records between the worker and a detached drain.
pub(crate) type QueueLength = Whole<1, 1_000_000>;

keys! {
    /// whether records go to stderr too
    ENABLED: Switch = "console.enabled", default("true"), short("LOG_TO_CONSOLE"), flag("log-to-console");
    /// a level of the console's own; absent: `level`, also when that is changed at run time
    LEVEL: Level = "console.level", example("warning"), live();
    /// when it is coloured. auto: on a terminal that shows colours; `LOG_USE_COLORS` takes `true` for auto and `false` for never too
    COLORS: ColorChoice = "console.colors", default("auto"), short_read("LOG_USE_COLORS", read_use_colors),
        flag("log-colors");
    /// where error chains and backtraces stand. in_line: chains in the line of their record, backtraces in the files only;
    /// below: below the line and indented on a terminal, elsewhere as in_line
    DETAILS: ConsoleDetails = "console.details", default("in_line");
    /// records that may wait for a slow console; when they are that many the newest is dropped and counted
    QUEUE: QueueLength = "console.queue", default("8192");
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
