use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use logger_core::{Clock, Drain as _, Level, ManualClock, OwnedRecord, Timestamp};
use logger_telegram::{Alerts, Rule, Webhook};
use logger_testserver::{Fault, Options, Server};

use crate::support::{Harness, PATIENCE, critical, unlimited, webhook};

#[test]
fn the_record_comes_as_json_and_is_signed() {
    let options = Options { secret: Some("s3cret".into()), ..Options::default() };
    let server = Server::start(options);
    let target = webhook(&server).secret("s3cret").header("X-Team", "trading");
    let mut harness = Harness::new(server, target);
    harness.log(critical("x").field("symbol", "BTC").field("price", 1.5));
    harness.shown(1);
    harness.assert_kept_the_rules();
    let request = harness.server.received().remove(0).request;
    let body = request.json();
    assert_eq!((&body["type"], &body["count"], &body["late"]), (&"alert".into(), &1.into(), &false.into()));
    assert_eq!((&body["record"]["symbol"], &body["record"]["price"]), (&"BTC".into(), &1.5.into()));
    assert_eq!(request.header("x-team"), Some("trading"));
}

#[test]
fn repeats_of_one_batch_have_their_own_times_and_recovered_ones_are_no_news_to_a_watch() {
    let clock = ManualClock::new(Timestamp::from_unix_nanos(1_800_000_000_000_000_000));
    let server = unlimited();
    let target = webhook(&server);
    let rule = Rule::rate("errors", 1, Duration::from_secs(60));
    let mut harness = Harness::at(Clock::Manual(Arc::clone(&clock)), server, |builder| {
        builder.target(target).rule(Rule::each("critical")).rule(rule)
    });
    for _ in 0..3 {
        harness.put(critical("x").recovered(true));
        clock.advance(Duration::from_secs(1));
    }
    harness.drain.flush(Instant::now() + PATIENCE).unwrap();
    assert_eq!(harness.shown(1), ["x ×3 late"]);
    assert!(harness.handle.flush(PATIENCE));
    let body = harness.server.received()[0].request.json();
    let [first, last] = ["first", "last"].map(|it| body[it].as_str().unwrap()[..19].to_owned());
    assert_eq!([first, last], ["2027-01-15T08:00:00", "2027-01-15T08:00:02"]);
    assert_eq!(harness.server.shown().len(), 1);
    harness.log(OwnedRecord::new(Level::Error, "y")).log(OwnedRecord::new(Level::Error, "y"));
    assert_eq!(harness.shown(2)[1], "errors: 2 records within 60 s ×1");
}

#[test]
fn f28_what_may_have_arrived_is_said_again_in_the_same_words_with_the_same_key() {
    let server = unlimited();
    server.fail([Fault::ResetInBody, Fault::Status(500), Fault::Status(408)]);
    let target = webhook(&server);
    let mut harness = Harness::new(server, target);
    harness.critical("x").critical("x").critical("x");
    harness.wait("four requests", |it| it.server.received().len() == 4);
    harness.wait("the success", |it| it.handle.health().targets[0].sent == 1);
    let received = harness.server.received();
    let keys: Vec<_> = received.iter().map(|it| it.request.header("idempotency-key")).collect();
    assert!(keys.iter().all(|key| *key == keys[0]), "{keys:?}");
    assert_eq!(harness.server.shown().len(), 1);
    harness.assert_kept_the_rules();
}

#[test]
fn f29_only_what_may_get_better_is_tried_again() {
    for (status, dead) in [(408, 0), (425, 0), (429, 0), (500, 0), (503, 0), (400, 1), (422, 1)] {
        let server = unlimited();
        server.fail([Fault::Status(status)]);
        let target = webhook(&server);
        let mut harness = Harness::new(server, target);
        harness.critical("x");
        // the first answer is the fault; where it is tried again, the next one takes it
        let answers = if dead == 0 { 2 } else { 1 };
        harness.wait("the answers", |it| it.server.received().len() >= answers);
        harness.wait("what they say", |it| it.handle.health().targets[0].dead == dead);
        harness.critical("y");
        assert!(harness.handle.close(PATIENCE));
        let events: Vec<String> = harness.server.shown().into_iter().map(|it| it.text).collect();
        let expected: &[&str] = if dead == 0 { &["x ×1", "y ×1"] } else { &["y ×1"] };
        assert_eq!(events, expected, "{status}");
        assert_eq!(harness.server.received().len(), if dead == 0 { 3 } else { 2 }, "{status}");
    }
    for status in [401, 403, 404, 410, 302] {
        let server = unlimited();
        server.fail([Fault::Status(status)]);
        let target = webhook(&server);
        let mut harness = Harness::new(server, target);
        harness.critical("x");
        harness.wait("the stop", |it| it.handle.health().targets[0].state.as_str() == "stopped");
        harness.critical("y");
        assert!(harness.handle.flush(Duration::from_secs(5)));
        assert_eq!(harness.server.received().len(), 1, "{status}");
    }
}

#[test]
fn a_header_that_would_be_two_is_refused_at_once() {
    for (name, value) in
        [("X-A", "a\r\nX-B: b"), ("X-A\r\nX-B", "b"), ("X A", "b"), ("", "b"), ("X-A", "a\0")]
    {
        let target = Webhook::new("https://example.com/hook").header(name, value);
        let error = Alerts::builder().target(target).start().unwrap_err().to_string();
        assert!(error.starts_with("target `webhook`: ") && error.contains("header"), "{error}");
        assert!(!error.contains('\r') && !error.contains('\n'));
    }
}
