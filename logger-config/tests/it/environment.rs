//! The names of the environment.

#[cfg(all(feature = "file", feature = "stderr"))]
use logger_config::Layer;
use logger_config::Level;
use logger_config::Problem;

use crate::{Variable, builder};

/// The value of a key that holds, and the variable that it comes from.
#[cfg(all(feature = "file", feature = "stderr"))]
fn value(key: &str, environment: &[Variable]) -> Option<(String, String)> {
    let explanation = builder(environment).explain().unwrap();
    let key = explanation.keys.into_iter().find(|it| it.key == key).unwrap();
    let value = key.values.into_iter().next()?;
    match value.layer {
        Layer::Environment(name) => Some((value.given.to_string(), name)),
        _ => None,
    }
}

fn problems(environment: &[Variable]) -> Vec<Problem> {
    builder(environment).settings().unwrap_err().problems
}

#[cfg(all(feature = "file", feature = "stderr"))]
#[test]
fn every_short_name_gives_its_key() {
    for (name, text, key, given) in [
        ("LOG_LEVEL", "WARNING", "level", "`WARNING`"),
        ("LOG_DIR", "/var/log/bot", "log_dir", "`/var/log/bot`"),
        ("LOG_FILE", "a.log", "files.general", "`a.log`"),
        ("LOG_TRADE_FILE", "t.log", "files.trades", "`t.log`"),
        ("LOG_ERROR_FILE", "e.log", "files.errors", "`e.log`"),
        ("LOG_TO_CONSOLE", "False", "console.enabled", "`false`"),
        ("LOG_TO_FILE", "0", "files.enabled", "`false`"),
        ("LOG_STRUCTURED", "true", "files.format", "`json`"),
        ("LOG_STRUCTURED", "false", "files.format", "`text`"),
        ("LOG_USE_COLORS", "true", "console.colors", "`auto`"),
        ("LOG_USE_COLORS", "off", "console.colors", "`never`"),
        ("LOG_USE_COLORS", "always", "console.colors", "`always`"),
        ("LOG_MAX_FILE_SIZE", "64 MiB", "files.max_size", "`64 MiB`"),
        ("LOG_MAX_FILE_SIZE", "10485760", "files.max_size", "`10485760`"),
        ("LOG_BACKUP_COUNT", "9", "files.backup_count", "`9`"),
    ] {
        assert_eq!(value(key, &[(name, text)]), Some((given.into(), name.into())), "{name}={text}");
    }
}

#[cfg(all(feature = "file", feature = "stderr"))]
fn may_be_missing(key: &str) -> bool {
    let targets = ["telegram.", "discord.", "webhook.", "slack.", "ntfy."]
        .iter()
        .any(|section| key.starts_with(section));
    let needs = |wanted: &str, built: bool| key != wanted || built;
    let feature =
        needs("reload", cfg!(feature = "reload")) && needs("metrics.listen", cfg!(feature = "metrics-http"));
    targets || !feature
}

