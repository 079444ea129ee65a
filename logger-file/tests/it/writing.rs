//! What is written, and when.

use logger_core::{Category, Drain as _, Level, OwnedRecord};
use logger_file::{FileDrain, FileOptions, RotationPolicy, testing::FakeFs};

use crate::support::{FILE, Harness, later, record};

#[test]
fn opening_makes_the_folder_and_an_empty_file() {
    let harness = Harness::open(FakeFs::new(), FileOptions::new());
    assert_eq!(harness.fs.contents(), "/logs/a: \n");
}

#[test]
fn a_record_is_in_memory_until_it_is_flushed() {
    let mut harness = Harness::open(FakeFs::new(), FileOptions::new());
    harness.log("one two");
    assert_eq!(harness.fs.writes(), 0);
    harness.flush().unwrap();
    assert_eq!(harness.fs.contents(), "/logs/a: one⏎two⏎\n");
}

#[test]
fn a_batch_is_written_by_one_call() {
    let mut harness = Harness::open(FakeFs::new(), FileOptions::new());
    for _ in 0..1000 {
        harness.log("some words");
    }
    harness.flush().unwrap();
    assert_eq!(harness.fs.writes(), 1);
    harness.flush().unwrap();
    assert_eq!(harness.fs.writes(), 1, "nothing waits");
}

#[test]
fn more_than_256_kib_are_written_before_the_flush() {
    let mut harness = Harness::open(FakeFs::new(), FileOptions::new());
    harness.log(&"x".repeat(262_142));
    assert_eq!(harness.fs.writes(), 0);
    harness.log("y");
    assert_eq!(harness.fs.writes(), 1);
    assert_eq!(harness.fs.read(FILE).unwrap().len(), 262_145);
}

#[test]
fn dropping_the_drain_writes_what_waits() {
    let mut harness = Harness::open(FakeFs::new(), FileOptions::new());
    harness.log("one two");
    let fs = harness.fs.clone();
    drop(harness);
    assert_eq!(fs.contents(), "/logs/a: one⏎two⏎\n");
}

#[test]
fn a_file_that_is_there_is_continued() {
    let fs = FakeFs::new();
    fs.put(FILE, "old\n");
    let mut harness = Harness::open(fs, FileOptions::new());
    harness.write("new");
    assert_eq!(harness.fs.contents(), "/logs/a: old⏎new⏎\n");
    assert_eq!(harness.events(), "");
}

#[test]
fn a_torn_last_line_of_an_earlier_run_is_ended_and_no_byte_of_it_lost() {
    let fs = FakeFs::new();
    fs.put(FILE, "old\n{\"half");
    let mut harness = Harness::open(fs, FileOptions::new());
    harness.write("new");
    assert_eq!(harness.fs.contents(), "/logs/a: old⏎{\"half⏎new⏎\n");
    assert_eq!(harness.events(), "/logs/a: Ended\n");
}

#[test]
fn the_size_of_a_file_that_is_there_counts() {
    let fs = FakeFs::new();
    fs.put(FILE, "12345678\n");
    let mut harness = Harness::open(fs, FileOptions::new().rotation(RotationPolicy::Size(10)));
    harness.write("new");
    assert_eq!(harness.fs.contents(), "/logs/a: new⏎\n/logs/a.1: 12345678⏎\n");
}

#[test]
fn the_default_line_is_json_with_everything_known() {
    let fs = FakeFs::new();
    let mut drain = FileDrain::open(FILE, FileOptions::new().fs(fs.clone())).unwrap();
    let filled =
        OwnedRecord::new(Level::Info, "filled\n").category(Category::Trade).seq(7).field("size", 0.1).build();
    drain.log(&filled.borrow()).unwrap();
    drain.log(&record("x").borrow()).unwrap();
    drain.flush(later()).unwrap();
    let text = String::from_utf8(fs.read(FILE).unwrap()).unwrap();
    let lines: Vec<serde_json::Value> =
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines.len(), 2);
    assert_eq!(lines[0]["event"], "filled\n");
    assert_eq!(lines[0]["category"], "trade");
    assert_eq!(lines[0]["seq"].to_string(), "7");
    assert_eq!(lines[0]["size"].to_string(), "0.1");
}

#[test]
fn others_being_able_to_write_to_the_folder_is_told() {
    for (mode, told) in [(0o777, true), (0o770, true), (0o702, true), (0o755, false), (0o700, false)] {
        let fs = FakeFs::new();
        fs.put("/logs/b", "");
        fs.set_mode("/logs", mode);
        let harness = Harness::open(fs, FileOptions::new());
        let expected = format!("FolderWritableByOthers {{ path: \"/logs\", mode: {mode} }}\n");
        assert_eq!(harness.events(), if told { expected } else { String::new() });
    }
}
