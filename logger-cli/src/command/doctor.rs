//! `logger doctor`

use std::{
    fmt, fs, io,
    path::{Path, PathBuf},
};

use clap::Args;

use super::{
    Failure, Found, Output,
    choice::{LOGS, Place},
    dead::{State, all_shared, queues_of},
};
use crate::{
    output::visible,
    source::{Meter, first_time, segments},
    time,
};

/// Looks for what keeps a logger from working: permissions, space, shared memory, what killed programs left, the clock.
///
/// Ends with 0 where nothing is wrong, and with 1 where something is.
#[derive(Debug, Args)]
pub(super) struct Doctor {
    #[command(flatten)]
    place: Place,
}

/// What was found out.
#[derive(Debug)]
struct Finding {
    verdict: Verdict,
    text: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Verdict {
    Well,
    Look,
    Wrong,
}

/// Less space than this is soon full: 100 MB.
const LITTLE_SPACE: u64 = 100_000_000;

impl Doctor {
    pub(super) fn run(self, out: &mut Output) -> Result<Found, Failure> {
        let dir = self.place.check()?;
        let mut findings = permissions(dir)?;
        findings.push(space("the folder of the files", dir));
        findings.push(shared_memory());
        findings.extend(queues(dir)?);
        let meter = Meter::default();
        findings.push(clock(dir, &meter));
        findings.extend(unread(&meter));
        for it in &findings {
            writeln!(out.out, "{:5} {}", it.verdict, it.text)?;
        }
        let is_well = findings.iter().all(|it| it.verdict != Verdict::Wrong);
        Ok(if is_well { Found::Something } else { Found::Nothing })
    }
}

/// Whether files and folder are for their owner alone, and can be written to.
#[cfg(unix)]
fn permissions(dir: &Path) -> io::Result<Vec<Finding>> {
    use std::os::unix::fs::MetadataExt as _;
    let mut findings = Vec::new();
    let mut look = |path: &Path| -> io::Result<()> {
        let found = path.symlink_metadata()?;
        let mode = found.mode() & 0o777;
        let shown = path.display();
        if found.is_symlink() {
            findings.push(wrong(format!("{shown} is a link, which is refused")));
        } else if found.uid() != rustix::process::geteuid().as_raw() {
            findings.push(wrong(format!("{shown} belongs to user {}, not to this one", found.uid())));
        } else if mode & 0o077 != 0 {
            findings.push(note(format!("{shown} has mode {mode:04o}: others may read what is logged")));
        }
        Ok(())
    };
    look(dir)?;
    for log in LOGS {
        for segment in segments(&dir.join(log), &Meter::default())? {
            look(segment.path())?;
        }
    }
    if rustix::fs::access(dir, rustix::fs::Access::WRITE_OK).is_err() {
        findings.push(wrong(format!("{} cannot be written to", dir.display())));
    }
    if findings.is_empty() {
        findings.push(well(format!("{} and its files are for their owner alone", dir.display())));
    }
    Ok(findings)
}

#[cfg(not(unix))]
fn permissions(dir: &Path) -> io::Result<Vec<Finding>> {
    let found = fs::metadata(dir)?;
    let text = format!("permissions of {} are not looked at on this system", dir.display());
    Ok(vec![if found.permissions().readonly() {
        wrong("the folder is read-only".into())
    } else {
        note(text)
    }])
}

#[cfg(unix)]
fn space(what: &str, path: &Path) -> Finding {
    match rustix::fs::statvfs(path) {
        Ok(found) => {
            let free = found.f_bavail.saturating_mul(found.f_frsize);
            let text = format!("{what} has {} MB free", free / 1_000_000);
            if free < LITTLE_SPACE { wrong(text) } else { well(text) }
        }
        Err(error) => wrong(format!("the space of {what} cannot be told: {error}")),
    }
}

#[cfg(not(unix))]
fn space(what: &str, _: &Path) -> Finding {
    note(format!("the space of {what} is not looked at on this system; {LITTLE_SPACE} bytes are little"))
}

fn shared_memory() -> Finding {
    let path = Path::new("/dev/shm");
    match fs::metadata(path) {
        Ok(found) if found.is_dir() => space("shared memory", path),
        _ => note(
            "there is no shared memory: the queue is below the files, where a log call may wait for the disk"
                .into(),
        ),
    }
}

fn queues(dir: &Path) -> io::Result<Vec<Finding>> {
    let ours = queues_of(&std::path::absolute(dir.join(LOGS[0]))?);
    let mut findings: Vec<Finding> = ours
        .iter()
        .map(|it| match it.state {
            State::Live => well(format!("{} (process {}) is running, its queue takes {} bytes", it.app_name, it.process_id, it.bytes)),
            State::Dead => wrong(format!(
                "{} (process {}) was killed and has left a queue of {} bytes in {}; its next start writes it, or `logger recover {}`",
                it.app_name, it.process_id, it.bytes, it.folder.display(), dir.display()
            )),
        })
        .collect();
    let others = all_shared().into_iter().filter(|it| it.state == State::Dead && !ours.contains(it)).count();
    if others > 0 {
        findings
            .push(note(format!("{others} killed runs of other folders have left queues in shared memory")));
    }
    if ours.is_empty() {
        findings.push(well("no program has a queue for this folder".into()));
    }
    Ok(findings)
}

/// Whether records come from the future, as they do where the clock was set back.
fn clock(dir: &Path, meter: &Meter) -> Finding {
    let now = logger_config::Timestamp::now().unix_nanos();
    let newest = LOGS.iter().filter_map(|log| {
        let all = segments(&dir.join(log), meter).ok()?;
        all.iter().filter_map(|it| first_time(it, meter).ok().flatten()).max()
    });
    match newest.max() {
        Some(time) if time > now + time::SLACK => {
            let ahead = time::show_span(time.saturating_sub(now));
            wrong(format!("a file begins {ahead} in the future: the clock was set back, or is wrong"))
        }
        _ => well("no file begins in the future".into()),
    }
}

/// Files whose beginnings were looked at, and could not be read.
fn unread(meter: &Meter) -> Vec<Finding> {
    let finding = |(path, why): (PathBuf, String)| {
        wrong(format!("{} cannot be read: {}", path.display(), visible(&why)))
    };
    meter.unread().files(0).into_iter().map(finding).collect()
}

fn well(text: String) -> Finding {
    Finding { verdict: Verdict::Well, text }
}

fn note(text: String) -> Finding {
    Finding { verdict: Verdict::Look, text }
}

fn wrong(text: String) -> Finding {
    Finding { verdict: Verdict::Wrong, text }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Verdict::Well => "ok",
            Verdict::Look => "note",
            Verdict::Wrong => "WRONG",
        })
    }
}
