//! Several drains write one file, as those of several processes do: locks are taken by each open file, not by each process.
#![cfg(unix)]

use std::{
    fs::{self, File},
    io,
    path::Path,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU32, Ordering},
    },
    thread,
};

use logger_core::{
    Arrived, Batch, Drain as _, Envelope, Journal as _, JsonFormat, Level, OwnedRecord, Run, Timestamp,
};
use logger_file::{
    FileDrain, FileError, FileEvent, FileOptions, Fs as _, FsFile, LOCK_NAME, Naming, OsFs, RotationPolicy,
    Schedule, Writers,
    testing::{Alter, AlteredFs},
};
use rustix::fs::{FlockOperation, flock};
use tempfile::TempDir;

use crate::support::{EventOnly, at, later};

fn options(limit: u64) -> FileOptions {
    FileOptions::new().rotation(RotationPolicy::Size(limit)).backup_count(1000).writers(Writers::Several)
}

fn open(folder: &TempDir, limit: u64) -> FileDrain {
    FileDrain::open(folder.path().join("a"), options(limit).format(EventOnly)).unwrap()
}

fn write(drain: &mut FileDrain, event: &str) {
    write_at(drain, event, Timestamp::from_unix_nanos(0));
}

fn write_at(drain: &mut FileDrain, event: &str, at: Timestamp) {
    drain.log(&OwnedRecord::new(Level::Info, event).timestamp(at).build().borrow()).unwrap();
    drain.flush(later()).unwrap();
}

/// The lines of the file and its backups, the newest file first.
fn files(folder: &Path) -> Vec<Vec<String>> {
    let path = |number: u32| match number {
        0 => folder.join("a"),
        number => folder.join(format!("a.{number}")),
    };
    let read = |number| fs::read_to_string(path(number)).ok();
    (0..).map_while(read).map(|text| text.lines().map(str::to_owned).collect()).collect()
}

#[test]
fn l4_writers_of_one_file_lose_double_and_tear_nothing_while_it_ends() {
    let folder = tempfile::tempdir().unwrap();
    let (writers, records) = (4, 400);
    thread::scope(|scope| {
        for writer in 0..writers {
            let folder = &folder;
            scope.spawn(move || {
                let mut drain = open(folder, 2_000);
                for n in 0..records {
                    let event = format!("{writer}:{n}:{}", ".".repeat(n % 50));
                    drain.log(&OwnedRecord::new(Level::Info, event).build().borrow()).unwrap();
                    if n % 3 == 0 {
                        drain.flush(later()).unwrap();
                    }
                }
                drain.flush(later()).unwrap();
            });
        }
    });
    let files = files(folder.path());
    assert!(files.len() > 10, "{}", files.len());
    for lines in &files {
        assert!(lines.iter().map(|line| line.len() + 1).sum::<usize>() <= 2_000);
    }
    let lines: Vec<_> = files.into_iter().rev().flatten().collect();
    for writer in 0..writers {
        let own = lines.iter().filter(|line| line.starts_with(&format!("{writer}:")));
        let expected = (0..records).map(|n| format!("{writer}:{n}:{}", ".".repeat(n % 50)));
        assert!(own.eq(expected.collect::<Vec<_>>().iter()), "writer {writer}");
    }
    assert_eq!(lines.len(), writers * records);
}

#[test]
fn l4_a_writer_follows_the_one_that_has_ended_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let events = Arc::new(Mutex::new(Vec::new()));
    let told = Arc::clone(&events);
    let listening = options(6).format(EventOnly).on_event(move |event| {
        told.lock().unwrap().push(format!("{event:?}").split(' ').next().unwrap().to_owned());
    });
    let mut one = FileDrain::open(folder.path().join("a"), listening).unwrap();
    let mut two = open(&folder, 6);
    write(&mut one, "1");
    for event in ["2", "33333", "4"] {
        write(&mut two, event);
    }
    write(&mut one, "5");
    assert_eq!(files(folder.path()), [vec!["4", "5"], vec!["33333"], vec!["1", "2"]]);
    assert_eq!(*events.lock().unwrap(), ["Followed"]);
}

#[test]
fn a_writer_that_logs_nothing_follows_at_its_tick_and_a_file_ends_once_when_its_time_has_come() {
    let folder = tempfile::tempdir().unwrap();
    let daily = || {
        let options = FileOptions::new().rotation(RotationPolicy::Time(Schedule::daily())).backup_count(9);
        FileDrain::open(folder.path().join("a"), options.writers(Writers::Several).format(EventOnly)).unwrap()
    };
    let (mut one, mut two) = (daily(), daily());
    write_at(&mut one, "monday", at("2020-01-06T12:00:00Z"));
    write_at(&mut two, "monday too", at("2020-01-06T12:00:01Z"));
    // both ask at the same time whether the day is over; the time of a file is that of the system
    let tomorrow = at("2020-01-07T00:00:00Z");
    one.tick(tomorrow);
    two.tick(tomorrow);
    let lines = files(folder.path());
    assert_eq!(lines, [vec![], vec!["monday".to_owned(), "monday too".to_owned()]]);
    write_at(&mut two, "tuesday", tomorrow);
    assert_eq!(files(folder.path())[0], ["tuesday"]);
}

