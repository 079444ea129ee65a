//! From the call to the service, through a pipeline. The figures are printed; what makes them so is asserted here and on virtual
//! time in the lanes: a first message leaves without waiting, and two requests and the pause between them fit in 5 s.

use std::{
    thread,
    time::{Duration, Instant},
};

use logger_core::{Logger, Pipeline, ShutdownGuard, crit};
use logger_telegram::{AlertHandle, Alerts};
use logger_testserver::{Fault, Server};

use crate::support::{PATIENCE, telegram, unlimited};

fn start(server: &Server) -> (ShutdownGuard, AlertHandle) {
    let alerts = Alerts::builder().allow_host("127.0.0.1").target(telegram(server)).start().unwrap();
    let handle = alerts.handle();
    (Pipeline::builder().app_name("bot").route(alerts.route("alerts")).start().unwrap(), handle)
}

/// From the call to the moment at which the server has read the request that shows the alert.
fn one(server: &Server, call: impl FnOnce()) -> Duration {
    let before = server.shown().len();
    let began = Instant::now();
    call();
    assert!(server.wait_until(PATIENCE, |shown| shown.len() > before), "{:?}", server.shown());
    server.received().last().unwrap().at.duration_since(began)
}

#[expect(clippy::print_stdout, reason = "the figures are for people")]
fn print(what: &str, mut delays: Vec<Duration>) {
    delays.sort();
    let share = |share: f64| delays[((delays.len() - 1) as f64 * share).round() as usize];
    let [half, most, all] = [0.5, 0.99, 1.0].map(|it| format!("{:.1} ms", share(it).as_secs_f64() * 1_000.0));
    let count = delays.len();
    println!("CRITICAL to complete request, {what}, {count} alerts: p50 {half}, p99 {most}, max {all}");
}

#[test]
fn an_alert_is_at_the_server_with_its_first_request() {
    let server = unlimited();
    let alerts = Alerts::builder().allow_host("127.0.0.1").target(crate::support::webhook(&server));
    let alerts = alerts.start().unwrap();
    let handle = alerts.handle();
    let guard = Pipeline::builder().app_name("bot").route(alerts.route("alerts")).start().unwrap();
    // from several places: of one place fewer different alerts are told
    let calls: [fn(&Logger, u32); 4] = [
        |log, n| crit!(log, "margin call {n}"),
        |log, n| crit!(log, "position {n} is not hedged"),
        |log, n| crit!(log, "order {n} is lost"),
        |log, n| crit!(log, "no prices for {n} s"),
    ];
    let log = guard.logger();
    let delays: Vec<Duration> =
        (0..200).map(|n| one(&server, || calls[n as usize % calls.len()](&log, n))).collect();
    assert!(guard.flush(PATIENCE).finished);
    let health = handle.health().targets[0].clone();
    assert_eq!((health.sent, health.retried, health.delay.count()), (200, 0, 200));
    assert_eq!(server.received().len(), 200);
    let longest = delays.iter().max().copied().unwrap();
    // the answer comes after the request; the clocks of the two are not the same one
    assert!(
        health.delay.max() + Duration::from_millis(50) >= longest,
        "{:?} {longest:?}",
        health.delay.max()
    );
    print("on loopback", delays);
}

#[test]
fn an_error_and_a_stall_cost_two_requests_and_no_more() {
    let delays: Vec<Duration> = thread::scope(|scope| {
        let measured = || {
            let server = unlimited();
            let (guard, handle) = start(&server);
            server.fail([Fault::Status(500), Fault::Stall(Duration::from_secs(2))]);
            crit!(guard.logger(), "x");
            assert!(server.wait_for_requests(PATIENCE, 2));
            assert!(guard.shutdown(PATIENCE).finished);
            let health = handle.health().targets[0].clone();
            assert_eq!((server.received().len(), server.shown().len()), (2, 1));
            assert_eq!((health.sent, health.retried, health.delay.count()), (1, 1, 1));
            health.delay.max()
        };
        let threads: Vec<_> = (0..12).map(|_| scope.spawn(measured)).collect();
        threads.into_iter().map(|it| it.join().unwrap()).collect()
    });
    print("answer included, with an error and a stall of 2 s", delays);
}
