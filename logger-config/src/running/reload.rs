//! A configuration that is read again while the logger runs.
//!
//! What can change at run time is applied at once; what needs a restart is named; a configuration that is wrong changes
//! nothing.

use std::{
    path::PathBuf,
    sync::{Arc, PoisonError},
};

use logger_core::{error, info, warning};

use super::{Running, keeper, watch::Watch};
use crate::{
    alert_rule_setting::AlertTarget,
    error::BuildError,
    explain::Explanation,
    key::Change,
    keys::redaction,
    layers::{Entry, Layers},
    meta_logger::Origins,
    path,
    setting::{Switch, Words as _},
    settings::{AlertSettings, Settings},
    wiring,
};

/// What is known of the configuration that the logger was started with, and of its files.
pub(super) struct Follow {
    origins: Origins,
    /// At the start: what needs a restart is compared with it.
    start: Layers,
    /// The last one that was right.
    last: Layers,
    watch: Watch,
}

/// What two configurations differ in, by paths.
struct Difference {
    /// Path, and the value before and after, as they may be shown.
    applied: Vec<(String, String)>,
    needs_restart: Vec<String>,
}

impl Difference {
    /// A literal that was taken off the list is masked until the restart: it goes on to stand in the settings, and is named.
    fn keep_literals(&mut self, running: &Settings, next: &mut Settings) {
        let (before, after) = (&running.redaction.literals, &mut next.redaction.literals);
        if after.iter().all(|it| before.contains(it)) {
            self.applied.retain(|(path, _)| path != redaction::LITERALS.path);
        }
        let kept: Vec<_> = before.iter().filter(|it| !after.contains(it)).cloned().collect();
        if !kept.is_empty() {
            after.extend(kept);
            self.needs_restart.push(redaction::LITERALS.path.into());
        }
    }
}

impl Running {
    /// Follows the files of the configuration from now on, if there are some and nothing speaks against it.
    pub(crate) fn follow(self: &Arc<Self>, start: Layers, origins: Origins) {
        let files: Vec<PathBuf> = origins.sources.config_files().cloned().collect();
        if files.is_empty() || self.settings().reload == Switch::Off {
            return;
        }
        let watch = Watch::new(files, origins.contents.clone(), self);
        *self.follow.lock().unwrap_or_else(PoisonError::into_inner) =
            Some(Follow { origins, last: start.clone(), start, watch });
        keeper::start(self);
    }

    /// Looks whether the files have changed, and if so reads the configuration again.
    pub(super) fn look_at_files(&self) {
        let mut follow = self.follow.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(follow) = &mut *follow else { return };
        let Some(contents) = follow.watch.changed(self) else { return };
        #[cfg(test)]
        strike(&contents);
        match follow.origins.sources.resolve(&contents, follow.origins.own) {
            Ok((settings, layers)) => {
                if let Err(reason) = self.adopt(follow, &settings, layers) {
                    self.tell_wrong(&format!("{reason:?}"));
                }
            }
            Err(problems) => self.tell_wrong(&problems.to_string()),
        }
    }

    /// Applies what can change. What may fail comes first, so that after an error all is as it was.
    fn adopt(&self, follow: &mut Follow, settings: &Settings, layers: Layers) -> Result<(), BuildError> {
        let mut state = self.lock();
        let mut difference = difference(follow, &layers, &state.settings, settings);
        let mut next = state.settings.clone();
        next.take_live(settings);
        difference.keep_literals(&state.settings, &mut next);
        let redaction = wiring::redaction(&next.redaction)?;
        #[cfg(feature = "alerts")]
        if let Some(alerts) = &self.alerts {
            wiring::alerts::change(alerts, &state.settings, &next)
                .map_err(|error| BuildError::Alerts(Box::new(error)))?;
        }
        if next.redaction != state.settings.redaction {
            wiring::register(&next.redaction);
            self.pipeline.set_redaction(redaction);
        }
        let changed: Vec<String> = difference.applied.iter().map(|(path, _)| path.clone()).collect();
        state.overrides.yield_to(&changed);
        state.settings = next;
        state.explanation = explanation(follow, &layers, &state.explanation, &difference.needs_restart);
        self.pipeline.set_filters(self.filters.of(&state.settings));
        self.apply_levels(&state, || self.tell_adopted(&difference));
        follow.last = layers;
        Ok(())
    }

    fn tell_adopted(&self, difference: &Difference) {
        let changes: Vec<&str> = difference.applied.iter().map(|(_, words)| words.as_str()).collect();
        let changes = changes.join("; ");
        match (difference.applied.is_empty(), difference.needs_restart.is_empty()) {
            (true, true) => info!(self.log, "configuration was read again, and nothing changes"),
            (false, true) => warning!(self.log, "configuration was read again"; "changes" => changes),
            (_, false) => warning!(
                self.log, "configuration was read again; some of it needs a restart";
                "changes" => changes, "needs_restart" => difference.needs_restart.join(", ")
            ),
        }
    }

