//! Files that belong to one process, in a folder where others have theirs.
#![cfg(unix)]

use std::{
    fs,
    path::Path,
    sync::Arc,
    time::{Duration, SystemTime},
};

use logger_core::{Arrived, Batch, Drain as _, Journal as _, Level, OwnedRecord, Run};
use logger_file::{Durability, FileDrain, FileOptions, OwnName, Retention, RotationPolicy};

use crate::support::{EventOnly, later};

/// No process has such a number.
const DEAD: u32 = 999_999_999;
const ALSO_DEAD: u32 = 999_999_998;
/// A process that is always there.
const ALIVE: u32 = 1;

fn name() -> OwnName {
    OwnName::new("{expert}.{pid}.log", "Bot/1").unwrap()
}

fn options() -> FileOptions {
    FileOptions::new().rotation(RotationPolicy::Size(4)).retention(Retention::everything().count(3))
}

fn open(folder: &Path) -> FileDrain {
    FileDrain::open_own(folder, &name(), options().format(EventOnly)).unwrap()
}

fn write(drain: &mut FileDrain, event: &str) {
    drain.log(&OwnedRecord::new(Level::Info, event).build().borrow()).unwrap();
    drain.flush(later()).unwrap();
}

/// Puts a file there that was written so many minutes ago.
fn put(folder: &Path, name: &str, minutes: u64) {
    fs::write(folder.join(name), format!("{minutes}\n")).unwrap();
    let file = fs::File::options().append(true).open(folder.join(name)).unwrap();
    file.set_modified(SystemTime::UNIX_EPOCH + Duration::from_secs(1_700_000_000 - minutes * 60)).unwrap();
}

fn names(folder: &Path) -> Vec<String> {
    let own = format!(".{}.", std::process::id());
    let mut names: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|it| it.unwrap().file_name().into_string().unwrap().replace(&own, ".OWN."))
        .collect();
    names.sort();
    names
}

#[test]
fn an_own_backup_that_is_older_goes_before_what_a_dead_process_has_left() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    let own = name().of(std::process::id());
    for (name, minutes) in [(format!("{own}.1"), 100), (format!("{own}.2"), 110), (name().of(DEAD), 5)] {
        put(path, &name, minutes);
    }
    let mut drain = open(path);
    write(&mut drain, "one");
    write(&mut drain, "two");
    let expected = [
        name().of(DEAD),
        "Bot%2F1.OWN.log".to_owned(),
        "Bot%2F1.OWN.log.1".to_owned(),
        "Bot%2F1.OWN.log.2".to_owned(),
    ];
    assert_eq!(names(path), expected);
}

#[test]
fn l4_the_files_of_dead_processes_count_as_ended_ones_and_those_of_live_ones_and_strangers_stay() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    for (name, minutes) in [
        (format!("Bot%2F1.{DEAD}.log"), 5),
        (format!("Bot%2F1.{DEAD}.log.1"), 7),
        (format!("Bot%2F1.{DEAD}.log.2.gz"), 9),
        (format!("Bot%2F1.{ALSO_DEAD}.log"), 6),
        (format!("Bot%2F1.{DEAD}.log.ballast"), 8),
        (format!("Bot%2F1.{ALIVE}.log"), 50),
        (format!("Bot%2F1.{ALIVE}.log.1"), 60),
        (format!("Bot%2F2.{DEAD}.log"), 70),
        (format!("Bot%2F1.{DEAD}.log.old"), 80),
        (format!("Bot%2F1.{DEAD}.txt"), 90),
        (format!("Bot%2F1.0{DEAD}.log"), 90),
    ] {
        put(path, &name, minutes);
    }
    // what is no file is nobody's ballast
    fs::create_dir(path.join(format!("Bot%2F1.{ALSO_DEAD}.log.ballast"))).unwrap();
    let mut drain = open(path);
    write(&mut drain, "one");
    write(&mut drain, "two");
    write(&mut drain, "3");
    let left = names(path);
    let expected = [
        format!("Bot%2F1.0{DEAD}.log"),
        "Bot%2F1.1.log".into(),
        "Bot%2F1.1.log.1".into(),
        format!("Bot%2F1.{DEAD}.log"),
        format!("Bot%2F1.{DEAD}.log.old"),
        format!("Bot%2F1.{DEAD}.txt"),
        format!("Bot%2F1.{ALSO_DEAD}.log.ballast"),
        "Bot%2F1.OWN.log".into(),
        "Bot%2F1.OWN.log.1".into(),
        "Bot%2F1.OWN.log.2".into(),
        format!("Bot%2F2.{DEAD}.log"),
    ];
    let sorted = |mut names: Vec<String>| {
        names.sort();
        names
    };
    assert_eq!(left, sorted(expected.into()));
}

