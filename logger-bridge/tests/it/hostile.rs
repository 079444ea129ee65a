//! Hostile input that comes through other crates' records.

use logger_bridge::{log::LogBridge, tracing::TracingLayer};
use logger_core::testing::{
    hostile::{CANARY, is_dangerous},
    nasty::{LINES, TEXTS},
};
use serde_json::Value;
use tracing_subscriber::{Registry, layer::SubscriberExt as _};

use crate::Scene;

fn texts() -> impl Iterator<Item = &'static str> {
    TEXTS.into_iter().chain(LINES)
}

/// One line a record, with nothing in it that acts, and with the text in each of its places.
fn check(scene: Scene, places: &[&str]) {
    let written = scene.end_as_text();
    let lines: Vec<&str> = written.strip_suffix('\n').unwrap().split('\n').collect();
    assert_eq!(lines.len(), texts().count());
    for (line, text) in lines.iter().zip(texts()) {
        assert!(!line.contains(is_dangerous), "{line:?}");
        let line: Value = serde_json::from_str(line).unwrap();
        for place in places {
            assert_eq!(line[place], text, "{place}");
        }
    }
}

#[test]
fn nasty_texts_come_through_the_crate_log_as_they_are() {
    let scene = Scene::new();
    let bridge = LogBridge::new(&scene.guard.logger());
    for text in texts() {
        log::info!(logger: bridge, target: text, v = text, shown:% = text; "{text}");
    }
    check(scene, &["event", "v", "shown", "target"]);
}

#[test]
fn nasty_texts_come_through_the_crate_tracing_as_they_are() {
    let scene = Scene::new();
    let layer = Registry::default().with(TracingLayer::new(&scene.guard.logger()));
    tracing::subscriber::with_default(layer, || {
        for text in texts() {
            let _span = tracing::info_span!("span", of_span = text).entered();
            tracing::info!(v = text, shown = %text, "{text}");
        }
    });
    check(scene, &["event", "v", "shown", "of_span"]);
}

#[test]
fn secrets_of_other_crates_are_masked_by_key_and_by_form() {
    let scene = Scene::new();
    let logger = scene.guard.logger();
    let bridge = LogBridge::new(&logger);
    let url = format!("https://bob:{CANARY}@x.test/?signature={CANARY}");
    log::info!(logger: bridge, api_key = CANARY, url = url.as_str(), who:? = Some(&url); "Bearer {CANARY}");
    let layer = Registry::default().with(TracingLayer::new(&logger));
    tracing::subscriber::with_default(layer, || {
        let _span = tracing::info_span!("session", auth_token = CANARY, proxy = %url).entered();
        tracing::info!(password = ?Some(CANARY), url, "token={CANARY}");
    });
    let written = scene.end_as_text();
    assert_eq!(written.lines().count(), 2);
    assert!(!written.contains(CANARY), "{written}");
    let read: Vec<Value> = written.lines().map(|it| serde_json::from_str(it).unwrap()).collect();
    assert_eq!((&read[0]["api_key"], &read[0]["event"]), (&"***".into(), &"Bearer ***".into()));
    assert_eq!((&read[1]["password"], &read[1]["auth_token"]), (&"***".into(), &"***".into()));
    assert_eq!(read[1]["proxy"], "https://***@x.test/?signature=***");
}
