//! One round of a case: the starts of the child one after another, and what the judge says in the end.

use std::{
    fs::{self, File},
    io,
    path::{Path, PathBuf},
    thread,
    time::{Duration, Instant},
};

use crate::{
    acked::Acked,
    case::{Case, Course, Setting, Trial},
    evidence,
    figures::Figures,
    judge::Verdict,
    parent::{Kill, Once, len_of},
    payload::splitmix64,
    peers,
    plan::{Bug, End, Fault, Heal, Plan, QueuePlace},
    room::{Room, Started, first_row, kill_of},
    stage::Stage,
    sweep,
};

/// Runs one round; says what came out and what is broken.
pub(crate) fn run(
    case: &Case,
    setting: &Setting,
    seed: u64,
    bug: Option<Bug>,
) -> io::Result<(Figures, Vec<String>)> {
    if let Course::KilledAtEachCall(swept) = case.course {
        return sweep::run(case, swept, setting, seed, bug);
    }
    let room = Room::new(setting)?;
    let mut plan = evidence::blank_plan(room.folder.path(), seed);
    (case.plan)(&mut plan, setting.scale);
    plan.bug = bug;
    room.prepare(&plan)?;
    if let Course::Peers(count) = case.course {
        return with_peers(case, &room, &plan, count);
    }
    if plan.end.drains() { whole(case, &room, &plan) } else { cut_short(case, &room, &plan) }
}

/// The child leaves nothing in its queue. Where it did not end through the guard, a later start logs on.
fn whole(case: &Case, room: &Room<'_>, plan: &Plan) -> io::Result<(Figures, Vec<String>)> {
    let (first, control) = if case.course == Course::BesideControl {
        let (first, control) = beside_control(room, plan, case.stage)?;
        (first, Some(control))
    } else {
        (room.start(plan, case.stage, 1)?, None)
    };
    let verdict = room.judge(plan, &first, 0)?;
    let mut figures = Figures { exit: first.exit_code(), ..verdict.figures };
    let mut broken = [verdict.broken.clone(), first.broken].concat();
    broken.extend(control.and_then(|control| too_long(figures.caller_max, control)));
    let with_exit = Verdict { figures, ..verdict };
    let trial = Trial { plan, report: first.report.as_ref(), verdict: &with_exit, cut: 0 };
    broken.extend((case.struck)(&trial).err());
    if plan.end != End::Shutdown && broken.is_empty() {
        let (later, cut) = later_starts(room, plan, 0)?;
        let verdict = room.judge(&later.plan, &later, cut)?;
        figures = Figures { exit: figures.exit, ..verdict.figures };
        broken = [verdict.broken, later.broken].concat();
    }
    Ok((figures, broken))
}

/// Several children at the same time, of which one may leave records in its queue; a later start writes them.
fn with_peers(case: &Case, room: &Room<'_>, plan: &Plan, count: u32) -> io::Result<(Figures, Vec<String>)> {
    let (mut broken, first) = peers::run(room, plan, case.stage, count)?;
    // its fresh records come behind the rows of all children
    let later = Plan { next_thread: first.next_thread, ..later_plan(&first, 0) };
    let later = room.start(&later, Stage::Plain, 1 + count)?;
    let verdict = room.judge(&later.plan, &later, 0)?;
    broken.extend(verdict.broken.iter().chain(&later.broken).cloned());
    if broken.is_empty() {
        broken.extend(left_in(plan));
        let trial = Trial { plan, report: None, verdict: &verdict, cut: 0 };
        broken.extend((case.struck)(&trial).err());
    }
    // a turn that somebody holds on purpose is another case
    let in_vain = u64::from(plan.fault == Fault::DiesInItsTurn && plan.in_vain().exists());
    if in_vain > 0 {
        broken.push("the others have waited in vain for their turn".into());
    }
    Ok((Figures { in_vain, ..verdict.figures }, broken))
}

