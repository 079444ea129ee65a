//! What the tests of the services share.

use std::sync::Arc;

use logger_core::{Level, OwnedRecord, Run, Timestamp};
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use serde_json::Value;

use super::Service;
use crate::{
    alert::{Alert, Delivery},
    http::Answer,
    text::{Form, Message},
};

pub(super) fn record_of(level: Level, event: &str, fields: impl Iterator<Item = (String, String)>) -> Alert {
    let run = Arc::new(Run::fixed("bot", "host", 7, "run-1"));
    let record = OwnedRecord::new(level, event).run(&run).place("src/expert.rs", "bot", 12);
    let record = fields.fold(record, |record, (key, value)| record.field(&key, value.as_str()));
    Alert::new(&record.build().borrow(), 1, Delivery::default())
}

pub(super) fn message_of(level: Level, event: &str, field: &str) -> Alert {
    record_of(level, event, [("field".to_owned(), field.to_owned())].into_iter())
}

/// A message of an alert that came once, in the first second of 1970.
pub(super) fn said(alert: &Alert, form: Form) -> Message<'_> {
    let time = Timestamp::from_unix_nanos(0);
    Message { alert, count: 1, first: time, last: time, now: time, form }
}

pub(super) fn body_of(service: &dyn Service, alert: &Alert) -> Value {
    body_in(service, alert, Form::Full)
}

pub(super) fn body_in(service: &dyn Service, alert: &Alert, form: Form) -> Value {
    serde_json::from_str(&service.request(&[said(alert, form)], None).body).unwrap()
}

pub(super) fn answer(status: u16, headers: &[(&'static str, &str)], body: &str) -> Answer {
    let header = |(name, value): &(&'static str, &str)| {
        (HeaderName::from_static(name), HeaderValue::from_str(value).unwrap())
    };
    Answer { status, headers: headers.iter().map(header).collect::<HeaderMap>(), body: body.into() }
}