#[test]
fn an_empty_file_is_called_by_its_first_record_whoever_looked_at_it_before() {
    let folder = tempfile::tempdir().unwrap();
    let options = || options(0).naming(Naming::Dated).format(EventOnly);
    let open = || FileDrain::open(folder.path().join("a"), options()).unwrap();
    let (mut one, mut two) = (open(), open());
    one.tick(at("2020-01-06T20:00:00Z"));
    two.tick(at("2020-01-06T20:00:00Z"));
    for hour in ["01", "02"] {
        write_at(&mut one, hour, at(&format!("2020-01-07T{hour}:00:00Z")));
    }
    assert_eq!(fs::read_to_string(folder.path().join("a.2020-01-07")).unwrap(), "01\n");
}

#[test]
fn what_a_killed_writer_left_of_a_line_is_marked_and_the_next_line_stands_alone() {
    let folder = tempfile::tempdir().unwrap();
    let mut drain = open(&folder, 1_000);
    write(&mut drain, "one");
    let mut killed = File::options().append(true).open(folder.path().join("a")).unwrap();
    std::io::Write::write_all(&mut killed, b"{\"half").unwrap();
    write(&mut drain, "two");
    assert_eq!(files(folder.path()), [["one", "{\"half [torn]", "two"].map(str::to_owned)]);
}

/// Takes a half of the first line, and nothing of the rest.
#[derive(Default)]
struct FullOnce(AtomicU32);

impl Alter for FullOnce {
    fn append(&self, file: &mut dyn FsFile, bytes: &[u8]) -> io::Result<usize> {
        match self.0.fetch_add(1, Ordering::AcqRel) {
            0 => file.append(&bytes[..bytes.len() / 2]),
            1 => Err(io::ErrorKind::StorageFull.into()),
            _ => file.append(bytes),
        }
    }
}

#[test]
fn what_a_full_disk_left_of_a_line_is_marked_and_never_cut_off() {
    let folder = tempfile::tempdir().unwrap();
    let options = options(1_000).format(EventOnly).fs(AlteredFs::new(FullOnce::default()));
    let mut drain = FileDrain::open(folder.path().join("a"), options).unwrap();
    drain.log(&OwnedRecord::new(Level::Info, "abcdefg").build().borrow()).unwrap();
    drain.flush(later()).unwrap_err();
    write(&mut drain, "next");
    assert_eq!(files(folder.path()), [["abcd [torn]", "next"].map(str::to_owned)]);
}

#[test]
fn f20_a_lock_that_nobody_gives_back_holds_up_no_line_and_no_file_ends_meanwhile() {
    let folder = tempfile::tempdir().unwrap();
    let events = Arc::new(Mutex::new(Vec::new()));
    let told = Arc::clone(&events);
    let listening = options(6).format(EventOnly).on_event(move |event| told.lock().unwrap().push(event));
    let mut drain = FileDrain::open(folder.path().join("a"), listening).unwrap();
    let held = File::open(folder.path().join(LOCK_NAME)).unwrap();
    flock(&held, FlockOperation::LockExclusive).unwrap();
    for event in ["1", "2", "3", "4", "5"] {
        write(&mut drain, event);
    }
    assert_eq!(files(folder.path()).len(), 1);
    let is_it = |event: &FileEvent| matches!(event, FileEvent::NoTurn { path } if path.ends_with(LOCK_NAME));
    assert_eq!(events.lock().unwrap().iter().filter(|it| is_it(it)).count(), 1);
    // a holder that ends gives it back, however it ends
    drop(held);
    write(&mut drain, "6");
    assert_eq!(files(folder.path()).len(), 2);
    // the next one who keeps it is told of too
    let held = File::open(folder.path().join(LOCK_NAME)).unwrap();
    flock(&held, FlockOperation::LockExclusive).unwrap();
    write(&mut drain, "7");
    assert_eq!(events.lock().unwrap().iter().filter(|it| is_it(it)).count(), 2);
}

#[test]
fn f20_nor_does_a_file_end_at_its_time_while_nobody_gives_the_lock_back() {
    let folder = tempfile::tempdir().unwrap();
    let options = FileOptions::new().rotation(RotationPolicy::Time(Schedule::daily())).backup_count(9);
    let options = options.writers(Writers::Several).format(EventOnly);
    let mut drain = FileDrain::open(folder.path().join("a"), options).unwrap();
    write_at(&mut drain, "monday", at("2020-01-06T12:00:00Z"));
    let held = File::open(folder.path().join(LOCK_NAME)).unwrap();
    flock(&held, FlockOperation::LockExclusive).unwrap();
    write_at(&mut drain, "tuesday", at("2020-01-07T00:00:00Z"));
    assert_eq!(files(folder.path()), [["monday", "tuesday"]]);
    drop(held);
    write_at(&mut drain, "later", at("2020-01-07T00:01:00Z"));
    assert_eq!(files(folder.path()), [vec!["later"], vec!["monday", "tuesday"]]);
}

