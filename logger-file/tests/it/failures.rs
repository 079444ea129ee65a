//! Writes that fail: no torn line, and an exact account.

use std::{error::Error as _, io::ErrorKind, time::Instant};

use logger_core::Drain as _;
use logger_file::{
    Accept, FileDrain, FileError, FileOptions, Kind,
    testing::{FakeFs, Op},
};

use crate::support::{FILE, Harness, record};

fn harness() -> Harness {
    Harness::open(FakeFs::new(), FileOptions::new())
}

#[test]
fn f12_a_short_write_is_continued() {
    let mut harness = harness();
    harness.fs.short_write(1, 5);
    harness.log("aaa bbb ccc").flush().unwrap();
    assert_eq!(harness.fs.contents(), "/logs/a: aaa⏎bbb⏎ccc⏎\n");
}

#[test]
fn f12_after_a_short_write_and_an_error_only_whole_lines_are_left() {
    let mut harness = harness();
    harness.fs.space(6);
    assert_eq!(harness.log("aaa bbb ccc").arrived(), 1);
    assert_eq!(harness.fs.contents(), "/logs/a: aaa⏎\n");
    harness.fs.heal();
    harness.write("ddd");
    assert_eq!(harness.fs.contents(), "/logs/a: aaa⏎ddd⏎\n");
    assert_eq!(harness.events(), "");
}

#[test]
fn f12_a_torn_line_that_cannot_be_cut_yet_is_cut_before_the_next_write() {
    let mut harness = harness();
    harness.fs.space(6);
    harness.fs.fail(Op::Truncate, 1, ErrorKind::PermissionDenied);
    assert_eq!(harness.log("aaa bbb ccc").arrived(), 1);
    assert_eq!(harness.fs.contents(), "/logs/a: aaa⏎bb\n");
    harness.fs.heal();
    harness.write("ddd");
    assert_eq!(harness.fs.contents(), "/logs/a: aaa⏎ddd⏎\n");
    assert_eq!(harness.events(), "");
}

#[test]
fn f12_a_torn_line_that_cannot_be_cut_at_all_is_closed_by_a_mark() {
    let mut harness = harness();
    harness.fs.break_down(Op::Truncate, ErrorKind::PermissionDenied);
    harness.fs.short_write(1, 6);
    harness.fs.fail_write(2, ErrorKind::Other);
    assert_eq!(harness.log("aaa bbb ccc").arrived(), 1);
    harness.write("ddd");
    assert_eq!(harness.fs.contents(), "/logs/a: aaa⏎bb [torn]⏎ddd⏎\n");
    assert_eq!(harness.events(), "/logs/a: Marked\n");
}

#[test]
fn a_line_that_lacks_only_its_newline_does_not_become_a_record_later() {
    let mut harness = harness();
    harness.fs.break_down(Op::Truncate, ErrorKind::PermissionDenied);
    harness.fs.short_write(1, 3);
    harness.fs.fail_write(2, ErrorKind::Other);
    assert_eq!(harness.log("aaa").arrived(), 0);
    harness.write("aaa");
    assert_eq!(harness.fs.contents(), "/logs/a: aaa [torn]⏎aaa⏎\n");
}

#[test]
fn a_mark_that_is_torn_itself_is_made_good() {
    let mut harness = harness();
    harness.fs.break_down(Op::Truncate, ErrorKind::PermissionDenied);
    harness.fs.space(2);
    assert_eq!(harness.log("aaa").arrived(), 0);
    harness.fs.space(3);
    assert_eq!(harness.log("bbb").arrived(), 0);
    assert_eq!(harness.fs.contents(), "/logs/a: aa [t\n");
    harness.fs.space(1000);
    harness.write("ccc");
    assert_eq!(harness.fs.contents(), "/logs/a: aa [t [torn]⏎ccc⏎\n");
}

