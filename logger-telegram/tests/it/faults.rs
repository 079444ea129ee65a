use std::{
    net::TcpListener,
    sync::{Arc, Mutex},
    time::Duration,
};

use logger_telegram::{AlertEvent, Alerts, Target, Telegram, Webhook};
use logger_testserver::{Certificate, Fault, Options, Server};

use crate::support::{Harness, PATIENCE, TOKEN, critical, telegram, unlimited, webhook};

#[test]
fn f28_every_broken_answer_is_followed_by_the_alert_and_names_no_token() {
    let faults = [
        Fault::Status(500),
        Fault::Status(502),
        Fault::Reset,
        Fault::Garbage,
        Fault::Huge(1 << 20),
        Fault::BlackHole(Duration::from_secs(60)),
    ];
    std::thread::scope(|scope| {
        for fault in faults {
            scope.spawn(move || {
                let server = unlimited();
                // twice, so that it is reported
                server.fail([fault.clone(), fault.clone()]);
                let target = telegram(&server);
                let mut harness = Harness::new(server, target);
                harness.critical("x");
                assert_eq!(harness.shown(1).len(), 1, "{fault:?}");
                harness.wait("the end of the trouble", |it| it.events().len() == 2);
                let said = format!("{:?} {:?}", harness.events(), harness.handle.health());
                assert!(!said.contains("secretsecret") && !said.contains(&harness.server.url()), "{said}");
            });
        }
    });
}

#[test]
fn f28_a_slow_answer_is_not_waited_for_longer_than_its_limit() {
    let server = unlimited();
    server.fail([Fault::Drip]);
    let target = telegram(&server);
    let mut harness = Harness::new(server, target);
    harness.critical("x");
    // the request had its effect, which nobody could know
    harness.wait("the second attempt", |it| it.handle.health().targets[0].sent == 1);
    assert_eq!(harness.server.received().len(), 2);
}

#[test]
fn nobody_is_followed_to_another_address() {
    let (server, other) = (unlimited(), unlimited());
    server.fail([Fault::Redirect(format!("{}/bot{TOKEN}/sendMessage", other.url()))]);
    let target = telegram(&server);
    let mut harness = Harness::new(server, target);
    harness.critical("x");
    harness.wait("the stop", |it| it.handle.health().targets[0].state.as_str() == "stopped");
    assert_eq!(other.received().len(), 0);
    let error = harness.handle.health().targets[0].last_error.clone().unwrap();
    assert_eq!(error, "302; redirects are not followed");
}

#[test]
fn f28_a_server_that_is_not_there_costs_nothing_but_time_and_names_no_token() {
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let url = format!("http://127.0.0.1:{port}");
    let target = Telegram::new(TOKEN, "42").base_url(&url);
    let mut harness = Harness::new(unlimited(), target);
    harness.critical("x");
    harness.wait("the failure", |it| !it.events().is_empty());
    assert!(harness.handle.flush(PATIENCE), "what was tried is settled");
    let health = harness.handle.health();
    assert_eq!((health.targets[0].waiting, health.targets[0].state.as_str()), (1, "failing"));
    let said = format!("{:?} {health:?}", harness.events());
    assert!(said.contains("refused") && !said.contains("secretsecret"), "{said}");
}

fn tls(certificate: Certificate, trusted: bool) -> (Harness, String) {
    let server = Server::start(Options { certificate: Some(certificate), ..Options::default() });
    let (authority, url) = (server.authority().to_owned(), server.url());
    let target = Telegram::new(TOKEN, "42").base_url(&url);
    let harness = Harness::with(server, |builder| {
        let builder = builder.allow_host("localhost").target(target);
        if trusted { builder.root_certificate(authority) } else { builder }
    });
    (harness, url)
}

#[test]
fn a_good_certificate_is_taken() {
    let (mut harness, _) = tls(Certificate::Good, true);
    harness.critical("x");
    harness.shown(1);
}

