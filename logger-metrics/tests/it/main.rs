//! The server as its clients see it.
#![expect(clippy::unwrap_used, reason = "a test may")]

use std::{
    io::{ErrorKind, Read as _, Write as _},
    net::{SocketAddr, TcpListener, TcpStream},
    sync::Arc,
    sync::atomic::{AtomicBool, Ordering},
    time::{Duration, Instant},
};

use logger_core::{Drain, DrainError, Pipeline, Record, Route, ShutdownGuard, error, info};
use logger_metrics::{MetricsError, MetricsServer};

/// Long enough for a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);

/// Takes records, or refuses them.
struct Fickle(Arc<AtomicBool>);

impl Drain for Fickle {
    fn log(&mut self, _: &Record<'_>) -> Result<(), DrainError> {
        if self.0.load(Ordering::SeqCst) { Err(DrainError::new("disk is gone")) } else { Ok(()) }
    }

    fn flush(&mut self, _: Instant) -> Result<(), DrainError> {
        Ok(())
    }
}

struct Scene {
    server: MetricsServer,
    guard: ShutdownGuard,
    fails: Arc<AtomicBool>,
}

impl Scene {
    fn new() -> Self {
        let fails = Arc::new(AtomicBool::new(false));
        let route = Route::new("disk", Fickle(Arc::clone(&fails)));
        let guard = Pipeline::builder().route(route).start().unwrap();
        let server = MetricsServer::start(any_port(), guard.pipeline()).unwrap();
        Scene { server, guard, fails }
    }

    fn connect(&self) -> TcpStream {
        connect(self.server.address())
    }

    /// Sends a request; returns the head of the answer and its body.
    fn ask(&self, request: &str) -> (String, String) {
        ask(self.connect(), request)
    }

    fn get(&self, path: &str) -> (String, String) {
        self.ask(&format!("GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"))
    }
}

fn any_port() -> SocketAddr {
    "127.0.0.1:0".parse().unwrap()
}

fn connect(address: SocketAddr) -> TcpStream {
    let stream = TcpStream::connect_timeout(&address, PATIENCE).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    stream
}

fn ask(mut stream: TcpStream, request: &str) -> (String, String) {
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = Vec::new();
    // a server that has said enough may end a request that it did not read to its end
    let _ = stream.read_to_end(&mut answer);
    let answer = String::from_utf8(answer).unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap_or((&answer, ""));
    (head.to_owned(), body.to_owned())
}

#[test]
fn metrics_are_the_text_for_prometheus_at_this_moment() {
    let scene = Scene::new();
    info!(scene.guard.logger(), "one");
    assert!(scene.guard.flush(PATIENCE).finished);
    let (head, body) = scene.get("/metrics");
    assert!(head.starts_with("HTTP/1.1 200 "), "{head}");
    assert!(head.contains("content-type: text/plain; version=0.0.4"), "{head}");
    assert_eq!(body, scene.guard.health().to_prometheus());
    assert!(body.contains("logger_drain_delivered_total{drain=\"disk\"} 1\n"), "{body}");
    info!(scene.guard.logger(), "two");
    assert!(scene.guard.flush(PATIENCE).finished);
    assert!(scene.get("/metrics?x=1").1.contains("logger_drain_delivered_total{drain=\"disk\"} 2\n"));
    let (head, body) = scene.ask("HEAD /metrics HTTP/1.1\r\nHost: localhost:9464\r\n\r\n");
    assert!(head.starts_with("HTTP/1.1 200 ") && body.is_empty(), "{head} {body}");
}

#[test]
fn health_answers_200_while_records_arrive_and_503_when_they_do_not() {
    let scene = Scene::new();
    let (head, body) = scene.get("/health");
    let json: serde_json::Value = serde_json::from_str(&body).unwrap();
    assert!(head.starts_with("HTTP/1.1 200 ") && head.contains("application/json"), "{head}");
    assert_eq!(json["condition"], "ok");
    scene.fails.store(true, Ordering::SeqCst);
    error!(scene.guard.logger(), "one");
    let _ = scene.guard.flush(PATIENCE);
    let (head, body) = scene.get("/health");
    let json: serde_json::Value = serde_json::from_str(&body).unwrap();
    assert!(head.starts_with("HTTP/1.1 503 "), "{head} {body}");
    assert_eq!(
        (&json["condition"], &json["drains"][0]["last_error"]),
        (&"failing".into(), &"disk is gone".into())
    );
}

