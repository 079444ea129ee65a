//! `logger alert test`: to services that a test server plays.

use std::fs;

use logger_testserver::{Fault, Options, Server};

use crate::support::{path, run};

fn folder(server: &Server) -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    let config = format!(
        "app_name = 'bot'\n[alerts]\nallow_hosts = '127.0.0.1'\n\
         [telegram]\nbot_token = '{TOKEN}'\nchat_id = 42\nbase_url = '{url}'\n\
         [webhook]\nurl = '{url}/hook/secretpath'\n",
        url = server.url()
    );
    fs::write(path(&dir, "bot.toml"), config).unwrap();
    dir
}

const TOKEN: &str = "123456:AAE-secretsecretsecretsecretsecret1";

fn alert(dir: &tempfile::TempDir, more: &[&str]) -> (Option<i32>, String, String) {
    let output = run(&[&["alert", "test", "bot.toml"], more].concat(), dir.path());
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (output.status.code(), text(output.stdout), text(output.stderr))
}

#[test]
fn each_target_gets_one_message_and_the_delay_is_told() {
    let server = Server::start(Options::default());
    let dir = folder(&server);
    let (code, out, err) = alert(&dir, &[]);
    assert_eq!((code, err.as_str()), (Some(0), ""), "{out}");
    let rows: Vec<&str> = out.lines().collect();
    assert!(rows.len() == 2 && rows[0].starts_with("telegram  ok     answered in "), "{out}");
    assert!(rows[1].starts_with("webhook   ok     answered in "), "{out}");
    assert_eq!(server.received().len(), 2);
    assert!(server.shown().iter().any(|it| it.text.contains("test of alerts")), "{:?}", server.shown());
}

#[test]
fn a_target_that_fails_is_named_with_the_reason_and_its_secret_is_not() {
    let server = Server::start(Options::default());
    server.fail_always(Some(Fault::Status(500)));
    let dir = folder(&server);
    let (code, out, err) = alert(&dir, &[]);
    assert_eq!((code, err.as_str()), (Some(1), ""), "{out}");
    assert!(out.contains("telegram  FAILED 500") && !out.contains("secret"), "{out}");
}

#[test]
fn a_dry_run_shows_the_requests_without_their_secrets_and_sends_nothing() {
    let server = Server::start(Options::default());
    let dir = folder(&server);
    let (code, out, _) = alert(&dir, &["--dry-run"]);
    assert_eq!(code, Some(0), "{out}");
    assert!(out.contains("# telegram\nPOST ") && out.contains("/bot***/sendMessage\n"), "{out}");
    assert!(out.contains("# webhook\nPOST ") && out.contains(r#""chat_id":42"#), "{out}");
    assert!(!out.contains("secret"), "{out}");
    assert!(server.received().is_empty());
}

#[test]
fn flags_of_the_logger_come_after_the_file() {
    let server = Server::start(Options::default());
    let dir = folder(&server);
    let (code, out, _) =
        alert(&dir, &["--dry-run", "--log-set", "telegram.chat_id=77", "--log-set", "webhook.enabled=false"]);
    assert_eq!(code, Some(0), "{out}");
    assert!(out.contains(r#""chat_id":77"#) && !out.contains("# webhook"), "{out}");
}

#[test]
fn without_a_target_there_is_nothing_to_test() {
    let dir = tempfile::tempdir().unwrap();
    fs::write(path(&dir, "bot.toml"), "level = \"debug\"\n").unwrap();
    let (code, _, err) = alert(&dir, &[]);
    assert!(code == Some(2) && err.contains("the configuration has no target for alerts"), "{err}");
}
