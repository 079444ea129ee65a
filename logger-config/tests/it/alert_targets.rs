//! All targets, rules and the backup from a configuration to the phone, at the start and while the program runs.

use std::fs;

use logger_config::{Context, LoggerExt as _, MetaLoggerBuilder, crit, error, info};
use logger_testserver::{Fault, Options, Server, Shown};
use tempfile::TempDir;

use super::{PATIENCE, bare_builder};

const TOKEN: &str = "123456:AAE-secretsecretsecretsecretsecret1";

fn server() -> Server {
    Server::start(Options { limits: false, ..Options::default() })
}

fn telegram(server: &Server) -> String {
    format!("[telegram]\nbot_token = '{TOKEN}'\nchat_id = 42\nbase_url = '{}'\n", server.url())
}

/// Which tells each alert by itself.
fn ntfy(server: &Server) -> String {
    format!("[ntfy]\nserver = '{}'\ntopic = 'alerts'\n", server.url())
}

fn webhook(server: &Server) -> String {
    format!("[webhook]\nurl = '{}/hook/secretsecret'\n", server.url())
}

/// What all configurations of these tests have in common, with more keys of the section.
fn common(alerts: &str) -> String {
    format!(
        "console.enabled = false\nqueue.memory = 'heap'\n[alerts]\nallow_hosts = '127.0.0.1'\nspool = false\n{alerts}\n"
    )
}

fn builder(folder: &TempDir, text: &str) -> MetaLoggerBuilder {
    let path = folder.path().join("logging.toml");
    fs::write(&path, text).unwrap();
    bare_builder(&[]).config_file(path).log_dir(folder.path().join("logs"))
}

/// The first lines of what is shown, behind the sign of the level.
fn events(shown: &[Shown], service: &str) -> Vec<String> {
    let of_service = shown.iter().filter(|it| it.service == service);
    of_service.map(|it| it.text.lines().nth(1).unwrap_or(&it.text).to_owned()).collect()
}

#[test]
fn every_target_has_its_keys() {
    let (server, folder) = (server(), tempfile::tempdir().unwrap());
    let url = server.url();
    let text = common("")
        + &telegram(&server)
        + "topic = 7\nsound_from = 'critical'\n"
        + &webhook(&server)
        + &format!(
            "[discord]\nwebhook_url = '{url}/api/webhooks/77/secretsecret'\nthread_id = 1096000000000000000\n"
        )
        + &format!("[slack]\nwebhook_url = '{url}/services/T/B/secretsecret'\n")
        + &format!("[ntfy]\nserver = '{url}'\ntopic = 'alerts'\ntoken = 'tk_secretsecret'\n");
    let logger = builder(&folder, &text).set("alerts.level", "error").build().unwrap();
    let names = ["telegram", "discord", "webhook", "slack", "ntfy"];
    assert_eq!(logger.settings().alerts.unwrap().targets(), names);
    error!(logger, "below the sound of the phone");
    assert!(logger.shutdown(PATIENCE).finished);
    let shown = server.shown();
    let of = |service: &str| shown.iter().find(|it| it.service == service).unwrap();
    for name in names {
        assert!(of(name).text.contains("below the sound"), "{name}: {shown:?}");
    }
    assert_eq!((of("telegram").place.as_str(), of("telegram").silent), ("42/7", true));
    assert!(of("discord").place.contains("1096000000000000000"), "{}", of("discord").place);
    assert_eq!(server.complaints(), [""; 0]);
}

#[test]
fn a_webhook_is_signed_with_its_secret_and_ntfy_gets_its_token() {
    let secret = "plain-secretsecret";
    let options = Options { limits: false, secret: Some(secret.into()), ..Options::default() };
    let (server, folder) = (Server::start(options), tempfile::tempdir().unwrap());
    let text = common("")
        + &webhook(&server)
        + &format!("secret = '{secret}'\n")
        + &format!("[ntfy]\nserver = '{}'\ntopic = 'alerts'\ntoken = 'tk_secretsecret'\n", server.url());
    let logger = builder(&folder, &text).build().unwrap();
    crit!(logger, "margin call");
    assert!(logger.shutdown(PATIENCE).finished);
    // a webhook's server that knows the secret complains of what is not signed with it
    assert_eq!((server.shown().len(), server.complaints()), (2, vec![]));
    let received = server.received();
    let has = |name: &str, value: &str| {
        received.iter().any(|it| it.request.header(name).is_some_and(|it| it.starts_with(value)))
    };
    assert!(
        has("webhook-signature", "v1,") && has("authorization", "Bearer tk_secretsecret"),
        "{received:?}"
    );
}

