//! `faults [ID…]`: runs fault cases and their controls, one line of figures each.

use std::{
    env,
    io::{self, Write},
    process::ExitCode,
    time::Duration,
};

use logger_faults::{
    CASES, Case, Outcome, Scale, Setting, run_all, run_calls, run_child, run_idle, run_soak,
};

const USAGE: &str = "\
faults [ID…] [--quick] [--seed N] [--at-a-time N] [--list]

Runs the cases whose name or id is given, all by default, each with its control: the same case with a planted bug,
which the judge has to catch. Prints one line of figures each and, at the end, how many passed, failed, were skipped.
Two cases run at a time, but those that judge how long somebody waited; then lines come in the order of their ends.
";

/// The seed of a run that is not given one: the same every time, so that a failure can be repeated.
const SEED: u64 = 20_251_016;
/// Cases that run at the same time, where nothing else is asked for.
const AT_A_TIME: usize = 2;
/// After this time a child counts as hung.
const DEADLINE: Duration = Duration::from_secs(120);

fn main() -> ExitCode {
    let args: Vec<String> = env::args().skip(1).collect();
    let done = match args.as_slice() {
        [flag, plan] if flag == "--child" => run_child(plan).map(|()| ExitCode::SUCCESS),
        [flag, scene, folder] if flag == "--calls" => run_calls(scene, folder).map(|()| ExitCode::SUCCESS),
        [flag, folder] if flag == "--idle" => run_idle(folder).map(|()| ExitCode::SUCCESS),
        [flag, folder, acks, kind, size] if flag == "--soak" => {
            run_soak(folder, acks, kind, size).map(|()| ExitCode::SUCCESS)
        }
        args => run(args),
    };
    done.unwrap_or_else(|error| {
        let _ = writeln!(io::stderr(), "faults: {error}");
        ExitCode::from(2)
    })
}

type Failure = Box<dyn std::error::Error>;

fn run(args: &[String]) -> Result<ExitCode, Failure> {
    let mut setting =
        Setting { program: env::current_exe()?, scale: Scale::Full, seed: SEED, deadline: DEADLINE };
    let (mut ids, mut at_a_time) = (Vec::new(), AT_A_TIME);
    let mut args = args.iter();
    while let Some(arg) = args.next() {
        match arg.as_str() {
            "--help" | "-h" => return say(USAGE),
            "--list" => return say(&list()),
            "--quick" => setting.scale = Scale::Quick,
            "--seed" => setting.seed = args.next().ok_or("--seed needs a number")?.parse()?,
            "--at-a-time" => at_a_time = args.next().ok_or("--at-a-time needs a number")?.parse()?,
            id if id.starts_with('-') => return Err(format!("unknown option {id}\n{USAGE}").into()),
            id => ids.push(id),
        }
    }
    let mut sums = Sums::default();
    run_all(&chosen(&ids)?, &setting, at_a_time, &mut |name, outcome| {
        sums.print(name, outcome, setting.seed)
    })?;
    sums.finish()
}

fn say(text: &str) -> Result<ExitCode, Failure> {
    io::stdout().write_all(text.as_bytes())?;
    Ok(ExitCode::SUCCESS)
}

fn list() -> String {
    CASES.iter().map(|case| format!("{:<12}{}\n", case.name, case.title)).collect()
}

/// `F12` means every case of that id, `F12-strace` only the one.
fn chosen(ids: &[&str]) -> Result<Vec<&'static Case>, Failure> {
    let is = |case: &Case, id: &str| case.name == id || case.name.split('-').next() == Some(id);
    if let Some(unknown) = ids.iter().find(|id| !CASES.iter().any(|case| is(case, id))) {
        return Err(format!("there is no case {unknown}; --list shows them").into());
    }
    Ok(CASES.iter().filter(|case| ids.is_empty() || ids.iter().any(|id| is(case, id))).collect())
}

/// How many outcomes there were of each sort.
#[derive(Default)]
struct Sums {
    passed: u32,
    failed: u32,
    skipped: u32,
}

impl Sums {
    /// Prints the line of one outcome and counts it. A standard output that is closed ends the run.
    fn print(&mut self, name: &str, outcome: &Outcome, seed: u64) -> io::Result<()> {
        match outcome {
            Outcome::Ok(_) | Outcome::Caught(..) => self.passed += 1,
            Outcome::Failed(..) | Outcome::Missed(..) => self.failed += 1,
            Outcome::Skipped(_) => self.skipped += 1,
        }
        let line = match outcome {
            Outcome::Ok(figures) => format!("ok seed={seed} {figures}"),
            Outcome::Failed(..) | Outcome::Missed(..) => format!("seed={seed} {outcome}"),
            Outcome::Caught(..) | Outcome::Skipped(_) => outcome.to_string(),
        };
        writeln!(io::stdout(), "{name} {line}")
    }

    fn finish(self) -> Result<ExitCode, Failure> {
        let Sums { passed, failed, skipped } = self;
        let skipped = if skipped > 0 { format!(", {skipped} skipped") } else { String::new() };
        writeln!(io::stdout(), "{passed} passed, {failed} failed{skipped}")?;
        Ok(if failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }
}