#[test]
fn nothing_that_somebody_else_appended_is_cut_off() {
    let mut harness = harness();
    harness.fs.space(6);
    harness.fs.fail(Op::Truncate, 1, ErrorKind::PermissionDenied);
    assert_eq!(harness.log("aaa bbb").arrived(), 1);
    harness.fs.heal();
    let mut other = logger_file::Fs::open(&harness.fs, FILE.as_ref()).unwrap();
    other.append(b"?\nforeign\n").unwrap();
    harness.write("ccc");
    assert_eq!(harness.fs.contents(), "/logs/a: aaa⏎bb?⏎foreign⏎ccc⏎\n");
}

#[test]
fn f11_after_a_full_disk_new_records_are_written_and_the_reported_ones_are_not() {
    let mut harness = harness();
    harness.write("a");
    harness.fs.space(0);
    assert_eq!(harness.log("b c").arrived(), 0);
    assert_eq!(harness.log("d").arrived(), 0);
    harness.fs.heal();
    harness.write("e");
    assert_eq!(harness.fs.contents(), "/logs/a: a⏎e⏎\n");
}

#[test]
fn an_error_names_the_file_and_has_its_cause() {
    let mut harness = harness();
    harness.fs.space(0);
    let error = harness.log("a").flush().unwrap_err();
    assert_eq!(error.to_string(), "cannot write /logs/a");
    let cause = error.source().unwrap().downcast_ref::<std::io::Error>().unwrap();
    assert_eq!(cause.kind(), ErrorKind::StorageFull);
}

#[test]
fn an_interrupted_write_is_repeated() {
    let mut harness = harness();
    harness.fs.fail_write(1, ErrorKind::Interrupted);
    harness.fs.fail_write(2, ErrorKind::Interrupted);
    harness.write("a");
    assert_eq!(harness.fs.contents(), "/logs/a: a⏎\n");
}

#[test]
fn a_system_that_writes_nothing_and_reports_nothing_does_not_hold_the_drain() {
    let mut harness = harness();
    harness.fs.short_write(1, 0);
    assert_eq!(harness.log("a").arrived(), 0);
}

#[test]
fn an_early_write_that_fails_is_made_good_by_the_flush() {
    let mut harness = harness();
    harness.fs.space(400_000);
    let long = "x".repeat(240_000);
    harness.log(&long).log(&long);
    assert_eq!(harness.fs.writes(), 2, "a short write and an error");
    harness.log("a").log(&long);
    assert_eq!(harness.fs.writes(), 2, "the file is left alone until the flush");
    harness.fs.heal();
    harness.flush().unwrap();
    let expected = format!("{long}\n{long}\na\n{long}\n");
    assert!(harness.fs.read(FILE).unwrap() == expected.as_bytes());
}

#[test]
fn after_a_flush_lines_are_written_early_again() {
    let mut harness = harness();
    let long = "x".repeat(140_000);
    harness.fs.fail_write(1, ErrorKind::Other);
    harness.log(&long).log(&long).flush().unwrap();
    assert_eq!(harness.fs.writes(), 2);
    harness.log(&long).log(&long);
    assert_eq!(harness.fs.writes(), 3);
}

#[test]
fn what_an_early_write_wrote_counts_as_arrived() {
    let mut harness = harness();
    let long = "x".repeat(160_000);
    harness.log("a").log(&long).log(&long);
    assert_eq!(harness.fs.writes(), 1);
    harness.fs.space(3);
    assert_eq!(harness.log("b c").arrived(), 4);
    harness.fs.heal();
    harness.fs.space(0);
    assert_eq!(harness.log("d").arrived(), 0, "the count begins anew with each flush");
}

