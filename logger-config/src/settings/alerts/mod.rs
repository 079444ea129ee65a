//! Alerts: what is one, and where they go.

mod rules;
mod targets;

use std::{path::PathBuf, time::Duration};

use logger_core::Level;

pub use self::rules::{AlertRule, RuleTrigger};
#[cfg(feature = "alerts")]
pub(crate) use self::targets::TargetSettings;
use crate::{
    alert_rule_setting::AlertTarget,
    keys::{alerts, general},
    layers::Layers,
    secret_setting::ProxyUrl,
    setting::{Switch, name_of},
};

/// Alerts: what is one, and where they go. Tokens and addresses that are secrets are in no `Debug` output of it.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct AlertSettings {
    /// Records of this level or above are alerts, where no rule says otherwise.
    pub level: Level,
    /// The rules, the first one to be asked first.
    pub rules: Vec<AlertRule>,
    /// Whether alerts are kept back.
    pub muted: Switch,
    /// How long repeats of an alert are gathered.
    pub window: Duration,
    /// Where alerts wait until they are delivered; `None`: in memory.
    pub spool: Option<PathBuf>,
    /// The target that gets what none of the others has taken after a while.
    pub backup: Option<(AlertTarget, Duration)>,
    /// Hosts that may have an address that is not public, any port, and no TLS.
    pub allow_hosts: Vec<String>,
    #[cfg_attr(not(feature = "alerts"), allow(dead_code))]
    pub(crate) proxy: Option<ProxyUrl>,
    #[cfg_attr(not(feature = "alerts"), allow(dead_code))]
    pub(crate) targets: Vec<targets::TargetSettings>,
}

impl AlertSettings {
    /// The names of the targets that are turned on.
    pub fn targets(&self) -> Vec<&'static str> {
        self.targets.iter().map(|target| name_of(target.target())).collect()
    }
}

/// `Some(None)` where no target is turned on.
pub(super) fn alerts(layers: &mut Layers) -> Option<Option<AlertSettings>> {
    let allow_hosts = layers.get(&alerts::ALLOW_HOSTS).map(|it| it.0).unwrap_or_default();
    let targets = targets::targets(&allow_hosts, layers)?;
    let rules = rules::rules(layers);
    let spool = (layers.need(&alerts::SPOOL)? == Switch::On)
        .then(|| layers.need(&general::LOG_DIR).map(|folder| folder.0.join("alerts.spool")));
    let settings = AlertSettings {
        level: layers.need(&alerts::LEVEL)?,
        rules,
        muted: layers.need(&alerts::MUTED)?,
        window: layers.need(&alerts::WINDOW)?.0,
        spool: spool.flatten(),
        backup: layers.get(&alerts::BACKUP).zip(layers.need(&alerts::BACKUP_AFTER).map(|it| it.0)),
        allow_hosts,
        proxy: layers.get(&alerts::PROXY),
        targets,
    };
    if settings.targets.is_empty() {
        return Some(None);
    }
    refuse_targets_that_are_off(&settings, layers);
    Some(Some(settings))
}

/// A rule or a backup that speaks of a target which gets nothing. Where no target is on, there are no alerts: a developer's
/// machine without tokens may have the same file.
fn refuse_targets_that_are_off(settings: &AlertSettings, layers: &mut Layers) {
    let on: Vec<AlertTarget> = settings.targets.iter().map(targets::TargetSettings::target).collect();
    let are_on = settings.targets().join(", ");
    for rule in &settings.rules {
        for off in rule.targets.iter().filter(|target| !on.contains(target)) {
            let name = name_of(*off);
            let message = format!("the target `{name}` is not turned on; those that are: {are_on}");
            layers.refuse(&rule.key_of_targets(), message);
        }
    }
    match settings.backup {
        Some((backup, _)) if !on.contains(&backup) => {
            let name = name_of(backup);
            let message = format!("the target `{name}` is not turned on; those that are: {are_on}");
            layers.refuse(alerts::BACKUP.path, message);
        }
        Some((backup, _)) if on.len() == 1 => {
            let message = format!(
                "`{}` is the only target that is turned on; a backup needs another one beside it",
                name_of(backup)
            );
            layers.refuse(alerts::BACKUP.path, message);
        }
        _ => {}
    }
}
