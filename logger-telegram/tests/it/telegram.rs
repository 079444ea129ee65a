use logger_core::{Level, OwnedRecord, OwnedRecordBuilder};
use logger_telegram::{AlertEvent, Rule, Target};
use logger_testserver::{Fault, Options, Server};

use crate::support::{Harness, PATIENCE, TOKEN, critical, telegram, unlimited};

#[test]
fn a_critical_record_is_on_the_phone_with_its_fields_and_its_origin() {
    let server = unlimited();
    let target = telegram(&server).topic(9);
    let mut harness = Harness::new(server, target);
    let record = critical("position is not hedged").field("symbol", "BTCUSDT").field("size", 0.5);
    harness.log(record);
    let shown = harness.shown(1);
    let lines: Vec<&str> = shown[0].lines().collect();
    assert_eq!(lines[..2], ["🔴 CRITICAL", "position is not hedged"]);
    assert!(lines[2].ends_with(" UTC"), "{}", lines[2]);
    assert_eq!(lines[3..], ["symbol: BTCUSDT", "size: 0.5", "bot on host, src/expert.rs:12"]);
    let message = &harness.server.shown()[0];
    assert_eq!((message.place.as_str(), message.silent), ("42/9", false));
    harness.assert_kept_the_rules();
}

#[test]
fn an_error_sends_nothing_by_default_and_less_serious_levels_come_without_a_sound() {
    let server = unlimited();
    let target = telegram(&server).sound_from(Level::Critical);
    let mut harness = Harness::new(server, target);
    harness.log(OwnedRecord::new(Level::Error, "error"));
    harness.handle.set_rules(&[Rule::each("errors").level(Level::Error)]).unwrap();
    harness.log(OwnedRecord::new(Level::Error, "second error"));
    harness.shown(1);
    harness.critical("critical");
    harness.shown(2);
    let shown: Vec<bool> = harness.server.shown().iter().map(|it| it.silent).collect();
    assert_eq!(shown, [true, false]);
}

#[test]
fn whatever_a_record_contains_arrives_as_plain_text_within_the_limit() {
    let hostile = [
        "<b>bold</b> & </pre><a href=\"tg://user?id=1\">x</a>",
        "_*[x](http://evil.example)*_ ~`>#+-=|{}.!",
        "@everyone @channel /start #tag evil.example https://evil.example/a?b main.rs",
        "👩‍👩‍👧‍👦 🏳️‍🌈 𝕳𝖊𝖑𝖑𝖔 ∑ äöü",
        "\u{202e}gnp.exe \u{200b}x \0 y \u{1b}[2J",
        "   \n\t ",
    ];
    let long = format!("{}https://evil.example 😀", "😀".repeat(5_000));
    // side by side: a chat takes one message a second
    let shown: Vec<String> = std::thread::scope(|scope| {
        let show = |text: &'static str| move || on_the_phone(critical(text).field(text, text));
        let mut phones: Vec<_> = hostile.into_iter().map(|text| scope.spawn(show(text))).collect();
        phones.push(scope.spawn(|| on_the_phone(critical(&long).field("more", long.as_str()))));
        phones.into_iter().map(|it| it.join().unwrap()).collect()
    });
    assert!(shown[0].contains(hostile[0]) && shown[1].contains(hostile[1]) && shown[2].contains(hostile[2]));
    assert!(shown[4].contains("\\u{202e}gnp.exe \\u{200b}x  y \\u{1b}[2J"), "{}", shown[4]);
    assert!(shown[5].contains("(no message)"));
    assert!(shown[6].contains("😀…"));
}

/// What a phone shows of a record, of which nothing is more than text.
fn on_the_phone(record: OwnedRecordBuilder) -> String {
    let server = unlimited();
    let target = telegram(&server);
    let mut harness = Harness::new(server, target);
    harness.log(record.field("@everyone", "https://evil.example"));
    let text = harness.shown(1).remove(0);
    harness.assert_kept_the_rules();
    assert_eq!(harness.server.shown()[0].made, [""; 0], "{text}");
    text
}

#[test]
fn f29_a_wait_that_telegram_asks_for_holds_for_all_chats_of_the_bot() {
    let server = Server::start(Options { limits: false, ..Options::default() });
    let (one, other) = (telegram(&server), telegram(&server).topic(2));
    server.fail([Fault::Wait(2.0)]);
    let mut harness =
        Harness::with(server, |builder| builder.target(one).target(Target::from(other).named("other")));
    harness.critical("first");
    harness.wait("the wait", |it| it.server.received().iter().any(|it| it.status == 429));
    harness.critical("second");
    harness.told(4);
    harness.assert_kept_the_rules();
    assert!(harness.handle.health().targets.iter().map(|it| it.limited).sum::<u64>() == 1);
}

#[test]
fn topics_of_a_chat_share_its_limits() {
    let server = Server::start(Options::default());
    let (one, other) = (telegram(&server), telegram(&server).topic(2));
    let mut harness =
        Harness::with(server, |builder| builder.target(one).target(Target::from(other).named("other")));
    harness.critical("first");
    harness.shown(2);
    harness.assert_kept_the_rules();
}

#[test]
fn f29_a_wrong_token_stops_the_target_is_told_once_and_never_shown() {
    let server = unlimited();
    let target = telegram(&server);
    server.remove(TOKEN);
    let mut harness = Harness::new(server, target);
    for event in ["a", "b", "c"] {
        harness.critical(event);
    }
    harness.wait("the stop", |it| !it.events().is_empty());
    assert!(harness.handle.flush(PATIENCE));
    let stopped = AlertEvent::Stopped { target: "telegram".into(), error: r#"401 "Unauthorized""#.into() };
    assert_eq!(harness.events(), [stopped]);
    assert_eq!(harness.server.received().len(), 1);
    assert!(!format!("{:?}{:?}", harness.handle, harness.handle.health()).contains("secretsecret"));
}

#[test]
fn what_telegram_refuses_is_sent_once_more_as_bare_text_and_then_given_up() {
    let server = unlimited();
    let target = telegram(&server);
    server.fail([Fault::Status(400)]);
    let mut harness = Harness::new(server, target);
    harness.log(critical("ä problem").field("symbol", "BTC"));
    assert!(harness.shown(1)[0].contains("? problem"));
    harness.server.fail([Fault::Status(400), Fault::Status(400)]);
    harness.critical("another");
    harness.wait("the refusal", |it| it.handle.health().targets[0].dead == 1);
    assert!(
        matches!(&harness.events()[..], [AlertEvent::Rejected { alerts: 1, .. }]),
        "{:?}",
        harness.events()
    );
    harness.critical("a third");
    harness.shown(2);
}
