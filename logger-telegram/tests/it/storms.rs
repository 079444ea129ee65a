use std::{
    collections::HashSet,
    time::{Duration, Instant},
};

use logger_core::{Drain as _, Level, OwnedRecord};
use logger_telegram::{AlertEvent, Rule, Target};
use logger_testserver::{Fault, Options, Server};

use crate::support::{Harness, PATIENCE, critical, telegram, unlimited, webhook};

#[test]
fn ten_thousand_equal_alerts_are_one_message_on_telegram_that_states_the_count() {
    // with the limits of the service
    let server = Server::start(Options::default());
    let target = telegram(&server);
    let mut harness = Harness::new(server, target);
    for _ in 0..10_000 {
        harness.critical("margin call");
    }
    assert!(harness.handle.close(PATIENCE));
    let shown = harness.server.shown();
    assert_eq!(shown.len(), 1);
    assert!(shown[0].text.contains("10,000 times from "), "{}", shown[0].text);
    assert!(shown[0].edits <= 4);
    harness.assert_kept_the_rules();
    let health = harness.handle.health();
    assert_eq!((health.targets[0].told, health.targets[0].grouped), (10_000, 9_999));
}

#[test]
fn ten_thousand_equal_alerts_are_two_messages_where_none_can_be_changed() {
    let server = unlimited();
    let target = webhook(&server);
    let mut harness = Harness::new(server, target);
    harness.critical("margin call");
    harness.shown(1);
    for _ in 1..10_000 {
        harness.critical("margin call");
    }
    assert!(harness.handle.close(PATIENCE));
    assert_eq!(harness.shown(2), ["margin call ×1", "margin call ×10000"]);
}

#[test]
fn f29_fifty_different_alerts_are_each_delivered_once_through_a_storm_of_waits() {
    let server = unlimited();
    let storm = [Fault::Wait(0.2), Fault::Nothing, Fault::Nothing, Fault::Status(503), Fault::Nothing];
    server.fail((0..4).flat_map(|_| storm.clone()));
    let target = webhook(&server);
    let mut harness = Harness::new(server, target);
    for n in 0..50 {
        harness.put(critical(&format!("alert {n}")));
    }
    harness.critical("last");
    let shown = harness.shown(51);
    assert!(harness.handle.flush(PATIENCE));
    let different: HashSet<&String> = shown.iter().collect();
    assert_eq!((shown.len(), different.len()), (51, 51));
    harness.assert_kept_the_rules();
}

#[test]
fn alerts_whose_text_somebody_else_chooses_are_as_few_as_their_place() {
    let server = unlimited();
    let target = webhook(&server);
    let mut harness = Harness::new(server, target);
    for n in 0..10_000 {
        harness.put(critical(&format!("login of user{n} failed")));
    }
    harness.critical("login of the last one failed");
    assert!(harness.handle.close(PATIENCE));
    let shown = harness.server.shown();
    assert!(shown.len() <= 62, "{}", shown.len());
    let told: u64 = shown.iter().map(|it| it.text.rsplit('×').next().unwrap().parse::<u64>().unwrap()).sum();
    assert_eq!(told, 10_001);
    assert_eq!(harness.handle.health().dropped, 0);
}

#[test]
fn what_is_critical_comes_first_and_stays_when_too_many_wait() {
    let server = unlimited();
    server.fail_always(Some(Fault::Wait(0.3)));
    let target = webhook(&server);
    let mut harness = Harness::with(server, |builder| {
        builder.target(target).queue(4).rule(Rule::each("errors").level(Level::Error))
    });
    harness.log(OwnedRecord::new(Level::Error, "first"));
    harness.wait("the wait", |it| !it.server.received().is_empty());
    for n in 0..4 {
        harness.log(OwnedRecord::new(Level::Error, format!("error {n}")));
    }
    harness.wait("all of them", |it| {
        it.handle.health().targets[0].waiting + it.handle.health().targets[0].dead == 5
    });
    for n in 0..3 {
        harness.critical(&format!("critical {n}"));
    }
    harness.wait("the loss", |it| it.handle.health().targets[0].dead == 4);
    harness.server.fail_always(None);
    assert_eq!(harness.shown(4), ["critical 0 ×1", "critical 1 ×1", "critical 2 ×1", "first ×1"]);
    harness.assert_kept_the_rules();
}

#[test]
fn of_several_second_targets_the_later_one_gets_what_none_has_told() {
    let (server, soon, late) = (unlimited(), unlimited(), unlimited());
    server.fail_always(Some(Fault::Status(500)));
    let first = Target::from(webhook(&server)).named("first");
    let (second, third) = (Target::from(webhook(&soon)).named("second"), webhook(&late));
    let wait = Duration::from_millis(300);
    let mut harness =
        Harness::with(server, |builder| builder.target(first).backup(second, wait).backup(third, wait * 4));
    harness.critical("x");
    assert!(soon.wait_until(PATIENCE, |shown| shown.len() == 1));
    soon.fail_always(Some(Fault::Status(500)));
    harness.critical("y");
    // which the second one does not take either
    assert!(late.wait_until(PATIENCE, |shown| shown.iter().any(|it| it.text == "y ×1")));
    assert!(late.shown().iter().all(|it| it.text != "x ×1"), "{:?}", late.shown());
}