/// The child leaves records in its queue, which a later start has to write.
fn cut_short(case: &Case, room: &Room<'_>, plan: &Plan) -> io::Result<(Figures, Vec<String>)> {
    let mut neighbour = None;
    let first = if case.course == Course::Neighbour {
        let (first, other) = with_neighbour(room, plan, case.stage)?;
        neighbour = Some(other);
        first
    } else {
        room.start(plan, case.stage, 1)?
    };
    let mut broken = first.broken.clone();
    let (later, cut) = match case.course {
        Course::KilledLaterStarts(times) => later_starts(room, plan, times)?,
        Course::Race => race(room, plan)?,
        _ => later_starts(room, plan, 0)?,
    };
    let verdict = room.judge(&later.plan, &later, cut)?;
    let mut figures = Figures { exit: first.exit_code(), ..verdict.figures };
    broken.extend(verdict.broken.iter().chain(&later.broken).cloned());
    if broken.is_empty() {
        broken.extend(left_in(plan));
        let trial = Trial { plan, report: None, verdict: &verdict, cut };
        broken.extend((case.struck)(&trial).err());
    }
    if let Some(other) = neighbour {
        let verdict = room.judge(&other.plan, &other, 0)?;
        figures += Figures { exit: figures.exit, ..verdict.figures };
        broken.extend(verdict.broken.into_iter().chain(other.broken).map(|it| format!("neighbour: {it}")));
    }
    Ok((figures, broken))
}

/// Later starts, of which all but the last are killed soon. Returns the last one, and how many of the others were killed
/// after they had recovered something and before they had recovered everything.
fn later_starts(room: &Room<'_>, first: &Plan, killed: u32) -> io::Result<(Started, u32)> {
    let expert = first.outputs.join("expert.log");
    let mut cut = 0;
    for index in 0..killed {
        let after_ms = splitmix64(first.seed ^ u64::from(index) << 32) % 15;
        let plan = Plan { end: End::Killed { after_ms }, ..later_plan(first, index) };
        let before = len_of(&expert);
        // some while it looks around, some while it writes
        let once = if index % 2 == 0 { Once::Longer(expert.clone(), before) } else { Once::Started };
        let kill = Kill { once, after: Duration::from_millis(after_ms) };
        room.start_until(&plan, Stage::Plain, Some(&kill), 2 + index)?;
        cut += u32::from(len_of(&expert) > before && left_in(first).is_some());
    }
    let last = room.start(&later_plan(first, killed), Stage::Plain, 2 + killed)?;
    Ok((last, cut))
}

/// The child with the fault, and at the same time one without, which has files of its own. Returns the longest call of the
/// second too.
fn beside_control(room: &Room<'_>, plan: &Plan, stage: Stage) -> io::Result<(Started, Duration)> {
    let folder = |name: &str| room.folder.path().join(name);
    let control = Plan {
        outputs: folder("outputs.2"),
        ledger: folder("ledger.2"),
        queue: QueuePlace::Folder(folder("queue.2")),
        fault: Fault::None,
        heal: Heal::Nothing,
        bug: None,
        ..plan.clone()
    };
    room.prepare(&control)?;
    let (first, second) = thread::scope(|scope| {
        let first = scope.spawn(|| room.start(plan, stage, 1));
        let second = room.start(&control, Stage::Plain, 9);
        (first.join(), second)
    });
    let mut first = first.map_err(|_| io::Error::other("a thread panicked"))??;
    first.broken.extend(second?.broken.into_iter().map(|it| format!("control: {it}")));
    Ok((first, Acked::read(&control.ledger)?.longest()))
}

/// A call may take so many times as long as the longest one without the fault: both wait for a processor now and then, and
/// on a busy machine the one more than the other.
const TIMES: u32 = 5;
/// What counts as the longest call without the fault where all were shorter: a few turns of a scheduler.
const LEAST: Duration = Duration::from_millis(50);

fn too_long(with_fault: Duration, control: Duration) -> Option<String> {
    let bound = control.max(LEAST) * TIMES;
    (with_fault > bound).then(|| {
        format!("the longest call took {with_fault:?}, without the fault {control:?}: more than {bound:?}")
    })
}

/// Records that each of two racing starts logs while it, or the other one, recovers.
const RACING: u64 = 400;

/// Two later starts at the same time, and one after them, which finds nothing to do.
fn race(room: &Room<'_>, first: &Plan) -> io::Result<(Started, u32)> {
    let one = Plan { fresh_records: RACING, ..later_plan(first, 0) };
    // each says in a folder of its own what it did
    let ledger = room.folder.path().join("ledger.2");
    let two = Plan { fresh_records: RACING, ledger, ..later_plan(first, 1) };
    room.prepare(&two)?;
    let (one, two) = thread::scope(|scope| {
        let one = scope.spawn(|| room.start(&one, Stage::Plain, 2));
        let two = room.start(&two, Stage::Plain, 3);
        (one.join(), two)
    });
    let one = one.map_err(|_| io::Error::other("a thread panicked"))??;
    let two = two?;
    merge(&two.plan.ledger, &first.ledger)?;
    let mut last = room.start(&later_plan(first, 2), Stage::Plain, 4)?;
    last.broken.extend(one.broken.into_iter().chain(two.broken));
    Ok((last, 0))
}

