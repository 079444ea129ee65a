//! Several different alerts at once: where a service has no room for one message each, they share messages.

use std::{thread, time::Instant};

use logger_core::{Drain as _, Level};
use logger_telegram::{Discord, Ntfy, Rule, Slack, Target};
use logger_testserver::{Fault, Options, Server};

use crate::support::{Harness, PATIENCE, critical, telegram, unlimited};

fn all_services() -> [fn(&Server) -> Target; 4] {
    [
        |server| telegram(server).into(),
        |server| Discord::new(format!("{}/api/webhooks/77/secrethooktoken", server.url())).into(),
        |server| Slack::new(format!("{}/services/T/B/secrethooktoken", server.url())).into(),
        |server| Ntfy::new(&server.url(), "topic").into(),
    ]
}

/// Of all at the same moment.
fn at_once(harness: &mut Harness, count: u32) {
    for n in 0..count {
        harness.put(critical(&format!("alert {n}")).place("a.rs", "a", n));
    }
    harness.drain.flush(Instant::now() + PATIENCE).unwrap();
}

/// How often a line stands in what a phone shows.
fn lines(shown: &[String], line: &str) -> usize {
    shown.iter().flat_map(|it| it.lines()).filter(|it| *it == line).count()
}

#[test]
fn fifty_different_alerts_at_once_are_three_messages_on_telegram_each_in_one_of_them() {
    // with the limits of the service
    let server = Server::start(Options::default());
    let target = telegram(&server);
    let mut harness = Harness::new(server, target);
    at_once(&mut harness, 50);
    let shown = harness.told(50);
    assert_eq!(shown.len(), 3, "{shown:#?}");
    for n in 0..50 {
        assert_eq!(lines(&shown, &format!("alert {n}")), 1, "{n}");
    }
    harness.assert_kept_the_rules();
    let health = harness.handle.health().targets[0].clone();
    assert_eq!((health.sent, health.limited, health.delay.count()), (3, 0, 50));
}

#[test]
fn through_a_storm_of_waits_each_of_fifty_different_alerts_is_on_every_service_once() {
    thread::scope(|scope| {
        for make in all_services() {
            scope.spawn(move || {
                let server = unlimited();
                server.fail([Fault::Wait(0.2), Fault::Nothing, Fault::Wait(0.3), Fault::Status(503)]);
                let target = make(&server);
                let mut harness = Harness::new(server, target);
                at_once(&mut harness, 50);
                let shown = harness.told(50);
                for n in 0..50 {
                    assert_eq!(lines(&shown, &format!("alert {n}")), 1, "{n}: {shown:#?}");
                }
                assert!(shown.len() < 50, "{}", shown.len());
                harness.assert_kept_the_rules();
            });
        }
    });
}

#[test]
fn a_shared_message_is_plain_text_within_the_limits_whatever_its_records_contain() {
    let nasty = "😀 @everyone <!channel> [a](https://evil.example) ``` `` ` <b>x</b> \u{202e} ".repeat(60);
    thread::scope(|scope| {
        for make in all_services() {
            let nasty = &nasty;
            scope.spawn(move || {
                let server = unlimited();
                // what waits for the second attempt shares a message
                server.fail([Fault::Wait(0.1)]);
                let target = make(&server);
                let mut harness = Harness::new(server, target);
                for n in 0..25 {
                    let record = critical(&format!("{n} {nasty}")).place("a.rs", "a", n);
                    harness.put(record.field(nasty, nasty.as_str()).field("symbol", "BTC"));
                }
                harness.drain.flush(Instant::now() + PATIENCE).unwrap();
                let shown = harness.told(25);
                harness.assert_kept_the_rules();
                for message in harness.server.shown() {
                    assert_eq!(message.made, [""; 0], "{}", message.text);
                }
                // however long the others are, the begin of each is there
                let all = shown.join("\n");
                for n in 0..25 {
                    assert!(all.contains(&format!("{n} 😀 ")), "{n}: {all}");
                }
            });
        }
    });
}

#[test]
fn a_repeat_changes_the_message_that_its_alert_shares() {
    let server = unlimited();
    let target = telegram(&server);
    let mut harness = Harness::new(server, target);
    at_once(&mut harness, 3);
    harness.told(3);
    harness.log(critical("alert 1").place("a.rs", "a", 1));
    let shown = harness.told(4);
    assert_eq!((shown.len(), harness.server.shown()[0].edits), (1, 1), "{shown:?}");
    let text: Vec<&str> =
        shown[0].lines().filter(|it| !it.ends_with("UTC") || it.contains("times")).collect();
    let second = text.iter().position(|it| *it == "alert 1").unwrap();
    assert!(text[second + 1].starts_with("2 times from "), "{text:?}");
    for line in ["🔴 CRITICAL 1 of 3", "alert 0", "🔴 CRITICAL 2 of 3", "🔴 CRITICAL 3 of 3", "alert 2"]
    {
        assert_eq!(lines(&shown, line), 1, "{line}: {text:?}");
    }
    harness.assert_kept_the_rules();
}

#[test]
fn a_shared_message_makes_a_sound_where_one_of_its_alerts_does() {
    for (levels, silent) in [([Level::Error, Level::Critical], false), ([Level::Error; 2], true)] {
        let server = unlimited();
        let target = telegram(&server).sound_from(Level::Critical);
        let mut harness =
            Harness::with(server, |it| it.target(target).rule(Rule::each("errors").level(Level::Error)));
        for (n, level) in levels.into_iter().enumerate() {
            harness.put(logger_core::OwnedRecord::new(level, format!("alert {n}")));
        }
        harness.drain.flush(Instant::now() + PATIENCE).unwrap();
        let shown = harness.told(2);
        assert_eq!((shown.len(), harness.server.shown()[0].silent), (1, silent), "{shown:?}");
        // the most serious one is what a phone shows first
        let first = levels.iter().max().unwrap().as_upper_str();
        assert!(shown[0].lines().next().unwrap().ends_with(&format!("{first} 1 of 2")), "{shown:?}");
    }
}
