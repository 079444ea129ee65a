//! Files that somebody moves, deletes, replaces or empties while they are written.

use std::io::ErrorKind;

use logger_core::Drain as _;
use logger_file::{
    FileOptions, Fs as _, Naming, RotationPolicy,
    testing::{FakeFs, Op},
};

use crate::support::{FILE, Harness, record};

fn harness() -> Harness {
    let mut harness = Harness::open(FakeFs::new(), FileOptions::new());
    harness.write("a");
    harness
}

fn remove(harness: &Harness) {
    harness.fs.remove(FILE.as_ref()).unwrap();
}

#[test]
fn f17_a_deleted_file_is_made_again_and_no_line_that_comes_then_is_lost() {
    let mut harness = harness();
    remove(&harness);
    harness.log("b c").flush().unwrap();
    assert_eq!(harness.fs.contents(), "/logs/a: b⏎c⏎\n");
    assert_eq!(harness.events(), "Reopened { path: \"/logs/a\", was: Deleted }\n");
    harness.write("d");
    assert_eq!(harness.fs.contents(), "/logs/a: b⏎c⏎d⏎\n");
    assert_eq!(harness.events(), "");
}

#[test]
fn f17_what_was_written_early_into_a_deleted_file_is_written_again() {
    let mut harness = harness();
    remove(&harness);
    let long = "x".repeat(140_000);
    harness.log(&long).log(&long).log("b").flush().unwrap();
    assert!(harness.fs.read(FILE).unwrap() == format!("{long}\n{long}\nb\n").as_bytes());
}

#[test]
fn a_moved_file_keeps_its_lines_and_the_next_ones_are_in_a_new_one() {
    let mut harness = harness();
    harness.fs.rename(FILE.as_ref(), "/logs/moved".as_ref()).unwrap();
    harness.write("b c");
    assert_eq!(harness.fs.contents(), "/logs/a: c⏎\n/logs/moved: a⏎b⏎\n");
    assert_eq!(harness.events(), "Reopened { path: \"/logs/a\", was: Moved }\n");
}

#[test]
fn a_part_of_a_line_is_marked_before_the_moved_file_is_left() {
    let mut harness = harness();
    harness.fs.rename(FILE.as_ref(), "/logs/moved".as_ref()).unwrap();
    harness.fs.break_down(Op::Truncate, ErrorKind::PermissionDenied);
    harness.fs.short_write(1, 4);
    harness.fs.fail(Op::Append, 2, ErrorKind::StorageFull);
    for word in ["b", "long"] {
        harness.drain.log(&record(word).borrow()).unwrap();
    }
    assert_eq!(harness.flush().unwrap_err().arrived(), 1);
    harness.write("c");
    assert_eq!(harness.fs.contents(), "/logs/a: c⏎\n/logs/moved: a⏎b⏎lo [torn]⏎\n");
}

#[test]
fn a_file_that_another_replaced_is_left_for_it() {
    let mut harness = harness();
    remove(&harness);
    harness.fs.put(FILE, "theirs\nhalf");
    harness.write("b");
    assert_eq!(harness.fs.contents(), "/logs/a: theirs⏎half⏎b⏎\n");
}

#[test]
fn f19_a_deleted_file_that_cannot_be_made_again_is_an_error_until_it_can() {
    let mut harness = harness();
    remove(&harness);
    harness.fs.break_down(Op::Create, ErrorKind::PermissionDenied);
    for word in ["b", "c"] {
        harness.drain.log(&record(word).borrow()).unwrap();
        let error = harness.flush().unwrap_err();
        assert_eq!(error.arrived(), 0);
        assert_eq!(error.to_string(), "/logs/a was deleted and cannot be made again: cannot open /logs/a");
    }
    harness.fs.heal();
    harness.write("d");
    assert_eq!(harness.fs.contents(), "/logs/a: d⏎\n");
    let told: Vec<_> = harness.events().lines().map(|line| line[..12].to_owned()).collect();
    assert_eq!(told, ["ReopenFailed", "Reopened { p"]);
}