/// Adds the reports and the table of one ledger to those of another one.
pub(crate) fn merge(from: &Path, to: &Path) -> io::Result<()> {
    for row in Acked::files(from)? {
        fs::copy(from.join(&row), to.join(&row))?;
    }
    let mut reports = File::options().append(true).create(true).open(to.join(Plan::REPORTS))?;
    io::copy(&mut File::open(from.join(Plan::REPORTS))?, &mut reports)?;
    Ok(())
}

/// The child, and while it logs another program with the same queue folder and files of its own.
fn with_neighbour(room: &Room<'_>, plan: &Plan, stage: Stage) -> io::Result<(Started, Started)> {
    let other = Plan {
        outputs: room.folder.path().join("outputs.2"),
        ledger: room.folder.path().join("ledger.2"),
        ..later_plan(plan, 0)
    };
    room.prepare(&other)?;
    // the child is killed some time after the neighbour has ended
    let over = plan.ledger.join("neighbour-is-gone");
    let kill = kill_of(plan).map(|kill| Kill { once: Once::Exists(over.clone()), ..kill });
    let (first, second) = thread::scope(|scope| {
        let first = scope.spawn(|| room.start_until(plan, stage, kill.as_ref(), 1));
        let second = wait_for(&first_row(plan), room.setting.deadline)
            .and_then(|()| if plan.bug == Some(Bug::UnlockedCopy) { copy_runs(plan) } else { Ok(()) })
            .and_then(|()| room.start(&other, Stage::Plain, 9));
        let over = File::create(&over);
        (first.join(), second.and_then(|second| over.map(|_| second)))
    });
    Ok((first.map_err(|_| io::Error::other("a thread panicked"))??, second?))
}

fn wait_for(file: &Path, patience: Duration) -> io::Result<()> {
    let began = Instant::now();
    while !file.exists() {
        if began.elapsed() > patience {
            return Err(io::ErrorKind::TimedOut.into());
        }
        thread::park_timeout(Duration::from_millis(1));
    }
    // in the middle of its load
    thread::park_timeout(Duration::from_millis(100));
    Ok(())
}

/// A bug: the folder of each run a second time, with a lock that nobody has.
fn copy_runs(plan: &Plan) -> io::Result<()> {
    let QueuePlace::Folder(base) = &plan.queue else { return Ok(()) };
    for run in runs_in(base) {
        let mut name = run.file_name().unwrap_or_default().to_owned();
        name.push("-copy");
        let copy = base.join(name);
        fs::create_dir(&copy)?;
        for file in fs::read_dir(&run)? {
            let file = file?;
            fs::copy(file.path(), copy.join(file.file_name()))?;
        }
    }
    Ok(())
}

pub(crate) fn runs_in(base: &Path) -> Vec<PathBuf> {
    fs::read_dir(base).into_iter().flatten().flatten().map(|entry| entry.path()).collect()
}

/// Says which runs are left in the queue folder, if any is. One that was killed before its folder had a lock is tidied up
/// by a start a minute later, and never held a record.
pub(crate) fn left_in(plan: &Plan) -> Option<String> {
    let QueuePlace::Folder(base) = &plan.queue else { return None };
    let runs: Vec<String> = runs_in(base)
        .into_iter()
        .filter(|run| !run.file_name().is_some_and(|name| name.to_string_lossy().starts_with("new-")))
        .map(|run| run.strip_prefix(base).unwrap_or(base).display().to_string())
        .collect();
    (!runs.is_empty()).then(|| format!("left in the queue folder: {}", runs.join(", ")))
}

/// A start of the program after one that did not end in order: it finds what was left, and logs on.
pub(crate) fn later_plan(first: &Plan, index: u32) -> Plan {
    // the bugs of a recovery strike here
    let bug = first
        .bug
        .filter(|bug| matches!(bug, Bug::JournalForgets | Bug::JournalForgetsEnded | Bug::JournalBoasts));
    Plan {
        threads: 0,
        next_thread: first.fresh_thread() + 1 + index,
        fault: Fault::None,
        heal: Heal::Nothing,
        end: End::Shutdown,
        bug,
        ..first.clone()
    }
}