#[test]
fn f28_a_bad_certificate_is_refused_and_nothing_is_sent_in_plain_text() {
    let bad = [
        (Certificate::Good, false),
        (Certificate::Expired, true),
        (Certificate::OtherHost, true),
        (Certificate::SelfSigned, true),
    ];
    // side by side: each waits for a second attempt, which is what is reported
    std::thread::scope(|scope| {
        for (certificate, trusted) in bad {
            scope.spawn(move || {
                let (mut harness, _) = tls(certificate, trusted);
                harness.critical("x");
                // a machine that is slow may have had no answer in time before
                let said = |it: &Harness| format!("{:?} {:?}", it.events(), it.handle.health());
                harness.wait("the failure", |it| said(it).contains("certificate"));
                let said = said(&harness);
                assert!(!said.contains("secretsecret"), "{said}");
                assert_eq!(harness.server.received().len(), 0, "{certificate:?}");
            });
        }
    });
}

#[test]
fn f28_a_name_that_nobody_knows_is_a_failure_like_others_and_names_no_token() {
    let target = Webhook::new("https://nobody.invalid/secretpath");
    let mut harness = Harness::new(unlimited(), target);
    harness.critical("x");
    harness.wait("the failure", |it| !it.events().is_empty());
    let health = harness.handle.health();
    assert_eq!((health.targets[0].waiting, health.targets[0].state.as_str()), (1, "failing"));
    assert!(!format!("{:?} {health:?}", harness.events()).contains("secretpath"));
}

#[test]
fn f28_after_an_outage_each_alert_is_told_once_and_what_did_not_fit_is_counted() {
    let server = unlimited();
    server.fail_always(Some(Fault::Reset));
    let target = webhook(&server);
    let mut harness = Harness::with(server, |builder| builder.target(target).queue(20));
    for n in 0..30 {
        harness.log(critical(&format!("alert {n}")).place("a.rs", "a", n));
    }
    let lost = |it: &Harness| it.handle.health().targets[0].dead + it.handle.health().dropped;
    harness.wait("the loss", |it| lost(it) == 10);
    let told = |it: &AlertEvent| matches!(it, AlertEvent::Dropped { .. });
    harness.wait("the report", |it| it.events().iter().any(told));
    harness.wait("the others", |it| it.handle.health().targets[0].waiting == 20);
    harness.server.fail_always(None);
    let shown = harness.shown(20);
    assert!(harness.handle.close(PATIENCE));
    let mut first_come: Vec<String> = (0..20).map(|n| format!("alert {n} ×1")).collect();
    let mut told = shown;
    told.sort();
    first_come.sort();
    assert_eq!((told, harness.server.shown().len()), (first_come, 20));
}

#[test]
fn what_goes_without_tls_to_another_machine_is_told_at_once_and_when_it_is_changed_to_that() {
    let (server, events) = (unlimited(), Arc::new(Mutex::new(Vec::new())));
    let told = Arc::clone(&events);
    let far = || Target::from(Webhook::new("http://far.invalid/hook")).named("far");
    let setup = || Alerts::builder().allow_host("far.invalid").allow_host("127.0.0.1");
    let alerts = setup()
        .target(webhook(&server))
        .target(far())
        .on_event(move |event| told.lock().unwrap().push(event))
        .start()
        .unwrap();
    let unprotected = |name: &str| AlertEvent::Unprotected { target: name.into() };
    assert_eq!(*events.lock().unwrap(), [unprotected("far")]);
    let handle = alerts.handle();
    let other = Target::from(Webhook::new("http://far.invalid/other")).named("other");
    handle.apply(setup().target(webhook(&server)).target(far()).target(other)).unwrap();
    assert!(handle.flush(PATIENCE));
    assert_eq!(*events.lock().unwrap(), [unprotected("far"), unprotected("other")]);
    drop(alerts);
}

#[test]
fn a_proxy_is_used_when_one_is_named() {
    let proxy = unlimited();
    let url = proxy.url();
    // a proxy sees the whole address; this one answers for the other
    let target = Webhook::new("http://example.invalid/hook/x");
    let mut harness =
        Harness::with(proxy, |builder| builder.allow_host("example.invalid").proxy(url).target(target));
    harness.critical("x");
    harness.wait("a request", |it| !it.server.received().is_empty());
}
