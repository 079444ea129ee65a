//! What the programs write and print.

use std::{fs, io::Read as _, net::TcpListener, path::Path, thread};

use serde_json::Value;

use crate::{program, succeeded};

/// The records of a file, in its order.
fn records(path: impl AsRef<Path>) -> Vec<Value> {
    let path = path.as_ref();
    let text = fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// Some fields of each record, as one text.
fn fields(records: &[Value], keys: &[&str]) -> Vec<String> {
    let of = |record: &Value| {
        let values = keys.iter().map(|key| record[*key].to_string().replace('"', ""));
        values.collect::<Vec<_>>().join(" ")
    };
    records.iter().map(of).collect()
}

#[test]
fn each_expert_has_a_level_and_a_file_of_its_own() {
    let folder = tempfile::tempdir().unwrap();
    succeeded(program("several_experts", folder.path()).output().unwrap());
    let logs = folder.path().join("logs");
    let keys = ["expert_name", "symbol", "level", "event"];
    assert_eq!(
        fields(&records(logs.join("grid.log")), &keys),
        ["Grid ETHUSDT debug looking at the bar", "Grid ETHUSDT info order filled"]
    );
    let mut trades = fields(&records(logs.join("trades.log")), &keys);
    trades.sort();
    assert_eq!(trades, ["Ema BTCUSDT info order filled", "Grid ETHUSDT info order filled"]);
    let all = fields(&records(logs.join("expert.log")), &keys);
    assert!(!all.contains(&String::from("Ema BTCUSDT debug looking at the bar")), "{all:?}");
    assert_eq!(all.len(), 3, "{all:?}");
}

#[test]
fn a_context_follows_its_task_and_no_other() {
    let folder = tempfile::tempdir().unwrap();
    succeeded(program("async_tokio", folder.path()).output().unwrap());
    let trades = records(folder.path().join("logs/trades.log"));
    let mut lines = fields(&trades, &["expert_name", "symbol", "event"]);
    lines.sort();
    assert_eq!(
        lines,
        [
            "MyEmaBot BTCUSDT order filled",
            "MyEmaBot BTCUSDT order sent",
            "MyEmaBot ETHUSDT order filled",
            "MyEmaBot ETHUSDT order sent"
        ]
    );
}

#[test]
fn a_foreign_slog_drain_gets_its_records_over_a_socket() {
    let folder = tempfile::tempdir().unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let reader = thread::spawn(move || {
        let mut text = String::new();
        listener.accept().unwrap().0.read_to_string(&mut text).unwrap();
        text
    });
    succeeded(program("foreign_drain", folder.path()).arg(address).output().unwrap());
    let text = reader.join().unwrap();
    let lines: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(fields(&lines, &["msg", "level", "attempt"]), ["connection lost ERRO 3"], "{text}");
    assert_eq!(records(folder.path().join("logs/expert.log")).len(), 2);
}

#[test]
fn an_alert_reaches_the_phone_once_and_its_repeats_as_a_count() {
    let folder = tempfile::tempdir().unwrap();
    let output = succeeded(program("alerts", folder.path()).output().unwrap());
    let phone = String::from_utf8(output.stdout).unwrap();
    assert!(phone.starts_with("🔴 CRITICAL\nposition is not hedged\n"), "{phone}");
    assert!(phone.contains("1,000 times") && phone.contains("MyEmaBot"), "{phone}");
    assert!(!phone.contains("order rejected"), "{phone}");
    assert!(phone.matches("position is not hedged").count() <= 3, "a storm on the phone:\n{phone}");
}

#[test]
fn a_level_that_is_saved_holds_without_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    succeeded(program("reload", folder.path()).output().unwrap());
    let all = records(folder.path().join("logs/expert.log"));
    let debug: Vec<Value> = all.iter().filter(|it| it["level"] == "debug").cloned().collect();
    assert_eq!(fields(&debug, &["event", "taken"]), ["after true"]);
}

#[cfg(unix)]
#[test]
fn what_a_crash_leaves_is_written_by_the_next_start_once() {
    let folder = tempfile::tempdir().unwrap();
    let crash = program("crash_and_recovery", folder.path()).arg("crash").output().unwrap();
    assert!(!crash.status.success());
    let output = succeeded(program("crash_and_recovery", folder.path()).output().unwrap());
    assert_eq!(String::from_utf8(output.stdout).unwrap(), "started again: finished = true\n");
    let orders = fields(&records(folder.path().join("logs/trades.log")), &["order_id"]);
    assert_eq!(orders, (1..=100).map(|it| it.to_string()).collect::<Vec<_>>());
}