#[test]
fn rules_say_what_is_an_alert_and_how_it_comes() {
    let (server, folder) = (server(), tempfile::tempdir().unwrap());
    let rules = "
        [alerts.rules.any]
        mode = 'silent'
        [alerts.rules.noise]
        order = 1
        matches = '^reconnect'
        mode = 'off'
        [alerts.rules.fills]
        category = 'trade'
        event = 'order filled'
        expert = 'Ema'
        symbol = 'BTC'
        fields = 'side=BUY, size=0.1'
        mode = 'silent'
        [alerts.rules.rate]
        level = 'error'
        event = 'rejected'
        more_than = 2
        within = '60s'
        [alerts.rules.off]
        enabled = false
        level = 'info'
        ";
    let logger = builder(&folder, &(common("") + &ntfy(&server) + rules)).build().unwrap();
    crit!(logger, "reconnect failed");
    crit!(logger, "margin call");
    error!(logger, "an error is none");
    for _ in 0..3 {
        error!(logger, "rejected");
    }
    let trades =
        |expert: &str, symbol: &str| logger.bind(Context::new().expert_name(expert).symbol(symbol)).trade();
    for (expert, symbol, side) in
        [("Ema", "BTC", "BUY"), ("Grid", "BTC", "BUY"), ("Ema", "ETH", "BUY"), ("Ema", "BTC", "SELL")]
    {
        info!(trades(expert, symbol), "order filled"; "side" => side, "size" => 0.1);
    }
    assert!(logger.shutdown(PATIENCE).finished);
    let shown = server.shown();
    let mut sounds: Vec<_> =
        events(&shown, "ntfy").into_iter().zip(shown.iter().map(|it| it.silent)).collect();
    // the graver ones come first
    sounds.sort();
    let expected = [("margin call", true), ("order filled", true), ("rate: 3 records within 60 s", false)];
    assert_eq!(sounds, expected.map(|(event, silent)| (event.to_owned(), silent)));
}

#[test]
fn each_part_of_a_rule_narrows_it_down() {
    let (server, folder) = (server(), tempfile::tempdir().unwrap());
    let rules = "
        [alerts.rules.symbol]
        level = 'info'
        symbol = 'BTC'
        [alerts.rules.expert]
        level = 'info'
        expert = 'Ema'
        [alerts.rules.fields]
        level = 'info'
        fields = 'side=BUY, size=0.1'
        [alerts.rules.event]
        level = 'info'
        event = 'this event'
        [alerts.rules.matches]
        level = 'info'
        matches = '^this .* form$'
        [alerts.rules.category]
        category = 'trade'
        level = 'warning'
        ";
    let logger = builder(&folder, &(common("") + &ntfy(&server) + rules)).build().unwrap();
    let with = |key: &'static str, value: &str| logger.bind(Context::new().with(key, value));
    info!(with("symbol", "BTC"), "this symbol");
    info!(with("symbol", "ETH"), "another symbol");
    info!(with("expert_name", "Ema"), "this expert");
    info!(with("expert_name", "Grid"), "another expert");
    info!(logger, "these fields"; "side" => "BUY", "size" => 0.1);
    info!(logger, "one of these fields"; "side" => "BUY", "size" => 0.2);
    info!(logger, "this event");
    info!(logger, "another event");
    info!(logger, "this is of a form");
    info!(logger, "this is of another form or none");
    logger_config::warning!(logger.trade(), "a trade of this level");
    info!(logger.trade(), "a trade of another level");
    logger_config::warning!(logger, "no trade");
    assert!(logger.shutdown(PATIENCE).finished);
    let mut told = events(&server.shown(), "ntfy");
    told.sort();
    let expected = [
        "a trade of this level",
        "these fields",
        "this event",
        "this expert",
        "this is of a form",
        "this symbol",
    ];
    assert_eq!(told, expected);
}

#[test]
fn equal_alerts_wait_for_the_window_of_the_configuration() {
    let (server, folder) = (server(), tempfile::tempdir().unwrap());
    let second = common("window = '1s'") + &webhook(&server);
    let logger = builder(&folder, &second).build().unwrap();
    // the window of the default is as long as the patience
    for so_far in 1..=2 {
        crit!(logger, "margin call");
        assert!(server.wait_until(PATIENCE / 2, |shown| shown.len() == so_far));
    }
}

#[test]
fn a_silence_is_an_alert() {
    let (server, folder) = (server(), tempfile::tempdir().unwrap());
    let rules = "[alerts.rules.heartbeat]\nexpert = 'Ema'\nsilence = '1s'\ntargets = ['telegram']\n";
    let logger =
        builder(&folder, &(common("") + &telegram(&server) + &webhook(&server) + rules)).build().unwrap();
    assert!(server.wait_until(PATIENCE, |shown| !shown.is_empty()));
    assert!(logger.shutdown(PATIENCE).finished);
    assert_eq!(events(&server.shown(), "telegram"), ["heartbeat: no record for 1 s"]);
    assert_eq!(events(&server.shown(), "webhook"), [""; 0]);
}

