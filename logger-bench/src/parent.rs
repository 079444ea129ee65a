//! Starts the children in turn and gathers what they print.

use std::{
    fs::{self, File},
    io::{BufRead as _, BufReader, Read as _},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context as _, anyhow, bail, ensure};
use tempfile::TempDir;

use crate::{
    child::{ACKED, Job, read_acked},
    goals, host, json, lines,
    machine::Machine,
    mode::Mode,
    options::Options,
    plan, plot, raw,
    sample::{Case, Measured, Samples},
    say,
    subject::{Group, row},
    table,
    timer::{pause, poll},
};

/// Measures what the options ask for, prints it, and writes the results.
pub(crate) fn measure(options: &Options) -> anyhow::Result<()> {
    fs::create_dir_all(&options.dir).with_context(|| format!("cannot make {}", options.dir.display()))?;
    host::ensure_on_disk(&options.dir)?;
    let begun = Instant::now();
    let machine = Machine::here();
    say(&format!("{machine}\n"))?;
    let samples = rounds(options)?;
    let goals = goals::judge(&samples, options.runs);
    say(&table::figures(&samples, options.runs))?;
    say(&table::goals(&goals))?;
    fs::create_dir_all(&options.results).context("cannot make the folder of the results")?;
    raw::write(&options.results, &samples)?;
    if options.is_whole() {
        json::write(&options.results, &goals, &samples, options, &machine)?;
        plot::write(&options.results, &samples, options.runs)?;
    } else {
        say("only a part was measured: latest.json and the plots are left as they are\n")?;
    }
    say(&format!("measured in {:.0} s\n", begun.elapsed().as_secs_f64()))
}

/// All runs; what went wrong in one is said, and is missing in the samples.
fn rounds(options: &Options) -> anyhow::Result<Samples> {
    let mut samples = Samples::default();
    for run in 0..options.runs {
        let begun = Instant::now();
        for case in plan::round(options, run) {
            match one(options, &case) {
                Ok(measured) => samples.add(case, run, measured),
                Err(error) => say(&format!(
                    "run {}: {} {} x{} FAILED: {error:#}\n",
                    run + 1,
                    case.subject,
                    case.mode.name(),
                    case.threads
                ))?,
            }
        }
        say(&format!("run {} of {}: {:.0} s\n", run + 1, options.runs, begun.elapsed().as_secs_f64()))?;
    }
    Ok(samples)
}

/// One measurement, in a folder that is gone afterwards.
fn one(options: &Options, case: &Case) -> anyhow::Result<Measured> {
    let folder = TempDir::new_in(&options.dir).context("cannot make a folder")?;
    let job = Job {
        subject: case.subject.to_owned(),
        mode: case.mode,
        threads: case.threads,
        amount: options.scale.amount(case.mode),
        folder: folder.path().to_owned(),
    };
    match case.mode {
        Mode::Kill => killed(&job),
        _ => run(&job),
    }
}

fn command(job: &Job) -> anyhow::Result<Command> {
    let mut command = Command::new(std::env::current_exe().context("cannot find this program")?);
    job.put(&mut command);
    // nobody reads stderr while the child runs: to a console it is a terminal that hangs
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    Ok(command)
}

/// How long a child may take.
const AT_MOST: Duration = Duration::from_secs(180);

/// Runs a child to its end.
fn run(job: &Job) -> anyhow::Result<Measured> {
    let mut child = command(job)?.spawn().context("cannot start the child")?;
    let mut stdout = child.stdout.take().context("no stdout")?;
    // while it runs: all latencies may be more than a pipe holds
    let reader = thread::spawn(move || {
        let mut out = String::new();
        stdout.read_to_string(&mut out).map(|_| out)
    });
    let status = wait(&mut child)?;
    let out =
        reader.join().map_err(|_| anyhow!("the reader panicked"))?.context("cannot read from the child")?;
    let mut err = Vec::new();
    child.stderr.take().context("no stderr")?.read_to_end(&mut err)?;
    ensure!(status.success(), "{status}: {} {}", out.trim_end(), last_lines(&err));
    Measured::read(&out)
}

/// The end of what a child said.
fn last_lines(err: &[u8]) -> String {
    let text = String::from_utf8_lossy(err);
    let lines: Vec<&str> = text.lines().rev().take(3).collect();
    lines.into_iter().rev().collect::<Vec<_>>().join(" | ")
}

fn wait(child: &mut Child) -> anyhow::Result<std::process::ExitStatus> {
    let mut ended = None;
    poll(AT_MOST, || {
        ended = child.try_wait().transpose();
        ended.is_some()
    });
    match ended {
        Some(status) => status.context("cannot wait for the child"),
        None => {
            child.kill().context("cannot end the child")?;
            child.wait().context("cannot wait for the child")?;
            bail!("it did not end within {AT_MOST:?}");
        }
    }
}

/// How long the flood goes on before the kill.
const BEFORE_KILL: Duration = Duration::from_millis(300);

/// Kills a child in a flood, starts it again, and counts what is missing of the calls that had returned.
fn killed(job: &Job) -> anyhow::Result<Measured> {
    let acked = AckedFile::new()?;
    let mut child = command(job)?.env(ACKED, &acked.path).spawn().context("cannot start the child")?;
    let began = wait_for_line(&mut child);
    pause(BEFORE_KILL);
    child.kill().context("cannot kill the child")?;
    child.wait().context("cannot wait for the child")?;
    ensure!(began?, "it ended before it logged");
    let returned = read_acked(&acked.path)?;
    ensure!(returned > 0, "no call had returned before the kill");
    if row(&job.subject).is_some_and(|row| row.group == Group::Ours) {
        // the others keep nothing that a start could write
        run(&Job { mode: Mode::Recover, ..job.clone() }).context("the start after the kill")?;
    }
    let found = lines::find(&job.folder)?;
    Ok(Measured::default()
        .with("returned", returned as f64)
        .with("lost", found.missing(returned) as f64)
        .with("doubled", found.doubled() as f64))
}

/// Whether the child has printed a line.
fn wait_for_line(child: &mut Child) -> anyhow::Result<bool> {
    let mut line = String::new();
    let stdout = child.stdout.as_mut().context("no stdout")?;
    Ok(BufReader::new(stdout).read_line(&mut line).context("cannot read from the child")? > 0)
}

/// A file in shared memory for the number of the calls that have returned.
struct AckedFile {
    path: PathBuf,
    _folder: TempDir,
}

impl AckedFile {
    fn new() -> anyhow::Result<Self> {
        let folder = TempDir::new_in(Path::new("/dev/shm")).context("cannot make a folder in /dev/shm")?;
        let path = folder.path().join("acked");
        File::create(&path).context("cannot make a file in /dev/shm")?;
        Ok(AckedFile { path, _folder: folder })
    }
}
