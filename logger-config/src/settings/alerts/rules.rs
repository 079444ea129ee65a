//! What is an alert besides.

use std::time::Duration;

use logger_core::{Category, Level};

use crate::{
    alert_rule_setting::{AlertTarget, RuleMode},
    key::Key,
    keys::{alert_rules as keys, is_below},
    layers::Layers,
    path,
    problem::Problem,
    setting::Switch,
};

/// A rule for alerts. Its conditions hold all together.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct AlertRule {
    /// Its name in messages.
    pub name: String,
    /// What of the records that it is about is an alert.
    pub trigger: RuleTrigger,
    /// About records at or above this level; `None`: as the trigger has it.
    pub level: Option<Level>,
    /// About records of this category only.
    pub category: Option<Category>,
    /// About records of this expert only.
    pub expert: Option<String>,
    /// About records with this symbol only.
    pub symbol: Option<String>,
    /// About records with this event only.
    pub event: Option<String>,
    /// About records whose event matches this regular expression only.
    pub matches: Option<String>,
    /// About records with these fields only.
    pub fields: Vec<(String, String)>,
    /// How its alerts come.
    pub mode: RuleMode,
    /// The targets that get them; empty: all.
    pub targets: Vec<AlertTarget>,
}

/// What of the records that a rule is about is an alert.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum RuleTrigger {
    /// Each of them.
    Each,
    /// More than so many of them within a span.
    Rate {
        /// So many are none.
        more_than: u32,
        /// The span.
        within: Duration,
    },
    /// None of them for so long.
    Silence(Duration),
}

impl AlertRule {
    /// The path of the key that names its targets.
    pub(super) fn key_of_targets(&self) -> String {
        path::named(keys::TARGETS.path, &self.name)
    }
}

/// The rules that are turned on, in their order.
pub(super) fn rules(layers: &mut Layers) -> Vec<AlertRule> {
    let names = layers.names("alerts.rules");
    if let Some(first) = names.first() {
        refuse_without_alerts(first, layers);
    }
    let is_on = |name: &String| layers.get_named(&keys::ENABLED, name) != Some(Switch::Off);
    let mut ordered: Vec<(u32, String)> = names
        .into_iter()
        .filter(is_on)
        .map(|name| (layers.get_named(&keys::ORDER, &name).map_or(DEFAULT_ORDER, |it| it.0), name))
        .collect();
    ordered.sort();
    ordered.into_iter().map(|(_, name)| rule(name, layers)).collect()
}

const DEFAULT_ORDER: u32 = 100;

/// Whoever writes a rule expects alerts.
fn refuse_without_alerts(name: &str, layers: &mut Layers) {
    if cfg!(feature = "alerts") {
        return;
    }
    let section = path::named("alerts.rules.*", name);
    let first = layers.entries().iter().find(|entry| is_below(&section, &entry.path));
    if let Some(origin) = first.map(|entry| entry.origin.clone()) {
        let message =
            "alerts need feature `telegram`, `discord` or `webhook`, which this build does not have";
        layers.put_problem(Problem::of(section, &origin, message));
    }
}

fn rule(name: String, layers: &mut Layers) -> AlertRule {
    AlertRule {
        trigger: trigger(&name, layers),
        level: layers.get_named(&keys::LEVEL, &name),
        category: layers.get_named(&keys::CATEGORY, &name),
        expert: layers.get_named(&keys::EXPERT, &name).map(|it| it.0),
        symbol: layers.get_named(&keys::SYMBOL, &name).map(|it| it.0),
        event: layers.get_named(&keys::EVENT, &name).map(|it| it.0),
        matches: layers.get_named(&keys::MATCHES, &name).map(|it| it.0),
        fields: layers.get_named(&keys::FIELDS, &name).map(|it| it.0).unwrap_or_default(),
        mode: layers.get_named(&keys::MODE, &name).unwrap_or(RuleMode::On),
        targets: layers.get_named(&keys::TARGETS, &name).map(|it| it.0).unwrap_or_default(),
        name,
    }
}

fn trigger(name: &str, layers: &mut Layers) -> RuleTrigger {
    let more_than = layers.get_named(&keys::MORE_THAN, name).map(|it| it.0);
    let within = layers.get_named(&keys::WITHIN, name).map(|it| it.0);
    let silence = layers.get_named(&keys::SILENCE, name).map(|it| it.0);
    let mut refuse = |key: &Key, words: &str| layers.refuse(&path::named(key.path, name), words);
    match (more_than, within, silence) {
        (None, None, None) => RuleTrigger::Each,
        (Some(more_than), Some(within), None) => RuleTrigger::Rate { more_than, within },
        (None, None, Some(span)) => RuleTrigger::Silence(span),
        (Some(_), _, Some(span)) | (_, Some(_), Some(span)) => {
            refuse(
                &keys::SILENCE,
                "has no effect beside `more_than` and `within`; allowed is a rule for each",
            );
            RuleTrigger::Silence(span)
        }
        (Some(_), None, None) => {
            refuse(&keys::MORE_THAN, "has no effect without `within`; allowed is both, or none");
            RuleTrigger::Each
        }
        (None, Some(_), None) => {
            refuse(&keys::WITHIN, "has no effect without `more_than`; allowed is both, or none");
            RuleTrigger::Each
        }
    }
}
