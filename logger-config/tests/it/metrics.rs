//! The figures: over HTTP, as a heartbeat, and of call times.

use std::{
    io::{Read as _, Write as _},
    net::{SocketAddr, TcpListener, TcpStream},
    time::{Duration, Instant},
};

use logger_config::{BuildError, MetaLogger, MetaLoggerBuilder, info};

use crate::PATIENCE;

fn builder(folder: &tempfile::TempDir) -> MetaLoggerBuilder {
    let builder = MetaLogger::builder().environment([("", ""); 0]).app_name("metrics");
    builder.set("console.enabled", false).log_dir(folder.path())
}

fn get(address: SocketAddr, path: &str) -> String {
    let mut stream = TcpStream::connect_timeout(&address, PATIENCE).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    write!(stream, "GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

#[test]
fn the_figures_are_served_where_the_configuration_says_until_the_logger_ends() {
    let folder = tempfile::tempdir().unwrap();
    let logger =
        builder(&folder).set("metrics.listen", "localhost:0").set("metrics.time_one_in", 1).build().unwrap();
    let address = logger.metrics_address().unwrap();
    assert!(address.ip().is_loopback());
    info!(logger, "one");
    assert!(logger.flush(PATIENCE).finished);
    let text = get(address, "/metrics");
    assert!(text.contains("logger_drain_delivered_total{drain=\"general\"} 1\n"), "{text}");
    assert!(text.contains("logger_call_duration_seconds_count 1\n"), "{text}");
    assert!(get(address, "/health").starts_with("HTTP/1.1 200 "));
    assert!(logger.shutdown(PATIENCE).finished);
    assert!(TcpListener::bind(address).is_ok(), "the port is free again");
}

#[test]
fn a_port_that_somebody_has_is_named_and_nothing_is_left_running() {
    let folder = tempfile::tempdir().unwrap();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let error = builder(&folder).set("metrics.listen", address.as_str()).build().unwrap_err();
    assert!(matches!(error, BuildError::Metrics(_)));
    let text = format!("{error:?}");
    assert!(text.contains(&format!("cannot listen on {address}")), "{text}");
    drop(taken);
    let logger = builder(&folder).set("metrics.listen", address.as_str()).build().unwrap();
    assert!(logger.shutdown(PATIENCE).finished);
}

#[test]
fn an_address_that_other_machines_reach_is_a_problem_of_the_configuration() {
    let folder = tempfile::tempdir().unwrap();
    let error = builder(&folder).set("metrics.listen", "0.0.0.0:9464").build().unwrap_err().to_string();
    assert!(
        error.contains("metrics.listen") && error.contains("0.0.0.0:9464") && error.contains("loopback"),
        "{error}"
    );
}

#[test]
fn a_heartbeat_is_in_the_file_where_it_is_asked_for_and_above_its_level_too() {
    let folder = tempfile::tempdir().unwrap();
    let logger = builder(&folder).set("heartbeat.every", "1s").set("level", "error").build().unwrap();
    let deadline = Instant::now() + PATIENCE;
    let file = folder.path().join("expert.log");
    while !std::fs::read_to_string(&file).unwrap_or_default().contains("\"event\":\"heartbeat\"") {
        assert!(Instant::now() < deadline);
        std::thread::park_timeout(Duration::from_millis(50));
    }
    assert!(logger.shutdown(PATIENCE).finished);
}
