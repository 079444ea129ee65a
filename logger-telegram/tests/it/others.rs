//! Discord, Slack and ntfy.

use std::time::Duration;

use logger_core::{Level, OwnedRecord};
use logger_telegram::{AlertEvent, Discord, Mode, Ntfy, Rule, Slack, Target};
use logger_testserver::{Fault, Options, Server};

use crate::support::{Harness, PATIENCE, critical, unlimited};

fn discord(server: &Server) -> Discord {
    Discord::new(format!("{}/api/webhooks/77/secrethooktoken", server.url()))
}

fn slack(server: &Server) -> Slack {
    Slack::new(format!("{}/services/T/B/secrethooktoken", server.url()))
}

fn ntfy(server: &Server) -> Ntfy {
    Ntfy::new(&server.url(), "topic").token("tk_secrethooktoken")
}

const HOSTILE: [&str; 8] = [
    "@everyone @here <@1> <@&2> <#3> hello",
    "[masked](https://evil.example) **b** ~~s~~ ||spoiler|| __u__ # h",
    "``` \n@everyone ```` `a` ``b`` https://evil.example ```",
    "`",
    "<!everyone> <!channel> <https://evil.example|x> *b* :smile:",
    "<b>x</b> & \u{202e} \0 \u{1b}[2J",
    "",
    "👩‍👩‍👧‍👦 𝕳",
];

fn assert_plain(server: Server, target: impl Into<Target>, texts: &[&str]) {
    let mut harness = Harness::new(server, target);
    for &text in texts {
        harness.log(critical(text).field("a", text).field(text, "b"));
    }
    let long = "😀@everyone `".repeat(2_000);
    let many = (0..60).fold(critical(&long), |record, n| record.field(&format!("key {n}"), long.as_str()));
    harness.log(many);
    harness.told(texts.len() as u64 + 1);
    harness.assert_kept_the_rules();
    for message in harness.server.shown() {
        assert_eq!(message.made, [""; 0], "{}", message.text);
        assert!(message.text.contains("CRITICAL"));
    }
}

#[test]
fn whatever_a_record_contains_is_plain_on_discord() {
    let server = Server::start(Options::default());
    let target = discord(&server);
    assert_plain(server, target, &HOSTILE);
}

#[test]
fn whatever_a_record_contains_is_plain_on_slack() {
    let server = unlimited();
    let target = slack(&server);
    assert_plain(server, target, &HOSTILE[3..6]);
}

#[test]
fn whatever_a_record_contains_is_plain_on_ntfy() {
    let server = unlimited();
    let target = ntfy(&server);
    assert_plain(server, target, &HOSTILE);
}

#[test]
fn a_storm_on_discord_is_one_message_that_is_changed_and_keeps_to_the_headers() {
    let server = Server::start(Options::default());
    let target = discord(&server).thread("5");
    let mut harness = Harness::new(server, target);
    for n in 0..12 {
        harness.critical(&format!("alert {n}"));
    }
    for _ in 0..999 {
        harness.critical("alert 0");
    }
    assert!(harness.handle.close(PATIENCE));
    harness.told(1_011);
    harness.assert_kept_the_rules();
    let shown = harness.server.shown();
    assert!(shown.len() <= 12, "{shown:?}");
    assert!(shown[0].text.contains("1,000 times from "), "{}", shown[0].text);
    assert_eq!(shown[0].place, "77/secrethooktoken#5");
    assert_eq!(harness.handle.health().targets[0].limited, 0);
}

#[test]
fn threads_of_a_webhook_share_its_limits() {
    let server = Server::start(Options::default());
    let thread = |id: &str| Target::from(discord(&server).thread(id)).named(id);
    let (one, other) = (thread("5"), thread("6"));
    let mut harness = Harness::with(server, |builder| builder.target(one).target(other));
    for n in 0..4 {
        harness.critical(&format!("alert {n}"));
    }
    harness.told(8);
    harness.assert_kept_the_rules();
    assert_eq!(harness.handle.health().targets.iter().map(|it| it.limited).sum::<u64>(), 0);
}

#[test]
fn the_end_of_a_mute_makes_no_sound() {
    let server = unlimited();
    let target = ntfy(&server);
    let mut harness = Harness::new(server, target);
    harness.handle.mute(Duration::from_secs(3_600));
    harness.critical("x").critical("x");
    harness.handle.unmute();
    assert!(harness.shown(1)[0].contains("2 alerts were not sent while alerts were muted"));
    assert!(harness.server.shown()[0].silent);
    harness.critical("y");
    harness.shown(2);
    assert!(!harness.server.shown()[1].silent);
}

