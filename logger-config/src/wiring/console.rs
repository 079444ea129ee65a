//! The console, on a thread of its own: a terminal that is held never holds the files up.

use logger_core::Route;
use logger_stderr::{ConsoleDrain, Details};

use crate::{
    setting::{ColorChoice, ConsoleDetails},
    settings::{ConsoleSettings, DrainSettings},
};

pub(super) fn route(drain: &DrainSettings, console: &ConsoleSettings) -> Route {
    let colors = match console.colors {
        ColorChoice::Auto => logger_stderr::ColorChoice::Auto,
        ColorChoice::Always => logger_stderr::ColorChoice::Always,
        ColorChoice::Never => logger_stderr::ColorChoice::Never,
    };
    let details = match console.details {
        ConsoleDetails::InLine => Details::InLine,
        ConsoleDetails::Below => Details::BelowOnTerminals,
    };
    Route::new(drain.name.as_str(), ConsoleDrain::stderr(colors).details(details))
}
