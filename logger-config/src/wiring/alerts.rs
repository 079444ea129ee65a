//! Alerts: from settings to a route, and their troubles on the way into the files.

use std::sync::{Arc, Mutex, PoisonError};

use logger_core::{Category, Clock, Level, OwnedRecord, OwnedRecordBuilder, Pipeline, Route};
use logger_telegram::{AlertEvent, AlertHandle, Alerts, Rule};

use crate::{
    error::BuildError,
    settings::{AlertSettings, Settings},
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
    let mut builder = Alerts::builder()
        .rule(Rule::each("alerts.level").level(alerts.level))
        .window(alerts.window, alerts.window.max(LONGEST_WINDOW))
        .report_every(settings.report_every)
        .clock(clock.clone())
        .on_event(move |event| told.hear(&event));
    for host in &alerts.allow_hosts {
        builder = builder.allow_host(host);
    }
    if let Some(path) = &alerts.spool {
        builder = builder.spool(path);
    }
    #[cfg(feature = "telegram")]
    if let Some(it) = &alerts.telegram {
        let mut target = logger_telegram::Telegram::new(it.token.0.expose().clone(), it.chat.0.clone());
        if let Some(topic) = it.topic {
            target = target.topic(topic);
        }
        if let Some(base) = &it.base {
            target = target.base_url(&base.0);
        }
        builder = builder.target(target);
    }
    #[cfg(feature = "discord")]
    if let Some(url) = &alerts.discord {
        builder = builder.target(logger_telegram::Discord::new(url.0.expose().clone()));
    }
    #[cfg(feature = "webhook")]
    if let Some(it) = &alerts.webhook {
        let target = logger_telegram::Webhook::new(it.url.0.expose().clone());
        builder = builder.target(match &it.secret {
            Some(secret) => target.secret(secret.0.expose().clone()),
            None => target,
        });
    }
    let alerts = builder.start().map_err(|error| BuildError::Alerts(Box::new(error)))?;
    let handle = alerts.handle();
    Ok(Wired { route: alerts.route("alerts"), handle, troubles })
}

/// While repeats go on the window doubles up to this.
const LONGEST_WINDOW: std::time::Duration = std::time::Duration::from_secs(15 * 60);

/// Reports what alerts have to say of themselves: into the files of errors and of reports, and never as an alert.
#[derive(Clone, Default)]
pub(super) struct Troubles(Arc<Mutex<Listener>>);

#[derive(Default)]
struct Listener {
    /// There is none before the start.
    pipeline: Option<Pipeline>,
    waiting: Vec<OwnedRecordBuilder>,
}

impl Troubles {
    /// From now on reports go to `pipeline`, those first that waited.
    pub(super) fn tell(&self, pipeline: &Pipeline) {
        let mut listener = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        std::mem::take(&mut listener.waiting).into_iter().for_each(|report| pipeline.report(report));
        listener.pipeline = Some(pipeline.clone());
    }

    fn hear(&self, event: &AlertEvent) {
        let mut listener = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match &listener.pipeline {
            Some(pipeline) => pipeline.report(report(event)),
            None => listener.waiting.push(report(event)),
        }
    }
}

fn report(event: &AlertEvent) -> OwnedRecordBuilder {
    let report = |level, text: &str| {
        OwnedRecord::new(level, text)
            .category(Category::Logger)
            .place("", "logger_config", 0)
            .thread("logger")
    };
    match event {
        AlertEvent::Failing { target, error, waiting } => {
            report(Level::Error, "alerts are not delivered, and wait")
                .field("target", target.as_str())
                .field("error", error.as_str())
                .field("waiting", *waiting)
        }
        AlertEvent::Works { target, failures } => report(Level::Info, "alerts are delivered again")
            .field("target", target.as_str())
            .field("failures", *failures),
        AlertEvent::Stopped { target, error } => {
            report(Level::Error, "alerts are not delivered any more before the next start")
                .field("target", target.as_str())
                .field("error", error.as_str())
        }
        AlertEvent::Rejected { target, error, alerts } => report(Level::Error, "a target refuses an alert")
            .field("target", target.as_str())
            .field("error", error.as_str())
            .field("alerts", *alerts),
        AlertEvent::Dropped { target, alerts } => report(Level::Error, "alerts are lost: too many wait")
            .field("target", target.as_str())
            .field("alerts", *alerts),
        AlertEvent::SpoolFails { error, alerts } => {
            report(Level::Error, "alerts are not on the disk: a kill loses those that wait")
                .field("error", error.as_str())
                .field("alerts", *alerts)
        }
        // news of a later version
        other => report(Level::Error, &other.to_string()),
    }
}