    fn tell_wrong(&self, problems: &str) {
        self.say(|| {
            error!(
                self.log, "configuration was read again and is wrong; the one before stays";
                "problems" => problems
            );
        });
    }
}

/// What of `new` is applied, and what is not.
fn difference(follow: &Follow, new: &Layers, running: &Settings, wanted: &Settings) -> Difference {
    let mut difference = Difference { applied: Vec::new(), needs_restart: Vec::new() };
    let mut paths: Vec<&Entry> =
        [&follow.start, &follow.last, new].iter().flat_map(|it| it.entries()).collect();
    paths.sort_by(|a, b| a.path.cmp(&b.path));
    paths.dedup_by(|a, b| a.path == b.path);
    for Entry { key, path, .. } in paths {
        let is_absent = is_of_absent_drain(path, running) || is_of_absent_alerts(path, running, wanted);
        let is_live = key.change == Change::Live && !is_absent;
        let before = if is_live { &follow.last } else { &follow.start };
        let (before, after) = (before.values(path).next(), new.values(path).next());
        let value = |entry: Option<&Entry>| entry.map(|entry| entry.given.clone());
        if value(before) == value(after) {
            continue;
        }
        if is_live {
            let shown = |entry: Option<&Entry>| match entry {
                Some(entry) => key.shown(&entry.given).to_string(),
                None => "nothing".to_owned(),
            };
            difference.applied.push((path.clone(), format!("{path}: {} to {}", shown(before), shown(after))));
        } else {
            difference.needs_restart.push(path.clone());
        }
    }
    difference
}

/// Whether a path concerns a drain that does not run, which is made at a start only.
fn is_of_absent_drain(given: &str, running: &Settings) -> bool {
    match path::segments(given).as_deref() {
        Some([section, name, _]) if section == "drains" => running.drain(name).is_none(),
        _ => false,
    }
}

/// Whether a path concerns alerts where there are none, or shall be none any more: their thread is made at a start only.
fn is_of_absent_alerts(given: &str, running: &Settings, wanted: &Settings) -> bool {
    let is_of_alerts = given.starts_with("alerts.")
        || AlertTarget::ALL.iter().any(|(section, _)| crate::keys::is_below(section, given));
    is_of_alerts && (running.alerts.is_none() || wanted.alerts.is_none())
}

/// Where the values that hold come from: what needs a restart is as it was at the start, or as it was before for what was
/// added since.
fn explanation(follow: &Follow, new: &Layers, before: &Explanation, needs_restart: &[String]) -> Explanation {
    let mut start = Explanation::new(&follow.start);
    for key in start.keys.iter_mut().filter(|key| key.key == redaction::LITERALS.path) {
        if let Some(now) = before.keys.iter().find(|it| it.key == key.key) {
            key.clone_from(now);
        }
    }
    let mut explanation = Explanation::new(new);
    explanation.keys.retain(|key| {
        !needs_restart.contains(&key.key) || start.keys.iter().any(|at_start| at_start.key == key.key)
    });
    for key in &mut explanation.keys {
        if needs_restart.contains(&key.key)
            && let Some(at_start) = start.keys.iter().find(|it| it.key == key.key)
        {
            key.clone_from(at_start);
        }
    }
    explanation
}

/// A file with this text makes the parser of a test panic, as one of others' might.
#[cfg(test)]
pub(super) const STRIKES: &str = "the parser panics at this text";

#[cfg(test)]
fn strike(contents: &[crate::sources::Content]) {
    let text = |it: &crate::sources::Content| {
        String::from_utf8_lossy(it.as_deref().unwrap_or_default()).into_owned()
    };
    assert!(!contents.iter().any(|it| text(it).contains(STRIKES)), "the parser panics");
}

impl Settings {
    /// Takes over what can change while the logger runs. A key whose row says `live()` belongs here.
    fn take_live(&mut self, new: &Settings) {
        self.level = new.level;
        self.levels = new.levels.clone();
        self.redaction = new.redaction.clone();
        if let (Some(alerts), Some(new)) = (&mut self.alerts, &new.alerts) {
            *alerts = AlertSettings { spool: alerts.spool.clone(), ..new.clone() };
        }
        for drain in &mut self.drains {
            if let Some(new) = new.drain(&drain.name) {
                drain.filter = new.filter.clone();
            }
        }
    }
}

impl std::fmt::Debug for Follow {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Follow").field("sources", &self.origins.sources).finish_non_exhaustive()
    }
}
