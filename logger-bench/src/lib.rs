#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]
// the processes, the pinning and the clocks are Linux's
#![cfg(target_os = "linux")]

mod child; // the process that measures one subject in one mode
mod goals; // what is to be reached, and whether it is
mod histogram; // all latencies of a run
mod host; // cores, processor time, memory
mod json; // the results as a file
mod lines; // what is on file
mod machine; // where it was measured
mod mode; // burst, paced, flood, …
mod options; // what the command line asks for
mod parent; // starts the children in turn
mod plan; // which cases there are, and how much of each
mod plot; // the results as pictures
mod raw; // all samples, kept
mod sample; // what one child has measured
mod stats; // medians and ratios
mod subject; // what a logger has to do to be measured
mod subjects; // the loggers
mod table; // the results as text
mod timer; // the clock of single calls, and pauses
mod utc; // dates
mod workload; // the record that is logged

use std::{
    io::{self, Write as _},
    process::ExitCode,
};

/// Measures what the command line asks for.
pub fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    match dispatch(&args) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // a child's stderr may be the console that hangs
            let message = format!("logger-bench: {error:#}\n");
            let _ = match args.first() {
                Some(first) if first == child::CHILD => io::stdout().write_all(message.as_bytes()),
                _ => io::stderr().write_all(message.as_bytes()),
            };
            ExitCode::FAILURE
        }
    }
}

fn dispatch(args: &[String]) -> anyhow::Result<()> {
    match args {
        [first, rest @ ..] if first == child::CHILD => child::measure(rest),
        _ => match options::Options::read(args)? {
            Some(options) => parent::measure(&options),
            None => say(options::USAGE),
        },
    }
}

/// Writes to stdout at once; a reader that has gone away is ignored.
fn say(text: &str) -> anyhow::Result<()> {
    let mut out = io::stdout().lock();
    let _ = out.write_all(text.as_bytes()).and_then(|()| out.flush());
    Ok(())
}
