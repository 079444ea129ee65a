//! Alerts from a configuration to the phone, and their troubles on the way into the files.

use std::{fs, path::Path};

use logger_config::{MetaLoggerBuilder, crit, error};
use logger_testserver::{Options, Server, Shown};
use tempfile::TempDir;

use super::{PATIENCE, bare_builder};

const TOKEN: &str = "123456:AAE-secretsecretsecretsecretsecret1";

fn telegram(server: &Server, folder: &TempDir) -> MetaLoggerBuilder {
    bare_builder(&[("TELEGRAM_BOT_TOKEN", TOKEN), ("TELEGRAM_CHAT_ID", "-100")])
        .log_dir(folder.path())
        .set("console.enabled", false)
        .set("queue.memory", "heap")
        .set("telegram.base_url", server.url())
        .set("telegram.topic", 7)
        .set("alerts.allow_hosts", "127.0.0.1")
}

fn file(folder: &Path, name: &str) -> String {
    fs::read_to_string(folder.join(name)).unwrap_or_default()
}

fn assert_no_token(folder: &Path) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let text = fs::read_to_string(&path).unwrap_or_default();
        assert!(!text.contains("secretsecret"), "{}: {text}", path.display());
    }
}

#[test]
fn a_token_and_a_chat_are_all_that_alerts_need() {
    let (server, folder) = (Server::start(Options::default()), tempfile::tempdir().unwrap());
    let logger = telegram(&server, &folder).build().unwrap();
    error!(logger, "not an alert");
    crit!(logger, "margin call"; "symbol" => "BTC");
    let alerts = logger.alerts().unwrap().clone();
    assert!(logger.shutdown(PATIENCE).finished);
    let shown = server.shown();
    assert_eq!(shown.len(), 1);
    assert!(shown[0].text.starts_with("🔴 CRITICAL\nmargin call\n"), "{}", shown[0].text);
    assert_eq!(shown[0].place, "-100/7");
    assert_eq!(alerts.health().target("telegram").unwrap().sent, 1);
    assert_eq!(server.complaints(), [""; 0]);
}

#[test]
fn the_figures_of_the_logger_tell_how_the_targets_of_alerts_are() {
    let (server, folder) = (Server::start(Options::default()), tempfile::tempdir().unwrap());
    let logger = telegram(&server, &folder).build().unwrap();
    crit!(logger, "margin call");
    let health = logger.shutdown(PATIENCE).health;
    let target = &health.targets[0];
    assert_eq!((target.name.as_str(), target.delivered, target.delay.count()), ("telegram", 1, 1));
    assert!(
        target.delay.longest() > std::time::Duration::ZERO && target.delay.sum() == target.delay.longest()
    );
    let text = health.to_prometheus();
    assert!(text.contains("logger_target_delivered_total{target=\"telegram\"} 1\n"), "{text}");
    assert!(text.contains("logger_target_delay_seconds_count{target=\"telegram\"} 1\n"), "{text}");
}

#[cfg(feature = "log")]
#[test]
fn what_the_client_of_the_alerts_logs_is_a_report_and_no_alert() {
    let (server, folder) = (Server::start(Options::default()), tempfile::tempdir().unwrap());
    let builder = telegram(&server, &folder).set("level", "debug").set("alerts.level", "debug");
    let logger = builder.build().unwrap();
    logger_config::bridge::log::install(&logger).unwrap();
    crit!(logger, "margin call");
    // it is sent while the logger is open
    assert!(logger.flush(PATIENCE).finished);
    assert!(logger.shutdown(PATIENCE).finished);
    let shown = server.shown();
    assert!(shown.iter().any(|it| it.text.contains("margin call")), "{shown:?}");
    assert!(shown.iter().all(|it| !it.text.contains("new connection")), "{shown:?}");
    let connects = |name: &str| file(folder.path(), name).matches("starting new connection").count();
    assert_eq!((connects("expert.log"), connects("errors.log")), (0, 0));
    assert!(connects("logging_errors.log") > 0, "{}", file(folder.path(), "logging_errors.log"));
}

