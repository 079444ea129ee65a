//! Which records are alerts, and what else is one: too many of a kind, or none at all.

mod matching; // which records a rule is about
mod mute; // no alerts for a time
mod rate; // too many in a span
mod rule; // what a rule says
mod silence; // none for too long

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use logger_core::{Category, Level, Record, Timestamp};

pub(crate) use self::mute::Mute;
pub use self::rule::{Mode, Rule};
use self::{matching::Matching, rate::Rate, rule::Trigger, silence::Silence};
use crate::{
    alert::{Delivery, Sound},
    error::AlertError,
};

/// Rules that were checked.
#[derive(Debug)]
pub(crate) struct Rules {
    each: Vec<Each>,
    watches: Vec<Watch>,
    /// Below it only trades and what a watch is about matter.
    floor: Level,
    trades: bool,
}

#[derive(Debug)]
struct Each {
    matching: Matching,
    mode: Mode,
    targets: Option<Arc<[String]>>,
}

/// A rule about more than one record.
#[derive(Debug)]
struct Watch {
    rule: Rule,
    matching: Matching,
    /// What it has seen so far; the same rule goes on with it after a change of rules.
    kind: Arc<Mutex<WatchKind>>,
}

#[derive(Debug)]
enum WatchKind {
    Rate(Rate),
    Silence(Silence),
}

/// A watch has something to say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Fired {
    pub(crate) rule: String,
    pub(crate) event: String,
    pub(crate) level: Level,
    pub(crate) delivery: Delivery,
}

impl Rules {
    /// Checks rules; `targets`: the names that they may mention. Without any rule CRITICAL is an alert.
    pub(crate) fn new(rules: &[Rule], targets: &[String], now: Instant) -> Result<Self, AlertError> {
        let default = [Rule::each("critical")];
        let rules = if rules.is_empty() { &default } else { rules };
        let (mut each, mut watches) = (Vec::new(), Vec::new());
        for rule in rules {
            rule.check(targets)?;
            let matching = rule.matching()?;
            let kind = match rule.trigger {
                Trigger::Each => {
                    each.push(Each { matching, mode: rule.mode, targets: rule.targets.clone() });
                    continue;
                }
                Trigger::Rate { count, within } => WatchKind::Rate(Rate::new(count, within)),
                Trigger::Silence(span) => WatchKind::Silence(Silence::new(span, now)),
            };
            watches.push(Watch { rule: rule.clone(), matching, kind: Arc::new(Mutex::new(kind)) });
        }
        let about = each.iter().map(|it| &it.matching).chain(watches.iter().map(|it| &it.matching));
        let floor = about.clone().filter(|it| !it.is_about(Category::Trade)).map(|it| it.level()).min();
        let trades = about.clone().any(|it| it.is_about(Category::Trade));
        Ok(Rules { each, watches, floor: floor.unwrap_or(Level::Critical), trades })
    }

    /// Rules that are in both go on with what they have seen: a heartbeat that is missing is not told again, and a change of
    /// something else gives it no other span.
    pub(crate) fn going_on_from(mut self, before: &Rules) -> Self {
        for watch in &mut self.watches {
            if let Some(same) = before.watches.iter().find(|it| it.rule == watch.rule) {
                watch.kind = Arc::clone(&same.kind);
            }
        }
        self
    }

    /// Whether a record can matter: what costs little for those that do not.
    pub(crate) fn may_matter(&self, record: &Record<'_>) -> bool {
        record.level() >= self.floor || (self.trades && record.category() == Category::Trade)
    }

    /// How a record is delivered; `None` where it is no alert. The first rule that it matches decides.
    pub(crate) fn choose(&self, record: &Record<'_>) -> Option<Delivery> {
        let rule = self.each.iter().find(|rule| rule.matching.matches(record))?;
        delivery(rule.mode, rule.targets.as_ref())
    }

    /// Shows a record to the watches. Returns what they have to say of it.
    pub(crate) fn watch(&self, record: &Record<'_>, now: Instant) -> Vec<Fired> {
        let looking = self.watches.iter().filter(|watch| watch.matching.matches(record));
        looking.filter_map(|watch| watch.see(record.timestamp(), now)).collect()
    }

    /// What the watches have to say of the time that has passed.
    pub(crate) fn tick(&self, now: Instant) -> Vec<Fired> {
        self.watches.iter().filter_map(|watch| watch.tick(now)).collect()
    }
}

fn delivery(mode: Mode, targets: Option<&Arc<[String]>>) -> Option<Delivery> {
    let sound = match mode {
        Mode::On => Sound::ByTarget,
        Mode::Silent => Sound::Off,
        Mode::Off => return None,
    };
    Some(Delivery { sound, targets: targets.cloned(), ..Delivery::default() })
}

impl Watch {
    fn see(&self, time: Timestamp, now: Instant) -> Option<Fired> {
        let said = match &mut *self.kind.lock().unwrap_or_else(PoisonError::into_inner) {
            WatchKind::Rate(rate) => rate.see(time).map(|count| {
                format!("{}: {count} records within {}", self.rule.name, seconds(rate.within()))
            }),
            WatchKind::Silence(silence) => silence
                .see(now)
                .map(|span| format!("{}: there are records again, after {}", self.rule.name, seconds(span))),
        };
        self.fired(said?)
    }

    fn tick(&self, now: Instant) -> Option<Fired> {
        let said = match &mut *self.kind.lock().unwrap_or_else(PoisonError::into_inner) {
            WatchKind::Rate(_) => None,
            WatchKind::Silence(silence) => {
                silence.tick(now).map(|span| format!("{}: no record for {}", self.rule.name, seconds(span)))
            }
        };
        self.fired(said?)
    }

    fn fired(&self, event: String) -> Option<Fired> {
        let delivery = delivery(self.rule.mode, self.rule.targets.as_ref())?;
        Some(Fired { rule: self.rule.name.clone(), event, level: Level::Critical, delivery })
    }
}

fn seconds(span: Duration) -> String {
    format!("{} s", span.as_secs_f64().round())
}

#[cfg(test)]
mod tests;