#[cfg(all(feature = "file", feature = "stderr"))]
#[test]
fn every_key_has_a_general_name() {
    let keys = builder(&[]).explain().unwrap().keys;
    let defaults = keys.into_iter().filter(|key| !may_be_missing(&key.key)).map(|key| {
        let text = match key.key.as_str() {
            "app_name" | "files.expert" => "bot".to_owned(),
            "console.level" => "error".to_owned(),
            "budget.per_second" | "budget.burst" | "metrics.time_one_in" => "100".to_owned(),
            "heartbeat.every" => "60s".to_owned(),
            "metrics.listen" => "127.0.0.1:0".to_owned(),
            "alerts.allow_hosts" => "localhost:8081".to_owned(),
            "redaction.mask" | "redaction.keep" | "redaction.literals" => key.key.clone(),
            "redaction.without_patterns" => "card".to_owned(),
            "alerts.backup" => "ntfy".to_owned(),
            "alerts.proxy" => "http://proxy.example.org:3128".to_owned(),
            "files.max_age" => "7days".to_owned(),
            "files.max_total" | "files.folder_size" | "files.min_free" | "files.trades_ballast" => {
                "1 MB".to_owned()
            }
            "files.trades_durability" => "disk".to_owned(),
            "files.seal_key" => "0123456789abcdef".to_owned(),
            key if key.ends_with("_wait") => "7ms".to_owned(),
            key if key.ends_with("_spill") => "1 MiB".to_owned(),
            _ => key.values[0].given.to_string().replace('`', ""),
        };
        (key.key, text)
    });
    for (key, text) in defaults {
        let name = format!("LOG__{}", key.replace('.', "__").to_uppercase());
        // some are allowed beside another one only
        let environment = [("LOG__QUEUE__GENERAL", "keep"), ("LOG__BUDGET__PER_SECOND", "5"), (&name, &text)];
        let explanation = builder(&[]).environment(environment).explain().unwrap();
        let explained = explanation.keys.into_iter().find(|it| it.key == key).unwrap();
        assert_eq!(explained.values[0].layer, Layer::Environment(name), "{key}");
    }
}

#[test]
fn the_general_name_wins_over_the_short_one() {
    let environment = [("LOG_LEVEL", "error"), ("LOG__LEVEL", "debug")];
    assert_eq!(builder(&environment).settings().unwrap().level, Level::Debug);
}

#[cfg(feature = "file")]
#[test]
fn the_section_of_files_has_two_names_there() {
    let settings = builder(&[("LOG__FILE__MAX_SIZE", "64 MiB")]).settings().unwrap();
    assert_eq!(settings.files.unwrap().common.max_size.bytes(), 64 << 20);
}

#[test]
fn an_empty_variable_counts_as_not_set() {
    assert_eq!(builder(&[("LOG_LEVEL", ""), ("LOG__LEVEL", "")]).settings().unwrap().level, Level::Info);
}

#[test]
fn variables_of_others_are_left_alone() {
    let environment =
        [("LOG_GROUP", "x"), ("RUST_LOG", "y"), ("LOG", "z"), ("LOG_", "z"), ("log_level", "loud")];
    assert_eq!(builder(&environment).settings().unwrap().level, Level::Info);
}

#[test]
fn an_unknown_name_under_the_prefix_is_a_problem_with_the_nearest_name() {
    let problems = problems(&[("LOG__QUEUE__WIAT", "7ms")]);
    assert_eq!(
        problems[0].to_string(),
        "queue.wiat (environment LOG__QUEUE__WIAT): unknown name; the nearest is `LOG__QUEUE__WAIT`"
    );
    assert_eq!(problems[0].given, None);
}

#[test]
fn a_logger_on_the_callers_thread_cannot_be_had() {
    assert!(builder(&[("LOG_ASYNC", "true")]).settings().is_ok());
    assert_eq!(
        problems(&[("LOG_ASYNC", "false")])[0].to_string(),
        "async (environment LOG_ASYNC): `false` is not possible, because this logger always writes on a thread of its \
         own; allowed is true, or no `LOG_ASYNC`; a program that must know a record written calls `flush`"
    );
}

#[cfg(unix)]
#[test]
fn a_variable_that_is_not_unicode_is_a_problem_and_not_a_panic() {
    use std::{ffi::OsStr, os::unix::ffi::OsStrExt as _};
    let variables = [("LOG_DIR", OsStr::from_bytes(b"/\xff")), ("LOG__LEVEL", OsStr::from_bytes(b"\xff"))];
    let problems = builder(&[]).environment(variables).settings().unwrap_err().problems;
    let texts: Vec<_> = problems.iter().map(ToString::to_string).collect();
    assert_eq!(
        texts,
        [
            "log_dir (environment LOG_DIR): is not valid Unicode",
            "level (environment LOG__LEVEL): is not valid Unicode"
        ]
    );
}
