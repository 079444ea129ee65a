//! Wrong configurations, each with the whole text that its giver reads.

use expect_test::{Expect, expect};
use logger_config::{ByteSize, Level, MetaLoggerBuilder};

use crate::{builder, error_of_file, with_file, without_folder};

fn check(text: &str, expected: Expect) {
    expected.assert_eq(&error_of_file(text, &[]));
}

#[test]
fn a_file_of_more_than_a_mebibyte_is_no_configuration() {
    let text = |bytes: usize| format!("level = 'debug'\n#{}", "x".repeat(bytes - 17));
    let most = with_file(&text(1 << 20), &[]);
    assert_eq!(most.1.settings().map(|it| it.level), Ok(Level::Debug));
    let error = error_of_file(&text((1 << 20) + 1), &[]);
    assert!(error.ends_with("file logging.toml: has more than 1 MiB, which no configuration has"), "{error}");
}

#[test]
fn a_column_counts_characters_and_not_bytes() {
    let text = "files = { general = \"журнал-€.log\", max_size = true }";
    let column = text.split_once("true").unwrap().0.chars().count() + 1;
    let error = error_of_file(text, &[]);
    assert!(
        error.contains(&format!("files.max_size (file logging.toml, line 1, column {column})")),
        "{error}"
    );
}

