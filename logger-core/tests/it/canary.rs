//! A secret in every place where one may get into a log: it comes out nowhere, and is not in the memory that outlives the
//! process either.

use std::{
    collections::BTreeMap,
    error::Error,
    fmt, fs,
    path::Path,
    sync::{Arc, Barrier},
    thread,
    time::{Duration, Instant},
};

use logger_core::{
    Context, Drain, DrainError, Level, Logger, LoggerExt as _, Overflow, OverflowPolicy, OwnedRecord, Record,
    RingSizes, Route, Secret, error, info, o, register_secret, slog,
};

use crate::support::{Collector, Gate, PATIENCE, pipeline};

/// What every secret of this test begins with.
const CANARY: &str = "CANARY";

/// A secret that says where it was put.
fn canary(place: &str) -> String {
    format!("{CANARY}-{place}-Zx91pLm2")
}

#[derive(Debug)]
struct Failure(String, Option<Box<Failure>>);

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Error for Failure {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.1.as_deref().map(|source| source as &(dyn Error + 'static))
    }
}

#[derive(Debug)]
#[allow(dead_code, reason = "shown by `Debug`")]
struct Settings {
    name: &'static str,
    account: Account,
    telegram_bot_token: Option<String>,
    headers: Vec<(String, String)>,
}

#[derive(Debug)]
#[allow(dead_code, reason = "shown by `Debug`")]
struct Account {
    password: String,
    seed_phrase: Vec<String>,
}

fn settings(place: &str) -> Settings {
    Settings {
        name: "bot",
        account: Account { password: canary(place), seed_phrase: vec![canary(place), canary(place)] },
        telegram_bot_token: Some(canary(place)),
        headers: vec![("X-Api-Key".into(), canary(place)), ("Accept".into(), "*/*".into())],
    }
}

/// Shows a part of a secret, and then panics or logs.
struct Interrupted<'l>(Option<&'l Logger>);

impl fmt::Display for Interrupted<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "password={}", canary("interrupted"))?;
        match self.0 {
            Some(log) => info!(log, "from inside: {}", format!("token={}", canary("inside"))),
            None => panic!("in Display"),
        }
        Ok(())
    }
}

