//! The programs do what they are there to show.
#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

mod guide;
mod programs;

use std::{
    path::Path,
    process::{Command, Output},
};

/// A program of this package, without a configuration from the environment of the tests.
fn program(name: &str, folder: &Path) -> Command {
    let mut command = Command::new(path_of(name).unwrap_or_else(|| panic!("there is no program `{name}`")));
    let variables = std::env::vars_os().map(|(name, _)| name);
    variables.filter(|name| name.to_string_lossy().starts_with("LOG_")).for_each(|name| {
        command.env_remove(name);
    });
    command.current_dir(folder);
    command
}

/// Every program of this package.
const PROGRAMS: [(&str, &str); 7] = [
    ("alerts", env!("CARGO_BIN_EXE_alerts")),
    ("async_tokio", env!("CARGO_BIN_EXE_async_tokio")),
    ("crash_and_recovery", env!("CARGO_BIN_EXE_crash_and_recovery")),
    ("foreign_drain", env!("CARGO_BIN_EXE_foreign_drain")),
    ("logger", env!("CARGO_BIN_EXE_logger_command")),
    ("reload", env!("CARGO_BIN_EXE_reload")),
    ("several_experts", env!("CARGO_BIN_EXE_several_experts")),
];

fn path_of(name: &str) -> Option<&'static Path> {
    PROGRAMS.iter().find(|(it, _)| *it == name).map(|(_, path)| Path::new(path))
}

fn succeeded(output: Output) -> Output {
    assert!(output.status.success(), "{output:?}");
    output
}
