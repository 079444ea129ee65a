//! One case: its plan, its stage, the bug that its control plants, and how it is run and judged.

use std::{
    fmt, io,
    path::{Path, PathBuf},
    time::Duration,
};

use crate::{
    acked::Acked,
    figures::Figures,
    judge::{Destination, Ending, Evidence, Promise, Takes, Verdict, judge},
    parent,
    payload::Kind,
    plan::{Bug, End, Fault, Heal, Plan},
    report::ChildReport,
    stage::Stage,
};

/// One case of the fault matrix.
#[derive(Debug, Clone, Copy)]
pub struct Case {
    /// Its id in the matrix, with a variant behind a hyphen where it has several: `F12-strace`.
    pub name: &'static str,
    /// What goes wrong, in a few words.
    pub title: &'static str,
    /// Where its child runs.
    pub stage: Stage,
    /// Sets what is special about it.
    pub plan: fn(&mut Plan, Scale),
    /// The bugs that its controls plant, one each.
    pub bugs: &'static [Bug],
    /// Says whether the fault happened at all, and holds what only this case promises.
    pub struck: fn(&Trial<'_>) -> Result<(), String>,
}

/// How much a case logs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scale {
    /// A few seconds, for every change.
    Quick,
    /// What the matrix asks for.
    Full,
}

/// How cases are run.
#[derive(Debug, Clone)]
pub struct Setting {
    /// The program with the hidden child command: the bin of this crate.
    pub program: PathBuf,
    /// How much is logged.
    pub scale: Scale,
    /// From which the records and the moments of faults follow.
    pub seed: u64,
    /// After this time a child counts as hung.
    pub deadline: Duration,
}

/// What a case has left, for its own questions.
#[derive(Debug)]
pub struct Trial<'a> {
    /// The plan of the child with the fault.
    pub plan: &'a Plan,
    /// What that child said at its end.
    pub report: Option<&'a ChildReport>,
    /// What the judge found.
    pub verdict: &'a Verdict,
}

/// What came out of a case.
#[derive(Debug, Clone)]
pub enum Outcome {
    /// Every rule holds.
    Ok(Figures),
    /// These rules do not hold.
    Failed(Figures, Vec<String>),
    /// The judge found the planted bug.
    Caught(Bug, Vec<String>),
    /// The judge did not find the planted bug.
    Missed(Bug, Figures),
    /// It cannot run here.
    Skipped(String),
}

impl Case {
    /// Runs the case and judges it.
    ///
    /// # Errors
    ///
    /// What the system says when a folder cannot be made, a child not be started, or an output not be read.
    pub fn run(&self, setting: &Setting) -> io::Result<Outcome> {
        if let Some(reason) = self.stage.unavailable() {
            return Ok(Outcome::Skipped(reason));
        }
        let (figures, broken) = self.trial(setting, None)?;
        Ok(if broken.is_empty() { Outcome::Ok(figures) } else { Outcome::Failed(figures, broken) })
    }

    /// Runs the case, the quick version of it, with a bug planted, which the judge has to catch.
    ///
    /// # Errors
    ///
    /// As [`Case::run`].
    pub fn run_control(&self, setting: &Setting, bug: Bug) -> io::Result<Outcome> {
        if let Some(reason) = self.stage.unavailable() {
            return Ok(Outcome::Skipped(reason));
        }
        let quick = Setting { scale: Scale::Quick, ..setting.clone() };
        let (figures, _) = self.trial(&quick, Some(bug))?;
        // what only this case asks for does not count: the rules of all cases have to see the bug
        let caught = figures.broken();
        Ok(if caught.is_empty() { Outcome::Missed(bug, figures) } else { Outcome::Caught(bug, caught) })
    }

    /// Runs the child, and a later start where the child did not end in order; says what is broken.
    fn trial(&self, setting: &Setting, bug: Option<Bug>) -> io::Result<(Figures, Vec<String>)> {
        let room = tempfile::Builder::new().prefix("logger-faults-").tempdir_in(scratch())?;
        let mut plan = blank_plan(room.path(), setting.seed);
        (self.plan)(&mut plan, setting.scale);
        plan.bug = bug;
        for folder in [&plan.outputs, &plan.ledger] {
            std::fs::create_dir_all(folder)?;
        }
        let first = self.start(setting, &plan, self.stage, &room.path().join("stderr.1"))?;
        let mut broken = first.broken;
        let mut figures = first.verdict.figures;
        if let Err(reason) =
            (self.struck)(&Trial { plan: &plan, report: first.report.as_ref(), verdict: &first.verdict })
        {
            broken.push(reason);
        }
        if plan.end != End::Shutdown && broken.is_empty() {
            let later = self.later_start(setting, &plan, room.path())?;
            let exit = figures.exit;
            figures = Figures { exit, ..later.verdict.figures };
            broken = later.broken;
        }
        Ok((figures, broken))
    }