/// Logs a secret in every way that there is.
fn log_everywhere(root: &Logger, registered: &str) {
    let url = format!("https://bob:{}@exchange.test/v1", canary("url"));
    let json = format!(r#"{{"order":1,"apiKey":"{}","nested":{{"secret":["{0}"]}}}}"#, canary("json"));
    let source = Failure(format!("signature={} refused", canary("chain-3")), None);
    let source = Failure(format!("GET {url} failed"), Some(Box::new(source)));
    let chain = Failure(format!("Bearer {} expired", canary("chain-1")), Some(Box::new(source)));
    let long = format!("{} password={} end", "x".repeat(300), canary("long"));
    let longer = format!("{} password={} end", "y ".repeat(60_000), canary("longer"));
    let pem = format!("-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----", canary("pem"));
    let bot = format!("https://api.telegram.org/bot123456:{}AAAAAAAAAAAAAAA/sendMessage", canary("bot"));
    let nested = BTreeMap::from([
        ("USER_PASSWORD", canary("nested-key")),
        ("note", format!("pwd={}", canary("nested-text"))),
    ]);

    info!(root, "login with password={}", canary("message"));
    info!(root, "{:?}", settings("debug"));
    info!(root, "{:#?}", settings("pretty"));
    info!(root, "sent Authorization: Digest user=\"bob\", response={}", canary("header"));
    info!(root, "received {}", json);
    info!(root, "got {:?}", json);
    info!(root, "connecting"; "url" => &url, "body" => &json, "long" => &long, "longer" => &longer, "pem" => &pem);
    info!(root, "connecting"; "target" => %url, "settings" => ?settings("field"), "endpoint" => bot.as_str());
    slog::info!(root, "connecting"; "url" => &url, "body" => &json, "long" => &long, "target" => %url);
    info!(root, "keys"; "BINANCE_API_SECRET" => canary("capitals"), "x" => slog::Serde(nested));
    error!(root, "failed"; "error" => %chain, "debug" => ?chain);
    error!(root, "failed"; "error" => #chain);
    let bound = root.bind(&Context::new().with("url", url.as_str()).with("body", json.as_str()));
    let listed = bound.new(o!("listed" => url.clone(), "shown" => format!("{:?}", settings("list"))));
    Context::new().with("scoped", bot.as_str()).with_display("pem", &pem).scope(|| info!(listed, "bound"));
    info!(root, "registered {}", registered; "as" => registered, "in" => format!("<{registered}>"));
    let secret = Secret::new(canary("secret"));
    info!(root, "secret {:?}", secret; "secret" => &secret, "shown" => %secret, "other" => ?Some(&secret));
    info!(root, "interrupted {}", Interrupted(None));
    info!(root, "interrupted {}", Interrupted(Some(root)));
    info!(root, "short"; "note" => "pwd=CANARY");
    info!(root.trade(), "trade with {}", url);
}

/// Takes nothing, and says why in a way that it should not.
struct Telltale;

impl Drain for Telltale {
    fn log(&mut self, _: &Record<'_>) -> Result<(), DrainError> {
        Err(DrainError::new(format!("POST with token={}", canary("drain")))
            .with_source(format!("https://x:{}@host failed", canary("drain-source"))))
    }

    fn flush(&mut self, _: Instant) -> Result<(), DrainError> {
        Ok(())
    }
}

/// Everything below a folder.
fn bytes_below(folder: &Path, found: &mut Vec<(String, Vec<u8>)>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        match path.is_dir() {
            true => bytes_below(&path, found),
            false => found.push((path.display().to_string(), fs::read(&path).unwrap())),
        }
    }
}

#[track_caller]
fn assert_none(what: &str, bytes: &[u8]) {
    if let Some(at) = bytes.windows(CANARY.len()).position(|part| part == CANARY.as_bytes()) {
        let around = &bytes[at.saturating_sub(60)..(at + 60).min(bytes.len())];
        panic!("{what}: {}", String::from_utf8_lossy(around));
    }
}

#[test]
fn a_secret_comes_out_nowhere_and_is_in_no_file_of_the_queue() {
    let registered = canary("registered");
    register_secret(&registered).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let barrier = Arc::new(Barrier::new(2));
    let (inner, general) = Collector::new();
    let (fallback, diverted) = Collector::new();
    let (reports, said) = Collector::new();
    let keep = OverflowPolicy::Keep { wait: Duration::ZERO, spill: 1 << 20 };
    let folder = folder.path().join("queue");
    let guard = pipeline()
        .queue_folder(&folder)
        .ring_sizes(RingSizes { trade: 1 << 16, general: 1 << 16 })
        .overflow(Overflow::default().trades(keep).errors(keep).general(keep))
        .route(Route::new("general", Gate { barrier: Arc::clone(&barrier), inner, passed: false }))
        .route(Route::new("telltale", Telltale))
        .fallback(fallback)
        .reports(reports)
        .log_panics()
        .start()
        .unwrap();
    let root = guard.logger();
    info!(root, "holds the worker up");
    barrier.wait();
    log_everywhere(&root, &registered);
    let log = root.clone();
    // what spills because the ring is full
    thread::spawn(move || (0..400).for_each(|n| error!(log, "spilled {}", n; "url" => format!("wss://{}@host/{}", canary("spill"), "z".repeat(400)))))
        .join()
        .unwrap();
    // registered when its records are in the queue already
    let late = canary("late");
    info!(root, "late {}", late; "v" => late.as_str(), "nested" => slog::Serde(vec![late.clone()]));
    error!(root, "late"; "error" => #Failure(late.clone(), Some(Box::new(Failure(late.clone(), None)))));
    let mut files = Vec::new();
    bytes_below(&folder, &mut files);
    let holds_late = files.iter().any(|(_, bytes)| bytes.windows(late.len()).any(|it| it == late.as_bytes()));
    assert!(holds_late, "the worker finds it, and not the caller");
    register_secret(&late).unwrap();
    assert!(
        files.iter().any(|(name, _)| name.contains("spill")),
        "{:?}",
        files.iter().map(|it| &it.0).collect::<Vec<_>>()
    );
    for (name, bytes) in &files {
        // what only the worker looks at
        let bytes = String::from_utf8_lossy(bytes).replace("pwd=CANARY", "").replace(&late, "");
        assert_none(name, bytes.as_bytes());
    }
    barrier.wait();
    let _ = thread::spawn(|| panic!("no login with token={}", canary("panic"))).join();
    assert!(guard.flush(PATIENCE).finished);
    // nor is what the worker has found in it still there
    files.clear();
    bytes_below(&folder, &mut files);
    assert!(
        files.iter().any(|(name, bytes)| name.contains("ring") && bytes.windows(3).any(|it| it == b"***"))
    );
    files.iter().for_each(|(name, bytes)| assert_none(name, bytes));
    let after = root.clone();
    let report = guard.shutdown(PATIENCE);
    assert!(report.finished);
    log_everywhere(&after, &registered);
    let lines = [("general", general), ("fallback", diverted), ("reports", said)];
    for (name, lines) in &lines {
        assert!(lines.len() > 0, "{name}");
        lines.get().iter().for_each(|line| assert_none(name, line.as_bytes()));
    }
    let general = lines[0].1.events();
    assert!(general.contains(&"login with password=***".to_owned()), "{general:?}");
    assert!(general.contains(&"no login with token=***".to_owned()), "{general:?}");
    assert!(general.contains(&"registered ***".to_owned()), "{general:?}");
    assert!(lines[0].1.field("note").contains(&"pwd=***".into()));
}

#[test]
fn a_record_made_by_hand_and_its_debug_form_show_no_secret() {
    let record = OwnedRecord::new(Level::Error, format!("password={}", canary("event")))
        .context(&Context::new().with("url", format!("ftp://a:{}@b", canary("url")).as_str()))
        .field("body", &format!("token: {}", canary("field")))
        .build();
    assert_none("record", format!("{record:?} {:?}", record.borrow()).as_bytes());
}
