//! Each layer wins over the one below it: for a plain key, for a list, and for a key in a section with a name.

use std::fs;

use logger_config::{Explanation, Level, MetaLogger, MetaLoggerBuilder, Preset, Route};
use tempfile::TempDir;

use crate::Collector;

/// What the layers give, from the lowest on. Lists and names have neither a default nor a value in a preset.
const KEYS: [&str; 3] = ["level", "redaction.mask", "drains.general.backup_count"];

fn builder(folder: &TempDir, variables: &[(&str, &str)]) -> MetaLoggerBuilder {
    let builder = MetaLogger::builder().environment(variables.iter().copied());
    let builder = builder.drain(Route::new("nowhere", Collector::default()));
    let path = folder.path().join(".env");
    if path.exists() { builder.dotenv(path) } else { builder }
}

fn with_file(builder: MetaLoggerBuilder, folder: &TempDir) -> MetaLoggerBuilder {
    let path = folder.path().join("logging.toml");
    let text = "level = 'error'\nredaction.mask = ['file', 'second']\n[drains.general]\nbackup_count = 1\n";
    fs::write(&path, text).unwrap();
    builder.config_file(path)
}

fn with_dotenv(folder: &TempDir) {
    let text =
        "LOG_LEVEL=debug\nLOG__REDACTION__MASK='dotenv'\nexport LOG__DRAINS__GENERAL__BACKUP_COUNT=2\n";
    fs::write(folder.path().join(".env"), text).unwrap();
}

const ENVIRONMENT: &[(&str, &str)] = &[
    ("LOG_LEVEL", "trace"),
    ("LOG__REDACTION__MASK", "environment, second"),
    ("LOG__DRAINS__GENERAL__BACKUP_COUNT", "3"),
];

fn with_code(builder: MetaLoggerBuilder) -> MetaLoggerBuilder {
    builder
        .level(Level::Critical)
        .set("redaction.mask", vec!["code".to_owned()])
        .set("drains.general.backup_count", 4)
}

/// For each key the value that holds, and the layer of the one that it hides; with the paths of the folder taken out.
fn check(explanation: &Explanation, folder: &TempDir, expected: [&str; 3]) {
    let found = KEYS.map(|path| {
        let Some(key) = explanation.keys.iter().find(|key| key.key == path) else { return "-".to_owned() };
        let shown: Vec<String> =
            key.values.iter().take(2).map(|it| format!("{} {}", it.given, it.layer)).collect();
        shown.join(" over ").replace(&format!("{}/", folder.path().display()), "")
    });
    assert_eq!(found, expected);
}

#[test]
fn the_preset_over_the_defaults() {
    let folder = tempfile::tempdir().unwrap();
    let explanation = builder(&folder, &[]).preset(Preset::Production).explain().unwrap();
    check(&explanation, &folder, ["`warning` preset production over `info` default", "", "-"]);
}

#[test]
fn the_file_over_the_preset_and_the_defaults() {
    let folder = tempfile::tempdir().unwrap();
    let builder = with_file(builder(&folder, &[]).preset(Preset::Production), &folder);
    let expected = [
        "`error` file logging.toml over `warning` preset production",
        "`file, second` file logging.toml",
        "`1` file logging.toml",
    ];
    check(&builder.explain().unwrap(), &folder, expected);
    let settings = builder.settings().unwrap();
    assert_eq!(
        (settings.level, settings.redaction.mask),
        (Level::Error, vec!["file".into(), "second".into()])
    );
}

#[test]
fn the_file_of_variables_over_the_configuration_file() {
    let folder = tempfile::tempdir().unwrap();
    with_dotenv(&folder);
    let builder = with_file(builder(&folder, &[]), &folder);
    let expected = [
        "`debug` environment LOG_LEVEL in .env over `error` file logging.toml",
        "`dotenv` environment LOG__REDACTION__MASK in .env over `file, second` file logging.toml",
        "`2` environment LOG__DRAINS__GENERAL__BACKUP_COUNT in .env over `1` file logging.toml",
    ];
    check(&builder.explain().unwrap(), &folder, expected);
    // a list is replaced as a whole
    assert_eq!(builder.settings().unwrap().redaction.mask, ["dotenv"]);
}

#[test]
fn the_environment_over_the_file_of_variables() {
    let folder = tempfile::tempdir().unwrap();
    with_dotenv(&folder);
    let builder = with_file(builder(&folder, ENVIRONMENT), &folder);
    let expected = [
        "`trace` environment LOG_LEVEL over `debug` environment LOG_LEVEL in .env",
        "`environment, second` environment LOG__REDACTION__MASK over `dotenv` environment LOG__REDACTION__MASK in .env",
        "`3` environment LOG__DRAINS__GENERAL__BACKUP_COUNT over `2` environment LOG__DRAINS__GENERAL__BACKUP_COUNT in .env",
    ];
    check(&builder.explain().unwrap(), &folder, expected);
    let settings = builder.settings().unwrap();
    assert_eq!(
        (settings.level, settings.redaction.mask),
        (Level::Trace, vec!["environment".into(), "second".into()])
    );
}

#[test]
fn code_over_the_environment() {
    let folder = tempfile::tempdir().unwrap();
    let builder = with_code(with_file(builder(&folder, ENVIRONMENT), &folder));
    let expected = [
        "`critical` code over `trace` environment LOG_LEVEL",
        "`code` code over `environment, second` environment LOG__REDACTION__MASK",
        "`4` code over `3` environment LOG__DRAINS__GENERAL__BACKUP_COUNT",
    ];
    check(&builder.explain().unwrap(), &folder, expected);
    assert_eq!(builder.settings().unwrap().redaction.mask, ["code"]);
}

#[cfg(feature = "cli")]
#[test]
fn the_command_line_over_code() {
    let folder = tempfile::tempdir().unwrap();
    let args = crate::command_line::args(&[
        "--log-level=info",
        "--log-set=redaction.mask=flag, second",
        "--log-set=drains.general.backup_count=5",
    ]);
    let builder = with_code(builder(&folder, ENVIRONMENT)).args(&args);
    let expected = [
        "`info` command line --log-level over `critical` code",
        "`flag, second` command line --log-set over `code` code",
        "`5` command line --log-set over `4` code",
    ];
    check(&builder.explain().unwrap(), &folder, expected);
    assert_eq!(builder.settings().unwrap().redaction.mask, ["flag", "second"]);
}

#[test]
fn the_process_keeps_its_environment() {
    let folder = tempfile::tempdir().unwrap();
    with_dotenv(&folder);
    assert!(builder(&folder, &[]).settings().is_ok());
    assert_eq!(std::env::var_os("LOG__REDACTION__MASK"), None);
}

#[cfg(all(feature = "file", feature = "stderr"))]
#[test]
fn a_value_of_a_file_of_variables_may_be_of_any_type() {
    assert_eq!(logger_config::Given::from(5), logger_config::Given::Integer(5));
    let folder = tempfile::tempdir().unwrap();
    let text = "# comment\nLOG_TO_CONSOLE=No\nLOG_MAX_FILE_SIZE=\"64 MiB\"\nPASSWORD_OF_ANOTHER=x y z\n";
    fs::write(folder.path().join(".env"), text).unwrap();
    let error = builder(&folder, &[]).settings().unwrap_err().to_string();
    assert!(error.contains("line 4") && !error.contains("x y z"), "{error}");
    fs::write(folder.path().join(".env"), text.replace("x y z", "'x y z'")).unwrap();
    assert!(builder(&folder, &[]).settings().is_ok());
}
