//! Every row of hostile input through the alerts: the same table that files and consoles are tested with.

use std::thread;

use logger_core::{
    Level, Logger, Pipeline,
    testing::hostile::{CANARY, ROWS, Row, Shown, is_dangerous},
};
use logger_telegram::{Alerts, Discord, Ntfy, Rule, Slack};
use logger_testserver::Server;
use serde_json::Value as Json;

use crate::support::{PATIENCE, telegram, unlimited, webhook};

/// What the webhook was told of records.
fn records(server: &Server) -> Vec<Json> {
    let received = server.received();
    let bodies = received.iter().filter(|it| it.request.path.starts_with("/hook/"));
    bodies.map(|it| it.request.json()["record"].clone()).filter(Json::is_object).collect()
}

/// To all services at once. Each row has alerts of its own: the first message to a chat or channel waits for none before it.
fn try_row(row: &Row, log_row: fn(&Logger), count: usize, is_right: fn(&[Json]) -> bool) {
    let what = format!("{} ({})", row.id, row.what);
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
    log_row(&guard.logger());
    assert!(guard.flush(PATIENCE).finished && handle.flush(PATIENCE), "{what}");
    let shown = server.shown();
    for service in ["telegram", "discord", "slack", "ntfy", "webhook"] {
        // where there is no room for each they share messages, and a webhook gets each by itself
        let told = handle.health().target(service).unwrap().told;
        let messages = shown.iter().filter(|it| it.service == service).count();
        assert_eq!(told, count as u64, "{what}: {service} of {shown:?}");
        assert!((1..=count).contains(&messages), "{what}: {service}");
    }
    for message in &shown {
        assert_eq!(message.made, [""; 0], "{what} on {}: {}", message.service, message.text);
        let acts = |char: char| char != '\n' && is_dangerous(char);
        // a webhook gets JSON, in which they are escaped
        let is_plain = message.service == "webhook" || !message.text.contains(acts);
        assert!(is_plain, "{what} on {}: {:?}", message.service, message.text);
    }
    for request in server.received() {
        let body = String::from_utf8_lossy(&request.request.body).into_owned();
        assert!(!body.contains(CANARY), "{what}: {body}");
        assert!(!body.contains(is_dangerous), "{what}: {body:?}");
    }
    let told = records(&server);
    assert_eq!(told.len(), count, "{what}");
    assert!(count > 1 || is_right(&told), "{what}: {told:#?}");
    assert_eq!(server.complaints(), [""; 0], "{what}");
    assert!(guard.shutdown(PATIENCE).finished);
}

#[test]
fn every_row_holds_in_every_service() {
    let tried = thread::scope(|scope| {
        let rows = ROWS.iter().filter_map(|row| match row.shown {
            Shown::ByRecords { log, records, is_right } => {
                Some(scope.spawn(move || try_row(row, log, records, is_right)))
            }
            Shown::ByTest(..) => None,
        });
        rows.collect::<Vec<_>>().into_iter().map(|row| row.join().unwrap()).count()
    });
    assert!(tried > 15);
}
