//! What takes minutes and a disk of its own: losses of power, a disk that hangs, errors of a block device. Prints figures;
//! what this machine does not permit is skipped aloud.

mod disk;
mod failing; // a block device with errors

use std::{
    collections::BTreeMap,
    fs,
    hash::{BuildHasher as _, RandomState},
    path::{Path, PathBuf},
    process::{Child, Command, ExitCode, Stdio},
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context as _, bail, ensure};

use self::disk::{Disk, Folder, unavailable};
use crate::{command, counts::Counts, say, workspace};

/// How much is done.
struct Setting {
    rounds: u32,
    hang: Duration,
}

type Case = fn(&Setting) -> anyhow::Result<String>;

/// The cases with their ids.
const CASES: [(&str, &str, Case); 4] = [
    ("L01", "power is lost at a random moment", |setting| power_cuts(setting, 10_000_000)),
    ("L02", "power is lost while files end every few records", |setting| power_cuts(setting, 2_000)),
    ("L03", "the disk hangs", hanging_disk),
    ("L04", "the block device fails", failing::failing_device),
];

pub(crate) fn soak(args: &[String]) -> anyhow::Result<ExitCode> {
    let mut setting = Setting { rounds: 200, hang: Duration::from_secs(30) };
    let mut ids = Vec::new();
    let mut args = args.iter();
    while let Some(arg) = args.next() {
        let mut number =
            || args.next().context("a number is missing")?.parse::<u32>().context("not a number");
        match arg.as_str() {
            "--rounds" => setting.rounds = number()?,
            "--seconds" => setting.hang = Duration::from_secs(number()?.into()),
            id if CASES.iter().any(|case| case.0 == id) => ids.push(id),
            other => bail!("there is no case `{other}`; allowed are L01, L02, L03, L04"),
        }
    }
    let chosen: Vec<_> = CASES.iter().filter(|case| ids.is_empty() || ids.contains(&case.0)).collect();
    if let Some(why) = unavailable() {
        chosen.iter().for_each(|(id, title, _)| say(&format!("{id} skipped: {title}: {why}\n")));
        return Ok(ExitCode::SUCCESS);
    }
    command::run(
        &mut workspace::cargo(["build", "--quiet", "--package", "logger-faults"]),
        &mut Counts::default(),
    )?;
    let mut code = ExitCode::SUCCESS;
    for (id, title, run) in chosen {
        match run(&setting) {
            Ok(figures) => say(&format!("{id} {figures}\n")),
            Err(error) => {
                say(&format!("{id} FAILED: {title}: {error:#}\n"));
                code = ExitCode::FAILURE;
            }
        }
    }
    Ok(code)
}

/// A program that logs until it is killed.
struct Load {
    child: Child,
    acks: PathBuf,
    _folder: Folder,
}

impl Load {
    fn start(disk: &Path, kind: &str, max_size: u64) -> anyhow::Result<Self> {
        let folder = Folder::new("acks")?;
        let acks = folder.0.join("acks");
        let name = format!("faults{}", std::env::consts::EXE_SUFFIX);
        let child = Command::new(workspace::target().join("debug").join(name))
            .arg("--soak")
            .args([&disk.join("logs"), &acks])
            .args([kind, &max_size.to_string()])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()?;
        let load = Load { child, acks, _folder: folder };
        let began = Instant::now();
        while load.acked() == 0 {
            ensure!(began.elapsed() < Duration::from_secs(60), "the load does not begin");
            thread::park_timeout(Duration::from_millis(1));
        }
        Ok(load)
    }

    /// A file or folder that the load has beside its count.
    fn beside(&self, name: &str) -> PathBuf {
        self.acks.with_file_name(name)
    }

    /// Lets it end in order.
    fn stop(&mut self) -> anyhow::Result<()> {
        fs::write(self.beside("stop"), "")?;
        let began = Instant::now();
        loop {
            if let Some(status) = self.child.try_wait()? {
                ensure!(status.success(), "the load ended with {status}");
                return Ok(());
            }
            ensure!(began.elapsed() < Duration::from_secs(60), "the load does not end");
            thread::park_timeout(Duration::from_millis(10));
        }
    }

    /// How many records are safe.
    fn acked(&self) -> u64 {
        self.number(0)
    }

    /// The longest call.
    fn longest(&self) -> Duration {
        Duration::from_nanos(self.number(1))
    }

