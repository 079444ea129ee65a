//! Other targets and rules while alerts run.

use std::time::{Duration, Instant};

use logger_core::{Drain as _, Level, OwnedRecord};
use logger_telegram::{AlertError, Alerts, AlertsBuilder, Fingerprint, Rule, Target, Telegram, Webhook};
use logger_testserver::{Fault, Options, Server};

use crate::support::{Harness, PATIENCE, TOKEN, critical, telegram, unlimited, webhook};

fn setup() -> AlertsBuilder {
    Alerts::builder().allow_host("127.0.0.1").report_every(Duration::ZERO)
}

fn events(server: &Server) -> Vec<String> {
    server.shown().into_iter().map(|it| it.text).collect()
}

/// The change was made, and what could be said was said.
#[track_caller]
fn flush(harness: &Harness) {
    assert!(harness.handle.flush(PATIENCE), "{:?}", harness.handle.health());
}

#[test]
fn what_waits_for_a_target_that_is_gone_goes_to_the_new_one_once() {
    let folder = tempfile::tempdir().unwrap();
    let spool = || folder.path().join("alerts.spool");
    let (server, other) = (unlimited(), unlimited());
    server.fail_always(Some(Fault::Status(500)));
    let target = telegram(&server);
    let mut harness = Harness::with(server, |builder| builder.target(target).spool(spool()));
    for event in ["a", "b", "a"] {
        harness.critical(event);
    }
    harness.wait("an attempt", |it| !it.server.received().is_empty());
    harness.handle.apply(setup().target(webhook(&other)).spool(spool())).unwrap();
    assert!(other.wait_until(PATIENCE, |shown| shown.len() == 2));
    harness.critical("c");
    assert!(other.wait_until(PATIENCE, |shown| shown.len() == 3));
    assert_eq!(events(&other), ["a ×2", "b ×1", "c ×1"]);
    harness.wait("the answers", |it| it.handle.health().targets[0].sent == 3);
    assert_eq!(harness.handle.health().targets[0].name, "webhook");
    let attempts = harness.server.received().len();
    assert!(harness.handle.close(PATIENCE));
    assert_eq!(harness.server.received().len(), attempts, "nothing more for the one that is gone");
    drop(harness);
    // nor for the old one, should it come back
    let old = telegram(&other);
    let next =
        Harness::with(unlimited(), |builder| builder.target(webhook(&other)).target(old).spool(spool()));
    assert_eq!(next.handle.health().left_by_earlier_runs, 0);
    assert_eq!(next.handle.health().targets.iter().map(|it| it.waiting).sum::<u64>(), 0);
    assert!(next.handle.close(PATIENCE));
    assert_eq!(events(&other), ["a ×2", "b ×1", "c ×1"]);
}

#[test]
fn what_a_target_knows_that_stays_is_not_told_to_a_new_one() {
    let folder = tempfile::tempdir().unwrap();
    let (server, other) = (unlimited(), unlimited());
    let first = webhook(&server);
    let mut harness =
        Harness::with(server, |it| it.target(first.clone()).spool(folder.path().join("alerts.spool")));
    harness.critical("a");
    harness.shown(1);
    harness.server.fail([Fault::Status(500)]);
    harness.critical("b");
    let second = || Target::from(webhook(&other)).named("second");
    harness.handle.apply(setup().target(second()).target(first.clone())).unwrap();
    flush(&harness);
    harness.critical("c");
    harness.shown(3);
    assert!(other.wait_until(PATIENCE, |shown| shown.len() == 1));
    harness.wait("all answers", |it| it.handle.health().targets.iter().map(|it| it.sent).sum::<u64>() == 4);
    let names: Vec<String> = harness.handle.health().targets.into_iter().map(|it| it.name).collect();
    assert_eq!(names, ["second", "webhook"]);
    assert!(harness.handle.close(PATIENCE));
    assert_eq!((events(&other), harness.server.shown().len()), (vec!["c ×1".to_owned()], 3));
    drop(harness);
    let spool = folder.path().join("alerts.spool");
    let next = Harness::with(unlimited(), |it| it.target(second()).target(first).spool(spool));
    assert_eq!(next.handle.health().left_by_earlier_runs, 0, "nobody has to be told of anything");
}

