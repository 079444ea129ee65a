//! The console, on a thread of its own: a terminal that is held never holds the files up.

use logger_core::{Filter, Route};
use logger_stderr::ConsoleDrain;

use crate::{setting::ColorChoice, settings::ConsoleSettings};

pub(super) fn route(settings: &ConsoleSettings) -> Route {
    let colors = match settings.colors {
        ColorChoice::Auto => logger_stderr::ColorChoice::Auto,
        ColorChoice::Always => logger_stderr::ColorChoice::Always,
        ColorChoice::Never => logger_stderr::ColorChoice::Never,
    };
    let filter = settings.level.map_or_else(Filter::at_logger_level, Filter::at_least);
    Route::new("console", ConsoleDrain::stderr(colors)).filter(filter).detached(settings.queue)
}
