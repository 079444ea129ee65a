//! The state of a running logger that changes: its levels, its filters, and why they are what they are.

mod keeper;
mod overrides;
#[cfg(feature = "reload")]
mod reload;
#[cfg(feature = "reload")]
mod watch;

use std::{
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    time::Instant,
};

use logger_core::{Level, Levels, Logger, Pipeline, error, warning};

use self::overrides::Overrides;
use crate::{
    explain::{ExplainedKey, Explanation},
    layers::Layers,
    level_change::LevelChange,
    settings::Settings,
    wiring::{self, Started},
};

/// A running logger, shared with the thread that looks after it.
#[derive(Debug)]
pub(crate) struct Running {
    pipeline: Pipeline,
    /// What the logger says of its own changes.
    log: Logger,
    state: Mutex<State>,
    /// Wakes the thread that looks after it.
    bell: Condvar,
    #[cfg(feature = "reload")]
    filters: wiring::Filters,
    #[cfg(all(feature = "reload", feature = "alerts"))]
    alerts: Option<logger_telegram::AlertHandle>,
    #[cfg(feature = "reload")]
    follow: Mutex<Option<reload::Follow>>,
}

/// The level of the least of what the logger says of its changes.
const LOWEST_NEWS: Level = Level::Warning;

/// What changes while the logger runs.
#[derive(Debug)]
struct State {
    /// What it runs on: with the values of a later configuration where these could be applied.
    settings: Settings,
    explanation: Explanation,
    overrides: Overrides,
    life: Life,
    keeper: Keeper,
}

/// Whether the logger runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Life {
    Running,
    Ended,
}

/// Whether there is a thread that looks after the logger.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Keeper {
    None,
    AtWork,
}

impl Running {
    pub(crate) fn new(started: &Started, settings: Settings, layers: &Layers) -> Arc<Self> {
        let pipeline = started.guard.pipeline().clone();
        let log = pipeline.logger();
        let state = State {
            settings,
            explanation: Explanation::new(layers),
            overrides: Overrides::default(),
            life: Life::Running,
            keeper: Keeper::None,
        };
        Arc::new(Running {
            pipeline,
            log,
            state: Mutex::new(state),
            bell: Condvar::new(),
            #[cfg(feature = "reload")]
            filters: started.filters.clone(),
            #[cfg(all(feature = "reload", feature = "alerts"))]
            alerts: started.alerts.clone(),
            #[cfg(feature = "reload")]
            follow: Mutex::default(),
        })
    }

    /// Changes a level, and says so.
    pub(crate) fn set_level(self: &Arc<Self>, change: LevelChange) {
        let mut state = self.lock();
        let words = change.to_string();
        state.overrides.put(change, Instant::now());
        self.apply_levels(&state, || warning!(self.log, "level changed"; "change" => words, "by" => "code"));
        let needs_keeper = state.overrides.next_end().is_some();
        drop(state);
        if needs_keeper {
            keeper::start(self);
        }
        self.bell.notify_all();
    }

    /// All levels are what the configuration says.
    pub(crate) fn reset_levels(&self) {
        let mut state = self.lock();
        if state.overrides.clear() {
            self.apply_levels(&state, || {
                warning!(self.log, "level changed"; "change" => "as the configuration says", "by" => "code");
            });
        }
    }

    /// Where every value comes from, those included that code has changed while the logger runs.
    pub(crate) fn explain(&self) -> Explanation {
        let state = self.lock();
        let mut explanation = state.explanation.clone();
        for (path, value) in state.overrides.explained() {
            match explanation.keys.iter_mut().find(|key| key.key == path) {
                Some(key) => key.values.insert(0, value),
                None => explanation.keys.push(ExplainedKey { key: path, values: vec![value] }),
            }
        }
        explanation
    }

    /// What it runs on.
    pub(crate) fn settings(&self) -> Settings {
        self.lock().settings.clone()
    }

    /// Nobody has to look after it any more.
    pub(crate) fn end(&self) {
        self.lock().life = Life::Ended;
        self.bell.notify_all();
    }

    /// The levels that hold now: those of the configuration, and over them what code has said. The news is logged while the
    /// lower of the two levels holds, the one before and the one after.
    fn apply_levels(&self, state: &State, tell: impl FnOnce()) {
        let (before, levels) = (self.pipeline.level(), levels(state));
        if levels.level() > before && before <= LOWEST_NEWS {
            tell();
            self.pipeline.set_levels(levels);
        } else {
            self.pipeline.set_levels(levels.clone());
            self.say_at(levels, tell);
        }
    }

    /// Says something that is to be heard whatever the level is.
    fn say(&self, tell: impl FnOnce()) {
        let state = self.lock();
        self.say_at(levels(&state), tell);
    }

    /// While `levels` hold: where they are above a WARNING, this module alone has a lower one meanwhile.
    fn say_at(&self, levels: Levels, tell: impl FnOnce()) {
        let is_heard = levels.level() <= LOWEST_NEWS;
        if !is_heard {
            self.pipeline.set_levels(levels.clone().module(module_path!(), LOWEST_NEWS));
        }
        tell();
        if !is_heard {
            self.pipeline.set_levels(levels);
        }
    }

    /// Ends the changes whose time is over.
    fn end_overrides(&self, now: Instant) {
        let mut state = self.lock();
        for change in state.overrides.take_ended(now) {
            let words = format!("{} is over", change.scope.key());
            self.apply_levels(
                &state,
                || warning!(self.log, "level changed"; "change" => words, "by" => "time"),
            );
        }
    }

    /// The keeper could not be started: what has an end would have none.
    fn tell_no_keeper(&self, reason: &std::io::Error) {
        self.say(|| {
            error!(
                self.log, "no thread looks after the levels: changes for a while stay, and files are not followed";
                "error" => #reason
            );
        });
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The levels of the configuration, and over them what code has said.
fn levels(state: &State) -> Levels {
    state.overrides.over(wiring::levels(&state.settings))
}