#[test]
fn a_lock_that_was_deleted_or_moved_with_its_folder_is_made_again() {
    let folder = tempfile::tempdir().unwrap();
    let logs = folder.path().join("logs");
    let open = || FileDrain::open(logs.join("a"), options(6).format(EventOnly)).unwrap();
    let (mut one, mut two) = (open(), open());
    write(&mut one, "1");
    fs::remove_file(logs.join(LOCK_NAME)).unwrap();
    write(&mut two, "2");
    write(&mut one, "3");
    fs::rename(&logs, folder.path().join("moved")).unwrap();
    write(&mut two, "4");
    write(&mut one, "5");
    let flat = |path: &Path| files(path).into_iter().rev().flatten().collect::<Vec<_>>();
    assert_eq!(flat(&folder.path().join("moved")), ["1", "2", "3"]);
    assert_eq!(flat(&logs), ["4", "5"]);
}

#[test]
fn who_holds_a_lock_that_was_deleted_takes_no_turn_from_who_holds_the_new_one() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(LOCK_NAME);
    let mut one = OsFs.lock_file(&path).unwrap();
    assert!(one.try_lock().unwrap());
    one.unlock().unwrap();
    fs::remove_file(&path).unwrap();
    let mut other = OsFs.lock_file(&path).unwrap();
    assert!(other.try_lock().unwrap());
    assert!(!one.try_lock().unwrap());
    other.unlock().unwrap();
    assert!(one.try_lock().unwrap());
}

#[test]
fn s28_a_link_at_the_name_of_the_lock_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    std::os::unix::fs::symlink("/etc/passwd", folder.path().join(LOCK_NAME)).unwrap();
    let refused = || FileDrain::open(folder.path().join("a"), options(6)).unwrap_err();
    assert!(matches!(refused(), FileError::Lock { .. }), "{}", refused());
    fs::remove_file(folder.path().join(LOCK_NAME)).unwrap();
    // nor is a second name of a file that others have
    fs::write(folder.path().join("other"), "").unwrap();
    fs::hard_link(folder.path().join("other"), folder.path().join(LOCK_NAME)).unwrap();
    assert!(matches!(refused(), FileError::Lock { .. }), "{}", refused());
}

fn log_run(drain: &mut FileDrain, run: &str, seqs: std::ops::Range<u64>) {
    let run = Arc::new(Run::fixed("app", "host", 1, run));
    for seq in seqs {
        drain.log(&OwnedRecord::new(Level::Info, "line").run(&run).seq(seq).build().borrow()).unwrap();
        drain.flush(later()).unwrap();
    }
}

#[test]
fn l4_what_arrived_is_told_by_run_and_number_among_the_lines_of_others_and_where_files_are_gone() {
    let folder = tempfile::tempdir().unwrap();
    let open = || FileDrain::open(folder.path().join("a"), options(700)).unwrap();
    let (mut dead, mut alive) = (open(), open());
    log_run(&mut dead, "dead", 1..3);
    let mark = dead.journal().mark().unwrap();
    for seq in 3..9 {
        log_run(&mut alive, "alive", 5 * seq..5 * seq + 2);
        log_run(&mut dead, "dead", seq..seq + 1);
    }
    drop(dead);
    let since = |seq| alive.journal().arrived_since(mark, Batch::new("dead", seq)).unwrap();
    assert_eq!(since(3), Arrived::UpTo(8));
    assert_eq!(alive.journal().records_since(mark, Batch::new("dead", 3)).unwrap(), 6);
    assert_eq!(since(9), Arrived::UpTo(0));
    let oldest = (1..).take_while(|it| folder.path().join(format!("a.{it}")).exists()).last().unwrap();
    assert!(oldest > 2);
    for number in 2..=oldest {
        fs::remove_file(folder.path().join(format!("a.{number}"))).unwrap();
    }
    // those before went with their files, and are not written again
    assert_eq!(since(3), Arrived::UpTo(8));
}

#[test]
fn of_lines_that_do_not_name_their_run_none_is_taken_for_one_of_the_batch() {
    let folder = tempfile::tempdir().unwrap();
    let compact = options(700).format(JsonFormat::new(Envelope::Compact));
    let mut drain = FileDrain::open(folder.path().join("a"), compact).unwrap();
    let mark = drain.journal().mark().unwrap();
    write(&mut drain, "line");
    assert_eq!(drain.journal().arrived_since(mark, Batch::new("r", 1)).unwrap(), Arrived::UpTo(0));
}
