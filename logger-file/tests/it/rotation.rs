//! When files end, what they are called then, and which are kept.

use std::io::ErrorKind;

use expect_test::{Expect, expect};
use logger_core::Drain as _;
use logger_file::{Accept, FileEvent, FileOptions, Kind, RotationPolicy, testing::FakeFs};

use crate::support::{EventOnly, FILE, Harness, later, record};

fn check(harness: &Harness, files: Expect) {
    files.assert_eq(&harness.fs.contents());
}

#[test]
fn a_file_ends_before_the_line_that_would_pass_its_limit() {
    let mut harness = Harness::with_limit(8);
    harness.write("aaa bbb");
    check(&harness, expect![["/logs/a: aaa⏎bbb⏎\n"]]);
    harness.write("c");
    check(&harness, expect![["/logs/a: c⏎\n/logs/a.1: aaa⏎bbb⏎\n"]]);
    assert_eq!(harness.events(), "rotated /logs/a to /logs/a.1\n");
}

#[test]
fn a_batch_is_split_over_the_files_it_fills() {
    let mut harness = Harness::with_limit(8);
    harness.write("a").log("aaa bbb ccc ddd eee").flush().unwrap();
    check(
        &harness,
        expect![[r#"
            /logs/a: ddd⏎eee⏎
            /logs/a.1: bbb⏎ccc⏎
            /logs/a.2: a⏎aaa⏎
        "#]],
    );
    assert_eq!(harness.fs.writes(), 4, "one for each file and batch");
}

#[test]
fn a_line_above_the_limit_gets_a_file_of_its_own() {
    let mut harness = Harness::with_limit(8);
    harness.log("a a-long-line b").flush().unwrap();
    check(
        &harness,
        expect![[r#"
            /logs/a: b⏎
            /logs/a.1: a-long-line⏎
            /logs/a.2: a⏎
        "#]],
    );
}

#[test]
fn a_file_without_a_limit_does_not_end() {
    let options = FileOptions::new().rotation(RotationPolicy::Never);
    let mut harness = Harness::open(FakeFs::new(), options);
    for _ in 0..200 {
        harness.log(&"x".repeat(100_000));
    }
    harness.flush().unwrap();
    assert_eq!(harness.fs.names(), [FILE]);
}

#[test]
fn the_oldest_backup_goes_when_there_are_enough() {
    let options = FileOptions::new().rotation(RotationPolicy::Size(0)).backup_count(2);
    let mut harness = Harness::open(FakeFs::new(), options);
    harness.write("a b c d e");
    check(&harness, expect![["/logs/a: e⏎\n/logs/a.1: d⏎\n/logs/a.2: c⏎\n"]]);
}

#[test]
fn without_backups_an_ended_file_is_deleted() {
    let options = FileOptions::new().rotation(RotationPolicy::Size(0)).backup_count(0);
    let mut harness = Harness::open(FakeFs::new(), options);
    harness.write("a b c");
    check(&harness, expect![["/logs/a: c⏎\n"]]);
}

#[test]
fn a_lower_count_deletes_the_surplus_of_an_earlier_run_and_nothing_foreign() {
    let fs = FakeFs::new();
    for name in ["a", "a.1", "a.2", "a.3", "a.4", "a.20260131", "a.old", "a.1.bz2"] {
        fs.put(format!("/logs/{name}"), format!("{name}\n"));
    }
    let options = FileOptions::new().rotation(RotationPolicy::Size(0)).backup_count(2);
    let mut harness = Harness::open(fs, options);
    harness.write("new");
    check(
        &harness,
        expect![[r#"
            /logs/a: new⏎
            /logs/a.1: a⏎
            /logs/a.1.bz2: a.1.bz2⏎
            /logs/a.2: a.1⏎
            /logs/a.20260131: a.20260131⏎
            /logs/a.old: a.old⏎
        "#]],
    );
}

#[test]
fn f22_a_rename_that_fails_keeps_the_file_and_every_record() {
    for kind in [ErrorKind::CrossesDevices, ErrorKind::PermissionDenied, ErrorKind::ResourceBusy] {
        let mut harness = Harness::with_limit(16);
        harness.write("aaa bbb ccc ddd");
        harness.fs.fail_rename(1, kind);
        harness.write("e");
        assert_eq!(harness.fs.contents(), "/logs/a: aaa⏎bbb⏎ccc⏎ddd⏎e⏎\n");
        assert_eq!(harness.events(), "/logs/a goes on to 18: cannot rename /logs/a to /logs/a.1\n");
        harness.write("f");
        check(&harness, expect![["/logs/a: f⏎\n/logs/a.1: aaa⏎bbb⏎ccc⏎ddd⏎e⏎\n"]]);
        assert_eq!(harness.events(), "rotated /logs/a to /logs/a.1\n");
    }
}

#[test]
fn f22_something_else_at_the_name_of_a_backup_is_never_replaced() {
    let fs = FakeFs::new();
    fs.put_kind("/logs/a.1", Kind::Folder);
    let mut harness = Harness::open(fs, FileOptions::new().rotation(RotationPolicy::Size(4)));
    harness.write("aaa bbb ccc");
    check(&harness, expect![["/logs/a: aaa⏎bbb⏎ccc⏎\n/logs/a.1: a folder\n"]]);
    expect![[r#"
        /logs/a goes on to 5: /logs/a.1 is a folder, which stands in the way of a backup
        /logs/a goes on to 10: /logs/a.1 is a folder, which stands in the way of a backup
    "#]]
    .assert_eq(&harness.events());
}

#[test]
fn a_rotation_that_keeps_failing_is_tried_ever_more_rarely() {
    let mut harness = Harness::with_limit(800);
    harness.fs.break_down(logger_file::testing::Op::Rename, ErrorKind::PermissionDenied);
    for _ in 0..1000 {
        harness.write("abc");
    }
    let events = harness.events();
    let tries: Vec<_> = events
        .lines()
        .filter_map(|it| {
            it.strip_prefix("/logs/a goes on to ")?.strip_suffix(": cannot rename /logs/a to /logs/a.1")
        })
        .collect();
    assert_eq!(tries, ["900", "1100", "1500", "2300", "3100", "3900", "4700"]);
    assert_eq!(harness.fs.read(FILE).unwrap().len(), 4000);
}

#[test]
fn f13_a_new_file_that_cannot_be_created_leaves_the_old_one_in_its_place() {
    let mut harness = Harness::with_limit(4);
    harness.write("aaa bbb");
    harness.fs.fail_create(1, ErrorKind::StorageFull);
    harness.write("ccc");
    check(&harness, expect![["/logs/a: bbb⏎ccc⏎\n/logs/a.2: aaa⏎\n"]]);
    harness.write("ddd");
    check(&harness, expect![["/logs/a: ddd⏎\n/logs/a.1: bbb⏎ccc⏎\n/logs/a.2: aaa⏎\n"]]);
    expect![[r#"
        rotated /logs/a to /logs/a.1
        /logs/a goes on to 5: cannot open /logs/a
        rotated /logs/a to /logs/a.1
    "#]]
    .assert_eq(&harness.events());
}

#[test]
fn a_file_that_gets_neither_a_successor_nor_its_name_back_goes_on_as_the_backup() {
    let mut harness = Harness::with_limit(4);
    harness.write("aaa");
    harness.fs.fail_create(1, ErrorKind::StorageFull);
    harness.fs.fail_rename(2, ErrorKind::PermissionDenied);
    harness.write("bbb");
    check(
        &harness,
        expect![[r#"
        /logs/a: 
        /logs/a.1: aaa⏎bbb⏎
    "#]],
    );
    harness.write("ccc ddd");
    check(&harness, expect![["/logs/a: ddd⏎\n/logs/a.1: ccc⏎\n/logs/a.2: aaa⏎bbb⏎\n"]]);
}

#[test]
fn a_backup_that_cannot_be_deleted_is_told_and_deleted_at_the_next_rotation() {
    let options = FileOptions::new().rotation(RotationPolicy::Size(0)).backup_count(1);
    let mut harness = Harness::open(FakeFs::new(), options);
    harness.write("a b");
    harness.fs.fail_remove(1, ErrorKind::PermissionDenied);
    harness.events();
    harness.write("c");
    check(&harness, expect![["/logs/a: c⏎\n/logs/a.1: b⏎\n/logs/a.2: a⏎\n"]]);
    assert_eq!(harness.events(), "rotated /logs/a to /logs/a.1\ncannot delete /logs/a.2\n");
    harness.write("d");
    check(&harness, expect![["/logs/a: d⏎\n/logs/a.1: c⏎\n"]]);
}

#[test]
fn a_file_that_was_moved_away_is_begun_anew_when_it_should_end() {
    let mut harness = Harness::with_limit(4);
    harness.write("aaa");
    logger_file::Fs::rename(&harness.fs, FILE.as_ref(), "/logs/moved".as_ref()).unwrap();
    harness.write("bbb");
    check(&harness, expect![["/logs/a: bbb⏎\n/logs/moved: aaa⏎\n"]]);
    assert_eq!(harness.events(), "began /logs/a\n");
}

#[test]
fn what_someone_put_in_the_place_of_the_file_is_not_made_a_backup() {
    for (kind, has_ids) in
        [(Kind::Link, true), (Kind::Folder, true), (Kind::Link, false), (Kind::Folder, false)]
    {
        let mut harness = Harness::with_limit(4);
        if !has_ids {
            harness.fs.hide_ids();
        }
        harness.write("aaa");
        logger_file::Fs::rename(&harness.fs, FILE.as_ref(), "/logs/moved".as_ref()).unwrap();
        harness.fs.put_kind(FILE, kind);
        harness.write("bbb");
        assert_eq!(harness.fs.contents(), format!("/logs/a: {kind}\n/logs/moved: aaa⏎bbb⏎\n"));
        assert_eq!(
            harness.events(),
            format!(
                "/logs/a goes on to 5: /logs/a is {kind}, not a regular file\n\
                 ReopenFailed {{ path: \"/logs/a\", error: NotAFile {{ path: \"/logs/a\", found: {kind:?} }} }}\n"
            )
        );
    }
}

#[test]
fn a_torn_and_full_file_that_someone_put_there_is_ended_and_rotated_in_its_turn() {
    let mut harness = Harness::with_limit(8);
    harness.write("aaa bbb");
    logger_file::Fs::rename(&harness.fs, FILE.as_ref(), "/logs/moved".as_ref()).unwrap();
    harness.fs.put(FILE, "foreign\nhalf");
    harness.log("ccc ddd").flush().unwrap();
    check(
        &harness,
        expect![[r#"
            /logs/a: ddd⏎
            /logs/a.1: foreign⏎half⏎ccc⏎
            /logs/moved: aaa⏎bbb⏎
        "#]],
    );
}

#[test]
fn a_rotation_that_was_put_off_does_not_raise_the_limit_of_the_next_file() {
    let mut harness = Harness::with_limit(80);
    harness.write(&["abc"; 20].join(" "));
    harness.fs.fail_rename(1, ErrorKind::PermissionDenied);
    harness.write(&["abc"; 23].join(" "));
    let sizes = [FILE, "/logs/a.1", "/logs/a.2"].map(|it| harness.fs.read(it).unwrap().len());
    assert_eq!(sizes, [4, 80, 88]);
}

#[test]
fn a_device_is_never_renamed() {
    let fs = FakeFs::new();
    fs.put_kind(FILE, Kind::CharDevice);
    let options = FileOptions::new().accept(Accept::AnyFileOrDevice).rotation(RotationPolicy::Size(0));
    let mut harness = Harness::open(fs, options);
    harness.write("a b").log("c d").flush().unwrap();
    assert_eq!(harness.fs.contents(), "/logs/a: a character device\n");
    assert_eq!(harness.events(), "");
}

#[test]
fn what_became_a_device_is_never_renamed() {
    let fs = FakeFs::new();
    let options = FileOptions::new().accept(Accept::AnyFileOrDevice).rotation(RotationPolicy::Size(0));
    let mut harness = Harness::open(fs, options);
    harness.write("a");
    logger_file::Fs::rename(&harness.fs, FILE.as_ref(), "/logs/moved".as_ref()).unwrap();
    harness.fs.put_kind(FILE, Kind::CharDevice);
    harness.write("b c").log("d e").flush().unwrap();
    assert_eq!(harness.fs.contents(), "/logs/a: a character device\n/logs/moved: a⏎\n");
}

#[test]
fn a_file_that_someone_emptied_does_not_end_early() {
    let mut harness = Harness::with_limit(8);
    harness.write("aaa bbb");
    let mut same = logger_file::Fs::open(&harness.fs, FILE.as_ref()).unwrap();
    same.truncate(0).unwrap();
    harness.write("ccc ddd");
    check(&harness, expect![["/logs/a: ccc⏎ddd⏎\n"]]);
}

#[test]
fn a_panic_in_the_listener_costs_nothing() {
    let fs = FakeFs::new();
    let options = FileOptions::new()
        .format(EventOnly)
        .fs(fs.clone())
        .rotation(RotationPolicy::Size(0))
        .on_event(|_: FileEvent| std::panic::resume_unwind(Box::new(())));
    let mut drain = logger_file::FileDrain::open(FILE, options).unwrap();
    for word in ["a", "b", "c"] {
        drain.log(&record(word).borrow()).unwrap();
    }
    drain.flush(later()).unwrap();
    assert_eq!(fs.contents(), "/logs/a: c⏎\n/logs/a.1: b⏎\n/logs/a.2: a⏎\n");
}