#[test]
fn a_target_that_is_the_same_goes_on_and_changes_its_message_in_place() {
    let server = unlimited();
    let target = telegram(&server);
    let quick = |builder: AlertsBuilder| builder.edit_after(Duration::from_millis(20));
    let mut harness = Harness::with(server, |builder| quick(builder.target(target.clone())));
    harness.critical("a");
    harness.wait("the message", |it| it.handle.health().targets[0].sent == 1);
    harness.handle.apply(quick(setup()).target(target.sound_from(Level::Critical))).unwrap();
    flush(&harness);
    harness.critical("a");
    harness.wait("the change", |it| it.handle.health().targets[0].edited == 1);
    let shown = harness.server.shown();
    assert_eq!((shown.len(), shown[0].edits), (1, 1));
}

#[test]
fn a_request_under_way_is_waited_for_and_its_alert_told_once() {
    let (server, other) = (unlimited(), unlimited());
    server.fail([Fault::Stall(Duration::from_millis(700))]);
    let target = webhook(&server);
    let mut harness = Harness::new(server, target);
    harness.critical("a");
    harness.wait("the request", |it| !it.server.received().is_empty());
    harness.critical("b");
    harness.handle.apply(setup().target(Target::from(webhook(&other)).named("other"))).unwrap();
    flush(&harness);
    // the change was made
    let names: Vec<String> = harness.handle.health().targets.into_iter().map(|it| it.name).collect();
    assert_eq!(names, ["other"]);
    harness.critical("c");
    assert!(other.wait_until(PATIENCE, |shown| shown.len() == 2));
    assert!(harness.handle.close(PATIENCE));
    assert_eq!(
        (events(&harness.server), events(&other)),
        (vec!["a ×1".into()], vec!["b ×1".into(), "c ×1".into()])
    );
}

#[test]
fn a_stopped_target_works_again_with_another_token_and_not_with_the_same() {
    let server = unlimited();
    let target = telegram(&server);
    server.remove(TOKEN);
    let mut harness = Harness::new(server, target.clone());
    harness.critical("a");
    harness.wait("the stop", |it| it.handle.health().targets[0].state.as_str() == "stopped");
    harness.handle.apply(setup().target(target)).unwrap();
    flush(&harness);
    harness.critical("b");
    flush(&harness);
    assert_eq!(harness.server.received().len(), 1);
    let other = Telegram::new("654321:AAE-anotheranotheranother", "42").base_url(&harness.server.url());
    harness.handle.apply(setup().target(other)).unwrap();
    harness.told(2);
    assert_eq!(harness.handle.health().targets[0].state.as_str(), "ok");
}

#[test]
fn a_wait_that_a_service_has_asked_for_outlives_a_change() {
    let server = unlimited();
    server.fail([Fault::Wait(1.0)]);
    let target = telegram(&server);
    let mut harness = Harness::new(server, target.clone());
    harness.critical("a");
    harness.wait("the wait", |it| it.server.received().iter().any(|it| it.status == 429));
    // of the same bot, and so of the same wait
    harness.handle.apply(setup().target(target.topic(7))).unwrap();
    harness.critical("b");
    harness.told(2);
    harness.assert_kept_the_rules();
}

#[test]
fn a_new_target_keeps_to_what_its_bot_was_asked_and_its_chat_was_sent() {
    // with the limits of the service
    let server = Server::start(Options::default());
    let (first, second) = (telegram(&server), Target::from(telegram(&server).topic(7)).named("second"));
    let mut harness = Harness::new(server, first);
    harness.critical("a");
    harness.wait("the answer", |it| it.handle.health().targets[0].sent == 1);
    harness.handle.apply(setup().target(second)).unwrap();
    harness.server.fail([Fault::Wait(1.0)]);
    harness.critical("b");
    harness.wait("the wait", |it| it.server.received().iter().any(|it| it.status == 429));
    harness.handle.apply(setup().target(Target::from(telegram(&harness.server)).named("third"))).unwrap();
    harness.shown(2);
    harness.assert_kept_the_rules();
}

#[test]
fn a_new_target_takes_turns_with_those_of_its_bot() {
    const STALL: Duration = Duration::from_millis(600);
    let server = unlimited();
    server.fail([Fault::Stall(STALL)]);
    let (first, second) = (telegram(&server), Target::from(telegram(&server).topic(7)).named("second"));
    let mut harness = Harness::new(server, first.clone());
    harness.critical("a");
    harness.wait("the request", |it| !it.server.received().is_empty());
    harness.handle.apply(setup().target(first).target(second)).unwrap();
    harness.critical("b");
    harness.wait("the other ones", |it| it.server.received().len() == 3);
    let received = harness.server.received();
    // of one bot one request is under way at a time: what an answer says of waiting holds for the next one
    let pause = received[1].at.duration_since(received[0].at);
    assert!(pause >= STALL, "{pause:?}");
}

