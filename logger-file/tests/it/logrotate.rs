//! Beside the real logrotate, and with what an administrator does to a folder.

use std::{
    fs,
    io::Write as _,
    os::unix::fs::MetadataExt as _,
    path::Path,
    process::{Command, Stdio},
    sync::atomic::{AtomicBool, Ordering},
    thread,
    time::{Duration, Instant},
};

use logger_core::Drain as _;
use logger_file::{Fate, FileDrain, FileEvent, FileOptions, RotationPolicy};

use crate::support::{EventOnly, later, record};

/// One round of logrotate; `false` where there is none.
fn rotate(folder: &Path, how: &str) -> bool {
    let program = ["/usr/sbin/logrotate", "/usr/bin/logrotate"].into_iter().find(|it| Path::new(it).exists());
    let Some(program) = program else {
        let _ = writeln!(std::io::stderr(), "skipped: there is no logrotate here");
        return false;
    };
    let conf = folder.join("conf");
    let log = folder.join("logs/a.log");
    fs::write(
        &conf,
        format!("{} {{\nrotate 1000\nsize 1\nnocompress\nmissingok\n{how}\n}}\n", log.display()),
    )
    .unwrap();
    let output = Command::new(program)
        .args(["--force", "--state"])
        .args([folder.join("state"), conf])
        .stdin(Stdio::null())
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    true
}

fn open(folder: &Path) -> FileDrain {
    let options = FileOptions::new().format(EventOnly).rotation(RotationPolicy::Never);
    FileDrain::open(folder.join("logs/a.log"), options).unwrap()
}

fn write(drain: &mut FileDrain, numbers: std::ops::Range<u32>) {
    for number in numbers {
        drain.log(&record(&format!("record-{number:06}")).borrow()).unwrap();
    }
    drain.flush(later()).unwrap();
}

/// The lines of all files, the oldest file first; and how many files there are.
fn lines(folder: &Path) -> (Vec<String>, usize) {
    let logs = folder.join("logs");
    let mut files: Vec<_> = fs::read_dir(&logs).unwrap().map(|it| it.unwrap().path()).collect();
    files.sort_by_key(|path| {
        let number = path.extension().and_then(|it| it.to_str()?.parse::<u32>().ok());
        std::cmp::Reverse(number.unwrap_or(0))
    });
    let text: String = files.iter().map(|path| fs::read_to_string(path).unwrap()).collect();
    (text.lines().map(str::to_owned).collect(), files.len())
}

fn expected(numbers: std::ops::Range<u32>) -> Vec<String> {
    numbers.map(|number| format!("record-{number:06}")).collect()
}

#[test]
fn l3_logrotate_in_create_mode_loses_nothing_under_load() {
    let folder = tempfile::tempdir().unwrap();
    let mut drain = open(folder.path());
    write(&mut drain, 0..1);
    let over = AtomicBool::new(false);
    let written = thread::scope(|scope| {
        let writer = scope.spawn(|| {
            let mut next = 1;
            while !over.load(Ordering::Acquire) || next < 2_000 {
                write(&mut drain, next..next + 10);
                next += 10;
            }
            next
        });
        let rounds = (0..10).take_while(|_| rotate(folder.path(), "create")).count();
        over.store(true, Ordering::Release);
        let written = writer.join().unwrap();
        (rounds > 0).then_some(written)
    });
    let Some(written) = written else { return };
    let (mut lines, files) = lines(folder.path());
    assert!(files > 1, "{files}");
    // where the drain made the new file first, logrotate gives that one another name, which tells nothing of the order
    lines.sort_unstable();
    assert!(lines == expected(0..written), "{} of {written}", lines.len());
}

#[test]
fn l3_logrotate_in_copytruncate_mode_loses_nothing_of_a_file_that_rests() {
    let folder = tempfile::tempdir().unwrap();
    let mut drain = open(folder.path());
    for round in 0..5 {
        write(&mut drain, round * 100..round * 100 + 100);
        if !rotate(folder.path(), "copytruncate") {
            return;
        }
    }
    write(&mut drain, 500..600);
    let (lines, files) = lines(folder.path());
    assert_eq!(files, 6);
    assert!(lines == expected(0..600), "{}", lines.len());
}

#[test]
fn f18_a_folder_that_is_moved_or_deleted_is_made_again_for_the_owner_alone() {
    let folder = tempfile::tempdir().unwrap();
    let logs = folder.path().join("logs");
    let mut drain = open(folder.path());
    write(&mut drain, 0..10);
    fs::rename(&logs, folder.path().join("moved")).unwrap();
    write(&mut drain, 10..20);
    write(&mut drain, 20..30);
    assert_eq!(lines(folder.path()).0, expected(20..30));
    assert_eq!(fs::metadata(&logs).unwrap().mode() & 0o777, 0o700);
    assert_eq!(fs::metadata(logs.join("a.log")).unwrap().mode() & 0o777, 0o600);
    let moved = fs::read_to_string(folder.path().join("moved/a.log")).unwrap();
    assert!(moved.lines().eq(expected(0..20)));
    fs::remove_dir_all(&logs).unwrap();
    write(&mut drain, 30..40);
    assert_eq!(lines(folder.path()).0, expected(30..40), "lines of a deleted file are written again");
}

#[test]
fn a_hangup_opens_the_file_anew_and_does_not_end_the_process() {
    use std::sync::{Arc, Mutex};
    let folder = tempfile::tempdir().unwrap();
    let events = Arc::new(Mutex::new(Vec::new()));
    let told = Arc::clone(&events);
    let options =
        FileOptions::new().format(EventOnly).on_event(move |event| told.lock().unwrap().push(event));
    let mut drain = FileDrain::open(folder.path().join("logs/a.log"), options).unwrap();
    drain.control().reopen_on_hangup().unwrap();
    write(&mut drain, 0..1);
    assert!(events.lock().unwrap().is_empty());
    let this = rustix::process::getpid();
    rustix::process::kill_process(this, rustix::process::Signal::HUP).unwrap();
    // the signal may come to another thread, a moment later
    let patience = Instant::now() + Duration::from_secs(60);
    let mut written = 1;
    while events.lock().unwrap().is_empty() {
        assert!(Instant::now() < patience, "it never came");
        write(&mut drain, written..written + 1);
        written += 1;
    }
    assert!(matches!(events.lock().unwrap()[0], FileEvent::Reopened { was: Fate::InPlace, .. }));
    assert_eq!(lines(folder.path()).0, expected(0..written));
}