#[test]
fn every_key_answers_a_value_of_a_wrong_type() {
    check(
        r#"
app_name = 5
level = 3
log_dir = true
signals = 15
signals_within = 5
[files]
enabled = "yes"
format = 1
envelope = []
max_size = true
backup_count = "5"
general = 5
trades = {}
errors = 2026-01-31
[console]
enabled = 1
level = 1
colors = true
queue = 1.5
[queue]
trade_ring = [1]
general_ring = 1.0
wait = 50
trade_wait = 1
trade_spill = true
errors = false
error_wait = []
error_spill = {}
general = 1
general_wait = true
general_spill = 1.5
debug_share = "half"
[budget]
per_second = "many"
burst = 1.5
[redaction]
mask = 5
keep = [1, "a"]
[reports]
file = false
every = 10
"#,
        expect![[r#"
            the configuration has 35 problems:
              app_name (file logging.toml, line 2, column 12): the number `5` is not a name; allowed is a text of 1 to 200 bytes without control characters
              level (file logging.toml, line 3, column 9): the number `3` is not a level; allowed are trace, debug, info, warning, error, critical
              log_dir (file logging.toml, line 4, column 11): the boolean `true` is not a folder; allowed is a path, absolute or from the working directory
              signals (file logging.toml, line 5, column 11): the number `15` is not a treatment of signals; allowed are leave, shut_down
              signals_within (file logging.toml, line 6, column 18): the number `5` is not a span of time; allowed is a text such as `200ms` or `5s`, from 1ms to 10m
              files.enabled (file logging.toml, line 8, column 11): the text `yes` is not a switch; allowed are true and false
              files.format (file logging.toml, line 9, column 10): the number `1` is not a format; allowed are json, text, rfc5424
              files.envelope (file logging.toml, line 10, column 12): a list is not an envelope; allowed are full, compact
              files.max_size (file logging.toml, line 11, column 12): the boolean `true` is not a size; allowed is a number of bytes or a text such as `10 MB` or `64 MiB`, from 4 KiB to 1 TiB
              files.backup_count (file logging.toml, line 12, column 16): the text `5` is not a whole number; allowed is 0 to 1000
              files.general (file logging.toml, line 13, column 11): the number `5` is not a plain file name; allowed is a name of 1 to 200 bytes without `/`, `\`, `:` and control characters; the folder is `log_dir`
              files.trades (file logging.toml, line 14, column 10): a table is not a plain file name; allowed is a name of 1 to 200 bytes without `/`, `\`, `:` and control characters; the folder is `log_dir`
              files.errors (file logging.toml, line 15, column 10): a date or time is not a plain file name; allowed is a name of 1 to 200 bytes without `/`, `\`, `:` and control characters; the folder is `log_dir`
              console.enabled (file logging.toml, line 17, column 11): the number `1` is not a switch; allowed are true and false
              console.level (file logging.toml, line 18, column 9): the number `1` is not a level; allowed are trace, debug, info, warning, error, critical
              console.colors (file logging.toml, line 19, column 10): the boolean `true` is not a choice of colours; allowed are auto, always, never
              console.queue (file logging.toml, line 20, column 9): a number with a fraction is not a whole number; allowed is 1 to 1000000
              queue.trade_ring (file logging.toml, line 22, column 14): a list is not a size; allowed is a number of bytes or a text such as `10 MB` or `64 MiB`, from 64 KiB to 1 GiB
              queue.general_ring (file logging.toml, line 23, column 16): a number with a fraction is not a size; allowed is a number of bytes or a text such as `10 MB` or `64 MiB`, from 64 KiB to 1 GiB
              queue.wait (file logging.toml, line 24, column 8): the number `50` is not a span of time; allowed is a text such as `200ms` or `5s`, from 1ms to 10s
              queue.trade_wait (file logging.toml, line 25, column 14): the number `1` is not a span of time; allowed is a text such as `200ms` or `5s`, from 1ms to 10s
              queue.trade_spill (file logging.toml, line 26, column 15): the boolean `true` is not a size; allowed is a number of bytes or a text such as `10 MB` or `64 MiB`, from 64 KiB to 1 GiB
              queue.errors (file logging.toml, line 27, column 10): the boolean `false` is not an overflow policy; allowed are keep, drop
              queue.error_wait (file logging.toml, line 28, column 14): a list is not a span of time; allowed is a text such as `200ms` or `5s`, from 1ms to 10s
              queue.error_spill (file logging.toml, line 29, column 15): a table is not a size; allowed is a number of bytes or a text such as `10 MB` or `64 MiB`, from 64 KiB to 1 GiB
              queue.general (file logging.toml, line 30, column 11): the number `1` is not an overflow policy; allowed are keep, drop
              queue.general_wait (file logging.toml, line 31, column 16): the boolean `true` is not a span of time; allowed is a text such as `200ms` or `5s`, from 1ms to 10s
              queue.general_spill (file logging.toml, line 32, column 17): a number with a fraction is not a size; allowed is a number of bytes or a text such as `10 MB` or `64 MiB`, from 64 KiB to 1 GiB
              queue.debug_share (file logging.toml, line 33, column 15): the text `half` is not a whole number; allowed is 1 to 100
              budget.per_second (file logging.toml, line 35, column 14): the text `many` is not a whole number; allowed is 1 to 1000000
              budget.burst (file logging.toml, line 36, column 9): a number with a fraction is not a whole number; allowed is 1 to 1000000
              redaction.mask (file logging.toml, line 38, column 8): the number `5` is not a list of keys; allowed is a list such as `["iban", "client_code"]`, or a text with commas between the keys; a key has a letter or digit and at most 128 bytes
              redaction.keep (file logging.toml, line 39, column 8): a list of other things is not a list of keys; allowed is a list such as `["iban", "client_code"]`, or a text with commas between the keys; a key has a letter or digit and at most 128 bytes
              reports.file (file logging.toml, line 41, column 8): the boolean `false` is not a plain file name; allowed is a name of 1 to 200 bytes without `/`, `\`, `:` and control characters; the folder is `log_dir`
              reports.every (file logging.toml, line 42, column 9): the number `10` is not a span of time; allowed is a text such as `200ms` or `5s`, from 100ms to 1day"#]],
    );
}

#[test]
fn every_key_answers_a_value_that_is_not_allowed() {
    check(
        r#"
app_name = " "
level = "inof"
log_dir = ""
signals = "shutdown"
signals_within = "11m"
[files]
format = "xml"
envelope = "compcat"
max_size = "10 parsecs"
backup_count = 1001
general = "../expert.log"
trades = ""
errors = "/var/log/errors.log"
[console]
level = "loud"
colors = "nevr"
queue = 0
[queue]
trade_ring = 0
general_ring = "8 GiB"
wait = "soon"
trade_wait = "11s"
trade_spill = 1
errors = "keeep"
error_wait = "0s"
error_spill = "2 GiB"
general = "block"
general_wait = ""
general_spill = "much"
debug_share = 101
[budget]
per_second = 0
burst = 1000001
[redaction]
mask = "iban, ,pin"
keep = ["_"]
[reports]
file = "a:b"
every = "1ms"
"#,
        expect![[r#"
            the configuration has 33 problems:
              app_name (file logging.toml, line 2, column 12): ` ` is not a name; allowed is a text of 1 to 200 bytes without control characters
              level (file logging.toml, line 3, column 9): `inof` is not a level; allowed are trace, debug, info, warning, error, critical; the nearest is `info`
              log_dir (file logging.toml, line 4, column 11): an empty text is not a folder; allowed is a path, absolute or from the working directory
              signals (file logging.toml, line 5, column 11): `shutdown` is not a treatment of signals; allowed are leave, shut_down; the nearest is `shut_down`
              signals_within (file logging.toml, line 6, column 18): `11m` is out of range; allowed is 1ms to 10m
              files.format (file logging.toml, line 8, column 10): `xml` is not a format; allowed are json, text, rfc5424
              files.envelope (file logging.toml, line 9, column 12): `compcat` is not an envelope; allowed are full, compact; the nearest is `compact`
              files.max_size (file logging.toml, line 10, column 12): `10 parsecs` is not a size; allowed is a number of bytes or a text such as `10 MB` or `64 MiB`, from 4 KiB to 1 TiB
              files.backup_count (file logging.toml, line 11, column 16): `1001` is out of range; allowed is 0 to 1000
              files.general (file logging.toml, line 12, column 11): `../expert.log` is not a plain file name; allowed is a name of 1 to 200 bytes without `/`, `\`, `:` and control characters; the folder is `log_dir`
              files.trades (file logging.toml, line 13, column 10): an empty text is not a plain file name; allowed is a name of 1 to 200 bytes without `/`, `\`, `:` and control characters; the folder is `log_dir`
              files.errors (file logging.toml, line 14, column 10): `/var/log/errors.log` is not a plain file name; allowed is a name of 1 to 200 bytes without `/`, `\`, `:` and control characters; the folder is `log_dir`
              console.level (file logging.toml, line 16, column 9): `loud` is not a level; allowed are trace, debug, info, warning, error, critical
              console.colors (file logging.toml, line 17, column 10): `nevr` is not a choice of colours; allowed are auto, always, never; the nearest is `never`
              console.queue (file logging.toml, line 18, column 9): `0` is out of range; allowed is 1 to 1000000
              queue.trade_ring (file logging.toml, line 20, column 14): `0` is out of range; allowed is 64 KiB to 1 GiB
              queue.general_ring (file logging.toml, line 21, column 16): `8 GiB` is out of range; allowed is 64 KiB to 1 GiB
              queue.wait (file logging.toml, line 22, column 8): `soon` is not a span of time; allowed is a text such as `200ms` or `5s`, from 1ms to 10s
              queue.trade_wait (file logging.toml, line 23, column 14): `11s` is out of range; allowed is 1ms to 10s
              queue.trade_spill (file logging.toml, line 24, column 15): `1` is out of range; allowed is 64 KiB to 1 GiB
              queue.errors (file logging.toml, line 25, column 10): `keeep` is not an overflow policy; allowed are keep, drop; the nearest is `keep`
              queue.error_wait (file logging.toml, line 26, column 14): `0s` is out of range; allowed is 1ms to 10s
              queue.error_spill (file logging.toml, line 27, column 15): `2 GiB` is out of range; allowed is 64 KiB to 1 GiB
              queue.general (file logging.toml, line 28, column 11): `block` is not an overflow policy; allowed are keep, drop
              queue.general_wait (file logging.toml, line 29, column 16): an empty text is not a span of time; allowed is a text such as `200ms` or `5s`, from 1ms to 10s
              queue.general_spill (file logging.toml, line 30, column 17): `much` is not a size; allowed is a number of bytes or a text such as `10 MB` or `64 MiB`, from 64 KiB to 1 GiB
              queue.debug_share (file logging.toml, line 31, column 15): `101` is out of range; allowed is 1 to 100
              budget.per_second (file logging.toml, line 33, column 14): `0` is out of range; allowed is 1 to 1000000
              budget.burst (file logging.toml, line 34, column 9): `1000001` is out of range; allowed is 1 to 1000000
              redaction.mask (file logging.toml, line 36, column 8): an empty text is not a key; allowed is a list such as `["iban", "client_code"]`, or a text with commas between the keys; a key has a letter or digit and at most 128 bytes
              redaction.keep (file logging.toml, line 37, column 8): `_` is not a key; allowed is a list such as `["iban", "client_code"]`, or a text with commas between the keys; a key has a letter or digit and at most 128 bytes
              reports.file (file logging.toml, line 39, column 8): `a:b` is not a plain file name; allowed is a name of 1 to 200 bytes without `/`, `\`, `:` and control characters; the folder is `log_dir`
              reports.every (file logging.toml, line 40, column 9): `1ms` is out of range; allowed is 100ms to 1day"#]],
    );
}

#[test]
fn limits_are_answered_with_the_range() {
    check(
        "files.max_size = 4095\nfiles.backup_count = -1\nqueue.wait = '11s'\nconsole.queue = 1000001\n",
        expect![[r#"
            the configuration has 4 problems:
              files.max_size (file logging.toml, line 1, column 18): `4095` is out of range; allowed is 4 KiB to 1 TiB
              files.backup_count (file logging.toml, line 2, column 22): `-1` is out of range; allowed is 0 to 1000
              queue.wait (file logging.toml, line 3, column 14): `11s` is out of range; allowed is 1ms to 10s
              console.queue (file logging.toml, line 4, column 17): `1000001` is out of range; allowed is 1 to 1000000"#]],
    );
    check(
        "files.max_size = 99999999999999999999\n",
        expect![[r#"
            the configuration has 1 problem:
              files.max_size (file logging.toml, line 1, column 18): a number beyond 64 bits is not a size; allowed is a number of bytes or a text such as `10 MB` or `64 MiB`, from 4 KiB to 1 TiB"#]],
    );
}

#[test]
fn unknown_keys_at_any_depth_are_answered_with_the_nearest() {
    check(
        r#"
levle = "info"
max_size = "10 MB"
"files.max_size" = 5
"a\nb" = 5
[file]
max_size = "10 MB"
[files]
max_sise = "10 MB"
[files.window]
when = "daily"
[entirely.else.where]
x = 1
"#,
        expect![[r#"
            the configuration has 8 problems:
              levle (file logging.toml, line 2, column 1): unknown key; the nearest is `level`
              max_size (file logging.toml, line 3, column 1): unknown key; the nearest is `files.max_size`
              "files.max_size" (file logging.toml, line 4, column 1): unknown key; the nearest is `files.max_size`
              "a\nb" (file logging.toml, line 5, column 1): unknown key; allowed at the top are app_name, level, log_dir, panics, backtraces, signals, signals_within, reload, levels, files, console, drains, queue, budget, redaction, reports, heartbeat, metrics, alerts, telegram, discord, webhook, slack, ntfy
              file (file logging.toml, line 6, column 2): unknown key; the nearest is `files`
              files.max_sise (file logging.toml, line 9, column 1): unknown key; the nearest is `files.max_size`
              files.window (file logging.toml, line 10, column 8): unknown key; the nearest is `alerts.window`
              entirely (file logging.toml, line 12, column 2): unknown key; allowed at the top are app_name, level, log_dir, panics, backtraces, signals, signals_within, reload, levels, files, console, drains, queue, budget, redaction, reports, heartbeat, metrics, alerts, telegram, discord, webhook, slack, ntfy"#]],
    );
}

#[test]
fn an_empty_unknown_section_is_found_too() {
    check(
        "[tellegram]\n",
        expect![[r#"
            the configuration has 1 problem:
              tellegram (file logging.toml, line 1, column 2): unknown key; the nearest is `telegram`"#]],
    );
}

#[test]
fn a_value_in_the_place_of_a_section_is_a_problem() {
    check(
        "files = true\nqueue = 'fast'\n",
        expect![[r#"
            the configuration has 2 problems:
              files (file logging.toml, line 1, column 1): is a section; allowed is a table of its keys, not the boolean `true`
              queue (file logging.toml, line 2, column 1): is a section; allowed is a table of its keys, not the text `fast`"#]],
    );
}

#[test]
fn a_table_in_the_place_of_a_value_is_a_problem() {
    check(
        "[level]\nexpert = 'debug'\n",
        expect![[r#"
            the configuration has 1 problem:
              level (file logging.toml, line 1, column 1): a table is not a level; allowed are trace, debug, info, warning, error, critical"#]],
    );
}

#[test]
fn every_syntax_error_has_its_place_and_no_line_is_repeated() {
    let text = "level = 'info'\nbot_token = 123:SECRET\n[files\nmax_size = 5\n";
    assert!(!error_of_file(text, &[]).contains("SECRET"));
    check(
        text,
        expect![[r#"
            the configuration has 2 problems:
              file logging.toml, line 2, column 13: is not TOML: invalid time, expected minute
              file logging.toml, line 3, column 7: is not TOML: unclosed table, expected `]`"#]],
    );
}

#[test]
fn a_key_that_is_given_twice_in_a_file_is_a_problem() {
    check(
        "level = 'info'\nlevel = 'debug'\n",
        expect![[r#"
            the configuration has 1 problem:
              file logging.toml, line 2, column 1: is not TOML: duplicate key"#]],
    );
}

#[cfg(feature = "file")]
#[test]
fn files_that_would_share_a_name_are_refused() {
    check(
        r#"
[files]
general = "a.log"
trades = "A.log"
errors = "a.log.1"
[reports]
file = "a"
"#,
        expect![[r#"
            the configuration has 3 problems:
              files.trades (file logging.toml, line 4, column 10): `A.log` is the name of `files.general` too; every file needs a name of its own
              files.errors (file logging.toml, line 5, column 10): `a.log.1` is what a full `a.log`, the name of `files.general`, is renamed to; every file needs a name of its own
              files.errors (file logging.toml, line 5, column 10): `a.log.1` is what a full `A.log`, the name of `files.trades`, is renamed to; every file needs a name of its own"#]],
    );
}

#[cfg(feature = "file")]
#[test]
fn a_name_may_be_the_default_of_another_file() {
    check(
        "files.trades = 'expert.log'\n",
        expect![[r#"
        the configuration has 1 problem:
          files.trades (file logging.toml, line 1, column 16): `expert.log` is the name of `files.general` too; every file needs a name of its own"#]],
    );
    check(
        "files.general = 'logging_errors.log.2'\n",
        expect![[r#"
            the configuration has 1 problem:
              files.general (file logging.toml, line 1, column 17): `logging_errors.log.2` is what a full `logging_errors.log`, the name of `reports.file`, is renamed to; every file needs a name of its own"#]],
    );
}

#[test]
fn all_layers_are_answered_at_once() {
    let (folder, builder) = with_file(
        "level = 'loud'\nfiles.max_size = 'big'\n",
        &[
            ("LOG_BACKUP_COUNT", "many"),
            ("LOG_STRUCTURED", "maybe"),
            ("LOG_USE_COLORS", "pink"),
            ("LOG__X", "1"),
        ],
    );
    let builder = builder.set("queue.wiat", "1s").app_name("");
    let error = builder.settings().unwrap_err().to_string();
    expect![[r#"
        the configuration has 8 problems:
          level (file logging.toml, line 1, column 9): `loud` is not a level; allowed are trace, debug, info, warning, error, critical
          files.max_size (file logging.toml, line 2, column 18): `big` is not a size; allowed is a number of bytes or a text such as `10 MB` or `64 MiB`, from 4 KiB to 1 TiB
          files.format (environment LOG_STRUCTURED): `maybe` is not a switch; allowed are true (JSON) and false (text)
          files.backup_count (environment LOG_BACKUP_COUNT): the text `many` is not a whole number; allowed is 0 to 1000
          console.colors (environment LOG_USE_COLORS): `pink` is not a switch; allowed are true (as auto), false (as never), auto, always, never
          x (environment LOG__X): unknown name; allowed after `LOG__` are section and key, such as `LOG__FILES__MAX_SIZE`
          queue.wiat (code): unknown key; the nearest is `queue.wait`
          app_name (code): an empty text is not a name; allowed is a text of 1 to 200 bytes without control characters"#]].assert_eq(&without_folder(&error, &folder));
}

#[test]
fn code_can_be_wrong_too() {
    let builder: MetaLoggerBuilder = builder(&[])
        .level(Level::Info)
        .max_file_size(ByteSize::from_bytes(0))
        .backup_count(u32::MAX)
        .log_dir("")
        .set("files", "expert.log");
    expect![[r#"
        the configuration has 4 problems:
          files.max_size (code): `0` is out of range; allowed is 4 KiB to 1 TiB
          files.backup_count (code): `4294967295` is out of range; allowed is 0 to 1000
          log_dir (code): an empty text is not a folder; allowed is a path, absolute or from the working directory
          files (code): is a section; allowed is a table of its keys, not the text `expert.log`"#]]
    .assert_eq(&builder.settings().unwrap_err().to_string());
}

#[test]
fn a_problem_stays_on_its_line_whatever_the_names_in_it_are() {
    let builder =
        builder(&[]).environment([("LOG__A\nB", "1")]).set("c\u{1b}[2Jd", "x\ny").set("level", "\r\n");
    let error = builder.settings().unwrap_err().to_string();
    assert_eq!(error.lines().count(), 4, "{error}");
    assert!(error.chars().all(|it| it == '\n' || !it.is_control()), "{error}");
}

#[cfg(unix)] // the texts of the system's errors
#[test]
fn a_file_that_cannot_be_used_is_a_problem_of_its_own() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    std::fs::write(path("logging.ini"), "level = info").unwrap();
    std::fs::write(path("binary.toml"), b"level = 'info'\n\xff").unwrap();
    std::fs::create_dir(path("folder.toml")).unwrap();
    let builder = ["gone.toml", "logging.ini", "binary.toml", "folder.toml"]
        .iter()
        .fold(builder(&[]), |builder, name| builder.config_file(path(name)));
    let error = builder.settings().unwrap_err().to_string();
    expect![[r#"
        the configuration has 4 problems:
          file gone.toml: cannot be read: No such file or directory (os error 2)
          file logging.ini: the format is not known by the ending; allowed are files whose names end in `.toml`, `.json`, `.yaml` or `.yml`
          file binary.toml: is not TOML: byte 15 is not UTF-8
          file folder.toml: cannot be read: Is a directory (os error 21)"#]].assert_eq(&without_folder(&error, &folder));
}

#[cfg(unix)]
#[test]
fn a_folder_of_code_that_is_not_unicode_is_a_problem() {
    use std::{ffi::OsStr, os::unix::ffi::OsStrExt as _, path::Path};
    let folder = Path::new(OsStr::from_bytes(b"/logs/\xff"));
    expect![[r#"
        the configuration has 1 problem:
          log_dir (code): a path that is not valid Unicode is not a folder; allowed is a path, absolute or from the working directory"#]].assert_eq(&builder(&[]).log_dir(folder).settings().unwrap_err().to_string());
}

#[test]
fn keys_that_contradict_each_other_are_answered() {
    check(
        r#"
queue.errors = "drop"
queue.error_wait = "1s"
queue.general_wait = "1s"
queue.general_spill = "1 MiB"
budget.burst = 5
redaction.mask = ["iban", "pin"]
redaction.keep = ["base_token", "pin"]
"#,
        expect![[r#"
            the configuration has 5 problems:
              queue.error_wait (file logging.toml, line 3, column 20): has no effect where `queue.errors` is `drop`; allowed is `keep` there, or no `queue.error_wait`
              queue.general_wait (file logging.toml, line 4, column 22): has no effect where `queue.general` is `drop`; allowed is `keep` there, or no `queue.general_wait`
              queue.general_spill (file logging.toml, line 5, column 23): has no effect where `queue.general` is `drop`; allowed is `keep` there, or no `queue.general_spill`
              budget.burst (file logging.toml, line 6, column 16): has no effect without `budget.per_second`; allowed is both, or none
              redaction.keep (file logging.toml, line 8, column 18): `pin` is in `redaction.mask` too; allowed is one of them"#]],
    );
}