#[test]
fn what_one_has_told_that_stays_or_goes_is_told_to_nobody_again() {
    for stays in [true, false] {
        let (works, fails, new) = (unlimited(), unlimited(), unlimited());
        fails.fail_always(Some(Fault::Status(500)));
        let named = |server: &Server, name: &str| Target::from(webhook(server)).named(name);
        let first = named(&works, "first");
        let second = named(&fails, "second");
        let mut harness = Harness::with(works, |builder| builder.target(first).target(second));
        harness.critical("a").critical("a");
        harness.wait("the answers", |it| {
            let targets = it.handle.health().targets;
            targets[0].sent >= 1 && targets[1].retried >= 1
        });
        let told = harness.handle.health().targets[0].told;
        let kept = stays.then(|| named(&harness.server, "first"));
        let next = kept.into_iter().fold(setup(), AlertsBuilder::target);
        harness.handle.apply(next.target(named(&new, "new"))).unwrap();
        flush(&harness);
        harness.critical("b");
        assert!(harness.handle.close(PATIENCE));
        // where the first one goes, what it has not told yet of the repeats is told by the new one
        let rest = format!("a ×{}", 2 - told);
        let expected =
            if stays || told == 2 { vec!["b ×1".to_owned()] } else { vec![rest, "b ×1".to_owned()] };
        assert_eq!(events(&new), expected, "{stays}");
    }
}

#[test]
fn a_second_target_that_becomes_the_only_one_tells_at_once_what_waits() {
    let (server, other) = (unlimited(), unlimited());
    server.fail_always(Some(Fault::Status(500)));
    let (first, second) = (Target::from(webhook(&server)).named("first"), webhook(&other));
    let hour = Duration::from_secs(3_600);
    let mut harness = Harness::with(server, |builder| builder.target(first).backup(second.clone(), hour));
    harness.critical("a");
    harness.wait("an attempt", |it| !it.server.received().is_empty());
    harness.handle.apply(setup().target(second)).unwrap();
    assert!(other.wait_until(PATIENCE, |shown| shown.len() == 1));
    assert!(harness.handle.close(PATIENCE));
    assert_eq!(events(&other), ["a ×1"]);
}

#[test]
fn the_network_is_that_of_the_new_setup() {
    let (server, proxy) = (unlimited(), unlimited());
    let target = webhook(&server);
    let mut harness = Harness::new(server, target);
    let far = Webhook::new("http://example.invalid/hook/x");
    let next = setup().allow_host("example.invalid").proxy(proxy.url()).target(far);
    harness.handle.apply(next).unwrap();
    harness.critical("a");
    assert!(proxy.wait_for_requests(PATIENCE, 1));
}

#[test]
fn rules_and_targets_change_together() {
    let (server, other) = (unlimited(), unlimited());
    let first = webhook(&server);
    let mut harness = Harness::new(server, first.clone());
    let rules = |builder: AlertsBuilder| {
        builder
            .rule(Rule::each("errors").level(Level::Error).event("for the new one").to(["new"]))
            .rule(Rule::each("rest"))
    };
    let both = setup().target(first.clone()).target(Target::from(webhook(&other)).named("new"));
    harness.handle.apply(rules(both)).unwrap();
    harness.log(OwnedRecord::new(Level::Error, "for the new one"));
    assert!(other.wait_until(PATIENCE, |shown| shown.len() == 1));
    harness.critical("for all");
    harness.shown(1);
    assert!(other.wait_until(PATIENCE, |shown| shown.len() == 2));
    // the graver one comes first where both wait at the same moment
    let mut at_other = events(&other);
    at_other.sort();
    assert_eq!(
        (at_other, events(&harness.server)),
        (vec!["for all ×1".to_owned(), "for the new one ×1".into()], vec!["for all ×1".to_owned()],)
    );
    // what is for a target alone that is gone meanwhile goes to those that there are
    other.fail_always(Some(Fault::Status(500)));
    harness.log(OwnedRecord::new(Level::Error, "for the new one").place("b.rs", "b", 1));
    harness.wait("an attempt", |_| other.received().len() > 2);
    harness.handle.apply(setup().target(first)).unwrap();
    assert_eq!(harness.shown(2)[1], "for the new one ×1");
}

