//! What another server says that emulates Telegram: `telegram-test-api` from npm, which the test installs by itself.

use std::{
    io::{BufRead as _, BufReader, Write as _},
    net::TcpListener,
    path::Path,
    process::{Child, Command, Stdio},
    time::Duration,
};

use logger_telegram::Telegram;
use serde_json::Value;

use crate::support::{Harness, PATIENCE, TOKEN, critical, unlimited};

const PACKAGE: &str = "telegram-test-api@4.2.1";

/// Listens, says so, and tells all that it was sent once a line comes in.
const SCRIPT: &str = "
const Server = require('telegram-test-api');
const server = new Server({ port: Number(process.argv[2]), host: '127.0.0.1', storage: 'RAM' });
server.start().then(() => {
  console.log('ready');
  process.stdin.once('data', () => {
    console.log(JSON.stringify(server.getUpdatesHistory(process.argv[3])));
    process.exit(0);
  });
});
";

/// Ends with the test.
struct Node(Child);

impl Drop for Node {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn install(folder: &Path) -> Result<(), String> {
    let npm = Command::new("npm")
        .args(["install", "--no-audit", "--no-fund", "--ignore-scripts", "--prefix"])
        .arg(folder)
        .arg(PACKAGE)
        .output()
        .map_err(|error| format!("npm cannot be run: {error}"))?;
    if npm.status.success() { Ok(()) } else { Err(String::from_utf8_lossy(&npm.stderr).into_owned()) }
}

#[test]
fn another_server_understands_messages_and_their_changes() {
    let folder = tempfile::tempdir().unwrap();
    if let Err(why) = install(folder.path()) {
        println!("SKIPPED: {PACKAGE} cannot be installed: {why}");
        return;
    }
    std::fs::write(folder.path().join("server.js"), SCRIPT).unwrap();
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let child = Command::new("node")
        .arg(folder.path().join("server.js"))
        .args([port.to_string().as_str(), TOKEN])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut node = Node(child);
    let mut lines = BufReader::new(node.0.stdout.take().unwrap()).lines();
    assert_eq!(lines.next().unwrap().unwrap(), "ready");

    let target = Telegram::new(TOKEN, "42").base_url(&format!("http://127.0.0.1:{port}"));
    let mut harness =
        Harness::with(unlimited(), |builder| builder.target(target).edit_after(Duration::from_millis(50)));
    harness.log(critical("position is not hedged 😀").field("symbol", "BTCUSDT"));
    harness.wait("the message", |it| it.handle.health().targets[0].sent == 1);
    harness.log(critical("position is not hedged 😀").field("symbol", "BTCUSDT"));
    harness.wait("the change", |it| it.handle.health().targets[0].edited == 1);
    assert!(harness.handle.close(PATIENCE));

    node.0.stdin.take().unwrap().write_all(b"tell\n").unwrap();
    let history: Value = serde_json::from_str(&lines.next().unwrap().unwrap()).unwrap();
    let messages = history.as_array().unwrap();
    assert_eq!(messages.len(), 1, "{history:#}");
    let text = messages[0]["message"]["text"].as_str().unwrap();
    assert!(text.contains("position is not hedged 😀") && text.contains("symbol: BTCUSDT"), "{text}");
    assert!(text.contains("2 times from "), "{text}");
    assert_eq!(messages[0]["message"]["chat_id"], 42);
}
