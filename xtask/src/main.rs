//! The tasks of this workspace; `cargo xtask help` names them.
#![forbid(unsafe_code)]

mod bench;
mod command;
mod config_features;
mod counts;
mod coverage;
mod demo;
mod faults;
mod first_minutes;
mod fuzz;
mod housekeeping;
mod instructions;
mod outside;
mod picture;
mod readme;
mod room;
mod soak;
mod speed;
mod steps;
mod syslog_ng;
mod test;
mod tools;
mod trees;
mod workspace;

use std::{
    io::{self, Write},
    process::ExitCode,
};

use anyhow::bail;

const USAGE: &str = "\
usage: cargo xtask <task>

  demo [--dir DIR] [...]  builds the trading example and runs it; further arguments go to the example
  demo --alerts           a program in trouble, and what a phone would show of it
  test [STEP...], ci      every check of this workspace, or the named steps; `test --list` names them
  faults [ID...]          the fault cases, or the named ones
  soak [L01|L02|L03|L04] [--rounds N] [--seconds N]
                          losses of power, a disk that hangs, errors of a block device: needs root and a loop device
  fuzz [TARGET] [--seconds N]
                          random bytes against the readers of what a dead process has left, the formats and
                          the masking; 60 s each by default
  coverage [--html]       which lines of the library crates no test runs: needs cargo-llvm-cov and llvm-tools
  instructions [--record] counts the instructions of a log call and compares them with those on record
  readme                  writes what the README shows of the last measure and of the demo
  bench [--quick] [...]   measures this logger beside its peers; `bench --help` names what can be chosen
";

fn main() -> ExitCode {
    let mut args: Vec<String> = std::env::args().skip(1).collect();
    let task = if args.is_empty() { String::from("help") } else { args.remove(0) };
    match dispatch(&task, &args) {
        Ok(code) => code,
        Err(error) => {
            let _ = writeln!(io::stderr(), "xtask: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn dispatch(task: &str, args: &[String]) -> anyhow::Result<ExitCode> {
    match task {
        "demo" => demo::demo(args),
        "test" | "ci" => test::test(args),
        "faults" => faults::faults(args),
        "soak" => soak::soak(args),
        "fuzz" => fuzz::fuzz(args),
        "coverage" => coverage::coverage(args),
        "instructions" => instructions::instructions(args),
        "readme" => readme::readme(),
        "bench" => bench::bench(args),
        "help" | "-h" | "--help" => {
            say(USAGE);
            Ok(ExitCode::SUCCESS)
        }
        _ => bail!("there is no task `{task}`\n\n{USAGE}"),
    }
}

/// Writes to stdout at once; a reader that has gone away is ignored.
fn say(text: &str) {
    let mut out = io::stdout().lock();
    let _ = out.write_all(text.as_bytes()).and_then(|()| out.flush());
}
