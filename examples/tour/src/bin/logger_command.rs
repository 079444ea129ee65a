//! The command `logger`, for the tests of the guide: cargo gives them the programs of this package alone.

use std::process::ExitCode;

fn main() -> ExitCode {
    logger_cli::command::main()
}