    /// The next start of the program after one that did not end in order: it finds what was left, and logs on.
    fn later_start(&self, setting: &Setting, first: &Plan, room: &Path) -> io::Result<Start> {
        let plan = Plan {
            threads: 0,
            next_thread: first.fresh_thread() + 1,
            fault: Fault::None,
            heal: Heal::Nothing,
            end: End::Shutdown,
            bug: None,
            ..first.clone()
        };
        self.start(setting, &plan, Stage::Plain, &room.join("stderr.2"))
    }

    fn start(&self, setting: &Setting, plan: &Plan, stage: Stage, stderr: &Path) -> io::Result<Start> {
        let (command, outputs) = stage.command(&setting.program, plan)?;
        let ended = parent::run(command, setting.deadline, stderr)?;
        let report = ChildReport::read(&plan.ledger)?;
        let mut verdict = judge(&evidence(plan, outputs, report.clone(), stderr)?)?;
        let mut broken = verdict.broken.clone();
        verdict.figures.exit = ended.status.and_then(|status| status.code());
        match ended.status {
            None => broken.push(format!("the child hung for {} s and was killed", ended.took.as_secs())),
            Some(status) if !status.success() => {
                broken.push(format!("the child ended with {status}: {}", complaint(stderr)?));
            }
            Some(_) => {}
        }
        if let Ok(panics) = std::fs::read_to_string(plan.ledger.join(Plan::PANICS)) {
            broken.extend(panics.lines().take(3).map(|line| format!("panic in the child: {line}")));
        }
        Ok(Start { verdict, report, broken })
    }
}

/// The last line on stderr that is no record: what the child, its shell or its tracer complained of.
fn complaint(stderr: &Path) -> io::Result<String> {
    let text = String::from_utf8_lossy(&std::fs::read(stderr)?).into_owned();
    Ok(text.lines().rfind(|line| !line.starts_with('{')).unwrap_or("no word").to_owned())
}

/// What one start of the child came to.
struct Start {
    verdict: Verdict,
    report: Option<ChildReport>,
    broken: Vec<String>,
}

/// A folder in memory where there is one: the acked table is written once a call, and disks are slow.
fn scratch() -> PathBuf {
    let memory = Path::new("/dev/shm");
    if memory.is_dir() { memory.into() } else { std::env::temp_dir() }
}

/// What most cases have in common.
fn blank_plan(room: &Path, seed: u64) -> Plan {
    Plan {
        seed,
        outputs: room.join("outputs"),
        ledger: room.join("ledger"),
        threads: 4,
        next_thread: 4,
        records: 2_000,
        calm_records: 500,
        max_size: 64 * 1024 * 1024,
        backups: 5,
        fault: Fault::None,
        heal: Heal::Nothing,
        end: End::Shutdown,
        bug: None,
    }
}

fn evidence(
    plan: &Plan,
    outputs: PathBuf,
    report: Option<ChildReport>,
    stderr: &Path,
) -> io::Result<Evidence> {
    let is_later = plan.threads == 0;
    let acked = Acked::read(&plan.ledger)?;
    let mut all_stderr = vec![stderr.to_owned()];
    if is_later {
        all_stderr.push(stderr.with_extension("1"));
    }
    Ok(Evidence {
        seed: plan.seed,
        outputs,
        destinations: destinations(plan),
        stderr: all_stderr,
        ending: if is_later || plan.end != End::Shutdown { Ending::Abrupt } else { Ending::InOrder },
        reports: plan.ledger.join(Plan::REPORTS),
        acked,
        booked_from: if is_later { plan.next_thread } else { 0 },
        fresh: if plan.end == End::Shutdown { vec![plan.fresh_thread()] } else { Vec::new() },
        report,
    })
}

fn destinations(plan: &Plan) -> Vec<Destination> {
    let file = |name: &str, file: &str, takes| Destination {
        name: name.into(),
        file: file.into(),
        takes,
        promise: Promise::Kept,
        limit: Some(plan.max_size),
    };
    let mut all = vec![
        file("expert", "expert.log", Takes::Everything),
        file("trades", "trades.log", Takes::Only(Kind::Trade)),
        file("errors", "errors.log", Takes::Only(Kind::Error)),
    ];
    match plan.fault {
        Fault::None => {}
        Fault::DrainPanics => all.push(file(Plan::VICTIM, "victim.log", Takes::Everything)),
        Fault::DrainHangs => all.push(Destination {
            promise: Promise::Counted { held: Plan::QUEUE as u64 + Plan::BATCH },
            ..file(Plan::VICTIM, "victim.log", Takes::Everything)
        }),
    }
    all
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Outcome::Ok(figures) => write!(f, "ok {figures}"),
            Outcome::Failed(figures, reasons) => write!(f, "{figures} FAILED: {}", reasons.join("; ")),
            Outcome::Caught(bug, reasons) => write!(f, "ok caught: {bug:?}: {}", reasons.join("; ")),
            Outcome::Missed(bug, figures) => write!(f, "{figures} FAILED: the judge missed {bug:?}"),
            Outcome::Skipped(reason) => write!(f, "skipped: {reason}"),
        }
    }
}