#[test]
fn a_backup_gets_what_the_others_have_not_taken() {
    let (broken, server, folder) = (server(), server(), tempfile::tempdir().unwrap());
    broken.fail_always(Some(Fault::Status(500)));
    let text = common("backup = 'webhook'\nbackup_after = '200ms'") + &telegram(&broken) + &webhook(&server);
    let logger = builder(&folder, &text).build().unwrap();
    crit!(logger, "margin call");
    assert!(server.wait_until(PATIENCE, |shown| shown.len() == 1));
    drop(logger);
    // one that has taken it needs no backup
    broken.fail_always(None);
    let text = common("backup = 'webhook'") + &telegram(&broken) + &webhook(&server);
    let logger = builder(&folder, &text).build().unwrap();
    crit!(logger, "another");
    assert!(logger.shutdown(PATIENCE).finished);
    assert_eq!((events(&broken.shown(), "telegram"), server.shown().len()), (vec!["another".to_owned()], 1));
}

#[test]
fn a_mute_may_hold_from_the_start_on() {
    let (server, folder) = (server(), tempfile::tempdir().unwrap());
    for (muted, told) in [("muted = true", 0), ("muted = false", 1)] {
        let logger = builder(&folder, &(common(muted) + &telegram(&server))).build().unwrap();
        crit!(logger, "margin call");
        assert!(logger.shutdown(PATIENCE).finished);
        assert_eq!(server.shown().len(), told, "{muted}: {:?}", server.shown());
    }
}

#[test]
fn alerts_go_through_the_proxy() {
    let (proxy, folder) = (server(), tempfile::tempdir().unwrap());
    let text = common(&format!("proxy = '{}'", proxy.url()))
        + &format!("[telegram]\nbot_token = '{TOKEN}'\nchat_id = 42\nbase_url = 'http://127.0.0.1:9'\n");
    let logger = builder(&folder, &text).build().unwrap();
    crit!(logger, "margin call");
    assert!(proxy.wait_for_requests(PATIENCE, 1), "what is meant for another port comes to the proxy");
    drop(logger);
}

fn wrong(text: &str) -> Vec<String> {
    let folder = tempfile::tempdir().unwrap();
    let error = builder(&folder, &(common("") + text)).settings().unwrap_err();
    assert!(!error.to_string().contains("secretsecret"), "{error}");
    error.problems.iter().map(|it| format!("{}: {}", it.key.as_deref().unwrap(), it.message)).collect()
}

#[test]
fn what_cannot_be_is_answered() {
    let url = "https://x.example/secretsecret";
    let webhook = format!("[webhook]\nurl = '{url}'\n");
    for (text, expected) in [
        (
            format!("alerts.backup = 'webhook'\n{webhook}"),
            "alerts.backup: `webhook` is the only target that is turned on; a backup needs another one beside it",
        ),
        (
            format!("alerts.backup = 'slack'\n{webhook}"),
            "alerts.backup: the target `slack` is not turned on; those that are: webhook",
        ),
        (
            format!("{webhook}[alerts.rules.a]\ntargets = 'ntfy'\n"),
            "alerts.rules.a.targets: the target `ntfy` is not turned on; those that are: webhook",
        ),
        (
            "[slack]\nwebhook_url = 'http://x.example/secretsecret'\n".to_owned(),
            "slack.webhook_url: the address (not shown) has no TLS; allowed is one that begins with `https://`, or a host of \
             `alerts.allow_hosts`",
        ),
        ("[ntfy]\nenabled = true\n".to_owned(), "ntfy.enabled: there is no `ntfy.topic` to send alerts to"),
        (
            format!("{webhook}[alerts.rules.a]\nmore_than = 5\n"),
            "alerts.rules.a.more_than: has no effect without `within`; allowed is both, or none",
        ),
        (
            format!("{webhook}[alerts.rules.a]\nmore_than = 5\nwithin = '60s'\nsilence = '60s'\n"),
            "alerts.rules.a.silence: has no effect beside `more_than` and `within`; allowed is a rule for each",
        ),
    ] {
        // keys of the section itself stand before another one begins
        let text = match text.strip_prefix("alerts.backup") {
            Some(rest) => format!("backup{rest}"),
            None => text,
        };
        assert_eq!(wrong(&text), [expected]);
    }
    // no target, no alerts: the same file does for a machine without tokens
    let folder = tempfile::tempdir().unwrap();
    let text = common("backup = 'slack'") + "[alerts.rules.a]\ntargets = 'slack'\n";
    assert!(builder(&folder, &text).settings().unwrap().alerts.is_none());
}

#[cfg(feature = "reload")]
mod live {
    use std::path::Path;

