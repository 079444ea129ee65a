//! Every row of hostile input through the alerts: the same table that files and consoles are tested with.

use logger_core::{
    Level, Pipeline,
    testing::hostile::{CANARY, ROWS, Shown, is_dangerous},
};
use logger_telegram::{Alerts, Discord, Ntfy, Rule, Slack};
use logger_testserver::Server;
use serde_json::Value as Json;

use crate::support::{PATIENCE, telegram, unlimited, webhook};

/// What the webhook was told of records since `before` requests had come.
fn records(server: &Server, before: usize) -> Vec<Json> {
    let received = server.received();
    let bodies = received[before..].iter().filter(|it| it.request.path.starts_with("/hook/"));
    bodies.map(|it| it.request.json()["record"].clone()).filter(Json::is_object).collect()
}

#[test]
fn every_row_holds_in_every_service() {
    let server = unlimited();
    let url = server.url();
    let alerts = Alerts::builder()
        .allow_host("127.0.0.1")
        .target(telegram(&server))
        .target(Discord::new(format!("{url}/api/webhooks/77/secrethooktoken")))
        .target(Slack::new(format!("{url}/services/T/B/secrethooktoken")))
        .target(Ntfy::new(&url, "topic"))
        .target(webhook(&server))
        .rule(Rule::each("all").level(Level::Info))
        .start()
        .unwrap();
    let handle = alerts.handle();
    let guard = Pipeline::builder().level(Level::Info).route(alerts.route("alerts")).start().unwrap();
    let log = guard.logger();
    let mut tried = 0;
    for row in ROWS {
        let Shown::ByRecords { log: log_row, records: count, is_right } = row.shown else { continue };
        let what = format!("{} ({})", row.id, row.what);
        let (requests, before) = (server.received().len(), server.shown().len());
        log_row(&log);
        assert!(guard.flush(PATIENCE).finished && handle.flush(PATIENCE), "{what}");
        let (shown, received) = (server.shown(), server.received());
        let services: Vec<&str> = shown[before..].iter().map(|it| it.service).collect();
        for service in ["telegram", "discord", "slack", "ntfy", "webhook"] {
            assert!(services.contains(&service), "{what}: {service} among {services:?}");
        }
        for message in &shown[before..] {
            assert_eq!(message.made, [""; 0], "{what} on {}: {}", message.service, message.text);
            let acts = |char: char| char != '\n' && is_dangerous(char);
            // a webhook gets JSON, in which they are escaped
            let is_plain = message.service == "webhook" || !message.text.contains(acts);
            assert!(is_plain, "{what} on {}: {:?}", message.service, message.text);
        }
        for request in &received[requests..] {
            let body = String::from_utf8_lossy(&request.request.body).into_owned();
            assert!(!body.contains(CANARY), "{what}: {body}");
            assert!(!body.contains(is_dangerous), "{what}: {body:?}");
        }
        let told = records(&server, requests);
        assert!(!told.is_empty(), "{what}");
        assert!(count > 1 || is_right(&told), "{what}: {told:#?}");
        tried += 1;
    }
    assert!(tried > 15);
    assert_eq!(server.complaints(), [""; 0]);
    assert!(guard.shutdown(PATIENCE).finished);
}