#[test]
fn the_level_of_alerts_is_a_setting() {
    let (server, folder) = (Server::start(Options::default()), tempfile::tempdir().unwrap());
    let logger = telegram(&server, &folder).set("alerts.level", "error").build().unwrap();
    error!(logger, "an alert now");
    assert!(logger.shutdown(PATIENCE).finished);
    assert_eq!(server.shown().len(), 1);
}

#[test]
fn a_target_that_is_stopped_is_told_once_in_the_files_of_errors_and_of_reports_and_names_no_token() {
    let (server, folder) = (Server::start(Options::default()), tempfile::tempdir().unwrap());
    server.remove(TOKEN);
    let logger = telegram(&server, &folder).build().unwrap();
    for n in 0..3 {
        crit!(logger, "margin call {n}");
    }
    let said = |name: &str| {
        let text = file(folder.path(), name);
        text.lines().filter(|line| line.contains("alerts are not delivered any more")).count()
    };
    let deadline = std::time::Instant::now() + PATIENCE;
    while said("errors.log") == 0 || said("logging_errors.log") == 0 {
        assert!(std::time::Instant::now() < deadline, "{}", file(folder.path(), "errors.log"));
        let _ = logger.flush(PATIENCE);
    }
    let shown = format!("{logger:?} {:?}", logger.settings());
    assert!(!shown.contains("secretsecret"), "{shown}");
    assert!(logger.shutdown(PATIENCE).finished);
    assert_eq!((said("errors.log"), said("logging_errors.log")), (1, 1));
    assert_eq!(server.received().len(), 1);
    assert_no_token(folder.path());
    // what was not delivered waits for a start with the right token
    assert!(file(folder.path(), "alerts.spool").contains("margin call 2"));
    let server = Server::start(Options { limits: false, ..Options::default() });
    let logger = telegram(&server, &folder).build().unwrap();
    // in one message, as there is no room for three
    let told =
        |shown: &[Shown]| shown.iter().map(|it| it.text.matches("\nmargin call ").count()).sum::<usize>();
    assert!(server.wait_until(PATIENCE, |shown| told(shown) == 3), "{:?}", server.shown());
    assert!(logger.shutdown(PATIENCE).finished);
    assert_eq!(server.shown().len(), 1);
}

#[test]
fn what_is_missing_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let said = |variables: &[super::Variable]| {
        let error = bare_builder(variables).log_dir(folder.path()).settings().unwrap_err().to_string();
        assert!(!error.contains("secretsecret"), "{error}");
        error
    };
    let error = said(&[("TELEGRAM_BOT_TOKEN", TOKEN)]);
    assert!(error.contains("there is no `telegram.chat_id` to send alerts to"), "{error}");
    let error = said(&[("LOG__TELEGRAM__ENABLED", "true")]);
    assert!(error.contains("there is no `telegram.bot_token` to send alerts with"), "{error}");
    // what is wrong is not missing too
    let error = said(&[("TELEGRAM_BOT_TOKEN", TOKEN), ("TELEGRAM_CHAT_ID", "no chat")]);
    assert!(error.starts_with("the configuration has 1 problem:\n  telegram.chat_id"), "{error}");
    let error = said(&[("LOG__TELEGRAM__ENABLED", "true"), ("TELEGRAM_BOT_TOKEN", "no token")]);
    assert!(error.starts_with("the configuration has 1 problem:\n  telegram.bot_token"), "{error}");
    let off = [("TELEGRAM_BOT_TOKEN", TOKEN), ("LOG__TELEGRAM__ENABLED", "false")];
    assert!(bare_builder(&off).log_dir(folder.path()).settings().unwrap().alerts.is_none());
}

#[test]
fn an_address_that_is_not_allowed_is_refused_at_the_start() {
    let folder = tempfile::tempdir().unwrap();
    let builder =
        bare_builder(&[("TELEGRAM_BOT_TOKEN", TOKEN), ("TELEGRAM_CHAT_ID", "5")]).log_dir(folder.path());
    let error = builder.set("telegram.base_url", "http://localhost:8081").build().unwrap_err();
    let said = format!("{error:?}");
    assert!(
        said.contains("telegram.base_url (code): the address (not shown) has no TLS; allowed is one"),
        "{said}"
    );
    assert!(!said.contains("secretsecret"));
}
