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

pub(super) fn body_of(service: &dyn Service, alert: &Alert) -> Value {
    let time = Timestamp::from_unix_nanos(0);
    let message = Message { alert, count: 1, first: time, last: time, now: time, form: Form::Full };
    serde_json::from_str(&service.request(&message, None).body).unwrap()
}

pub(super) fn answer(status: u16, headers: &[(&'static str, &str)], body: &str) -> Answer {
    let header = |(name, value): &(&'static str, &str)| {
        (HeaderName::from_static(name), HeaderValue::from_str(value).unwrap())
    };
    Answer { status, headers: headers.iter().map(header).collect::<HeaderMap>(), body: body.into() }
}
