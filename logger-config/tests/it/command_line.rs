//! The flags of an application with clap.

use clap::{CommandFactory as _, Parser};
use expect_test::expect;
use logger_config::{Level, LogArgs};

use crate::{builder, with_file, without_folder};

/// An application with flags of its own beside those of the logger.
#[derive(Parser)]
struct Application {
    /// What it trades.
    #[arg(long)]
    symbol: Option<String>,
    #[command(flatten)]
    log: LogArgs,
}

pub(crate) fn args(given: &[&str]) -> LogArgs {
    let args = Application::parse_from(["bot"].iter().chain(given));
    assert_eq!(args.symbol, None);
    args.log
}

#[test]
fn the_help_says_what_a_flag_means_what_is_allowed_its_default_and_its_other_names() {
    let help = Application::command().term_width(0).render_help().to_string();
    expect![[r#"
        An application with flags of its own beside those of the logger

        Usage: logger-config [OPTIONS]

        Options:
              --symbol <SYMBOL>  What it trades
          -h, --help             Print help

        Logging:
              --log-config <FILE>                configuration of the logger in TOML, JSON or YAML
              --log-preset <NAME>                bundle of values: development, production or backtesting
              --log-level <level>                records below it are not taken: trace, debug, info, warning, error, critical [default: info] [key: level] [env: LOG__LEVEL, LOG_LEVEL]
              --log-dir <log_dir>                the folder of the files, made if need be: path [default: logs] [key: log_dir] [env: LOG__LOG_DIR, LOG_DIR]
              --log-format <format>              what a line looks like: json, text, rfc5424 [default: json] [key: files.format] [env: LOG__FILES__FORMAT, LOG_STRUCTURED]
              --log-max-file-size <max_size>     a file ends before it would pass this size: size, 4 KiB to 1 TiB [default: 10 MB] [key: files.max_size] [env: LOG__FILES__MAX_SIZE, LOG_MAX_FILE_SIZE]
              --log-backup-count <backup_count>  how many ended files are kept of each, `expert.log.1` the newest: 0 to 1000 [default: 5] [key: files.backup_count] [env: LOG__FILES__BACKUP_COUNT, LOG_BACKUP_COUNT]
              --log-file <general>               the name of the file of everything at or above `level`, trades and errors included: file name [default: expert.log] [key: files.general] [env: LOG__FILES__GENERAL, LOG_FILE]
              --log-to-console <enabled>         whether records go to stderr too: true, false [default: true] [key: console.enabled] [env: LOG__CONSOLE__ENABLED, LOG_TO_CONSOLE]
              --log-colors <colors>              when it is coloured: auto, always, never [default: auto] [key: console.colors] [env: LOG__CONSOLE__COLORS, LOG_USE_COLORS]
              --log-set <KEY=VALUE>              any key of the configuration, such as `files.max_size=64 MiB`
    "#]].assert_eq(&help);
}

#[test]
fn files_and_a_preset_of_the_command_line_come_after_those_of_code() {
    let (folder, builder) = with_file("level = 'error'\nlog_dir = 'of_code'\n", &[]);
    let second = folder.path().join("second.toml");
    std::fs::write(&second, "level = 'debug'").unwrap();
    let args = args(&["--log-config", second.to_str().unwrap(), "--log-preset", "Backtesting"]);
    let builder = builder.preset(logger_config::Preset::Production).args(&args);
    let explanation = builder.explain().unwrap().to_string();
    let shown: Vec<&str> = explanation
        .lines()
        .filter(|line| line.starts_with("level ") || line.starts_with("log_dir"))
        .collect();
    let shown = without_folder(&shown.join("\n"), &folder);
    expect![[r#"
        level = `debug` (file second.toml, line 1, column 9; hides `error` of file logging.toml, line 1, column 9; `info` of preset backtesting; `info` of default)
        log_dir = `of_code` (file logging.toml, line 2, column 11; hides `logs` of default)"#]].assert_eq(&shown);
    assert_eq!(builder.settings().unwrap().level, Level::Debug);
}

#[test]
fn wrong_values_of_flags_are_problems_like_all_others() {
    let args = args(&[
        "--log-level",
        "loud",
        "--log-max-file-size",
        "big",
        "--log-set",
        "queue.wiat=1s",
        "--log-set",
        "SECRET",
    ]);
    let error = builder(&[]).args(&args).settings().unwrap_err().to_string();
    expect![[r#"
        the configuration has 4 problems:
          level (command line --log-level): `loud` is not a level; allowed are trace, debug, info, warning, error, critical
          files.max_size (command line --log-max-file-size): `big` is not a size; allowed is a number of bytes or a text such as `10 MB` or `64 MiB`, from 4 KiB to 1 TiB
          queue.wiat (command line --log-set): unknown key; the nearest is `queue.wait`
          command line --log-set: is not a key and a value; allowed is a text such as `files.max_size=64 MiB`"#]].assert_eq(&error);
}

#[test]
#[cfg(unix)]
fn a_value_that_is_no_unicode_is_a_problem_like_all_others() {
    use std::{ffi::OsStr, os::unix::ffi::OsStrExt as _};
    let given = [OsStr::new("bot"), OsStr::new("--log-dir"), OsStr::from_bytes(b"lo\xffgs")];
    let error = builder(&[]).args(&Application::parse_from(given).log).settings().unwrap_err().to_string();
    expect![[r#"
        the configuration has 1 problem:
          log_dir (command line --log-dir): is not valid Unicode"#]]
    .assert_eq(&error);
}

#[test]
fn flags_that_are_given_later_add_to_those_of_before() {
    let folder = tempfile::tempdir().unwrap();
    let files = ["first.toml", "second.toml"].map(|name| folder.path().join(name));
    std::fs::write(&files[0], "level = 'debug'").unwrap();
    std::fs::write(&files[1], "[files]\nbackup_count = 3").unwrap();
    let [first, second] = files.each_ref().map(|path| path.to_str().unwrap());
    let mut application =
        Application::parse_from(["bot", "--log-config", first, "--log-set", "queue.wait=1s"]);
    application.update_from(["bot", "--log-config", second, "--log-set", "queue.spill=1 MiB"]);
    let explanation = builder(&[]).args(&application.log).explain().unwrap().to_string();
    let comes_from = |key: &str, value: &str, layer: &str| {
        let line = explanation.lines().find(|line| line.starts_with(&format!("{key} = ")));
        let line = line.unwrap_or_else(|| panic!("{key} in {explanation}"));
        assert!(line.contains(value) && line.contains(layer), "{line}");
    };
    comes_from("level", "debug", "first.toml");
    comes_from("files.backup_count", "3", "second.toml");
    comes_from("queue.wait", "1", "--log-set");
    comes_from("queue.spill", "1", "--log-set");
}

#[test]
fn an_unknown_preset_is_answered_by_clap() {
    let error = Application::try_parse_from(["bot", "--log-preset", "prodction"]).err().unwrap().to_string();
    assert!(error.contains("the nearest is `production`"), "{error}");
}

#[test]
fn what_is_shown_of_the_flags_has_no_value() {
    let args = args(&["--log-set", "telegram.bot_token=SECRET", "--log-dir", "x"]);
    let shown = format!("{args:?}");
    assert!(!shown.contains("SECRET") && shown.contains("log-dir"), "{shown}");
}
