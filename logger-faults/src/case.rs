//! One case: its plan, its stage, the bug that its control plants, and how it is run and judged.

use std::{fmt, io, iter, path::PathBuf, time::Duration};

use crate::{
    figures::Figures,
    judge::Verdict,
    payload::splitmix64,
    plan::{Bug, Plan},
    report::ChildReport,
    stage::Stage,
    sweep::Swept,
    trial,
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
    /// What comes after a child that did not end in order.
    pub course: Course,
    /// How often it is run.
    pub rounds: Rounds,
    /// The bugs that its controls plant, one each.
    pub bugs: &'static [Bug],
    /// Says whether the fault happened at all, and holds what only this case promises.
    pub struck: fn(&Trial<'_>) -> Result<(), String>,
}

/// What comes after a child that did not end in order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Course {
    /// One later start.
    LaterStart,
    /// So many later starts that are killed soon after their beginning, then one that is not.
    KilledLaterStarts(u32),
    /// While the child logs, another program with the same queue folder and other files starts and ends; after the end of
    /// the child comes one later start.
    Neighbour,
    /// Two later starts at the same time, then one more.
    Race,
    /// At the same time a child without any fault logs as much: the longest call of the one is compared with that of the
    /// other. After the child comes one later start, where it left anything.
    BesideControl,
    /// So many children log at the same time into the same files, one of them the one with the fault; then comes one later
    /// start.
    Peers(u32),
    /// The child, or its recovery, is run again and again, and killed at each of its system calls; later starts come after.
    KilledAtEachCall(Swept),
}

/// How often a case is run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rounds {
    /// In the quick version.
    pub quick: u32,
    /// In the full version, and until a planted bug is caught.
    pub full: u32,
}

impl Rounds {
    /// Once is enough: the fault does not depend on its moment.
    pub const ONE: Rounds = Rounds { quick: 1, full: 1 };

    fn at(self, scale: Scale) -> u32 {
        match scale {
            Scale::Quick => self.quick,
            Scale::Full => self.full,
        }
    }
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
    /// What the judge found when that child had ended, or when all was recovered where something had to be.
    pub verdict: &'a Verdict,
    /// Later starts that were killed before everything was recovered; in a sweep, the kill points.
    pub cut: u32,
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
    /// Runs the case, so many rounds as its scale says, and judges each; the figures are those of all rounds together.
    ///
    /// # Errors
    ///
    /// What the system says when a folder cannot be made, a child not be started, or an output not be read.
    pub fn run(&self, setting: &Setting) -> io::Result<Outcome> {
        if let Some(reason) = self.stage.unavailable(&setting.program) {
            return Ok(Outcome::Skipped(reason));
        }
        let mut sum = Figures::default();
        for round in 0..self.rounds.at(setting.scale) {
            let (figures, broken) = trial::run(self, setting, seed_of(setting, round), None)?;
            sum += figures;
            if !broken.is_empty() {
                return Ok(Outcome::Failed(sum, in_round(round, broken)));
            }
        }
        Ok(Outcome::Ok(sum))
    }

    /// Runs the case, the quick version of it, with a bug planted, which the judge has to catch. Where a case has several
    /// rounds, because its fault may come at a harmless moment, it has to catch it in one of them.
    ///
    /// # Errors
    ///
    /// As [`Case::run`].
    pub fn run_control(&self, setting: &Setting, bug: Bug) -> io::Result<Outcome> {
        if let Some(reason) = self.stage.unavailable(&setting.program) {
            return Ok(Outcome::Skipped(reason));
        }
        let quick = Setting { scale: Scale::Quick, ..setting.clone() };
        let mut sum = Figures::default();
        for round in 0..self.rounds.full {
            let (figures, _) = trial::run(self, &quick, seed_of(setting, round), Some(bug))?;
            sum += figures;
            // what only this case asks for does not count: the rules of all cases have to see the bug
            let caught = figures.broken();
            if !caught.is_empty() {
                return Ok(Outcome::Caught(bug, caught));
            }
        }
        Ok(Outcome::Missed(bug, sum))
    }
}

/// Each round has a seed of its own; the first has that of the run.
fn seed_of(setting: &Setting, round: u32) -> u64 {
    if round == 0 { setting.seed } else { splitmix64(setting.seed ^ u64::from(round)) }
}

fn in_round(round: u32, broken: Vec<String>) -> Vec<String> {
    if round == 0 {
        return broken;
    }
    iter::once(format!("in round {round}")).chain(broken).collect()
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
