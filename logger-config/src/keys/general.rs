//! What concerns the whole logger.

use crate::{
    directives::{self, MainLevel},
    key::keys,
    name::{AppName, Folder},
    quantity::Span,
    setting::{Backtraces, Panics, SignalHandling, Switch},
};

/// How long a signal may keep the process alive: a service manager waits for 90 s, an operator for less.
pub(crate) type EndWithin = Span<1, 600_000>;

keys! {
    /// the application's name in every record; absent: the name of the executable
    APP_NAME: AppName = "app_name", example("my_bot");
    /// records below it are not taken; trades are taken at any level. A text may set the levels of modules, experts and
    /// categories too: `info,my_bot::orders=debug,expert:MyEmaBot=trace`
    LEVEL: MainLevel = "level", default("info"), short("LOG_LEVEL"), flag("log-level"), live(),
        expands(directives::expand);
    /// the folder of the files, made if need be; a relative one begins at the working directory
    LOG_DIR: Folder = "log_dir", default("logs"), short("LOG_DIR"), flag("log-dir");
    /// what happens when any thread of the process panics. log: a CRITICAL record with `panic_location` and `backtrace`,
    /// then all that was logged is flushed, for at most 2 s, and the panic goes on as ever; leave: the panic hook is not
    /// touched
    PANICS: Panics = "panics", default("log");
    /// from which level on a record has a field `backtrace`, of where its call was made, which costs the caller some
    /// microseconds; never: none has
    BACKTRACES: Backtraces = "backtraces", default("critical");
    /// what happens when SIGTERM or SIGINT asks the process to end (unix). shut_down: all that was logged is written, then
    /// the process ends of the signal, or the application's own handler runs; leave: the handlers are not touched
    SIGNALS: SignalHandling = "signals", default("leave");
    /// how long the process may live on then; of no effect with `leave`
    SIGNALS_WITHIN: EndWithin = "signals_within", default("5s");
    /// whether the configuration files are followed while the logger runs, and what can change then is applied within a
    /// second of their being saved; needs the feature `reload`
    RELOAD: Switch = "reload", default("true");
}