#[test]
fn a_wrong_setup_changes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let server = unlimited();
    let target = webhook(&server);
    let mut harness = Harness::new(server, target.clone());
    let said = |setup: AlertsBuilder| harness.handle.apply(setup).unwrap_err();
    assert!(matches!(said(setup()), AlertError::NoTarget));
    assert!(matches!(said(setup().target(Webhook::new("file:///etc"))), AlertError::Setting { .. }));
    let nobody = setup().target(target.clone()).rule(Rule::each("a").to(["nobody"]));
    assert!(matches!(said(nobody), AlertError::Rule { .. }));
    let moved = setup().target(target.clone()).spool(folder.path().join("other"));
    assert!(matches!(said(moved), AlertError::Spool { .. }));
    let twice = setup().target(target.clone()).target(target.clone());
    assert!(matches!(said(twice), AlertError::TargetName { name } if name == "webhook"));
    let to = |name| harness.handle.set_rules(&[Rule::each("a").to([name])]);
    assert!(matches!(to("nobody"), Err(AlertError::Rule { .. })));
    assert!(to("webhook").is_ok());
    harness.critical("a");
    assert_eq!(harness.shown(1), ["a ×1"]);
    assert!(harness.handle.close(PATIENCE));
    assert!(matches!(harness.handle.apply(setup().target(target)).unwrap_err(), AlertError::Ended));
}

#[test]
fn repeats_are_counted_across_changes() {
    let (server, other) = (unlimited(), unlimited());
    let first = webhook(&server);
    let mut harness = Harness::new(server, first.clone());
    harness.critical("a");
    harness.shown(1);
    harness.wait("the answer", |it| it.handle.health().targets[0].sent == 1);
    harness.critical("a").critical("a");
    harness.handle.apply(setup().target(Target::from(webhook(&other)).named("second"))).unwrap();
    assert!(other.wait_until(PATIENCE, |shown| shown.len() == 1));
    harness.wait("the answer", |it| it.handle.health().targets[0].sent == 1);
    harness.critical("a");
    harness.handle.apply(setup().target(first)).unwrap();
    assert_eq!(harness.shown(2), ["a ×1", "a ×1"]);
    assert_eq!(events(&other), ["a ×2"]);
}

#[test]
fn changes_in_the_midst_of_alerts_lose_none_and_double_none() {
    let (server, other) = (unlimited(), unlimited());
    let (one, two) = (webhook(&server), Target::from(webhook(&other)).named("two"));
    let mut harness = Harness::new(server, one.clone());
    let mut two = Some(two);
    for n in 0..60 {
        harness.put(critical(&format!("alert {n}")).place("a.rs", "a", n));
        if n % 3 == 0 {
            harness.drain.flush(Instant::now() + PATIENCE).unwrap();
        }
        if n % 4 == 0 {
            let next = two.take().unwrap_or_else(|| Target::from(webhook(&other)).named("two"));
            let next = if n % 8 == 0 { setup().target(next) } else { setup().target(one.clone()) };
            harness.handle.apply(next).unwrap();
        }
    }
    harness.drain.flush(Instant::now() + PATIENCE).unwrap();
    assert!(harness.handle.close(PATIENCE));
    let mut told: Vec<String> = events(&harness.server).into_iter().chain(events(&other)).collect();
    told.sort();
    let mut expected: Vec<String> = (0..60).map(|n| format!("alert {n} ×1")).collect();
    expected.sort();
    assert_eq!(told, expected);
}

#[test]
fn what_waits_for_several_targets_that_are_gone_goes_to_the_new_one_once() {
    let (server, other, new) = (unlimited(), unlimited(), unlimited());
    server.fail_always(Some(Fault::Status(500)));
    other.fail_always(Some(Fault::Status(500)));
    let (first, second) = (webhook(&server), Target::from(webhook(&other)).named("second"));
    let mut harness = Harness::with(server, |it| it.target(first).target(second));
    harness.critical("a").critical("b");
    harness.wait("attempts", |it| !it.server.received().is_empty() && !other.received().is_empty());
    harness.handle.apply(setup().target(Target::from(webhook(&new)).named("new"))).unwrap();
    assert!(harness.handle.close(PATIENCE));
    assert_eq!(events(&new), ["a ×1", "b ×1"]);
}

#[test]
fn what_a_second_target_has_told_is_still_for_the_new_first_one() {
    let (server, other, new) = (unlimited(), unlimited(), unlimited());
    server.fail_always(Some(Fault::Status(500)));
    let (first, second) = (webhook(&server), Target::from(webhook(&other)).named("second"));
    let backup = second;
    let mut harness = Harness::with(server, |it| it.target(first).backup(backup, Duration::from_millis(100)));
    harness.critical("a");
    assert!(other.wait_until(PATIENCE, |shown| shown.len() == 1));
    harness.wait("the answer", |it| it.handle.health().targets[1].sent == 1);
    harness.handle.apply(setup().target(Target::from(webhook(&new)).named("new"))).unwrap();
    assert!(harness.handle.close(PATIENCE));
    assert_eq!((events(&new), events(&other).len()), (vec!["a ×1".to_owned()], 1));
}

