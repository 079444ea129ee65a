//! See the library. It measures on Linux alone; elsewhere it says so.
#![forbid(unsafe_code)]

use std::process::ExitCode;

#[cfg(target_os = "linux")]
fn main() -> ExitCode {
    logger_bench::main()
}

#[cfg(not(target_os = "linux"))]
fn main() -> ExitCode {
    use std::io::Write as _;
    let _ = writeln!(std::io::stderr(), "logger-bench: it measures on Linux alone");
    ExitCode::FAILURE
}
