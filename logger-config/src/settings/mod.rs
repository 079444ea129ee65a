//! What the program runs on: the merged values, checked as a whole.

mod alerts;
mod budget;
mod drains;
mod files;
mod levels;
mod queue;
mod redaction;

use std::time::Duration;

use logger_core::{Budget, Level, Run};

#[cfg(feature = "alerts")]
pub(crate) use self::alerts::TargetSettings;
#[cfg(feature = "file")]
pub(crate) use self::drains::TRADES;
pub use self::{
    alerts::{AlertRule, AlertSettings, RuleTrigger},
    drains::{ConsoleSettings, DrainSettings, DrainTarget, FilterSettings, LogFileSettings},
    files::FileSettings,
    levels::LevelSettings,
    queue::QueueSettings,
    redaction::RedactionSettings,
};
use crate::{
    keys::{self, Built, DRAINS},
    layers::Layers,
    problem::{Layer, Problem},
    setting::{Backtraces, Panics, SignalHandling, Switch},
};

/// What the program runs on. Made by [`MetaLoggerBuilder::settings`](crate::MetaLoggerBuilder::settings).
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Settings {
    /// The name of the application in every record.
    pub app_name: String,
    /// The level from which on records are taken; trades are taken at any level.
    pub level: Level,
    /// Levels of parts of the program.
    pub levels: LevelSettings,
    /// What happens when any thread of the process panics.
    pub panics: Panics,
    /// From which level on records have a backtrace.
    pub backtraces: Backtraces,
    /// What happens when SIGTERM or SIGINT asks the process to end.
    pub signals: SignalHandling,
    /// How long the process may live on then.
    pub signals_within: Duration,
    /// Whether the configuration files are followed while the logger runs.
    pub reload: Switch,
    /// What all files have in common; `None` where files are turned off or this build has none.
    pub files: Option<FileSettings>,
    /// The drains that are turned on and that this build has: those that are there by default, then the others in the
    /// order of the alphabet.
    pub drains: Vec<DrainSettings>,
    /// Alerts, and where they go; `None` where no target is turned on.
    pub alerts: Option<AlertSettings>,
    /// The queues between the application and the drains.
    pub queue: QueueSettings,
    /// How many records below WARNING each expert may log; `None`: any number.
    pub budget: Option<Budget>,
    /// Which keys are masked beside the default ones, and which are not.
    pub redaction: RedactionSettings,
    /// The shortest time between two reports of one kind, such as records lost.
    pub report_every: Duration,
}

/// Whether the application adds drains of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum OwnDrains {
    Some,
    None,
}

impl Settings {
    /// Makes the settings of the merged values; adds to `layers` what is wrong with them as a whole. `None` only beside a
    /// problem.
    pub(crate) fn new(own: OwnDrains, layers: &mut Layers) -> Option<Settings> {
        use keys::{general, reports};
        let files = files::files(layers)?;
        let drains = drains::drains(files.as_ref(), layers)?;
        let settings = Settings {
            app_name: layers.get(&general::APP_NAME).map_or_else(Run::default_app_name, |name| name.0),
            level: layers.need(&general::LEVEL)?.0,
            levels: levels::levels(layers),
            panics: layers.need(&general::PANICS)?,
            backtraces: layers.need(&general::BACKTRACES)?,
            signals: layers.need(&general::SIGNALS)?,
            signals_within: layers.need(&general::SIGNALS_WITHIN)?.0,
            reload: reload(layers)?,
            files,
            drains,
            alerts: alerts::alerts(layers)?,
            queue: queue::queue(layers)?,
            budget: budget::budget(layers),
            redaction: redaction::redaction(layers),
            report_every: layers.need(&reports::EVERY)?.0,
        };
        if settings.drains.is_empty() && own == OwnDrains::None {
            no_destination(layers);
        }
        Some(settings)
    }

    /// The drain of that name, such as `general` or `console`; `None` where it is not there.
    pub fn drain(&self, name: &str) -> Option<&DrainSettings> {
        self.drains.iter().find(|drain| drain.name == name)
    }
}

/// By default they are followed where the build can do it.
fn reload(layers: &mut Layers) -> Option<Switch> {
    let key = &keys::general::RELOAD;
    let switch = layers.need(key)?;
    if cfg!(feature = "reload") || switch == Switch::Off {
        return Some(switch);
    }
    if layers.origin(key.path).layer != Layer::Default {
        layers.refuse(key.path, "needs feature `reload`, which this build does not have");
    }
    Some(Switch::Off)
}

/// Whether this build has the drain of a section.
fn is_built(section: &str) -> bool {
    DRAINS.iter().any(|it| it.name == section && it.built == Built::Yes)
}

fn no_destination(layers: &mut Layers) {
    let choices: Vec<_> = DRAINS
        .iter()
        .filter(|drain| drain.built == Built::Yes && matches!(drain.name, "files" | "console"))
        .map(|drain| format!("turn on `{}`", drain.switch()))
        .chain(["add a drain in code".to_owned()])
        .collect();
    let message = format!("there is no destination for records; {}", choices.join(", or "));
    let key = "files.enabled";
    layers.put_problem(Problem::of(key, &layers.origin(key), message));
}
