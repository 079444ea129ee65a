//! Several drains write one file, whose ended files are packed.
#![cfg(all(unix, feature = "gzip"))]

use std::{
    fs::{self, File},
    io::Read as _,
    path::Path,
    sync::{Arc, Mutex},
    thread,
};

use logger_core::{Arrived, Batch, Drain as _, Journal as _, Level, OwnedRecord, Run};
use logger_file::{Compression, FileDrain, FileEvent, FileOptions, RotationPolicy, Writers};
use rustix::fs::{FlockOperation, flock};

use crate::{
    packing::wait_for,
    support::{EventOnly, later},
};

const PACKING_LOCK: &str = ".logger.packing.lock";

fn options(limit: u64) -> FileOptions {
    FileOptions::new()
        .rotation(RotationPolicy::Size(limit))
        .backup_count(1_000)
        .writers(Writers::Several)
        .compression(Compression::Gzip)
}

fn write(drain: &mut FileDrain, event: &str) {
    drain.log(&OwnedRecord::new(Level::Info, event).build().borrow()).unwrap();
    drain.flush(later()).unwrap();
}

/// The ended files, the newest first, by whether they are packed; each is there once.
fn ended(folder: &Path) -> Vec<(bool, String)> {
    let read = |number: u32| {
        let path = folder.join(format!("a.{number}"));
        let packed = folder.join(format!("a.{number}.gz"));
        let mut text = String::new();
        if let Ok(plain) = fs::read_to_string(&path) {
            return Some((false, plain));
        }
        flate2::read::GzDecoder::new(File::open(packed).ok()?).read_to_string(&mut text).unwrap();
        Some((true, text))
    };
    (1..).map_while(read).collect()
}

/// Names of ended files that are not packed, and of files that are half done.
fn unfinished(folder: &Path) -> Vec<String> {
    let names = fs::read_dir(folder).unwrap().map(|it| it.unwrap().file_name().into_string().unwrap());
    names.filter(|name| name.starts_with("a.") && !name.ends_with(".gz")).collect()
}

#[test]
fn l4_writers_that_pack_lose_double_and_tear_nothing_and_each_file_is_packed_once() {
    let folder = tempfile::tempdir().unwrap();
    let (writers, records) = (4, 300);
    let events = Arc::new(Mutex::new(Vec::new()));
    thread::scope(|scope| {
        for writer in 0..writers {
            let (folder, told) = (&folder, Arc::clone(&events));
            scope.spawn(move || {
                let options = options(2_000).format(EventOnly).on_event(move |event| {
                    if matches!(event, FileEvent::NotPacked { .. }) {
                        told.lock().unwrap().push(format!("{event:?}"));
                    }
                });
                let mut drain = FileDrain::open(folder.path().join("a"), options).unwrap();
                for n in 0..records {
                    write(&mut drain, &format!("{writer}:{n}:{}", ".".repeat(n % 50)));
                }
                wait_for(|| unfinished(folder.path()).is_empty());
            });
        }
    });
    assert_eq!(*events.lock().unwrap(), [""; 0]);
    let mut text: String = ended(folder.path()).into_iter().rev().map(|(_, text)| text).collect();
    text += &fs::read_to_string(folder.path().join("a")).unwrap();
    for writer in 0..writers {
        let own = text.lines().filter(|line| line.starts_with(&format!("{writer}:")));
        let expected: Vec<_> = (0..records).map(|n| format!("{writer}:{n}:{}", ".".repeat(n % 50))).collect();
        assert!(own.eq(expected.iter()), "writer {writer}");
    }
    assert_eq!(text.lines().count(), writers * records);
}

#[test]
fn a_writer_packs_when_the_other_one_does_not_any_more_and_lines_do_not_wait_for_it() {
    let folder = tempfile::tempdir().unwrap();
    let mut drain = FileDrain::open(folder.path().join("a"), options(6).format(EventOnly)).unwrap();
    let other = File::create(folder.path().join(PACKING_LOCK)).unwrap();
    flock(&other, FlockOperation::LockExclusive).unwrap();
    for event in ["11111", "22222", "33333"] {
        write(&mut drain, event);
    }
    assert_eq!(
        ended(folder.path()),
        [(false, "22222\n".to_owned()), (false, "11111\n".to_owned())],
        "another one packs"
    );
    // however it ends
    drop(other);
    wait_for(|| unfinished(folder.path()).is_empty());
    assert_eq!(ended(folder.path()), [(true, "22222\n".to_owned()), (true, "11111\n".to_owned())]);
}

#[test]
fn l4_what_a_killed_writer_wrote_is_found_in_files_that_others_have_packed_since() {
    let folder = tempfile::tempdir().unwrap();
    let open = || FileDrain::open(folder.path().join("a"), options(700)).unwrap();
    let log = |drain: &mut FileDrain, run: &str, seqs: std::ops::Range<u64>| {
        let run = Arc::new(Run::fixed("app", "host", 1, run));
        for seq in seqs {
            drain.log(&OwnedRecord::new(Level::Info, "line").run(&run).seq(seq).build().borrow()).unwrap();
            drain.flush(later()).unwrap();
        }
    };
    let (mut dead, mut alive) = (open(), open());
    log(&mut dead, "dead", 1..3);
    let mark = dead.journal().mark().unwrap();
    log(&mut dead, "dead", 3..9);
    drop(dead);
    // so many that none of the dead is in a plain file
    log(&mut alive, "alive", 1..20);
    wait_for(|| unfinished(folder.path()).is_empty());
    let open_file = fs::read_to_string(folder.path().join("a")).unwrap();
    assert!(!open_file.contains("\"dead\""), "{open_file}");
    let journal = alive.journal();
    assert_eq!(journal.arrived_since(mark, Batch::new("dead", 3)).unwrap(), Arrived::UpTo(8));
    assert_eq!(journal.records_since(mark, Batch::new("dead", 3)).unwrap(), 6);
}
