//! The folder of one round, in which the child is started and judged.

use std::{
    fs, io,
    path::{Path, PathBuf},
    process::ExitStatus,
    time::Duration,
};

use tempfile::TempDir;

use crate::{
    case::Setting,
    evidence,
    judge::{Verdict, judge},
    parent::{self, Kill, Once},
    plan::{Death, End, Plan},
    report::ChildReport,
    scene::Ends,
    stage::Stage,
};

/// The row of the first thread: the load begins when it is there.
pub(crate) fn first_row(plan: &Plan) -> PathBuf {
    plan.ledger.join(format!("acked.{}", plan.first_thread))
}

pub(crate) fn kill_of(plan: &Plan) -> Option<Kill> {
    let End::Killed { after_ms } = plan.end else { return None };
    let once = if plan.threads > 0 { Once::Exists(first_row(plan)) } else { Once::Started };
    Some(Kill { once, after: Duration::from_millis(after_ms) })
}

/// Where the starts of one round write.
pub(crate) struct Room<'a> {
    pub(crate) setting: &'a Setting,
    pub(crate) folder: TempDir,
}

/// What one start of the child came to.
pub(crate) struct Started {
    pub(crate) plan: Plan,
    pub(crate) outputs: PathBuf,
    pub(crate) stderr: PathBuf,
    pub(crate) status: Option<ExitStatus>,
    pub(crate) report: Option<ChildReport>,
    pub(crate) broken: Vec<String>,
}

impl Started {
    pub(crate) fn exit_code(&self) -> Option<i32> {
        self.status.and_then(|status| status.code())
    }
}

impl<'a> Room<'a> {
    pub(crate) fn new(setting: &'a Setting) -> io::Result<Self> {
        let folder = tempfile::Builder::new().prefix("logger-faults-").tempdir_in(scratch())?;
        Ok(Room { setting, folder })
    }

    pub(crate) fn prepare(&self, plan: &Plan) -> io::Result<()> {
        fs::create_dir_all(&plan.outputs)?;
        fs::create_dir_all(&plan.ledger)
    }

    pub(crate) fn start(&self, plan: &Plan, stage: Stage, number: u32) -> io::Result<Started> {
        self.start_until(plan, stage, kill_of(plan).as_ref(), number)
    }

    pub(crate) fn start_until(
        &self,
        plan: &Plan,
        stage: Stage,
        kill: Option<&Kill>,
        number: u32,
    ) -> io::Result<Started> {
        let stderr = self.folder.path().join(format!("stderr.{number}"));
        let (command, outputs) = stage.command(&self.setting.program, plan)?;
        ChildReport::remove(&plan.ledger)?;
        let ended = parent::run(command, kill, self.setting.deadline, &stderr)?;
        let mut broken = Vec::new();
        match ended.status {
            None => broken.push(format!("the child hung for {} s and was killed", ended.took.as_secs())),
            Some(status) if !is_planned(status, plan) => {
                broken.push(format!("the child ended with {status}: {}", complaint(&stderr)?));
            }
            Some(_) => {}
        }
        if let Ok(panics) = fs::read_to_string(plan.ledger.join(Plan::PANICS)) {
            broken.extend(panics.lines().take(3).map(|line| format!("panic in the child: {line}")));
        }
        let ended_well = ended.status.is_some_and(|status| status.success());
        let report = if ended_well { ChildReport::read(&plan.ledger)? } else { None };
        Ok(Started { plan: plan.clone(), outputs, stderr, status: ended.status, report, broken })
    }

    /// Judges what is there now.
    pub(crate) fn judge(&self, plan: &Plan, last: &Started, cut: u32) -> io::Result<Verdict> {
        // another program has other files, and a standard error of its own
        let stderr = if plan.outputs == self.folder.path().join("outputs") {
            (1..9)
                .map(|number| self.folder.path().join(format!("stderr.{number}")))
                .filter(|it| it.exists())
                .collect()
        } else {
            vec![last.stderr.clone()]
        };
        judge(&evidence::of(plan, last.outputs.clone(), last.report.clone(), stderr, cut)?)
    }
}

/// Whether a child has ended as its plan says. A kill that comes late may find it at its own end.
fn is_planned(status: ExitStatus, plan: &Plan) -> bool {
    match plan.end {
        End::Shutdown | End::Exit { .. } | End::Return { .. } => status.success(),
        End::Killed { .. } => died_of(status, SIGKILL) || (plan.threads == 0 && status.success()),
        End::Dies { of: Death::AtOnce, .. } => status.success(),
        End::Scene { scene, .. } => match scene.ends() {
            Ends::With(code) => status.code() == Some(code),
            Ends::Of(signal) => died_of(status, signal),
        },
        End::Dies { .. } => died_of(status, SIGABRT),
    }
}

/// Whether a process was killed by the signal that nothing can catch.
pub(crate) fn died_of_kill(status: ExitStatus) -> bool {
    died_of(status, SIGKILL)
}

const SIGKILL: i32 = 9;
const SIGABRT: i32 = 6;

#[cfg(unix)]
fn died_of(status: ExitStatus, signal: i32) -> bool {
    std::os::unix::process::ExitStatusExt::signal(&status) == Some(signal)
}

#[cfg(not(unix))]
fn died_of(status: ExitStatus, _signal: i32) -> bool {
    !status.success()
}

/// The last line on stderr that is no record: what the child, its shell or its tracer complained of.
fn complaint(stderr: &Path) -> io::Result<String> {
    let text = String::from_utf8_lossy(&fs::read(stderr)?).into_owned();
    Ok(text.lines().rfind(|line| !line.starts_with('{')).unwrap_or("no word").to_owned())
}

/// A folder in memory where there is one: the acked table is written once a call, and disks are slow.
fn scratch() -> PathBuf {
    let memory = Path::new("/dev/shm");
    if memory.is_dir() { memory.into() } else { std::env::temp_dir() }
}
