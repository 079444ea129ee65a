//! What is an alert.

use logger_telegram::{Mode, Rule};

use crate::{
    alert_rule_setting::RuleMode,
    setting::name_of,
    settings::{AlertRule, AlertSettings, RuleTrigger},
};

/// The rules of the configuration, and after them the one of the level.
pub(super) fn of(alerts: &AlertSettings) -> Vec<Rule> {
    let by_level = Rule::each("alerts.level").level(alerts.level);
    alerts.rules.iter().map(rule).chain([by_level]).collect()
}

fn rule(settings: &AlertRule) -> Rule {
    let name = settings.name.as_str();
    let rule = match settings.trigger {
        RuleTrigger::Each => Rule::each(name),
        RuleTrigger::Rate { more_than, within } => Rule::rate(name, more_than, within),
        RuleTrigger::Silence(span) => Rule::silence(name, span),
    };
    // the category first: it lowers the level of one that was not given
    let rule = settings.category.into_iter().fold(rule, Rule::category);
    let rule = settings.level.into_iter().fold(rule, Rule::level);
    let rule = settings.expert.iter().fold(rule, |rule, name| rule.expert(name));
    let rule = settings.symbol.iter().fold(rule, |rule, name| rule.symbol(name));
    let rule = settings.event.iter().fold(rule, |rule, event| rule.event(event));
    let rule = settings.matches.iter().fold(rule, |rule, pattern| rule.event_matches(pattern));
    let rule = settings.fields.iter().fold(rule, |rule, (key, text)| rule.field(key, text));
    let rule = rule.mode(match settings.mode {
        RuleMode::On => Mode::On,
        RuleMode::Silent => Mode::Silent,
        RuleMode::Off => Mode::Off,
    });
    if settings.targets.is_empty() { rule } else { rule.to(settings.targets.iter().map(|it| name_of(*it))) }
}