    fn number(&self, at: usize) -> u64 {
        let bytes = fs::read(&self.acks).unwrap_or_default();
        bytes.get(at * 8..).and_then(|rest| rest.first_chunk()).map_or(0, |it| u64::from_le_bytes(*it))
    }
}

impl Drop for Load {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Cuts the power again and again. With `disk` no record that was safe may be lost; with `os` it is said how many are.
fn power_cuts(setting: &Setting, max_size: u64) -> anyhow::Result<String> {
    let (mut acked, mut lost_os, mut acked_os, mut files) = (0, 0, 0, 0);
    for round in 0..setting.rounds {
        // one in eight with less than the disk
        let kind = if round % 8 == 7 { "os" } else { "disk" };
        let cut = cut_once(kind, max_size, pause(round)).with_context(|| format!("round {round}"))?;
        ensure!(cut.doubled == 0, "round {round}: {} records are there twice", cut.doubled);
        files += cut.files;
        if kind == "disk" {
            ensure!(cut.lost == 0, "round {round}: {} of {} safe records are lost", cut.lost, cut.acked);
            acked += cut.acked;
        } else {
            lost_os += cut.lost;
            acked_os += cut.acked;
        }
    }
    Ok(format!(
        "ok rounds={} files={files} disk: safe={acked} lost=0 doubled=0; os: written={acked_os} lost={lost_os}",
        setting.rounds
    ))
}

/// Up to 300 ms, another one in each round and each run.
fn pause(round: u32) -> Duration {
    Duration::from_micros(RandomState::new().hash_one(round) % 300_000)
}

/// What a loss of power left.
struct Cut {
    acked: u64,
    lost: u64,
    doubled: u64,
    files: usize,
}

fn cut_once(kind: &str, max_size: u64, after: Duration) -> anyhow::Result<Cut> {
    let disk = Disk::new()?;
    let load = Load::start(disk.path(), kind, max_size)?;
    thread::park_timeout(after);
    // what is safe at this moment has to be there; a record may become so before the power goes
    let acked = load.acked();
    disk.cut_power()?;
    drop(load);
    disk.power_on()?;
    let (found, files) = records(&disk.path().join("logs"))?;
    let lost = (0..acked).filter(|n| !found.contains_key(n)).count() as u64;
    let doubled = found.values().filter(|&&copies| copies > 1).count() as u64;
    Ok(Cut { acked, lost, doubled, files })
}

/// How often each record is in the files of a folder, and how many files these are. A line that breaks off is none.
fn records(folder: &Path) -> anyhow::Result<(BTreeMap<u64, u32>, usize)> {
    let (mut found, mut files) = (BTreeMap::new(), 0);
    let Ok(entries) = fs::read_dir(folder) else { return Ok((found, 0)) };
    for entry in entries {
        let bytes = fs::read(entry?.path())?;
        files += 1;
        let text = String::from_utf8_lossy(&bytes);
        for line in text.split_inclusive('\n') {
            let number = line.strip_suffix("}\n").and_then(|line| line.rsplit_once("\"n\":"));
            if let Some(n) = number.and_then(|(_, digits)| digits.parse().ok()) {
                *found.entry(n).or_default() += 1;
            }
        }
    }
    Ok((found, files))
}

/// A call may take this much longer than before the disk hung: a few turns of a scheduler.
const TURNS: Duration = Duration::from_millis(50);

/// The disk hangs while a thread logs: its calls take no longer.
fn hanging_disk(setting: &Setting) -> anyhow::Result<String> {
    let disk = Disk::new()?;
    let load = Load::start(disk.path(), "free", 10_000_000)?;
    thread::park_timeout(Duration::from_secs(2));
    let (before, logged_before) = (load.longest(), load.acked());
    let frozen = disk.freeze()?;
    thread::park_timeout(setting.hang);
    let (during, logged) = (load.longest(), load.acked() - logged_before);
    drop(frozen);
    ensure!(logged > 0, "nobody logged while the disk hung");
    ensure!(during < before.max(TURNS) * 5, "a call took {during:?}, before that at most {before:?}");
    let total = load.acked();
    let began = Instant::now();
    while records(&disk.path().join("logs"))?.0.len() < usize::try_from(total)? {
        ensure!(began.elapsed() < Duration::from_secs(60), "what was logged meanwhile is not in the files");
        thread::park_timeout(Duration::from_millis(50));
    }
    let seconds = setting.hang.as_secs();
    let (before, during) = (before.as_micros(), during.as_micros());
    Ok(format!("ok seconds={seconds} logged={logged} caller_max_us={during} before_us={before} lost=0"))
}
