//! A secret in every place where one may get into a log of a whole program: it is in no file, not on stderr, not in the
//! queue's files, and not in what waits to be told to a phone.

use std::{
    fs,
    io::{self, Write as _},
    path::Path,
    process::{Command, Stdio},
    time::Instant,
};

use logger_config::{
    Drain, DrainError, MetaLogger, Record, Route, Secret, crit, error, info, o, register_secret,
};
use logger_testserver::{Fault, Options, Server};

use super::{PATIENCE, bare_builder};

/// What every secret of this test begins with; no other test has it.
const CANARY: &str = "KANARIE";
/// Set in the program that is looked at, to the folder of its files.
const FOLDER: &str = "LOGGER_CONFIG_TEST_CANARY";

fn canary(place: &str) -> String {
    format!("{CANARY}-{place}-Zx91pLm2")
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

#[derive(Debug)]
#[allow(dead_code, reason = "shown by `Debug`")]
struct Account {
    password: String,
    nested: Vec<(String, Option<String>)>,
}

/// An error, its cause, and the cause of that.
#[derive(Debug)]
struct Failed(String, Option<Box<Failed>>);

impl std::fmt::Display for Failed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Failed {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.1.as_deref().map(|it| it as &(dyn std::error::Error + 'static))
    }
}

fn log_everywhere(logger: &MetaLogger) {
    let log = logger.logger();
    let url = format!("https://bob:{}@exchange.test/v1?signature={}", canary("url"), canary("query"));
    let json = format!(r#"{{"order":1,"apiKey":"{}","list":[{{"secret":"{0}"}}]}}"#, canary("json"));
    let cause = Failed(format!("signature={} refused", canary("chain-3")), None);
    let cause = Failed(format!("GET {url} failed"), Some(Box::new(cause)));
    let chain = Failed(format!("Bearer {} expired", canary("chain-1")), Some(Box::new(cause)));
    let account =
        Account { password: canary("debug"), nested: vec![("api_key".into(), Some(canary("pair")))] };
    let secret = Secret::new(canary("secret"));
    let listed = log.new(o!("listed" => url.clone(), "DB_PASSWORD" => canary("bound")));
    crit!(log, "login with password={}", canary("message"));
    crit!(log, "{:?}", account);
    crit!(log, "sent Authorization: Digest user=\"bob\", response={}", canary("header"));
    crit!(log, "received {}", json; "body" => json.as_str());
    crit!(log, "connecting"; "BINANCE_API_SECRET" => canary("capitals"), "url" => %url, "account" => ?account);
    crit!(log, "failed"; "error" => #&chain, "shown" => ?chain);
    crit!(listed, "listed"; "secret" => &secret, "other" => ?Some(&secret));
    crit!(log, "registered {}", canary("registered"); "as" => canary("registered"));
    error!(log, "{:?} {:?}", logger.settings(), logger);
    info!(logger.trade(), "trade with {}", url);
}

/// Everything below a folder that can be read.
fn each_file(folder: &Path, look: &mut dyn FnMut(&Path, &[u8])) {
    // what other programs have removed meanwhile is none of ours
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        match entry.path() {
            path if path.is_dir() => each_file(&path, look),
            path => {
                let bytes = fs::read(&path).unwrap_or_default();
                look(&path, &bytes);
            }
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

/// The program that is looked at.
fn program(folder: &Path) {
    register_secret(&canary("registered")).unwrap();
    let server = Server::start(Options::default());
    server.fail_always(Some(Fault::Status(500)));
    let token = format!("123456:{}-secretsecretsecretsecretsecret1", canary("bot"));
    let logger = bare_builder(&[("TELEGRAM_CHAT_ID", "-100")])
        .log_dir(folder)
        .set("console.enabled", true)
        .set("telegram.bot_token", token.as_str())
        .set("telegram.base_url", server.url())
        .set("alerts.allow_hosts", "127.0.0.1")
        .drain(Route::new("telltale", Telltale))
        .build()
        .unwrap();
    log_everywhere(&logger);
    let _ = std::thread::spawn(|| panic!("no login with token={}", canary("panic"))).join();
    let queues = fs::read_dir("/dev/shm").into_iter().flatten().flatten();
    let queues = queues.filter(|it| it.file_name().to_string_lossy().starts_with("logger-"));
    let mut rings = 0;
    for folder in queues {
        each_file(&folder.path(), &mut |path, bytes| {
            rings += u32::from(path.file_name().is_some_and(|it| it.to_string_lossy().starts_with("ring-")));
            assert_none(&path.display().to_string(), bytes);
        });
    }
    assert!(rings > 0 || !Path::new("/dev/shm").is_dir(), "no ring is looked at");
    let explained = format!("{:?} {}", logger.explain(), logger.explain());
    assert_none("explanation", explained.as_bytes());
    let _ = logger.flush(PATIENCE);
    let _ = writeln!(io::stderr(), "done");
    // what is not delivered waits in its file
    let _ = logger.shutdown(std::time::Duration::from_secs(5));
}

#[test]
fn a_secret_in_twenty_places_of_a_program_comes_out_nowhere() {
    if let Some(folder) = std::env::var_os(FOLDER) {
        return program(Path::new(&folder));
    }
    let folder = tempfile::tempdir().unwrap();
    let test = "canary::a_secret_in_twenty_places_of_a_program_comes_out_nowhere";
    let output = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", test, "--nocapture"])
        .env(FOLDER, folder.path())
        .stdout(Stdio::null())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && said.contains("done\n"), "{said}");
    // the hook of the standard library is not ours: it prints what the panic says
    let ours: String = said.lines().filter(|line| !line.contains("no login with token=")).collect();
    assert!(ours.contains("login with password=***"), "{said}");
    assert_none("stderr", ours.as_bytes());
    let mut seen = Vec::new();
    each_file(folder.path(), &mut |path, bytes| {
        assert_none(&path.display().to_string(), bytes);
        let masked = bytes.windows(3).any(|it| it == b"***");
        seen.push((path.file_name().unwrap().to_string_lossy().into_owned(), masked));
    });
    for name in ["expert.log", "errors.log", "trades.log", "logging_errors.log", "alerts.spool"] {
        assert!(seen.contains(&(name.to_owned(), true)), "{name} has nothing that is masked: {seen:?}");
    }
}
