//! A logger that writes to stderr. It runs in a process of its own, whose stderr the test reads.

use std::{
    env,
    process::{Command, Stdio},
};

use logger_config::{
    ColorChoice, DrainError, Filter, Level, MetaLoggerBuilder, Preset, Route, Switch, debug, error, info,
    warning,
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
        Ok("details below") => log_error(builder().set("console.details", "below")),
        Ok("details in line") => log_error(builder()),
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

fn log_error(builder: MetaLoggerBuilder) {
    let logger = builder.colors(ColorChoice::Never).build().unwrap();
    let refused = DrainError::new("exchange refused it").with_source("margin");
    error!(logger, "order rejected"; "error" => #refused, "n" => 1);
    assert!(logger.shutdown(PATIENCE).finished);
}

/// What a case shows on a terminal.
#[cfg(unix)]
fn terminal_of(case: &str) -> Vec<String> {
    use std::{fs::File, io::Read as _};

    use rustix::{
        fs::{Mode, OFlags},
        pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt},
    };
    let ours = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
    grantpt(&ours).unwrap();
    unlockpt(&ours).unwrap();
    let name = ptsname(&ours, Vec::new()).unwrap();
    let theirs = rustix::fs::open(name, OFlags::RDWR | OFlags::NOCTTY, Mode::empty()).unwrap();
    let mut child = Command::new(env::current_exe().unwrap())
        .args(["--exact", "console::child", "--nocapture"])
        .env(CASE, case)
        .stdout(Stdio::null())
        .stderr(theirs)
        .spawn()
        .unwrap();
    let (mut text, mut part) = (Vec::new(), [0; 4096]);
    let mut ours = File::from(ours);
    // a terminal that nobody has open any more ends with an error
    while let Ok(len @ 1..) = ours.read(&mut part) {
        text.extend_from_slice(&part[..len]);
    }
    assert!(child.wait().unwrap().success());
    String::from_utf8(text).unwrap().lines().map(|line| line.trim_end_matches('\r').to_owned()).collect()
}

#[cfg(unix)]
#[test]
fn details_stand_below_the_line_on_a_terminal_where_that_is_configured_and_nowhere_else() {
    let in_line = ["ERROR    ] order rejected     error=\"exchange refused it: margin\" n=1"];
    let below =
        ["ERROR    ] order rejected     n=1", "    error: exchange refused it", "      caused by: margin"];
    assert_eq!(without_times(terminal_of("details below")), below);
    assert_eq!(without_times(stderr_of("details below")), in_line);
    assert_eq!(without_times(terminal_of("details in line")), in_line);
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