#[test]
fn a_request_under_way_to_a_target_that_becomes_another_service_is_told_once() {
    let (server, other) = (unlimited(), unlimited());
    server.fail([Fault::Stall(Duration::from_millis(700))]);
    let target = Target::from(webhook(&server)).named("phone");
    let mut harness = Harness::new(server, target);
    harness.critical("a");
    harness.wait("the request", |it| !it.server.received().is_empty());
    harness.handle.apply(setup().target(Target::from(telegram(&other)).named("phone"))).unwrap();
    flush(&harness);
    assert!(harness.handle.close(PATIENCE));
    assert_eq!((events(&harness.server), events(&other).len()), (vec!["a ×1".to_owned()], 0));
}

#[test]
fn an_alert_for_a_target_that_is_gone_before_it_was_taken_up_goes_to_those_that_there_are() {
    let (server, other) = (unlimited(), unlimited());
    server.fail([Fault::Stall(Duration::from_millis(700))]);
    let first = webhook(&server);
    let mut harness = Harness::new(server, first);
    harness.critical("a");
    harness.wait("the request", |it| !it.server.received().is_empty());
    // which this change waits for; the alert and the second change come meanwhile
    let named = |name: &str| Target::from(webhook(&other)).named(name);
    let rule = Rule::each("for one").to(["one"]);
    harness.handle.apply(setup().target(named("one")).target(named("two")).rule(rule)).unwrap();
    harness.critical("b");
    harness.handle.apply(setup().target(named("two"))).unwrap();
    assert!(harness.handle.close(PATIENCE));
    assert_eq!(events(&other), ["b ×1"]);
}

#[test]
fn a_watch_goes_on_over_a_change_of_rules_and_of_targets() {
    let server = unlimited();
    let target = webhook(&server);
    let rate = |name| Rule::rate(name, 2, Duration::from_secs(60));
    let mut harness = Harness::with(server, |it| it.target(target.clone()).rule(rate("rate")));
    harness.log(OwnedRecord::new(Level::Error, "x"));
    harness.handle.set_rules(&[rate("rate"), Rule::each("more")]).unwrap();
    harness.log(OwnedRecord::new(Level::Error, "x"));
    harness.handle.apply(setup().target(target).rule(rate("other")).rule(rate("rate"))).unwrap();
    harness.log(OwnedRecord::new(Level::Error, "x"));
    assert_eq!(harness.shown(1), ["rate: 3 records within 60 s ×1"]);
    // the one that is new has seen one
    harness.log(OwnedRecord::new(Level::Error, "x"));
    harness.log(OwnedRecord::new(Level::Error, "x"));
    assert_eq!(harness.shown(2)[1], "other: 3 records within 60 s ×1");
}

#[test]
fn what_makes_two_records_the_same_alert_changes_too() {
    let server = unlimited();
    let target = webhook(&server);
    let mut harness = Harness::new(server, target.clone());
    harness.critical("a 1");
    harness.shown(1);
    let fingerprint = Fingerprint::default().without_event();
    harness.handle.apply(setup().target(target).fingerprint(fingerprint)).unwrap();
    harness.put(critical("b 1"));
    harness.put(critical("b 2"));
    harness.drain.flush(Instant::now() + PATIENCE).unwrap();
    assert_eq!(harness.shown(2), ["a 1 ×1", "b 1 ×2"]);
}

#[test]
fn a_flush_waits_for_a_change_also_while_another_target_goes_on() {
    let (server, stays, new) = (unlimited(), unlimited(), unlimited());
    // what was tried is settled, so that the change alone is waited for
    server.fail([Fault::Status(500), Fault::Stall(Duration::from_millis(1_200))]);
    // and the other one has its answer in the midst of it
    stays.fail([Fault::Stall(Duration::from_millis(600))]);
    let (first, second) = (webhook(&server), Target::from(webhook(&stays)).named("second"));
    let mut harness = Harness::with(server, |it| it.target(first).target(second));
    harness.critical("a");
    harness.wait("the second request", |it| it.server.received().len() == 2);
    let named = |server: &Server, name: &str| Target::from(webhook(server)).named(name);
    harness.handle.apply(setup().target(named(&new, "new")).target(named(&stays, "second"))).unwrap();
    flush(&harness);
    let names: Vec<String> = harness.handle.health().targets.into_iter().map(|it| it.name).collect();
    assert_eq!(names, ["new", "second"]);
}
