//! Files that end when it is time, and what they are called then.

use std::{io::ErrorKind, time::Duration};

use expect_test::{Expect, expect};
use logger_core::{Drain as _, Level, OwnedRecord};
use logger_file::{
    AtStart, FileOptions, Naming, Retention, RotationPolicy, Schedule,
    testing::{FakeFs, Op},
};

use crate::support::{FILE, Harness, at};

fn daily() -> FileOptions {
    FileOptions::new().rotation(RotationPolicy::Time(Schedule::daily())).naming(Naming::Dated)
}

fn check(harness: &Harness, files: Expect) {
    files.assert_eq(&harness.fs.contents());
}

#[test]
fn midnight_ends_a_file_and_each_line_stands_in_the_file_of_its_day() {
    let mut harness = Harness::open(FakeFs::new(), daily());
    harness.at("2026-01-31T23:59:59.999Z").log("a b").at("2026-02-01T00:00:00Z").log("c").flush().unwrap();
    harness.at("2026-02-02T12:00:00Z").write("d");
    check(
        &harness,
        expect![[r#"
            /logs/a: d⏎
            /logs/a.2026-01-31: a⏎b⏎
            /logs/a.2026-02-01: c⏎
        "#]],
    );
    assert_eq!(
        harness.events(),
        "rotated /logs/a to /logs/a.2026-01-31\nrotated /logs/a to /logs/a.2026-02-01\n"
    );
}

#[test]
fn whichever_comes_first_ends_a_file() {
    let rotation = RotationPolicy::SizeOrTime { size: 8, schedule: Schedule::daily() };
    let mut harness = Harness::open(FakeFs::new(), daily().rotation(rotation));
    harness.at("2026-01-31T10:00:00Z").write("aaa bbb c").at("2026-02-01T10:00:00Z").write("d");
    check(
        &harness,
        expect![[r#"
            /logs/a: d⏎
            /logs/a.2026-01-31: aaa⏎bbb⏎
            /logs/a.2026-01-31.2: c⏎
        "#]],
    );
}

#[test]
fn numbers_and_times_go_together() {
    let mut harness = Harness::open(FakeFs::new(), daily().naming(Naming::Numbered).backup_count(1));
    for day in 1..4 {
        harness.at(&format!("2026-01-0{day}T10:00:00Z")).write(&format!("day-{day}"));
    }
    check(&harness, expect![["/logs/a: day-3⏎\n/logs/a.1: day-2⏎\n"]]);
}

#[test]
fn hours_are_called_by_their_time_of_day_in_their_zone() {
    let schedule = Schedule::hourly().zone("Asia/Kolkata").unwrap();
    let mut harness = Harness::open(FakeFs::new(), daily().rotation(RotationPolicy::Time(schedule)));
    harness.at("2026-01-31T18:29:59Z").write("a").at("2026-01-31T18:30:00Z").write("b");
    check(&harness, expect![["/logs/a: b⏎\n/logs/a.2026-01-31T23-00: a⏎\n"]]);
}

#[test]
fn a_day_without_records_makes_no_file() {
    let mut harness = Harness::open(FakeFs::new(), daily());
    harness.at("2026-01-31T10:00:00Z").write("a").at("2026-02-05T10:00:00Z").write("b");
    check(&harness, expect![["/logs/a: b⏎\n/logs/a.2026-01-31: a⏎\n"]]);
    let mut empty = Harness::open(FakeFs::new(), daily());
    empty.drain.control().rotate();
    empty.at("2026-01-31T10:00:00Z").write("a");
    check(&empty, expect![["/logs/a: a⏎\n"]]);
}

#[test]
fn a_file_of_yesterday_ends_with_the_first_record_of_today() {
    let fs = FakeFs::new();
    fs.set_now(at("2026-01-31T22:00:00Z"));
    fs.put(FILE, "old\n");
    let mut harness = Harness::open(fs, daily());
    harness.at("2026-02-01T08:00:00Z").write("new");
    check(&harness, expect![["/logs/a: new⏎\n/logs/a.2026-01-31: old⏎\n"]]);
}

#[test]
fn a_recovered_record_of_yesterday_stands_in_yesterdays_file() {
    let fs = FakeFs::new();
    fs.set_now(at("2026-01-31T22:00:00Z"));
    fs.put(FILE, "old\n");
    let mut harness = Harness::open(fs, daily());
    let recovered =
        OwnedRecord::new(Level::Info, "late").timestamp(at("2026-01-31T22:00:01Z")).recovered(true);
    harness.drain.log(&recovered.build().borrow()).unwrap();
    harness.at("2026-02-01T08:00:00Z").write("new");
    check(&harness, expect![["/logs/a: new⏎\n/logs/a.2026-01-31: old⏎late⏎\n"]]);
}

#[test]
fn a_start_may_begin_a_new_file_with_its_first_record() {
    let fs = FakeFs::new();
    fs.put(FILE, "old\n");
    let options = || FileOptions::new().at_start(AtStart::NewFile);
    let mut harness = Harness::open(fs, options());
    check(&harness, expect![["/logs/a: old⏎\n"]]);
    harness.write("new more");
    check(&harness, expect![["/logs/a: new⏎more⏎\n/logs/a.1: old⏎\n"]]);
    let mut empty = Harness::open(FakeFs::new(), options());
    empty.write("a");
    check(&empty, expect![["/logs/a: a⏎\n"]]);
}

#[test]
fn a_call_ends_the_file_before_the_next_record() {
    let mut harness = Harness::open(FakeFs::new(), FileOptions::new());
    harness.log("a").drain.control().rotate();
    harness.write("b c");
    check(&harness, expect![["/logs/a: b⏎c⏎\n/logs/a.1: a⏎\n"]]);
}

#[test]
fn f37_no_jump_of_the_clock_replaces_a_file_or_loses_the_order() {
    let mut harness = Harness::open(FakeFs::new(), daily().backup_count(99));
    for (time, word) in [
        ("2026-01-31T10:00:00Z", "a"),
        ("2026-02-01T10:00:00Z", "b"),
        ("2026-01-31T09:00:00Z", "c"),
        ("2026-02-01T11:00:00Z", "d"),
        ("2026-02-02T11:00:00Z", "e"),
        ("1969-12-31T23:00:00Z", "f"),
        ("2026-02-02T11:00:00Z", "g"),
    ] {
        harness.at(time).write(word);
    }
    check(
        &harness,
        expect![[r#"
            /logs/a: g⏎
            /logs/a.2026-01-31: a⏎
            /logs/a.2026-02-01: b⏎c⏎
            /logs/a.2026-02-01.2: d⏎
            /logs/a.2026-02-02: e⏎f⏎
        "#]],
    );
}

#[test]
fn f22_a_file_that_cannot_end_at_its_time_goes_on_and_tries_again_after_a_minute() {
    let mut harness = Harness::open(FakeFs::new(), daily());
    harness.at("2026-01-31T23:59:00Z").write("a");
    harness.fs.break_down(Op::Rename, ErrorKind::PermissionDenied);
    harness.at("2026-02-01T00:00:30Z").write("b c").at("2026-02-01T00:01:29Z").write("d");
    check(&harness, expect![["/logs/a: a⏎b⏎c⏎d⏎\n"]]);
    harness.fs.heal();
    harness.at("2026-02-01T00:01:30Z").write("e");
    check(&harness, expect![["/logs/a: e⏎\n/logs/a.2026-01-31: a⏎b⏎c⏎d⏎\n"]]);
    expect![[r#"
        /logs/a goes on until 2026-02-01T00:01:30.000000Z: cannot rename /logs/a to /logs/a.2026-01-31
        rotated /logs/a to /logs/a.2026-01-31
    "#]]
    .assert_eq(&harness.events());
}

#[test]
fn lines_that_could_not_be_written_before_midnight_are_written_after_it() {
    let mut harness = Harness::open(FakeFs::new(), daily());
    harness.at("2026-01-31T23:59:00Z").write("a").log("b").fs.space(0);
    harness.at("2026-02-01T00:00:30Z").log("c d");
    harness.fs.heal();
    harness.flush().unwrap();
    harness.write("e");
    check(&harness, expect![["/logs/a: e⏎\n/logs/a.2026-01-31: a⏎b⏎c⏎d⏎\n"]]);
}

#[test]
fn a_call_whose_rotation_failed_is_answered_a_minute_later() {
    let mut harness = Harness::open(FakeFs::new(), FileOptions::new());
    harness.at("2026-01-31T10:00:00Z").write("a").drain.control().rotate();
    harness.fs.fail_rename(1, ErrorKind::PermissionDenied);
    harness.write("b").at("2026-01-31T10:00:59Z").write("c").at("2026-01-31T10:01:00Z").write("d");
    check(&harness, expect![["/logs/a: d⏎\n/logs/a.1: a⏎b⏎c⏎\n"]]);
}

#[test]
fn old_files_go_within_an_hour_without_another_that_ends() {
    let retention = Retention::everything().age(Duration::from_secs(7_200));
    let mut harness = Harness::open(FakeFs::new(), FileOptions::new().retention(retention));
    harness.at("2026-01-31T10:00:00Z").write("a").drain.control().rotate();
    harness.write("b");
    for (time, files) in [("12:00:00", 2), ("12:59:59", 2), ("13:00:00", 1)] {
        harness.at(&format!("2026-01-31T{time}Z")).write("c");
        assert_eq!(harness.fs.names().len(), files, "{time}");
    }
}
