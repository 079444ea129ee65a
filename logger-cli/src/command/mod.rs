//! What the words of the command line do.

mod alert;
mod choice;
mod config;
mod dead;
mod doctor;
mod failure;
mod logs;
mod order;
mod pager;
mod recover;
mod shell;
mod stats;
mod top;
mod verify;

use std::{
    ffi::OsString,
    io::{self, IsTerminal as _, Write},
    process::ExitCode,
};

use clap::{Parser, Subcommand};

pub use self::failure::{Failure, Found};

/// Reads what the logger of a trading program writes.
///
/// Exit codes: 0 something was found, 1 nothing was found, 2 the command line is wrong, 3 a file cannot be read or
/// written.
#[derive(Debug, Parser)]
#[command(name = "logger", version, propagate_version = true, disable_help_subcommand = true)]
pub struct CommandLine {
    #[command(subcommand)]
    task: Task,
}

#[derive(Debug, Subcommand)]
enum Task {
    Logs(logs::Logs),
    Stats(stats::Stats),
    Top(top::Watch),
    Order(order::Order),
    Check(config::Check),
    Explain(config::Explain),
    Schema(config::Schema),
    Alert(alert::Alert),
    Recover(recover::Recover),
    Doctor(doctor::Doctor),
    Verify(verify::Verify),
    Completions(shell::Completions),
    Man(shell::Man),
}

/// Runs the command with the arguments of the process.
pub fn main() -> ExitCode {
    let (stdout, stderr) = (io::stdout(), io::stderr());
    let mut out = Output { is_terminal: stdout.is_terminal(), out: Box::new(stdout) };
    let code = run(std::env::args_os(), &mut out, &mut stderr.lock());
    ExitCode::from(code)
}

/// Where the command writes to.
pub struct Output {
    /// Whether a person looks at it.
    pub is_terminal: bool,
    /// Gets what was asked for.
    pub out: Box<dyn Write>,
}

impl std::fmt::Debug for Output {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Output").field("is_terminal", &self.is_terminal).finish_non_exhaustive()
    }
}

/// Runs the command; returns its exit code. What went wrong is said on `err`.
pub fn run(args: impl IntoIterator<Item = OsString>, out: &mut Output, err: &mut dyn Write) -> u8 {
    let task = match CommandLine::try_parse_from(args) {
        Ok(it) => it.task,
        Err(error) => {
            let text = error.render();
            let text = if out.is_terminal { text.ansi().to_string() } else { text.to_string() };
            // nobody is left to be told where this fails
            let _ = if error.use_stderr() {
                err.write_all(text.as_bytes())
            } else {
                out.out.write_all(text.as_bytes())
            };
            return u8::try_from(error.exit_code()).unwrap_or(2);
        }
    };
    let result = task.run(out, err);
    let result = out.out.flush().map_err(Failure::from).and(result);
    match result {
        Ok(Found::Something) => 0,
        Ok(Found::Nothing) => 1,
        // whoever read has read enough
        Err(failure) if failure.is_closed_pipe() => 0,
        Err(failure) => {
            let _ = writeln!(err, "logger: {failure}");
            failure.code()
        }
    }
}

impl Task {
    fn run(self, out: &mut Output, err: &mut dyn Write) -> Result<Found, Failure> {
        match self {
            Task::Logs(it) => it.run(out, err),
            Task::Stats(it) => it.run(out),
            Task::Top(it) => it.run(out),
            Task::Order(it) => it.run(out),
            Task::Check(it) => it.run(out),
            Task::Explain(it) => it.run(out),
            Task::Schema(it) => it.run(out),
            Task::Alert(it) => it.run(out),
            Task::Recover(it) => it.run(out),
            Task::Doctor(it) => it.run(out),
            Task::Verify(it) => it.run(out),
            Task::Completions(it) => it.run(out),
            Task::Man(it) => it.run(out),
        }
    }
}
