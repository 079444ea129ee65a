//! A kill at every system call: the calls of one run are counted, then the run is repeated and killed at its first call,
//! at its second one, and so on; and what is left is recovered and judged each time.
//!
//! The tracer counts the calls of each name and of each thread by themselves: the n-th call is that of the thread that
//! comes to it first. What a recovery does on its own thread would hide behind the same calls of a start, so that there
//! only the calls on the files of the dead run and on the log files count.

use std::{
    collections::BTreeMap,
    fmt, fs, io,
    path::{Path, PathBuf},
    process::Command,
};

use crate::{
    case::{Case, Scale, Setting, Trial},
    evidence,
    figures::Figures,
    judge::Verdict,
    parent,
    payload::splitmix64,
    plan::{Bug, Plan, QueuePlace},
    room::{Room, died_of_kill},
    stage::Stage,
    trial::{later_plan, left_in, runs_in},
};

/// The calls that change what a later start finds. A kill at any other one is a kill before the next one of these.
const CALLS: &str = "write,pwrite64,openat,close,rename,renameat,renameat2,unlink,unlinkat,rmdir,mkdir,ftruncate,\
                     fallocate,fsync,fdatasync,fchmod,flock,mmap,munmap";
/// Kill points of the quick version, spread over all there are.
const QUICK_MOMENTS: usize = 50;
/// Broken kill points that are described.
const MAX_EXAMPLES: usize = 5;

/// What is killed at each of its calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Swept {
    /// A small run that rotates.
    Run,
    /// The recovery of such a run, which was killed in the middle of a batch.
    Recovery,
}

/// The `n`-th call of a name.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Point {
    call: String,
    n: u32,
}

impl fmt::Display for Point {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} number {}", self.call, self.n)
    }
}

/// Where one round kills: a run, or a run and then its recovery.
#[derive(Debug)]
struct Moment {
    before: Option<Point>,
    point: Point,
}

impl fmt::Display for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.before {
            None => write!(f, "{}", self.point),
            Some(before) => write!(f, "{before} and then at {}", self.point),
        }
    }
}

/// How often the thread that makes a call most often makes it, by its name.
type Calls = BTreeMap<String, u32>;

/// Kills at each point, in the quick version at some of them; says what came out of all and what is broken at which.
pub(crate) fn run(
    case: &Case,
    swept: Swept,
    setting: &Setting,
    seed: u64,
    bug: Option<Bug>,
) -> io::Result<(Figures, Vec<String>)> {
    let sweep = Sweep { case, setting, seed, bug };
    let (room, plan) = sweep.room()?;
    let calls = count_calls(&room, &plan, &[])?;
    let moments = match swept {
        Swept::Run => points_of(&calls).into_iter().map(|point| Moment { before: None, point }).collect(),
        Swept::Recovery => {
            let mut moments = Vec::new();
            for before in middles(&calls) {
                let calls = sweep.calls_of_recovery(&before)?;
                let of_recovery = points_of(&calls).into_iter();
                moments.extend(of_recovery.map(|point| Moment { before: Some(before.clone()), point }));
            }
            moments
        }
    };
    sweep.kill_at_all(&sweep.chosen(moments))
}

fn points_of(calls: &Calls) -> Vec<Point> {
    calls.iter().flat_map(|(call, &most)| (1..=most).map(|n| Point { call: call.clone(), n })).collect()
}

/// Where a run is killed whose recovery is swept: some lines of a batch are in the files and others are not, or a file is
/// between two names.
fn middles(calls: &Calls) -> Vec<Point> {
    let point = |call: &str, third: u32| {
        let most = calls.get(call)?;
        Some(Point { call: call.into(), n: (most * third / 3).max(1) })
    };
    ["write", "renameat2"]
        .into_iter()
        .flat_map(|call| [1, 2].map(|third| point(call, third)))
        .flatten()
        .collect()
}

struct Sweep<'a> {
    case: &'a Case,
    setting: &'a Setting,
    seed: u64,
    bug: Option<Bug>,
}

