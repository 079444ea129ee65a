//! The troubles of alerts on their way into the files.

use std::sync::{Arc, Mutex, PoisonError};

use logger_core::{Category, Level, OwnedRecord, OwnedRecordBuilder, Pipeline};
use logger_telegram::AlertEvent;

/// Reports what alerts have to say of themselves: into the files of errors and of reports, and never as an alert.
#[derive(Clone, Default)]
pub(in crate::wiring) struct Troubles(Arc<Mutex<Listener>>);

#[derive(Default)]
struct Listener {
    /// There is none before the start.
    pipeline: Option<Pipeline>,
    waiting: Vec<OwnedRecordBuilder>,
}

impl Troubles {
    /// From now on reports go to `pipeline`, those first that waited.
    pub(in crate::wiring) fn tell(&self, pipeline: &Pipeline) {
        let mut listener = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        std::mem::take(&mut listener.waiting).into_iter().for_each(|report| pipeline.report(report));
        listener.pipeline = Some(pipeline.clone());
    }

    pub(super) fn hear(&self, event: &AlertEvent) {
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