#[test]
fn a_webhook_that_is_gone_is_never_used_again() {
    let server = unlimited();
    server.remove("77/secrethooktoken");
    let target = discord(&server);
    let mut harness = Harness::new(server, target);
    harness.critical("a").critical("b");
    harness.wait("the stop", |it| !it.events().is_empty());
    harness.critical("c");
    assert!(harness.handle.flush(PATIENCE));
    let stopped = AlertEvent::Stopped { target: "discord".into(), error: r#"404 "Unknown Webhook""#.into() };
    assert_eq!(harness.events(), [stopped]);
    harness.assert_kept_the_rules();
}

#[test]
fn f29_each_service_is_given_the_wait_that_it_asks_for_in_its_own_form() {
    let make: [fn(&Server) -> Target; 3] =
        [|server| discord(server).into(), |server| slack(server).into(), |server| ntfy(server).into()];
    std::thread::scope(|scope| {
        for make in make {
            scope.spawn(move || {
                let server = unlimited();
                server.fail([Fault::Wait(1.0), Fault::Wait(1.0)]);
                let target = make(&server);
                let mut harness = Harness::new(server, target);
                harness.critical("a").critical("b");
                harness.told(2);
                harness.assert_kept_the_rules();
                assert_eq!(harness.handle.health().targets[0].limited, 2);
            });
        }
    });
}

#[test]
fn a_rule_without_sound_is_one_on_every_service() {
    let server = unlimited();
    let (one, other) = (discord(&server), ntfy(&server));
    let rule = Rule::each("soft").level(Level::Warning).mode(Mode::Silent);
    let mut harness = Harness::with(server, |builder| builder.target(one).target(other).rule(rule));
    harness.log(OwnedRecord::new(Level::Warning, "x"));
    harness.shown(2);
    assert!(harness.server.shown().iter().all(|it| it.silent));
}

#[test]
fn slack_is_told_no_more_than_once_a_second() {
    let server = Server::start(Options::default());
    let target = slack(&server);
    let mut harness = Harness::new(server, target);
    for told in 1..4 {
        harness.critical(&format!("alert {told}"));
        assert_eq!(harness.told(told).len() as u64, told);
    }
    harness.assert_kept_the_rules();
    assert!(harness.handle.close(Duration::from_secs(5)));
}

#[test]
fn a_record_of_the_thread_that_alerts_is_none() {
    let server = unlimited();
    let target = ntfy(&server);
    let rule = Rule::rate("rate", 1, Duration::from_secs(60));
    let mut harness = Harness::with(server, |it| it.target(target).rule(Rule::each("all")).rule(rule));
    harness.log(critical("a request has failed").thread("log-alerts"));
    harness.log(critical("another").thread("log-alerts"));
    harness.critical("of the program");
    assert!(harness.shown(1)[0].contains("of the program"));
    assert_eq!(harness.handle.health().accepted, 1);
}

#[test]
fn a_mute_keeps_rates_and_silences_back_and_a_silence_that_goes_on_is_told_at_its_end() {
    let server = unlimited();
    let target = ntfy(&server);
    let rate = Rule::rate("rate", 1, Duration::from_secs(60));
    let silence = Rule::silence("heartbeat", Duration::from_millis(1)).event("tick");
    let mut harness = Harness::with(server, |it| it.target(target).rule(rate));
    harness.handle.mute(Duration::from_secs(3_600));
    harness.handle.set_rules(&[Rule::rate("rate", 1, Duration::from_secs(60)), silence]).unwrap();
    harness.log(OwnedRecord::new(Level::Error, "x")).log(OwnedRecord::new(Level::Error, "x"));
    // long enough for several looks at the rules
    assert!(!harness.server.wait_for_requests(Duration::from_millis(700), 1), "{:?}", harness.server.shown());
    assert_eq!((harness.handle.health().muted, harness.handle.health().accepted), (1, 0));
    harness.handle.unmute();
    let shown = harness.shown(2).join("\n");
    assert!(shown.contains("1 alert was not sent while alerts were muted"), "{shown}");
    assert!(shown.contains("heartbeat: no record for "), "{shown}");
}
