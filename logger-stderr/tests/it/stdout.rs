//! The standard output, which a program may write to itself. A child has one of its own.

use std::{
    env,
    io::{self, Write as _},
    process::{Command, Stdio},
};

use logger_core::Drain as _;
use logger_stderr::{ColorChoice, ConsoleDrain, Stream};

use crate::support::expert_started;

const CHILD: &str = "LOGGER_STDERR_TEST_CHILD";

#[test]
fn child_that_writes_to_its_standard_output() {
    if env::var_os(CHILD).is_none() {
        return;
    }
    // without a newline it waits in the buffer of the standard library
    io::stdout().write_all(b"before ").unwrap();
    let mut console = ConsoleDrain::stdout(ColorChoice::Auto);
    console.log(&expert_started().build().borrow()).unwrap();
    io::stdout().write_all(b"after\n").unwrap();
}

#[test]
fn a_line_on_stdout_stands_behind_what_the_program_wrote_before_and_has_no_colours_in_a_pipe() {
    let mut child = Command::new(env::current_exe().unwrap());
    child.args(["--exact", "stdout::child_that_writes_to_its_standard_output", "--nocapture"]);
    for name in ["NO_COLOR", "CLICOLOR_FORCE"] {
        child.env_remove(name);
    }
    let output = child.env(CHILD, "1").stdin(Stdio::null()).output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let line = "2025-10-16 10:30:00 [INFO     ] Expert started     expert_name=MyEmaBot symbol=BTCUSDT";
    assert!(text.contains(&format!("before {line}\nafter\n")), "{text:?}");
    assert!(!String::from_utf8_lossy(&output.stderr).contains("Expert started"));
}

#[test]
fn a_stream_is_called_by_its_name_in_errors() {
    assert_eq!((Stream::stderr().name(), Stream::stdout().name()), ("stderr", "stdout"));
}