#[test]
fn records_are_refused_when_too_much_waits_for_a_broken_file() {
    let mut harness = harness();
    harness.fs.space(0);
    const LINE: usize = 40_000;
    let long = record(&"x".repeat(LINE - 1));
    let taken =
        std::iter::repeat_with(|| harness.drain.log(&long.borrow())).take_while(Result::is_ok).count();
    assert_eq!(taken, (8 << 20) / LINE + 1);
    let error = harness.drain.log(&long.borrow()).unwrap_err();
    assert_eq!(error.to_string(), "too much waits for /logs/a");
    harness.fs.heal();
    harness.flush().unwrap();
    harness.write("a");
    assert_eq!(harness.fs.read(FILE).unwrap().len(), taken * LINE + 2);
}

#[test]
fn a_deadline_that_passed_allows_one_write_and_is_reported_with_an_exact_count() {
    let mut harness = Harness::with_limit(4);
    let past = Instant::now();
    harness.log("aaa").drain.flush(past).unwrap();
    let error = harness.log("bbb ccc ddd").drain.flush(past).unwrap_err();
    assert_eq!(error.arrived(), 1);
    assert_eq!(error.to_string(), "writing /logs/a took longer than the deadline allows");
    assert_eq!(harness.fs.contents(), "/logs/a: bbb⏎\n/logs/a.1: aaa⏎\n");
}

#[test]
fn a_failure_in_a_later_file_leaves_the_earlier_ones_counted() {
    let mut harness = Harness::with_limit(8);
    harness.fs.space(13);
    assert_eq!(harness.log("aaa bbb ccc ddd").arrived(), 3);
    assert_eq!(harness.fs.contents(), "/logs/a: ccc⏎\n/logs/a.1: aaa⏎bbb⏎\n");
}

#[test]
fn s28_what_is_not_a_regular_file_is_refused_by_its_name() {
    let kinds = [
        Kind::Folder,
        Kind::Link,
        Kind::Fifo,
        Kind::Socket,
        Kind::CharDevice,
        Kind::BlockDevice,
        Kind::Other,
    ];
    for kind in kinds {
        for accept in [Accept::OwnFile, Accept::AnyFile, Accept::AnyFileOrDevice] {
            let fs = FakeFs::new();
            fs.put_kind(FILE, kind);
            let opened = FileDrain::open(FILE, FileOptions::new().fs(fs).accept(accept));
            if (kind, accept) == (Kind::CharDevice, Accept::AnyFileOrDevice) {
                opened.unwrap();
                continue;
            }
            let error = opened.unwrap_err();
            assert!(matches!(error, FileError::NotAFile { found, .. } if found == kind), "{error}");
            assert_eq!(error.to_string(), format!("/logs/a is {kind}, not a regular file"));
        }
    }
}

#[test]
fn s28_a_file_with_a_second_name_or_another_owner_is_refused_unless_accepted() {
    let linked = FakeFs::new();
    linked.put("/logs/other", "");
    linked.hard_link("/logs/other", FILE);
    let foreign = FakeFs::new();
    foreign.put(FILE, "");
    foreign.give_away(FILE);
    for (fs, expected) in
        [(linked, "/logs/a is one of 2 hard links to a file"), (foreign, "/logs/a belongs to another user")]
    {
        let error = FileDrain::open(FILE, FileOptions::new().fs(fs.clone())).unwrap_err();
        assert_eq!(error.to_string(), expected);
        FileDrain::open(FILE, FileOptions::new().fs(fs).accept(Accept::AnyFile)).unwrap();
    }
}

#[test]
fn opening_fails_with_what_was_tried() {
    for (op, expected) in [
        (Op::Inspect, "cannot open /logs/a"),
        (Op::Open, "cannot open /logs/a"),
        (Op::Create, "cannot open /logs/a"),
        (Op::CreateFolders, "cannot create folder /logs"),
        (Op::InspectFile, "cannot open /logs/a"),
    ] {
        let fs = FakeFs::new();
        fs.fail(op, 1, ErrorKind::PermissionDenied);
        let error = FileDrain::open(FILE, FileOptions::new().fs(fs.clone())).unwrap_err();
        assert_eq!(error.to_string(), expected, "{op:?}");
        assert!(error.source().is_some());
    }
}
