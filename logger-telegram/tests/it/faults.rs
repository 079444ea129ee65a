use std::{
    net::TcpListener,
    time::{Duration, Instant},
};

use logger_telegram::{Alerts, Telegram, Webhook};
use logger_testserver::{Certificate, Fault, Options, Server};

use crate::support::{Harness, PATIENCE, TOKEN, critical, telegram, unlimited, webhook};

/// How soon an alert has to be there by the product's promise.
const PROMISE: Duration = Duration::from_secs(5);

#[test]
fn an_alert_arrives_within_the_promise_also_after_an_error_and_a_stall() {
    let server = unlimited();
    server.fail([Fault::Status(500), Fault::Stall(Duration::from_secs(2))]);
    let target = telegram(&server);
    let mut harness = Harness::new(server, target);
    let began = Instant::now();
    harness.critical("x");
    harness.wait("the alert", |it| it.handle.health().targets[0].sent == 1);
    assert!(began.elapsed() < PROMISE, "{:?}", began.elapsed());
    assert_eq!(harness.server.shown().len(), 1);
    assert_eq!(harness.handle.health().targets[0].delay.count(), 1);
}

#[test]
fn ninety_nine_of_a_hundred_alerts_arrive_within_the_promise() {
    let server = unlimited();
    let target = webhook(&server);
    let mut harness = Harness::new(server, target);
    for n in 0..100 {
        harness.log(critical(&format!("alert {n}")).place("a.rs", "a", n));
        harness.shown(n as usize + 1);
    }
    harness.wait("the answers", |it| it.handle.health().targets[0].sent == 100);
    let delay = harness.handle.health().targets[0].delay.clone();
    assert_eq!(delay.count(), 100);
    assert!(delay.quantile(0.99) < PROMISE, "{delay:?}");
}

#[test]
fn every_broken_answer_is_followed_by_the_alert_and_names_no_token() {
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
fn a_slow_answer_is_not_waited_for_longer_than_its_limit() {
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
fn a_server_that_is_not_there_costs_nothing_but_time_and_names_no_token() {
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
fn a_bad_certificate_is_refused_and_nothing_is_sent_in_plain_text() {
    let bad = [
        (Certificate::Good, false),
        (Certificate::Expired, true),
        (Certificate::OtherHost, true),
        (Certificate::SelfSigned, true),
    ];
    for (certificate, trusted) in bad {
        let (mut harness, _) = tls(certificate, trusted);
        harness.critical("x");
        harness.wait("the failure", |it| !it.events().is_empty());
        let said = format!("{:?} {:?}", harness.events(), harness.handle.health());
        assert!(said.contains("certificate"), "{certificate:?}: {said}");
        assert!(!said.contains("secretsecret"), "{said}");
        assert_eq!(harness.server.received().len(), 0, "{certificate:?}");
    }
}

#[test]
fn a_name_whose_address_is_not_public_is_not_reached() {
    // the name is public by its looks, and resolves to this machine
    let target = Webhook::new("https://localhost.localdomain./hook");
    let alerts = Alerts::builder().target(target).start();
    if let Ok(alerts) = alerts {
        let handle = alerts.handle();
        let mut drain = alerts.into_drain();
        use logger_core::Drain as _;
        drain.log(&critical("x").build().borrow()).unwrap();
        drain.flush(Instant::now()).unwrap();
        let deadline = Instant::now() + PATIENCE;
        while handle.health().targets[0].last_error.is_none() {
            assert!(Instant::now() < deadline);
            std::thread::park_timeout(Duration::from_millis(5));
        }
    }
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
