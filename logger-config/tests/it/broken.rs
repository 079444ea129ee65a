//! Broken configurations: each answer says what is wrong, where, and what is allowed, shows no secret, and nothing is made
//! on the disk.

use std::{collections::BTreeSet, fs, path::Path, time::Duration};

use expect_test::{Expect, expect};
use logger_config::MetaLogger;
use tempfile::TempDir;

/// What a configuration file is called, and what stands in it.
struct File {
    name: &'static str,
    text: &'static str,
}

fn toml(text: &'static str) -> File {
    File { name: "logging.toml", text }
}

/// Everything below a folder.
fn tree(folder: &Path) -> BTreeSet<String> {
    let mut tree = BTreeSet::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        tree.insert(path.display().to_string());
        if path.is_dir() {
            tree.extend(self::tree(&path));
        }
    }
    tree
}

/// Tries to start a logger in a folder that `prepare` has filled.
fn check_in(prepare: impl FnOnce(&TempDir), file: &File, variables: &[(&str, &str)], expected: Expect) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(file.name);
    if !path.exists() {
        fs::write(&path, file.text).unwrap();
    }
    prepare(&folder);
    let here = folder.path().display().to_string();
    let text = fs::read_to_string(&path).map(|text| text.replace("HERE", &here));
    if let Ok(text) = text {
        fs::write(&path, text).unwrap();
    }
    let before = tree(folder.path());
    let logs = format!("{here}/logs");
    let variables = [("LOG_DIR", logs.as_str()), ("LOG_TO_CONSOLE", "false")]
        .into_iter()
        .chain(variables.iter().copied());
    let error = MetaLogger::builder().environment(variables).config_file(&path).build().unwrap_err();
    let (shown, debug) = (error.to_string(), format!("{error:?}"));
    assert!(!shown.contains("SECRET") && !debug.contains("SECRET"), "{debug}");
    assert_eq!(tree(folder.path()), before, "nothing is made on the disk");
    expected.assert_eq(&shown.replace(&format!("{here}/"), ""));
}

fn check(file: &File, expected: Expect) {
    check_in(|_| (), file, &[], expected);
}

