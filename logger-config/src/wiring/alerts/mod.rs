//! Alerts: from settings to a route, at the start and while they run.

mod rules;
mod troubles;

use std::time::Duration;

use logger_core::{Clock, Route};
use logger_telegram::{AlertHandle, Alerts, AlertsBuilder, Target};

pub(super) use self::troubles::Troubles;
use crate::{
    error::BuildError,
    setting::Switch,
    settings::{AlertSettings, Settings, TargetSettings},
};

/// The route of the alerts, the handle on them, and who is told of their troubles.
pub(super) struct Wired {
    pub(super) route: Route,
    pub(super) handle: AlertHandle,
    pub(super) troubles: Troubles,
}

/// Checks the targets and starts the thread of the alerts.
pub(super) fn wire(alerts: &AlertSettings, settings: &Settings, clock: &Clock) -> Result<Wired, BuildError> {
    let troubles = Troubles::default();
    let told = troubles.clone();
    let builder = setup(alerts, settings.report_every).clock(clock.clone());
    let builder = builder.on_event(move |event| told.hear(&event));
    let started = builder.start().map_err(|error| BuildError::Alerts(Box::new(error)))?;
    let handle = started.handle();
    mute(alerts.muted, &handle);
    Ok(Wired { route: started.route("alerts"), handle, troubles })
}

/// Gives running alerts other settings, all at once; after an error none.
#[cfg(feature = "reload")]
pub(crate) fn change(
    handle: &AlertHandle,
    from: &Settings,
    to: &Settings,
) -> Result<(), logger_telegram::AlertError> {
    let (Some(before), Some(after)) = (&from.alerts, &to.alerts) else { return Ok(()) };
    if before == after {
        return Ok(());
    }
    handle.apply(setup(after, to.report_every))?;
    if before.muted != after.muted {
        mute(after.muted, handle);
    }
    Ok(())
}

/// Longer than any process lives.
const ENDLESS: Duration = Duration::from_secs(10 * 366 * 86_400);

fn mute(muted: Switch, handle: &AlertHandle) {
    match muted {
        Switch::On => handle.mute(ENDLESS),
        Switch::Off => handle.unmute(),
    }
}

/// While repeats go on the window doubles up to this.
const LONGEST_WINDOW: Duration = Duration::from_secs(15 * 60);

fn setup(alerts: &AlertSettings, report_every: Duration) -> AlertsBuilder {
    let mut builder =
        Alerts::builder().window(alerts.window, alerts.window.max(LONGEST_WINDOW)).report_every(report_every);
    builder = rules::of(alerts).into_iter().fold(builder, AlertsBuilder::rule);
    builder = alerts.allow_hosts.iter().fold(builder, |builder, host| builder.allow_host(host));
    if let Some(path) = &alerts.spool {
        builder = builder.spool(path);
    }
    if let Some(proxy) = &alerts.proxy {
        builder = builder.proxy(proxy.0.expose().clone());
    }
    for settings in &alerts.targets {
        let Some(target) = target(settings) else { continue };
        builder = match alerts.backup {
            Some((backup, after)) if backup == settings.target() => builder.backup(target, after),
            _ => builder.target(target),
        };
    }
    builder
}

/// `None` for one that this build does not have, which was refused with the settings.
fn target(settings: &TargetSettings) -> Option<Target> {
    match settings {
        #[cfg(feature = "telegram")]
        TargetSettings::Telegram { token, chat, topic, sound_from, base } => {
            let target = logger_telegram::Telegram::new(token.0.expose().clone(), chat.0.clone());
            let target = target.sound_from(*sound_from);
            let target = topic.iter().fold(target, |target, topic| target.topic(*topic));
            Some(base.iter().fold(target, |target, base| target.base_url(&base.0)).into())
        }
        #[cfg(feature = "discord")]
        TargetSettings::Discord { url, thread } => {
            let target = logger_telegram::Discord::new(url.0.expose().clone());
            Some(thread.iter().fold(target, |target, thread| target.thread(thread)).into())
        }
        #[cfg(feature = "webhook")]
        TargetSettings::Webhook { url, secret } => {
            let target = logger_telegram::Webhook::new(url.0.expose().clone());
            Some(secret.iter().fold(target, |target, secret| target.secret(secret.0.expose().clone())).into())
        }
        #[cfg(feature = "webhook")]
        TargetSettings::Slack { url } => Some(logger_telegram::Slack::new(url.0.expose().clone()).into()),
        #[cfg(feature = "webhook")]
        TargetSettings::Ntfy { server, topic, token } => {
            let target = logger_telegram::Ntfy::new(&server.0, topic.0.expose().clone());
            Some(token.iter().fold(target, |target, token| target.token(token.0.expose().clone())).into())
        }
        #[cfg(not(all(feature = "telegram", feature = "discord", feature = "webhook")))]
        _ => None,
    }
}