impl Sweep<'_> {
    fn room(&self) -> io::Result<(Room<'_>, Plan)> {
        let room = Room::new(self.setting)?;
        let mut plan = evidence::blank_plan(room.folder.path(), self.seed);
        (self.case.plan)(&mut plan, self.setting.scale);
        plan.bug = self.bug;
        room.prepare(&plan)?;
        Ok((room, plan))
    }

    fn calls_of_recovery(&self, before: &Point) -> io::Result<Calls> {
        let (room, plan) = self.room()?;
        start_and_kill(&room, &plan, before, &[], 1)?;
        count_calls(&room, &later_plan(&plan, 0), &places(&plan))
    }

    /// All moments, or in the quick version some that are spread over them.
    fn chosen(&self, all: Vec<Moment>) -> Vec<Moment> {
        let step = match self.setting.scale {
            Scale::Quick => all.len().div_ceil(QUICK_MOMENTS).max(1),
            Scale::Full => 1,
        };
        let first = (splitmix64(self.seed) % step as u64) as usize;
        all.into_iter().skip(first).step_by(step).collect()
    }

    fn kill_at_all(&self, moments: &[Moment]) -> io::Result<(Figures, Vec<String>)> {
        let (mut sum, mut broken, mut failing) = (Figures::default(), Vec::new(), 0);
        for moment in moments {
            let (figures, wrong) = self.kill_at(moment)?;
            sum += figures;
            if !wrong.is_empty() {
                failing += 1;
                if failing <= MAX_EXAMPLES {
                    broken.push(format!("killed at {moment}: {}", wrong.join("; ")));
                }
                if self.bug.is_some() {
                    break;
                }
            }
        }
        if failing > 0 {
            broken.insert(0, format!("{failing} of {} kill points are broken", moments.len()));
        }
        let (_, plan) = self.room()?;
        let verdict = Verdict { figures: sum, ..Verdict::default() };
        let trial = Trial { plan: &plan, report: None, verdict: &verdict, cut: moments.len() as u32 };
        broken.extend((self.case.struck)(&trial).err());
        Ok((sum, broken))
    }

    fn kill_at(&self, Moment { before, point }: &Moment) -> io::Result<(Figures, Vec<String>)> {
        let (room, plan) = self.room()?;
        let killed = match before {
            None => start_and_kill(&room, &plan, point, &[], 1)?,
            Some(before) => {
                start_and_kill(&room, &plan, before, &[], 1)?;
                start_and_kill(&room, &later_plan(&plan, 0), point, &places(&plan), 2)?
            }
        };
        let first = room.start(&later_plan(&plan, 1), Stage::Plain, 3)?;
        let left = left_in(&plan);
        // finds nothing to do: what it writes is its own
        let last = room.start(&later_plan(&plan, 2), Stage::Plain, 4)?;
        let verdict = room.judge(&last.plan, &last, 1)?;
        let broken = [verdict.broken, first.broken, last.broken, left.into_iter().collect()].concat();
        Ok((Figures { kills: u64::from(killed), ..verdict.figures }, broken))
    }
}

/// Runs a child to its end and counts the calls on `places`, or all of them where none is given.
fn count_calls(room: &Room<'_>, plan: &Plan, places: &[PathBuf]) -> io::Result<Calls> {
    let seen = room.folder.path().join("calls.txt");
    let command = traced(&room.setting.program, plan, &[], places, &seen)?;
    parent::run(command, None, room.setting.deadline, &room.folder.path().join("stderr.8"))?;
    let mut of_thread = BTreeMap::<(&str, &str), u32>::new();
    let text = fs::read_to_string(&seen)?;
    for line in text.lines() {
        let Some((thread, rest)) = line.split_once(' ') else { continue };
        let Some((call, _)) = rest.trim_start().split_once('(') else { continue };
        // the second half of a call that others came between: `<... write resumed>`
        if call.bytes().all(|it| it.is_ascii_alphanumeric() || it == b'_') {
            *of_thread.entry((thread, call)).or_default() += 1;
        }
    }
    let mut calls = Calls::new();
    for ((_, call), count) in of_thread {
        let most = calls.entry(call.to_owned()).or_default();
        *most = count.max(*most);
    }
    Ok(calls)
}

/// Starts a child that is killed at a call. Returns whether it came to that call.
fn start_and_kill(
    room: &Room<'_>,
    plan: &Plan,
    point: &Point,
    places: &[PathBuf],
    number: u32,
) -> io::Result<bool> {
    let inject = format!("inject={}:signal=SIGKILL:when={}", point.call, point.n);
    let command = traced(&room.setting.program, plan, &["-e", &inject], places, Path::new("/dev/null"))?;
    let stderr = room.folder.path().join(format!("stderr.{number}"));
    let ended = parent::run(command, None, room.setting.deadline, &stderr)?;
    Ok(ended.status.is_some_and(died_of_kill))
}

fn traced(
    program: &Path,
    plan: &Plan,
    inject: &[&str],
    places: &[PathBuf],
    seen: &Path,
) -> io::Result<Command> {
    let mut command = Command::new("strace");
    // without --seccomp-bpf, with which strace 6.1 sends no signal
    command.args(["-f", "-qq", "-o"]).arg(seen);
    command.args(["-e", &format!("trace={CALLS}"), "-e", "signal=none"]).args(inject);
    for place in places {
        command.arg("-P").arg(place);
    }
    command.arg(program).arg("--child").arg(serde_json::to_string(plan)?);
    Ok(command)
}

/// The files of a dead run, those that its recovery makes, and the log files with more numbers than there will be.
fn places(plan: &Plan) -> Vec<PathBuf> {
    let QueuePlace::Folder(base) = &plan.queue else { return Vec::new() };
    let mut places = vec![base.clone()];
    for run in runs_in(base) {
        let name = run.file_name().unwrap_or_default().to_string_lossy();
        places.push(base.join(name.replacen("run-", "old-", 1)));
        places.push(run.join("plan.new"));
        places.extend(runs_in(&run));
        places.push(run);
    }
    for name in ["expert.log", "trades.log", "errors.log"] {
        places.push(plan.outputs.join(name));
        places.extend((1..40).map(|number| plan.outputs.join(format!("{name}.{number}"))));
    }
    places
}