#[test]
fn what_else_is_asked_for_is_refused_with_what_is_allowed() {
    let scene = Scene::new();
    let ask = |request: &str| scene.ask(request).0;
    assert!(ask("GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n").starts_with("HTTP/1.1 404 "));
    let post = ask("POST /metrics HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 3\r\n\r\nabc");
    assert!(post.starts_with("HTTP/1.1 405 ") && post.contains("allow: GET, HEAD"), "{post}");
    // a page in a browser that gave itself a name of this machine
    for host in
        ["evil.example", "evil.example:9464", "localhost.evil.example", "127.0.0.1.evil.example", "\u{7f}"]
    {
        let refused = ask(&format!("GET /metrics HTTP/1.1\r\nHost: {host}\r\n\r\n"));
        assert!(
            refused.starts_with("HTTP/1.1 403 ") || refused.starts_with("HTTP/1.1 400 "),
            "{host}: {refused}"
        );
    }
    for host in ["[::1]:9464", "LOCALHOST", "127.0.0.1:1"] {
        assert!(
            ask(&format!("GET /health HTTP/1.1\r\nHost: {host}\r\n\r\n")).starts_with("HTTP/1.1 200 "),
            "{host}"
        );
    }
    assert!(ask("nonsense\r\n\r\n").starts_with("HTTP/1.1 400 "));
    let long = format!("GET /metrics HTTP/1.1\r\nHost: 127.0.0.1\r\nX: {}\r\n\r\n", "x".repeat(100_000));
    let mut stream = scene.connect();
    // it may be refused before it is sent to its end
    let _ = stream.write_all(long.as_bytes());
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer);
    assert!(!answer.starts_with(b"HTTP/1.1 200 "), "{}", String::from_utf8_lossy(&answer));
    assert!(scene.get("/health").0.starts_with("HTTP/1.1 200 "), "others are served");
}

#[test]
fn clients_that_say_nothing_hold_nobody_up() {
    let scene = Scene::new();
    let silent: Vec<TcpStream> = (0..100).map(|_| scene.connect()).collect();
    for mut half in &silent {
        // the oldest of them are gone already
        let _ = half.write_all(b"GET /metrics HTTP/1.1\r\nHo");
    }
    assert!(scene.get("/health").0.starts_with("HTTP/1.1 200 "));
    // and the last ones end too, though nobody else comes
    for mut stream in silent {
        let mut rest = Vec::new();
        match stream.read_to_end(&mut rest) {
            Ok(_) => assert!(!rest.starts_with(b"HTTP/1.1 200 ")),
            Err(error) => {
                assert!(!matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut), "{error}")
            }
        }
    }
}

#[test]
fn addresses_of_other_machines_and_ports_in_use_are_refused_by_name() {
    let scene = Scene::new();
    for open in ["0.0.0.0:0", "[::]:0", "192.0.2.1:80"] {
        let refused = MetricsServer::start(open.parse().unwrap(), scene.guard.pipeline()).unwrap_err();
        assert!(matches!(refused, MetricsError::NotLoopback { .. }), "{open}: {refused}");
        assert!(refused.to_string().contains("127.0.0.1 and [::1]"), "{refused}");
    }
    let taken = scene.server.address();
    let refused = MetricsServer::start(taken, scene.guard.pipeline()).unwrap_err();
    assert_eq!(refused.to_string(), format!("cannot listen on {taken}"));
    let MetricsError::Listen { source, .. } = refused else { panic!("{refused}") };
    assert_eq!(source.kind(), ErrorKind::AddrInUse);
}

#[test]
fn its_end_waits_for_no_client_and_gives_the_port_back() {
    let Scene { server, guard, .. } = Scene::new();
    let address = server.address();
    let mut slow = connect(address);
    slow.write_all(b"GET /metrics HTTP/1.1\r\n").unwrap();
    drop(server);
    let listener = TcpListener::bind(address);
    assert!(listener.is_ok(), "{listener:?}");
    let mut rest = Vec::new();
    let ended = slow.read_to_end(&mut rest);
    assert!(ended.is_err() || rest.is_empty(), "{rest:?}");
    assert!(guard.shutdown(PATIENCE).finished);
}