#[test]
fn f19_a_moved_file_goes_on_to_take_lines_until_there_can_be_a_new_one() {
    let mut harness = harness();
    harness.fs.rename(FILE.as_ref(), "/logs/moved".as_ref()).unwrap();
    harness.fs.break_down(Op::Create, ErrorKind::PermissionDenied);
    harness.write("b c");
    assert_eq!(harness.fs.contents(), "/logs/moved: a⏎b⏎c⏎\n");
    harness.fs.heal();
    harness.write("d e");
    assert_eq!(harness.fs.contents(), "/logs/a: e⏎\n/logs/moved: a⏎b⏎c⏎d⏎\n");
}

#[test]
fn where_the_name_cannot_be_looked_at_the_file_goes_on() {
    let mut harness = harness();
    harness.fs.break_down(Op::Inspect, ErrorKind::PermissionDenied);
    harness.write("b c");
    assert_eq!(harness.fs.contents(), "/logs/a: a⏎b⏎c⏎\n");
    assert_eq!(harness.events(), "");
}

#[test]
fn a_call_opens_the_file_anew() {
    let mut harness = harness();
    harness.drain.control().reopen();
    harness.write("b c");
    assert_eq!(harness.fs.contents(), "/logs/a: a⏎b⏎c⏎\n");
    assert_eq!(harness.events(), "Reopened { path: \"/logs/a\", was: InPlace }\n");
}

#[test]
fn what_somebody_else_appends_counts() {
    let mut harness = Harness::with_limit(16);
    harness.write("aaa");
    harness.fs.open(FILE.as_ref()).unwrap().append(b"foreign\n").unwrap();
    harness.write("bbb ccc");
    assert_eq!(harness.fs.contents(), "/logs/a: ccc⏎\n/logs/a.1: aaa⏎foreign⏎bbb⏎\n");
}

#[test]
fn a_new_file_after_a_move_has_its_whole_time_and_size() {
    let options = FileOptions::new().rotation(RotationPolicy::Size(8));
    let mut harness = Harness::open(FakeFs::new(), options);
    harness.write("aaa");
    harness.fs.rename(FILE.as_ref(), "/logs/moved".as_ref()).unwrap();
    harness.write("bbb ccc ddd");
    assert_eq!(harness.fs.contents(), "/logs/a: ccc⏎ddd⏎\n/logs/moved: aaa⏎bbb⏎\n");
}

#[test]
fn a_new_file_after_a_move_is_called_by_its_own_time_and_not_put_off() {
    let options = FileOptions::new().rotation(RotationPolicy::Size(8)).naming(Naming::Dated);
    let mut harness = Harness::open(FakeFs::new(), options);
    harness.at("2026-01-30T12:00:00Z").write("aaa");
    harness.fs.rename(FILE.as_ref(), "/logs/moved".as_ref()).unwrap();
    harness.at("2026-01-31T12:00:00Z").write("bbb ccc ddd eee");
    assert_eq!(harness.fs.contents(), "/logs/a: eee⏎\n/logs/a.2026-01-31: ccc⏎ddd⏎\n/logs/moved: aaa⏎bbb⏎\n");
    // one that could not end may be longer; the next one may not
    let mut harness = Harness::with_limit(40);
    let ten = ["aaa"; 10].join(" ");
    harness.write(&ten);
    harness.fs.break_down(Op::Rename, ErrorKind::PermissionDenied);
    harness.write("b");
    harness.fs.heal();
    harness.fs.rename(FILE.as_ref(), "/logs/moved".as_ref()).unwrap();
    harness.write("c").write(&ten).write("ddd");
    assert_eq!(harness.fs.read(FILE).unwrap(), b"ddd\n");
    assert_eq!(harness.fs.read("/logs/a.1").unwrap().len(), 40);
}