    use logger_config::MetaLogger;

    use super::*;
    use crate::until;

    fn said(logger: &MetaLogger, folder: &Path, words: &str) -> bool {
        assert!(logger.flush(PATIENCE).finished);
        fs::read_to_string(folder.join("logs/expert.log")).unwrap().contains(words)
    }

    fn save(logger: &MetaLogger, folder: &TempDir, text: &str, words: &str) {
        fs::write(folder.path().join("logging.toml"), text).unwrap();
        until(words, || said(logger, folder.path(), words));
    }

    #[test]
    fn rules_targets_and_a_mute_follow_the_file() {
        let (server, other, folder) = (server(), server(), tempfile::tempdir().unwrap());
        let first = common("") + &telegram(&server);
        let logger = builder(&folder, &first).build().unwrap();
        crit!(logger, "one");
        error!(logger, "an error is none");
        assert!(logger.flush(PATIENCE).finished);
        // a rule
        let rules = "[alerts.rules.errors]\nlevel = 'error'\n";
        save(&logger, &folder, &(first.clone() + rules), "alerts.rules.errors.level: nothing to `error`");
        error!(logger, "two");
        assert!(logger.flush(PATIENCE).finished);
        // another target, and no rule
        save(&logger, &folder, &(common("") + &webhook(&other)), "webhook.url: nothing to ***");
        error!(logger, "an error is none again");
        crit!(logger, "three");
        assert!(logger.flush(PATIENCE).finished);
        // a mute
        save(
            &logger,
            &folder,
            &(common("muted = true") + &webhook(&other)),
            "alerts.muted: `false` to `true`",
        );
        crit!(logger, "four");
        assert!(logger.flush(PATIENCE).finished);
        save(&logger, &folder, &(common("") + &webhook(&other)), "alerts.muted: `true` to `false`");
        crit!(logger, "five");
        assert!(logger.shutdown(PATIENCE).finished);
        assert_eq!(events(&server.shown(), "telegram"), ["one", "two"]);
        let told: String = other.shown().iter().map(|it| it.text.clone() + "\n").collect();
        assert!(told.contains("three") && told.contains("five") && !told.contains("four"), "{told}");
        assert!(!told.contains("none"), "{told}");
        let log = fs::read_to_string(folder.path().join("logs/expert.log")).unwrap();
        assert!(!log.contains("secretsecret"), "{log}");
    }

    #[test]
    fn a_change_that_the_alerts_refuse_changes_nothing_at_all() {
        let (server, folder) = (server(), tempfile::tempdir().unwrap());
        let first = common("") + &telegram(&server);
        let logger = builder(&folder, &first).build().unwrap();
        let wrong =
            format!("level = 'debug'\n{}", common("proxy = 'http://[secretsecret'") + &telegram(&server));
        save(&logger, &folder, &wrong, "configuration was read again and is wrong; the one before stays");
        assert_eq!(logger.level(), logger_config::Level::Info);
        crit!(logger, "still told");
        assert!(logger.shutdown(PATIENCE).finished);
        assert_eq!(events(&server.shown(), "telegram"), ["still told"]);
        let log = fs::read_to_string(folder.path().join("logs/expert.log")).unwrap();
        assert!(!log.contains("secretsecret"), "{log}");
    }

    #[test]
    fn whether_there_is_a_spool_is_decided_at_the_start() {
        let (server, folder) = (server(), tempfile::tempdir().unwrap());
        let first = common("") + &telegram(&server);
        let logger = builder(&folder, &first).build().unwrap();
        let with_spool = first.replace("spool = false", "spool = true");
        save(&logger, &folder, &with_spool, "some of it needs a restart");
        assert!(said(&logger, folder.path(), "\"needs_restart\":\"alerts.spool\""));
        crit!(logger, "told all the same");
        assert!(logger.shutdown(PATIENCE).finished);
        assert_eq!(events(&server.shown(), "telegram"), ["told all the same"]);
        assert!(!folder.path().join("logs/alerts.spool").exists());
        // and the next start has it
        let logger = builder(&folder, &with_spool).build().unwrap();
        assert!(folder.path().join("logs/alerts.spool").exists());
        assert!(logger.shutdown(PATIENCE).finished);
    }

    #[test]
    fn alerts_that_were_not_there_at_the_start_need_a_restart() {
        let (server, folder) = (server(), tempfile::tempdir().unwrap());
        let logger = builder(&folder, &common("")).build().unwrap();
        save(&logger, &folder, &(common("") + &telegram(&server)), "some of it needs a restart");
        assert!(said(&logger, folder.path(), "telegram.base_url, telegram.bot_token, telegram.chat_id"));
        assert!(logger.settings().alerts.is_none());
        assert!(logger.shutdown(PATIENCE).finished);
    }
}
