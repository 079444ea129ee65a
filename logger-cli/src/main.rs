//! The command `logger`.
#![forbid(unsafe_code)]

use std::process::ExitCode;

fn main() -> ExitCode {
    logger_cli::command::main()
}