macro_rules! broken {
    ($($(#[$on:meta])? $name:ident: $file:expr, $expected:expr;)+) => {
        $($(#[$on])?
        #[test]
        fn $name() {
            check(&$file, $expected);
        })+
    };
}

broken! {
    a_key_with_a_typo: toml("levle = 'info'\n"), expect![[r#"
        the configuration has 1 problem:
          levle (file logging.toml, line 1, column 1): unknown key; the nearest is `level`"#]];
    a_section_with_a_typo: toml("[flies]\nmax_size = '1 MB'\n"), expect![[r#"
        the configuration has 1 problem:
          flies (file logging.toml, line 1, column 2): unknown key; the nearest is `files`"#]];
    a_key_in_the_wrong_section: toml("[console]\nmax_size = '1 MB'\n"), expect![[r#"
        the configuration has 1 problem:
          console.max_size (file logging.toml, line 2, column 1): unknown key; the nearest is `files.max_size`"#]];
    a_key_of_a_drain_with_a_typo: toml("[drains.audit]\nkind = 'file'\nlevle = 'info'\n"), expect![[r#"
        the configuration has 1 problem:
          drains.audit.levle (file logging.toml, line 3, column 1): unknown key; the nearest is `drains.audit.level`"#]];
    a_size_with_a_wrong_unit: toml("files.max_size = '10 MegaBytes'\n"), expect![[r#"
        the configuration has 1 problem:
          files.max_size (file logging.toml, line 1, column 18): `10 MegaBytes` is not a size; allowed is a number of bytes or a text such as `10 MB` or `64 MiB`, from 4 KiB to 1 TiB"#]];
    a_negative_size: toml("files.max_size = -1\n"), expect![[r#"
        the configuration has 1 problem:
          files.max_size (file logging.toml, line 1, column 18): `-1` is not a size; allowed is a number of bytes or a text such as `10 MB` or `64 MiB`, from 4 KiB to 1 TiB"#]];
    a_negative_size_as_a_text: toml("files.max_size = '-10 MB'\n"), expect![[r#"
        the configuration has 1 problem:
          files.max_size (file logging.toml, line 1, column 18): `-10 MB` is not a size; allowed is a number of bytes or a text such as `10 MB` or `64 MiB`, from 4 KiB to 1 TiB"#]];
    a_size_that_is_too_small: toml("files.max_size = '1 kB'\n"), expect![[r#"
        the configuration has 1 problem:
          files.max_size (file logging.toml, line 1, column 18): `1 kB` is out of range; allowed is 4 KiB to 1 TiB"#]];
    a_size_with_a_fraction: toml("files.max_size = 1.5\n"), expect![[r#"
        the configuration has 1 problem:
          files.max_size (file logging.toml, line 1, column 18): a number with a fraction is not a size; allowed is a number of bytes or a text such as `10 MB` or `64 MiB`, from 4 KiB to 1 TiB"#]];
    a_span_without_a_unit: toml("queue.wait = 50\n"), expect![[r#"
        the configuration has 1 problem:
          queue.wait (file logging.toml, line 1, column 14): the number `50` is not a span of time; allowed is a text such as `200ms` or `5s`, from 1ms to 10s"#]];
    a_span_with_a_wrong_unit: toml("queue.wait = '50 parsecs'\n"), expect![[r#"
        the configuration has 1 problem:
          queue.wait (file logging.toml, line 1, column 14): `50 parsecs` is not a span of time; allowed is a text such as `200ms` or `5s`, from 1ms to 10s"#]];
    a_bad_level: toml("level = 'loud'\n"), expect![[r#"
        the configuration has 1 problem:
          level (file logging.toml, line 1, column 9): `loud` is not a level; allowed are trace, debug, info, warning, error, critical"#]];
    a_level_of_another_logger: toml("level = 'fatal'\n"), expect![[r#"
        the configuration has 1 problem:
          level (file logging.toml, line 1, column 9): `fatal` is not a level; allowed are trace, debug, info, warning, error, critical"#]];
    a_level_as_a_number: toml("level = 3\n"), expect![[r#"
        the configuration has 1 problem:
          level (file logging.toml, line 1, column 9): the number `3` is not a level; allowed are trace, debug, info, warning, error, critical"#]];
    a_directive_without_a_module: toml("level = 'info,=debug'\n"), expect![[r#"
        the configuration has 1 problem:
          level (file logging.toml, line 1, column 9): an empty text names no part of a program; allowed are a module such as `my_bot::orders`, `expert:NAME`, `category:general` and `category:trade`"#]];
    a_directive_with_a_bad_level: toml("level = 'info,my_bot=verbose'\n"), expect![[r#"
        the configuration has 1 problem:
          level (file logging.toml, line 1, column 9): `verbose` is not a level; allowed are trace, debug, info, warning, error, critical"#]];
    a_level_of_a_module_that_is_none: toml("[levels.modules]\n'my-bot' = 'debug'\n"), expect![[r#"
        the configuration has 1 problem:
          levels.modules.my-bot (file logging.toml, line 2, column 12): `my-bot` is not a module; allowed is a path such as `my_bot::orders`"#]];
    a_level_of_a_category_that_is_none: toml("[levels.categories]\ntrades = 'debug'\n"), expect![[r#"
        the configuration has 1 problem:
          levels.categories.trades (file logging.toml, line 2, column 10): `trades` is not a category; allowed are general, trade"#]];
    a_switch_as_a_text: toml("files.enabled = 'yes'\n"), expect![[r#"
        the configuration has 1 problem:
          files.enabled (file logging.toml, line 1, column 17): the text `yes` is not a switch; allowed are true and false"#]];
    a_count_as_a_text: toml("files.backup_count = '5'\n"), expect![[r#"
        the configuration has 1 problem:
          files.backup_count (file logging.toml, line 1, column 22): the text `5` is not a whole number; allowed is 0 to 1000"#]];
    a_time_of_day_that_is_none: toml("files.rotate = 'daily 25:00'\n"), expect![[r#"
        the configuration has 1 problem:
          files.rotate (file logging.toml, line 1, column 16): `daily 25:00` is not a schedule; allowed are never, hourly, daily, a time of day such as `daily 17:00`, and a span such as `15m` or `6h`, from 1m to 1day"#]];
    a_time_zone_that_is_none: toml("files.zone = 'Europe/Atlantis'\n"), expect![[r#"
        the configuration has 1 problem:
          files.zone (file logging.toml, line 1, column 14): there is no time zone `Europe/Atlantis`; allowed is a name such as `UTC` or `Europe/Berlin`"#]];
    a_name_that_leads_out_of_the_folder: toml("files.general = '../../etc/passwd'\n"), expect![[r#"
        the configuration has 1 problem:
          files.general (file logging.toml, line 1, column 17): `../../etc/passwd` is not a plain file name; allowed is a name of 1 to 200 bytes without `/`, `\`, `:` and control characters; the folder is `log_dir`"#]];
    two_drains_on_one_path: toml("[drains.audit]\nkind = 'file'\nname = 'Trades.log'\n"), expect![[r#"
        the configuration has 1 problem:
          drains.audit.name (file logging.toml, line 3, column 8): `Trades.log` is the name of `files.trades` too; every file needs a name of its own"#]];
    a_drain_on_the_backups_of_another: toml("[drains.old]\nkind = 'file'\nname = 'expert.log.1'\n"), expect![[r#"
        the configuration has 1 problem:
          drains.old.name (file logging.toml, line 3, column 8): `expert.log.1` is what a full `expert.log`, the name of `files.general`, is renamed to; every file needs a name of its own"#]];
    a_drain_without_a_kind: toml("[drains.audit]\nlevel = 'info'\n"), expect![[r#"
        the configuration has 1 problem:
          drains.audit (file logging.toml, line 2, column 9): has no `kind`; allowed are file, console"#]];
    a_drain_that_should_be_one_of_the_default: toml("[drains.error]\nlevel = 'info'\n"), expect![[r#"
        the configuration has 1 problem:
          drains.error (file logging.toml, line 2, column 9): has no `kind`; allowed are file, console; the nearest that is there by default is `errors`"#]];
    a_drain_of_an_unknown_kind: toml("[drains.audit]\nkind = 'fiel'\n"), expect![[r#"
        the configuration has 1 problem:
          drains.audit.kind (file logging.toml, line 2, column 8): `fiel` is not a kind of drain; allowed are file, console; the nearest is `file`"#]];
    a_drain_with_a_key_of_another_kind: toml("[drains.audit]\nkind = 'console'\nmax_size = '1 MB'\n"), expect![[r#"
        the configuration has 1 problem:
          drains.audit.max_size (file logging.toml, line 3, column 12): has no effect on a console, which `audit` is; it is for a file"#]];
    a_drain_whose_name_is_none: toml("[drains.'My Audit']\nkind = 'file'\n"), expect![[r#"
        the configuration has 1 problem:
          drains."My Audit".kind (file logging.toml, line 2, column 8): `My Audit` is not a name of a drain; allowed are 1 to 40 small letters, digits, `_` and `-`"#]];
    a_filter_on_the_file_of_trades: toml("[drains.trades]\nlevel = 'error'\n"), expect![[r#"
        the configuration has 1 problem:
          drains.trades.level (file logging.toml, line 2, column 9): the drain `trades` gets every trade and nothing else; allowed is another drain with `category = "trade"`"#]];
    another_kind_for_a_default_drain: toml("[drains.errors]\nkind = 'console'\n"), expect![[r#"
        the configuration has 1 problem:
          drains.errors.kind (file logging.toml, line 2, column 8): the drain `errors` is there by default and is of another kind; allowed is another name"#]];
    a_list_with_a_number: toml("redaction.mask = ['iban', 5]\n"), expect![[r#"
        the configuration has 1 problem:
          redaction.mask (file logging.toml, line 1, column 18): a list of other things is not a list of keys; allowed is a list such as `["iban", "client_code"]`, or a text with commas between the keys; a key has a letter or digit and at most 128 bytes"#]];
    an_empty_list_of_experts: toml("[drains.audit]\nkind = 'file'\nexperts = []\n"), expect![[r#"
        the configuration has 1 problem:
          drains.audit.experts (file logging.toml, line 3, column 11): an empty list is not a list of experts; allowed is a list such as `["MyEmaBot", "GridBot"]`, or a text with commas between the names; at least one"#]];
    settings_that_contradict_each_other: toml("queue.errors = 'drop'\nqueue.error_wait = '1s'\nbudget.burst = 5\n"), expect![[r#"
        the configuration has 2 problems:
          queue.error_wait (file logging.toml, line 2, column 20): has no effect where `queue.errors` is `drop`; allowed is `keep` there, or no `queue.error_wait`
          budget.burst (file logging.toml, line 3, column 16): has no effect without `budget.per_second`; allowed is both, or none"#]];
    nothing_to_write_to: toml("files.enabled = false\n"), expect![[r#"
        the configuration has 1 problem:
          files.enabled (file logging.toml, line 1, column 17): there is no destination for records; turn on `files.enabled`, or turn on `console.enabled`, or add a drain in code"#]];
    #[cfg(not(feature = "gzip"))]
    a_compression_that_is_not_compiled_in: toml("files.compression = 'gzip'\n"), expect![[r#"
        the configuration has 1 problem:
          files.compression (file logging.toml, line 1, column 21): `gzip` needs feature `gzip`, which this build does not have"#]];
    #[cfg(not(feature = "webhook"))]
    a_drain_that_is_not_compiled_in: toml("[slack]\nwebhook_url = 'https://x.example/SECRET'\n"), expect![[r#"
        the configuration has 1 problem:
          slack (file logging.toml, line 2, column 15): drain `slack` needs feature `webhook`, which this build does not have"#]];
    #[cfg(not(any(feature = "telegram", feature = "discord", feature = "webhook")))]
    a_rule_where_no_target_is_compiled_in: toml("[alerts.rules.fills]\nlevel = 'error'\nmode = 'silent'\n"), expect![[r#"
        the configuration has 1 problem:
          alerts.rules.fills (file logging.toml, line 2, column 9): alerts need feature `telegram`, `discord` or `webhook`, which this build does not have"#]];
    a_pattern_that_is_no_expression: toml("[redaction.patterns]\norder_id = 'ORD-[0-9'\n"), expect![[r#"
        the configuration has 1 problem:
          redaction.patterns.order_id (file logging.toml, line 2, column 12): `ORD-[0-9` is not a regular expression: unclosed character class"#]];
    a_pattern_under_the_name_of_another: toml("[redaction.patterns]\ncard = 'x'\n"), expect![[r#"
        the configuration has 1 problem:
          redaction.patterns.card (file logging.toml, line 2, column 8): `card` is a pattern that is there already; allowed is another name"#]];
    a_pattern_that_is_not_there: toml("redaction.without_patterns = ['crad']\n"), expect![[r#"
        the configuration has 1 problem:
          redaction.without_patterns (file logging.toml, line 1, column 30): `crad` is not a pattern; allowed are assignment, bearer, bot_token, card, jwt, long_key, pem, provider_token, url_user, webhook; the nearest is `card`"#]];
    a_short_secret_to_be_masked: toml("redaction.literals = ['SECRET-long-enough', 'short']\n"), expect![[r#"
        the configuration has 1 problem:
          redaction.literals (file logging.toml, line 1, column 22): a text (not shown) is too short; allowed is a list of texts, or a text with one on each line; each has at least 6 bytes"#]];
    a_rule_with_a_wrong_mode: toml("[alerts.rules.fills]\nmode = 'quiet'\n"), expect![[r#"
        the configuration has 1 problem:
          alerts.rules.fills.mode (file logging.toml, line 2, column 8): `quiet` is not a mode of a rule; allowed are on, silent, off"#]];
    a_rule_with_a_key_with_a_typo: toml("[alerts.rules.fills]\nlevle = 'error'\n"), expect![[r#"
        the configuration has 1 problem:
          alerts.rules.fills.levle (file logging.toml, line 2, column 1): unknown key; the nearest is `alerts.rules.fills.level`"#]];
    a_rule_with_a_field_without_a_text: toml("[alerts.rules.fills]\nfields = 'side'\n"), expect![[r#"
        the configuration has 1 problem:
          alerts.rules.fills.fields (file logging.toml, line 2, column 10): `side` is not a field; allowed is a list such as `["side=BUY", "size=0.1"]`, or a text with commas between them; at least one"#]];
    a_rule_whose_name_is_none: toml("[alerts.rules.'My Rule']\nlevel = 'error'\n"), expect![[r#"
        the configuration has 1 problem:
          alerts.rules."My Rule".level (file logging.toml, line 2, column 9): `My Rule` is not a name of a rule; allowed are 1 to 40 small letters, digits, `_` and `-`"#]];
    a_proxy_that_is_none: toml("alerts.proxy = 'user:SECRET@proxy:3128'\n"), expect![[r#"
        the configuration has 1 problem:
          alerts.proxy (file logging.toml, line 1, column 16): the text (not shown) is not a proxy; allowed is an address that begins with `http://`, `https://` or `socks5://`"#]];
    a_backup_that_is_no_target: toml("alerts.backup = 'telegramm'\n"), expect![[r#"
        the configuration has 1 problem:
          alerts.backup (file logging.toml, line 1, column 17): `telegramm` is not a target; allowed are telegram, discord, webhook, slack, ntfy; the nearest is `telegram`"#]];
    backtraces_of_a_level_that_is_none: toml("backtraces = 'always'\n"), expect![[r#"
        the configuration has 1 problem:
          backtraces (file logging.toml, line 1, column 14): `always` is not a level or `never`; allowed are never, trace, debug, info, warning, error, critical"#]];
    a_text_without_quotes: toml("level = info\nlog_dir = logs\n"), expect![[r#"
        the configuration has 2 problems:
          file logging.toml, line 1, column 9: is not TOML: a text has to stand in quotes
          file logging.toml, line 2, column 11: is not TOML: a text has to stand in quotes"#]];
    a_secret_in_the_place_of_a_chat: toml("[telegram]\nenabled = false\nchat_id = '123:SECRET'\n"), expect![[r#"
        the configuration has 1 problem:
          telegram.chat_id (file logging.toml, line 3, column 11): the text (not shown) is not a chat; allowed is the number of a chat, such as -1001234567890, or its name, such as `@my_alerts`"#]];
    a_secret_under_the_key_of_something_else: toml("level = '123456789:SECRET-SECRET-SECRET-SECRET'\n"), expect![[r#"
        the configuration has 1 problem:
          level (file logging.toml, line 1, column 9): *** (it looks like a secret) is not a level; allowed are trace, debug, info, warning, error, critical"#]];
    a_secret_with_a_space: toml("[telegram]\nenabled = false\nbot_token = '123: SECRET'\n"), expect![[r#"
        the configuration has 1 problem:
          telegram.bot_token (file logging.toml, line 3, column 13): the text (not shown) is not a secret; allowed is a text without spaces and control characters"#]];
    a_secret_under_a_mistyped_key: toml("[telegram]\nenabled = false\n[telegrm]\nbot_token = '123:SECRET'\n"), expect![[r#"
        the configuration has 1 problem:
          telegrm (file logging.toml, line 3, column 2): unknown key; the nearest is `telegram`"#]];
    an_address_of_a_wrong_kind: toml("[webhook]\nenabled = false\nurl = 'ftp://x/SECRET'\n"), expect![[r#"
        the configuration has 1 problem:
          webhook.url (file logging.toml, line 3, column 7): the text (not shown) is not an address; allowed is an address that begins with `https://`, or with `http://` where `alerts.allow_hosts` has its host"#]];
    a_missing_file_of_a_secret: toml("[telegram]\nenabled = false\nbot_token_file = '/no/such/file'\n"), expect![[r#"
        the configuration has 1 problem:
          telegram.bot_token_file (file logging.toml, line 3, column 18): `/no/such/file` cannot be read: No such file or directory (os error 2)"#]];
    broken_toml: toml("level = 'info'\n[files\nmax_size = SECRET\n"), expect![[r#"
        the configuration has 1 problem:
          file logging.toml, line 2, column 7: is not TOML: unclosed table, expected `]`"#]];
    a_key_twice: toml("level = 'info'\nlevel = 'debug'\n"), expect![[r#"
        the configuration has 1 problem:
          file logging.toml, line 2, column 1: is not TOML: duplicate key"#]];
    an_empty_file: toml(""), expect![[r#"
        the configuration has 1 problem:
          file logging.toml: is empty, as a file is that was cut off; a configuration that says nothing has a comment, or `{}` in JSON"#]];
    a_file_of_an_unknown_format: File { name: "logging.ini", text: "level = SECRET\n" }, expect![[r#"
        the configuration has 1 problem:
          file logging.ini: the format is not known by the ending; allowed are files whose names end in `.toml`, `.json`, `.yaml` or `.yml`"#]];
    json_with_a_comma_at_the_end: File { name: "logging.json", text: "{ \"level\": \"info\", }" }, expect![[r#"
        the configuration has 1 problem:
          file logging.json, line 1, column 18: is not JSON: trailing commas are not allowed"#]];
    json_that_is_no_object: File { name: "logging.json", text: "[\"SECRET\"]" }, expect![[r#"
        the configuration has 1 problem:
          file logging.json, line 1, column 1: is a list; allowed is a table of keys"#]];
}

#[cfg(feature = "yaml")]
broken! {
    yaml_with_tabs: File { name: "logging.yaml", text: "files:\n\tmax_size: 1 MB\n" }, expect![[r#"
        the configuration has 1 problem:
          file logging.yaml, line 2, column 2: is not YAML: tabs disallowed within this context (block indentation)"#]];
    yaml_with_a_wrong_level: File { name: "logging.yml", text: "console:\n  level: loud\n" }, expect![[r#"
        the configuration has 1 problem:
          console.level (file logging.yml, line 2, column 10): `loud` is not a level; allowed are trace, debug, info, warning, error, critical"#]];
}

#[test]
fn a_folder_in_the_place_of_the_configuration_file() {
    let prepare = |folder: &TempDir| {
        fs::remove_file(folder.path().join("logging.toml")).unwrap();
        fs::create_dir(folder.path().join("logging.toml")).unwrap();
    };
    check_in(
        prepare,
        &toml("x"),
        &[],
        expect![[r#"
        the configuration has 1 problem:
          file logging.toml: cannot be read: Is a directory (os error 21)"#]],
    );
}

#[test]
fn a_configuration_file_that_is_gone() {
    check_in(
        |folder| fs::remove_file(folder.path().join("logging.toml")).unwrap(),
        &toml("x"),
        &[],
        expect![[r#"
            the configuration has 1 problem:
              file logging.toml: cannot be read: No such file or directory (os error 2)"#]],
    );
}

#[test]
fn a_file_in_the_place_of_the_folder_of_logs() {
    let prepare = |folder: &TempDir| fs::write(folder.path().join("logs"), "").unwrap();
    check_in(
        prepare,
        &toml("# nothing"),
        &[],
        expect![[r#"
        the configuration has 1 problem:
          log_dir (environment LOG_DIR): `logs` is no folder; allowed is a folder, or a path at which one can be made"#]],
    );
}

#[test]
fn what_earlier_runs_have_left_is_not_looked_for_on_a_configuration_that_no_logger_could_start_with() {
    let folder = tempfile::tempdir().unwrap();
    let logs = folder.path().join("logs");
    fs::write(&logs, "").unwrap();
    let variables = [("LOG_DIR", logs.to_str().unwrap()), ("LOG_TO_CONSOLE", "false")];
    let before = tree(folder.path());
    let error = MetaLogger::builder().environment(variables).recover(Duration::ZERO).unwrap_err().to_string();
    assert!(error.contains("log_dir (environment LOG_DIR)") && error.contains("is no folder"), "{error}");
    assert_eq!(tree(folder.path()), before, "nothing is made on the disk");
}

#[test]
fn a_folder_of_logs_that_cannot_be_made() {
    let prepare = |folder: &TempDir| fs::write(folder.path().join("logs"), "").unwrap();
    let file = toml("# nothing");
    check_in(
        prepare,
        &file,
        &[("LOG__LOG_DIR", "/dev/null/logs")],
        expect![[r#"
        the configuration has 1 problem:
          log_dir (environment LOG__LOG_DIR): `/dev/null` is no folder; allowed is a folder, or a path at which one can be made"#]],
    );
}

#[cfg(unix)]
#[test]
fn a_folder_of_logs_that_cannot_be_written_to() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = tempfile::tempdir().unwrap();
    let locked = folder.path().join("locked");
    fs::create_dir(&locked).unwrap();
    fs::set_permissions(&locked, fs::Permissions::from_mode(0o500)).unwrap();
    let builder =
        MetaLogger::builder().environment([("LOG_TO_CONSOLE", "false")]).log_dir(locked.join("logs"));
    // root may write everywhere: who can make a file there must be let through, all others not
    let is_writable = fs::write(locked.join("probe"), "").is_ok();
    let answer =
        builder.check().map_err(|error| error.to_string().replace(&folder.path().display().to_string(), ""));
    let refusal = "the configuration has 1 problem:\n  log_dir (code): `/locked` cannot be written to: Permission denied \
                   (os error 13); allowed is a folder of this user";
    assert_eq!(answer, if is_writable { Ok(()) } else { Err(refusal.to_owned()) });
}

#[cfg(unix)]
#[test]
fn a_log_file_that_is_a_link() {
    let prepare = |folder: &TempDir| {
        fs::create_dir(folder.path().join("logs")).unwrap();
        std::os::unix::fs::symlink("/etc/passwd", folder.path().join("logs/trades.log")).unwrap();
    };
    check_in(
        prepare,
        &toml("# nothing"),
        &[],
        expect![[r#"
        the configuration has 1 problem:
          files.trades (default): `logs/trades.log` is a link, which a log file must not be; allowed is the name of a file, or of nothing yet"#]],
    );
}

#[test]
fn wrong_variables() {
    let variables = [
        ("LOG_LEVEL", "verbos"),
        ("LOG_TO_FILE", "maybe"),
        ("LOG__QUEUE__WIAT", "5"),
        ("LOG_ASYNC", "no"),
        ("LOG__DRAINS__AUDIT__LEVEL", "info"),
    ];
    check_in(
        |_| (),
        &toml("# nothing"),
        &variables,
        expect![[r#"
        the configuration has 5 problems:
          level (environment LOG_LEVEL): `verbos` is not a level; allowed are trace, debug, info, warning, error, critical
          files.enabled (environment LOG_TO_FILE): the text `maybe` is not a switch; allowed are true and false
          async (environment LOG_ASYNC): `no` is not possible, because this logger always writes on a thread of its own; allowed is true, or no `LOG_ASYNC`; a program that must know a record written calls `flush`
          queue.wiat (environment LOG__QUEUE__WIAT): unknown name; the nearest is `LOG__QUEUE__WAIT`
          drains.audit (environment LOG__DRAINS__AUDIT__LEVEL): has no `kind`; allowed are file, console"#]],
    );
}

#[cfg(not(feature = "reload"))]
#[test]
fn a_reload_that_is_not_compiled_in() {
    check(
        &toml("reload = true\n"),
        expect![[r#"
            the configuration has 1 problem:
              reload (file logging.toml, line 1, column 10): needs feature `reload`, which this build does not have"#]],
    );
}
