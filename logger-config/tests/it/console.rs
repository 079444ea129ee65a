//! A logger that writes to stderr. It runs in a process of its own, whose stderr the test reads.

use std::{
    env,
    process::{Command, Stdio},
};

use logger_config::{
    ColorChoice, Filter, Level, MetaLoggerBuilder, Preset, Route, Switch, debug, info, warning,
};

use crate::{Broken, PATIENCE, bare_builder};

/// Names what the child runs; without it the test that is the child's does nothing.
const CASE: &str = "LOGGER_CONFIG_TEST_CASE";

/// What the console of a case shows, by lines.
fn stderr_of(case: &str) -> Vec<String> {
    let output = Command::new(env::current_exe().unwrap())
        .args(["--exact", "console::child", "--nocapture"])
        .env(CASE, case)
        .stdout(Stdio::null())
        .output()
        .unwrap();
    assert!(output.status.success());
    String::from_utf8(output.stderr).unwrap().lines().map(str::to_owned).collect()
}

#[test]
fn child() {
    match env::var(CASE).as_deref() {
        Ok("own level") => log_all(builder().level(Level::Warning).console_level(Level::Debug)),
        Ok("level of the logger") => log_all(builder().preset(Preset::Development).level(Level::Info)),
        Ok("colours") => log_all(builder().colors(ColorChoice::Always).level(Level::Warning)),
        Ok("broken") => log_all(builder().console(Switch::Off).drain(moon())),
        _ => {}
    }
}

fn builder() -> MetaLoggerBuilder {
    bare_builder(&[("LOG_TO_FILE", "false")])
}

/// The route of a drain that fails.
fn moon() -> Route {
    Route::new("moon", Broken).filter(Filter::at_least(Level::Warning))
}

fn log_all(builder: MetaLoggerBuilder) {
    let logger = builder.build().unwrap();
    debug!(logger, "one");
    info!(logger, "two"; "size" => 2);
    warning!(logger, "three");
    assert!(logger.shutdown(PATIENCE).finished);
}

/// The lines without their times.
fn without_times(lines: Vec<String>) -> Vec<String> {
    lines.iter().map(|line| line.split_once('[').map_or(line.as_str(), |(_, rest)| rest).to_owned()).collect()
}

#[test]
fn a_console_follows_the_level_of_the_logger() {
    let lines = without_times(stderr_of("level of the logger"));
    assert_eq!(lines, ["INFO     ] two                size=2", "WARNING  ] three"]);
}

#[test]
fn a_console_may_have_a_level_of_its_own() {
    let lines = without_times(stderr_of("own level"));
    assert_eq!(lines, ["DEBUG    ] one", "INFO     ] two                size=2", "WARNING  ] three"]);
}

#[test]
fn a_console_is_coloured_on_request() {
    let lines = stderr_of("colours");
    assert!(lines[0].contains("\u{1b}["), "{lines:?}");
    assert!(stderr_of("own level").iter().all(|line| !line.contains('\u{1b}')));
}

#[test]
fn what_a_drain_does_not_take_goes_to_stderr_and_so_does_the_report() {
    let text = stderr_of("broken").join("\n");
    assert!(text.contains(r#""event":"three""#) && !text.contains(r#""event":"two""#), "{text}");
    assert!(text.contains("cannot reach the moon"), "{text}");
}