#[test]
fn a_second_target_gets_what_the_first_has_not_taken_in_time() {
    let (server, second) = (unlimited(), unlimited());
    server.fail_always(Some(Fault::Status(500)));
    let (first, backup) = (Target::from(webhook(&server)).named("first"), webhook(&second));
    let mut harness =
        Harness::with(server, |builder| builder.target(first).backup(backup, Duration::from_millis(500)));
    harness.critical("x");
    assert!(second.wait_until(PATIENCE, |shown| shown.len() == 1));
    harness.server.fail_always(None);
    harness.shown(1);
    harness.critical("y");
    harness.shown(2);
    // longer than the second one would wait
    assert!(!second.wait_until(Duration::from_millis(1_500), |shown| shown.len() > 1));
}

#[test]
fn more_different_alerts_at_once_than_may_wait_are_counted_and_told_of_once_an_interval() {
    let folder = tempfile::tempdir().unwrap();
    let server = unlimited();
    let target = webhook(&server);
    let mut harness = Harness::with(server, |builder| {
        let builder = builder.target(target).queue(20).report_every(Duration::from_secs(3_600));
        builder.spool(folder.path().join("alerts.spool"))
    });
    for round in 0..2 {
        for n in 0..30 {
            harness.put(critical(&format!("{round} {n}")).place("a.rs", "a", round * 100 + n));
        }
        harness.drain.flush(Instant::now() + PATIENCE).unwrap();
        harness.told(20 * (u64::from(round) + 1));
    }
    let health = harness.handle.health();
    assert_eq!((health.accepted, health.dropped), (60, 20));
    assert_eq!(harness.events(), [AlertEvent::Dropped { target: "webhook".into(), alerts: 10 }]);
    assert!(harness.handle.close(PATIENCE));
    let next = Harness::with(unlimited(), |builder| {
        builder.target(webhook(&harness.server)).spool(folder.path().join("alerts.spool"))
    });
    assert_eq!(next.handle.health().left_by_earlier_runs, 0, "what is lost is not for the next start either");
}

#[test]
fn what_a_watch_says_of_records_comes_after_their_alerts() {
    let server = unlimited();
    let target = webhook(&server);
    let minute = Duration::from_secs(60);
    let rules = [
        Rule::each("critical"),
        Rule::rate("rate", 2, minute).level(Level::Critical),
        Rule::rate("another", 2, minute).level(Level::Critical),
    ];
    let mut harness =
        Harness::with(server, |it| rules.iter().cloned().fold(it.target(target), |it, rule| it.rule(rule)));
    for event in ["a", "b", "c", "d"] {
        harness.put(critical(event));
    }
    harness.drain.flush(Instant::now() + PATIENCE).unwrap();
    let expected = [
        "a ×1",
        "b ×1",
        "c ×1",
        "rate: 3 records within 60 s ×1",
        "another: 3 records within 60 s ×1",
        "d ×1",
    ];
    assert_eq!(harness.shown(6), expected);
    // it says of itself what it is
    let record = harness.server.received()[3].request.json()["record"].clone();
    assert_eq!((&record["rule"], &record["level"]), (&"rate".into(), &"critical".into()));
}

#[test]
fn what_a_drain_was_given_last_is_told_when_it_ends_without_a_flush() {
    let server = unlimited();
    let target = webhook(&server);
    let mut harness = Harness::new(server, target);
    harness.put(critical("last"));
    let Harness { server, drain, handle, .. } = harness;
    drop(drain);
    assert!(server.wait_until(PATIENCE, |shown| shown.len() == 1));
    // and the alerts end with it
    assert!(handle.close(PATIENCE));
    assert_eq!(server.shown()[0].text, "last ×1");
}

#[test]
fn a_second_target_tells_also_the_repeats_of_what_it_has_told() {
    let (server, second) = (unlimited(), unlimited());
    server.fail_always(Some(Fault::Status(500)));
    second.fail([Fault::Stall(Duration::from_millis(500))]);
    let (first, backup) = (Target::from(webhook(&server)).named("first"), webhook(&second));
    let mut harness =
        Harness::with(server, |builder| builder.target(first).backup(backup, Duration::from_millis(50)));
    harness.critical("x");
    harness.wait("the request", |_| !second.received().is_empty());
    // while it is on its way
    harness.critical("x");
    harness.handle.close(PATIENCE);
    let shown: Vec<String> = second.shown().into_iter().map(|it| it.text).collect();
    assert_eq!(shown, ["x ×1", "x ×2"]);
}
