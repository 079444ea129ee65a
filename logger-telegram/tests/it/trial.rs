//! Whether a target works, and what it would be sent.

use std::{
    io::{Read as _, Write as _},
    net::TcpListener,
    thread,
    time::Duration,
};

use logger_telegram::{Alerts, AlertsBuilder, Discord, Ntfy, Rule, Slack, Target, Telegram, Webhook};
use logger_testserver::{Fault, Options, Server};

use crate::support::{TOKEN, telegram, unlimited, webhook};

fn setup() -> AlertsBuilder {
    Alerts::builder().allow_host("127.0.0.1")
}

#[test]
fn each_target_gets_one_message_and_says_how_long_it_took_or_why_not() {
    let (works, fails, waits) = (unlimited(), unlimited(), unlimited());
    fails.fail_always(Some(Fault::Status(500)));
    waits.fail([Fault::Wait(7.0)]);
    let nobody = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let named = |target: Webhook, name: &str| Target::from(target).named(name);
    works.remove("77/secrethooktoken");
    let tests = setup()
        .target(telegram(&works))
        .target(named(webhook(&fails), "fails"))
        .target(named(webhook(&waits), "waits"))
        .target(named(Webhook::new(format!("http://{nobody}/secretpath")), "nobody"))
        .backup(
            Discord::new(format!("{}/api/webhooks/77/secrethooktoken", works.url())),
            Duration::from_secs(9),
        )
        .rule(Rule::each("nothing").event("something else"))
        .send_test("bot")
        .unwrap();
    let names: Vec<&str> = tests.iter().map(|it| it.target.as_str()).collect();
    assert_eq!(names, ["telegram", "fails", "waits", "nobody", "discord"]);
    assert!(tests[0].result.is_ok(), "{tests:?}");
    assert_eq!(tests[1].result, Err("500".into()));
    assert_eq!(tests[2].result, Err("it asks for a wait of 7 s".into()));
    assert!(tests[3].result.as_ref().unwrap_err().contains("refused"), "{tests:?}");
    assert_eq!(tests[4].result, Err(r#"404 "Unknown Webhook""#.into()));
    assert!(!format!("{tests:?}").contains("secret"), "{tests:?}");
    assert_eq!((works.received().len(), fails.received().len(), waits.received().len()), (2, 1, 1));
    let shown = &works.shown()[0];
    assert!(shown.text.contains("test of alerts: nothing has happened") && shown.text.contains("bot on "));
    assert!(!shown.silent && works.complaints().is_empty());
}

#[test]
fn a_test_tells_the_time_that_the_answer_took() {
    let server = unlimited();
    server.fail([Fault::Stall(Duration::from_millis(300))]);
    let tests = setup().target(webhook(&server)).send_test("bot").unwrap();
    assert!(tests[0].result.as_ref().unwrap() >= &Duration::from_millis(300), "{tests:?}");
}

#[test]
fn what_would_be_sent_is_shown_without_a_secret_and_nothing_is_sent() {
    let server = Server::start(Options { secret: Some("s3cret".into()), ..Options::default() });
    let url = server.url();
    let requests = setup()
        .target(Telegram::new(TOKEN, "42").base_url(&url))
        .target(Discord::new(format!("{url}/api/webhooks/77/secrethooktoken")).thread("5"))
        .target(Slack::new(format!("{url}/services/T/B/secrethooktoken")))
        .target(Ntfy::new(&url, "secrettopic").token("tk_secrethooktoken"))
        .target(
            Webhook::new(format!("{url}/hook/secretpath?key=secret"))
                .secret("s3cret")
                .header("X-Key", "secretkey"),
        )
        .dry_run("bot")
        .unwrap();
    let urls: Vec<String> =
        requests.iter().map(|it| format!("{} {}", it.method, it.url.replace(&url, ""))).collect();
    assert_eq!(
        urls,
        [
            "POST /bot***/sendMessage",
            "POST /api/webhooks/77/***?wait=true&thread_id=5",
            "POST /services/T/B/***",
            "POST /",
            "POST /***",
        ]
    );
    let said = requests.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n");
    assert!(!said.contains("secret") && !said.contains("s3cret"), "{said}");
    assert!(said.contains("x-key: ***") && said.contains("authorization: ***"), "{said}");
    assert!(said.contains(r#""topic":"***""#) && said.contains(r#""chat_id":42"#), "{said}");
    assert!(
        said.contains(r#""allowed_mentions":{"parse":[]}"#) && said.contains("webhook-signature: v1,"),
        "{said}"
    );
    assert!(requests.iter().all(|it| it.body.contains("test of alerts: nothing has happened")));
    assert_eq!(server.received().len(), 0);
}

#[test]
fn a_setup_that_cannot_start_cannot_be_tested() {
    assert_eq!(setup().send_test("bot").unwrap_err().to_string(), "there is no target for alerts");
    assert!(setup().target(Webhook::new("http://example.com/secret")).dry_run("bot").is_err());
}

#[test]
fn what_a_service_says_of_a_test_is_told_without_the_secret() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let answers = thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let _ = stream.read(&mut [0; 65_536]).unwrap();
        let body = format!(r#"{{"ok":false,"description":"no bot has the token {TOKEN}"}}"#);
        let head = format!("HTTP/1.1 401 Unauthorized\r\ncontent-length: {}\r\n\r\n", body.len());
        stream.write_all((head + &body).as_bytes()).unwrap();
    });
    let tests = setup().target(Telegram::new(TOKEN, "42").base_url(&url)).send_test("bot").unwrap();
    answers.join().unwrap();
    assert_eq!(tests[0].result, Err(r#"401 "no bot has the token ***""#.into()));
}
