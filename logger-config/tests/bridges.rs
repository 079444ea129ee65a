//! A program whose libraries log by the crates `log` and `tracing`. Both are set up for the whole process, which is hence one
//! of its own.
#![cfg(all(feature = "file", feature = "log", feature = "tracing"))]
#![expect(clippy::unwrap_used, reason = "a test may")]

use std::{fs, time::Duration};

use logger_config::{Context, FutureExt as _, Level, MetaLogger, bridge, info};
use serde_json::{Value, json};

const PATIENCE: Duration = Duration::from_secs(60);

/// What a library does that knows nothing of this logger.
mod exchange {
    pub(super) fn connect(attempt: u64) {
        log::warn!(attempt; "reconnected");
        log::debug!("below the level");
        let session = tracing::info_span!("session", venue = "binance");
        session.in_scope(|| tracing::error!(code = -1003, "rejected"));
        tracing::debug!("below the level");
    }
}

/// The events of a file, each with one of its fields.
fn lines(text: &str) -> Vec<Value> {
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn what_libraries_log_is_in_the_files_once_with_its_context() {
    let folder = tempfile::tempdir().unwrap();
    let quiet = [("LOG_TO_CONSOLE", "false"), ("LOG__QUEUE__MEMORY", "heap")];
    let logger = MetaLogger::builder().environment(quiet).log_dir(folder.path()).build().unwrap();
    let bound = logger.bind(Context::new().strategy_id("s1"));
    bridge::log::install(&bound).unwrap();
    bridge::tracing::install(&bound).unwrap();
    let second = bridge::log::install(&bound).unwrap_err();
    assert_eq!(second.to_string(), "the crate `log` has a logger in this process already");
    bridge::tracing::install(&bound).unwrap_err();

    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let expert = Context::new().expert_name("MyEmaBot").symbol("BTCUSDT");
    runtime.block_on(async { exchange::connect(3) }.in_context(&expert));
    info!(logger, "of the program itself");
    // a level that changes holds for them too
    logger.set_level(Level::Error);
    exchange::connect(4);
    assert!(logger.shutdown(PATIENCE).finished);

    let read = |name: &str| fs::read_to_string(folder.path().join(name)).unwrap();
    let general: Vec<Value> =
        lines(&read("expert.log")).into_iter().filter(|it| it["event"] != "level changed").collect();
    let events: Vec<_> = general.iter().map(|line| line["event"].as_str().unwrap()).collect();
    assert_eq!(events, ["reconnected", "rejected", "of the program itself", "rejected"]);
    for line in &general[..2] {
        assert_eq!((&line["expert_name"], &line["symbol"]), (&json!("MyEmaBot"), &json!("BTCUSDT")));
        assert_eq!((&line["strategy_id"], &line["module"]), (&json!("s1"), &json!("bridges::exchange")));
    }
    assert_eq!((&general[0]["attempt"], &general[0]["level"]), (&json!(3), &json!("warning")));
    assert_eq!(
        (&general[1]["code"], &general[1]["venue"], &general[1]["span"]),
        (&json!(-1003), &json!("binance"), &json!("session"))
    );
    assert_eq!(general[3]["expert_name"], Value::Null, "the context ends with its future");
    assert_eq!(lines(&read("errors.log")).len(), 2, "errors are in the file of errors too");
}