#[test]
fn a_file_that_its_process_shows_to_be_in_use_stays_whatever_its_number() {
    let folder = tempfile::tempdir().unwrap();
    put(folder.path(), &format!("Bot%2F1.{DEAD}.log"), 5);
    // as the drain of a process in another container does
    let shown = fs::File::open(folder.path().join(format!("Bot%2F1.{DEAD}.log"))).unwrap();
    rustix::fs::flock(&shown, rustix::fs::FlockOperation::LockShared).unwrap();
    let drain = || {
        let options = options().retention(Retention::everything().count(0)).format(EventOnly);
        FileDrain::open_own(folder.path(), &name(), options).unwrap()
    };
    write(&mut drain(), "one");
    assert_eq!(names(folder.path()).len(), 2);
    drop(shown);
    write(&mut drain(), "two");
    assert_eq!(names(folder.path()), ["Bot%2F1.OWN.log"]);
}

#[test]
fn a_drain_shows_that_its_file_is_in_use_after_it_has_ended_one_too() {
    let folder = tempfile::tempdir().unwrap();
    let mut drain = open(folder.path());
    let is_free = || {
        let file = fs::File::open(folder.path().join(name().of(std::process::id()))).unwrap();
        rustix::fs::flock(&file, rustix::fs::FlockOperation::NonBlockingLockExclusive).is_ok()
    };
    assert!(!is_free());
    write(&mut drain, "one");
    write(&mut drain, "two");
    assert!(!is_free());
    drop(drain);
    assert!(is_free());
}

#[test]
fn l4_what_arrived_in_the_files_of_a_dead_process_is_found_by_the_next_one() {
    let folder = tempfile::tempdir().unwrap();
    let options = || FileOptions::new().rotation(RotationPolicy::Size(500)).durability(Durability::Os);
    let mut drain = FileDrain::open_own(folder.path(), &name(), options()).unwrap();
    let run = Arc::new(Run::fixed("app", "host", 1, "dead"));
    let mut log = |seqs: std::ops::Range<u64>| {
        for seq in seqs {
            drain.log(&OwnedRecord::new(Level::Info, "line").run(&run).seq(seq).build().borrow()).unwrap();
            drain.flush(later()).unwrap();
        }
        drain.journal().mark().unwrap()
    };
    let mark = log(1..3);
    log(3..8);
    drop(drain);
    // it was killed in the middle of a line
    let own = name().of(std::process::id());
    for ending in ["", ".1", ".2", ".3", ".4", ".5"] {
        let (from, to) = (folder.path().join(format!("{own}{ending}")), name().of(DEAD) + ending);
        if from.exists() {
            fs::rename(from, folder.path().join(to)).unwrap();
        }
    }
    let last = folder.path().join(name().of(DEAD));
    let whole = fs::read_to_string(&last).unwrap();
    fs::write(&last, format!("{whole}{{\"half")).unwrap();
    let next = FileDrain::open_own(folder.path(), &name(), options()).unwrap();
    let arrived = next.journal().arrived_since(mark, Batch::new("dead", 3)).unwrap();
    assert_eq!(arrived, Arrived::UpTo(7));
    assert_eq!(fs::read_to_string(&last).unwrap(), whole, "its record comes again");
}

#[test]
fn lines_are_counted_once_where_the_file_of_the_mark_is_gone() {
    let folder = tempfile::tempdir().unwrap();
    let mut drain = FileDrain::open_own(folder.path(), &name(), FileOptions::new()).unwrap();
    let mark = drain.journal().mark().unwrap();
    // another process has deleted the file that the dead one wrote to, and this one has written what it left
    fs::remove_file(folder.path().join(name().of(std::process::id()))).unwrap();
    let run = Arc::new(Run::fixed("app", "host", 1, "dead"));
    for seq in 3..6 {
        drain.log(&OwnedRecord::new(Level::Info, "line").run(&run).seq(seq).build().borrow()).unwrap();
        drain.flush(later()).unwrap();
    }
    assert_eq!(drain.journal().records_since(mark, Batch::new("dead", 3)).unwrap(), 3);
}
