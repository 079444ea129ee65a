//! What survives a loss of power, on a disk that does not always keep its word.

use std::io::ErrorKind;

use expect_test::expect;
use logger_core::Drain as _;
use logger_file::{
    Accept, Durability, FileDrain, FileOptions, Fs as _, Kind, Naming, RotationPolicy, Schedule,
    testing::{FakeFs, Op},
};
use proptest::{collection::vec, prelude::*};

use crate::support::{EventOnly, FILE, Harness, later, record};

fn on_disk(limit: u64) -> Harness {
    let options = FileOptions::new()
        .rotation(RotationPolicy::Size(limit))
        .backup_count(u32::MAX)
        .durability(Durability::Disk);
    Harness::open(FakeFs::new(), options)
}

#[test]
fn what_a_flush_returned_for_survives_a_loss_of_power() {
    let mut harness = on_disk(8);
    harness.write("aaa bbb").log("ccc ddd eee").flush().unwrap();
    harness.log("fff");
    harness.fs.cut_power();
    expect![[r#"
        /logs/a: eee⏎
        /logs/a.1: ccc⏎ddd⏎
        /logs/a.2: aaa⏎bbb⏎
    "#]]
    .assert_eq(&harness.fs.contents());
}

#[test]
fn new_folders_survive_it_too_however_deep_they_are() {
    let fs = FakeFs::new();
    let options = || FileOptions::new().durability(Durability::Disk).format(EventOnly).fs(fs.clone());
    let write = |drain: &mut FileDrain, word: &str| {
        drain.log(&record(word).borrow()).unwrap();
        drain.flush(later())
    };
    let mut drain = FileDrain::open("/new/of/mine/a", options()).unwrap();
    write(&mut drain, "aaa").unwrap();
    fs.cut_power();
    assert_eq!(fs.contents(), "/new/of/mine/a: aaa⏎\n");
    // where this one cannot be told safe, neither can the line
    let mut drain = FileDrain::open("/other/one/a", options()).unwrap();
    fs.fail(Op::SyncFolder, 2, ErrorKind::Other);
    let error = write(&mut drain, "bbb").unwrap_err();
    assert_eq!((error.arrived(), error.to_string().as_str()), (0, "cannot put /other on the disk"));
    write(&mut drain, "ccc").unwrap();
    fs.cut_power();
    assert_eq!(fs.contents(), "/new/of/mine/a: aaa⏎\n/other/one/a: ccc⏎\n");
}

#[test]
fn a_folder_above_that_its_user_may_not_look_into_costs_nothing() {
    let mut harness = on_disk(1_000);
    harness.fs.fail(Op::SyncFolder, 2, ErrorKind::PermissionDenied);
    harness.write("aaa");
    assert_eq!(harness.fs.contents(), "/logs/a: aaa⏎\n");
}

#[test]
fn the_folders_above_are_waited_for_once_and_not_with_each_file() {
    let mut harness = on_disk(4);
    harness.write("aaa");
    harness.fs.fail(Op::SyncFolder, 2, ErrorKind::Other);
    harness.write("bbb");
    harness.fs.heal();
    // but those that were made again are new
    harness.fs.rename("/logs".as_ref(), "/moved".as_ref()).unwrap();
    harness.fs.rename("/logs/a".as_ref(), "/moved/a".as_ref()).unwrap();
    harness.fs.fail(Op::SyncFolder, 2, ErrorKind::Other);
    assert_eq!(harness.log("ccc").flush().unwrap_err().to_string(), "cannot put / on the disk");
}

#[test]
fn without_that_a_loss_of_power_may_take_everything() {
    let mut harness = Harness::open(FakeFs::new(), FileOptions::new());
    harness.write("aaa");
    harness.fs.cut_power();
    assert_eq!(harness.fs.contents(), "");
}

/// Long enough that three are written before a flush.
fn long(name: char) -> String {
    name.to_string().repeat(100_000)
}

#[test]
fn lines_that_nobody_has_waited_for_are_not_written_again_where_their_file_was_moved() {
    let mut harness = on_disk(1_000_000);
    for name in ['a', 'b', 'c'] {
        harness.log(&long(name));
    }
    harness.fs.rename(FILE.as_ref(), "/logs/moved".as_ref()).unwrap();
    harness.write("ddd");
    harness.write("eee");
    let moved = harness.fs.read("/logs/moved").unwrap();
    assert_eq!((moved.len(), moved.ends_with(b"\nddd\n")), (300_007, true));
    assert_eq!(harness.fs.read(FILE).unwrap(), b"eee\n");
}

#[test]
fn the_disk_is_waited_for_before_much_is_at_risk_though_nobody_flushes() {
    let mut harness = on_disk(u64::MAX);
    for _ in 0..90 {
        harness.log(&long('a'));
    }
    harness.fs.cut_power();
    assert!(harness.fs.read(FILE).is_some_and(|left| left.len() >= 8 * 1024 * 1024));
}

#[test]
fn what_a_run_before_has_left_to_the_system_is_on_the_disk_before_its_file_ends() {
    let fs = FakeFs::new();
    Harness::open(fs.clone(), FileOptions::new()).write("aaa");
    let options = FileOptions::new().rotation(RotationPolicy::Size(4)).durability(Durability::Disk);
    Harness::open(fs.clone(), options).write("bbb");
    fs.cut_power();
    assert_eq!(fs.contents(), "/logs/a: bbb⏎\n/logs/a.1: aaa⏎\n");
}

#[test]
fn what_is_taken_back_leaves_the_part_of_a_line_that_was_there_and_the_next_begins_behind_it() {
    let fs = FakeFs::new();
    fs.put(FILE, "half");
    let mut harness = Harness::open(fs, FileOptions::new().durability(Durability::Disk));
    harness.fs.fail(Op::SyncFolder, 1, ErrorKind::Other);
    assert_eq!(harness.log("aaa").arrived(), 0);
    harness.write("bbb");
    assert_eq!(harness.fs.contents(), "/logs/a: half⏎bbb⏎\n");
}

#[test]
fn f16_what_the_disk_did_not_take_is_cut_off_and_written_to_a_new_file() {
    let mut harness = on_disk(1_000);
    harness.write("aaa");
    harness.fs.fail(Op::Sync, 1, ErrorKind::Other);
    harness.write("bbb ccc");
    let expected = "/logs/a: bbb⏎ccc⏎\n/logs/a.1: aaa⏎\n";
    assert_eq!(harness.fs.contents(), expected);
    expect![[r#"
        rotated /logs/a to /logs/a.1
        NotOnDisk { error: Sync { path: "/logs/a", source: Kind(Other) }, lines: 1 }
    "#]]
    .assert_eq(&harness.events());
    harness.fs.cut_power();
    assert_eq!(harness.fs.contents(), expected);
}

#[test]
fn f16_a_file_does_not_end_before_the_disk_has_it() {
    let mut harness = on_disk(8);
    harness.write("aaa");
    harness.fs.fail(Op::Sync, 1, ErrorKind::Other);
    harness.log("bbb ccc ddd").flush().unwrap();
    harness.fs.cut_power();
    assert_eq!(harness.fs.contents(), "/logs/a: ddd⏎\n/logs/a.1: bbb⏎ccc⏎\n/logs/a.2: aaa⏎\n");
}

#[test]
fn f16_nor_does_it_at_its_time() {
    let options = FileOptions::new().rotation(RotationPolicy::Time(Schedule::daily())).naming(Naming::Dated);
    let mut harness = Harness::open(FakeFs::new(), options.durability(Durability::Disk));
    harness.at("2026-01-31T12:00:00Z").write("aaa").log("bbb");
    harness.at("2026-02-01T12:00:00Z").log("ccc").flush().unwrap();
    harness.at("2026-02-01T13:00:00Z").log("ddd");
    harness.fs.fail(Op::Sync, 1, ErrorKind::Other);
    harness.at("2026-02-02T12:00:00Z").log("eee").flush().unwrap();
    harness.fs.cut_power();
    let text = String::from_utf8(
        harness.fs.names().iter().flat_map(|name| harness.fs.read(name).unwrap()).collect(),
    );
    let mut lines: Vec<_> = text.as_ref().unwrap().lines().collect();
    lines.sort_unstable();
    assert_eq!(lines, ["aaa", "bbb", "ccc", "ddd", "eee"]);
}

#[test]
fn a_disk_that_takes_nothing_costs_exactly_the_records_that_are_reported() {
    let mut harness = on_disk(1_000);
    harness.write("aaa");
    harness.fs.break_down(Op::Sync, ErrorKind::Other);
    let error = harness.log("bbb ccc").flush().unwrap_err();
    assert_eq!((error.arrived(), error.to_string().as_str()), (0, "cannot put /logs/a on the disk"));
    harness.fs.heal();
    harness.write("ddd");
    harness.fs.cut_power();
    assert_eq!(harness.fs.contents(), "/logs/a: ddd⏎\n/logs/a.1: aaa⏎\n");
}

#[test]
fn lines_whose_file_may_lose_its_name_have_not_arrived() {
    let mut harness = on_disk(1_000);
    harness.fs.break_down(Op::SyncFolder, ErrorKind::Other);
    assert_eq!(harness.log("aaa").arrived(), 0);
    assert_eq!(harness.fs.contents(), "/logs/a: \n");
    harness.fs.heal();
    harness.write("bbb");
    harness.fs.cut_power();
    assert_eq!(harness.fs.contents(), "/logs/a: bbb⏎\n");
}

#[test]
fn f17_lines_that_were_written_and_not_yet_safe_are_written_again_when_the_file_was_deleted() {
    let mut harness = on_disk(1_000_000);
    let long = "x".repeat(70_000);
    harness.write("aaa").log(&long);
    harness.fs.remove(FILE.as_ref()).unwrap();
    harness.log("b").flush().unwrap();
    harness.fs.cut_power();
    assert!(harness.fs.read(FILE).unwrap() == format!("{long}\nb\n").as_bytes());
}

#[derive(Debug, Clone)]
enum Step {
    Log(usize),
    Flush,
    Fail(Op, u32),
    Space(u64),
    Heal,
}

fn any_step() -> impl Strategy<Value = Step> {
    let op =
        prop::sample::select(vec![Op::Sync, Op::Sync, Op::SyncFolder, Op::Append, Op::Rename, Op::Create]);
    prop_oneof![
        10 => prop_oneof![20 => 0..120_usize, 1 => 20_000..70_000_usize].prop_map(Step::Log),
        6 => Just(Step::Flush),
        2 => (op, 1..4_u32).prop_map(|(op, nth)| Step::Fail(op, nth)),
        1 => (0..400_u64).prop_map(Step::Space),
        1 => Just(Step::Heal),
    ]
}

/// The lines of all files, the oldest first.
fn lines(fs: &FakeFs) -> Vec<String> {
    let mut names = fs.names();
    names.sort_by_key(|name| {
        std::cmp::Reverse(name.strip_prefix("/logs/a.").map_or(0, |it| it.parse::<u32>().unwrap()))
    });
    let text = |name: &String| String::from_utf8(fs.read(name).unwrap()).unwrap();
    names.iter().flat_map(|name| text(name).lines().map(str::to_owned).collect::<Vec<_>>()).collect()
}

proptest! {
    #[test]
    fn after_a_loss_of_power_the_files_hold_the_arrived_records_once_and_in_order(
        limit in prop_oneof![0..1_000_u64, Just(100_000)],
        steps in vec(any_step(), 1..60),
    ) {
        let mut harness = on_disk(limit);
        let (mut waiting, mut arrived, mut reported) = (Vec::new(), Vec::new(), Vec::new());
        for (number, step) in steps.into_iter().enumerate() {
            match step {
                Step::Log(len) => {
                    let event = format!("{number}-{}", "x".repeat(len));
                    harness.drain.log(&record(&event).borrow()).unwrap();
                    waiting.push(event);
                }
                Step::Flush => {
                    let count = harness.flush().map_or_else(|error| error.arrived() as usize, |()| waiting.len());
                    reported.extend(waiting.split_off(count));
                    arrived.append(&mut waiting);
                }
                Step::Fail(op, nth) => harness.fs.fail(op, nth, ErrorKind::Other),
                Step::Space(bytes) => harness.fs.space(bytes),
                Step::Heal => harness.fs.heal(),
            }
        }
        // what was written before its flush may be there and may not
        let check = |files: Vec<String>| {
            prop_assert_eq!(files.get(..arrived.len()), Some(arrived.as_slice()));
            let rest = files[arrived.len()..].iter();
            prop_assert!(rest.zip(&waiting).all(|(found, line)| line.starts_with(found.as_str())));
            Ok(())
        };
        check(lines(&harness.fs))?;
        harness.fs.cut_power();
        // the disk may not have taken that a line was cut off that it had not taken either
        let mut after = lines(&harness.fs);
        after.retain(|line| !reported.contains(line));
        check(after)?;
    }
}

#[test]
fn a_flush_waits_for_the_disk_while_that_is_asked_for() {
    let mut harness = Harness::with_limit(9);
    harness.write("one");
    let on_disk = harness.drain.control().on_disk();
    harness.write("two");
    assert_eq!(on_disk.reached(), Durability::Disk);
    // the file ends in this batch, with lines that somebody waits for
    harness.log("six ten").flush().unwrap();
    drop(on_disk);
    harness.write("not");
    harness.fs.cut_power();
    assert_eq!(harness.fs.contents(), "/logs/a: six⏎ten⏎\n/logs/a.1: one⏎two⏎\n");
}

#[test]
fn f16_lines_that_nobody_waits_for_stay_where_the_disk_does_not_take_those_that_somebody_does() {
    let mut harness = Harness::with_limit(1_000);
    harness.write("one");
    let on_disk = harness.drain.control().on_disk();
    harness.fs.fail(Op::Sync, 1, ErrorKind::Other);
    harness.write("two");
    assert_eq!(on_disk.reached(), Durability::Disk);
    assert_eq!(harness.fs.contents(), "/logs/a: two⏎\n/logs/a.1: one⏎\n");
    harness.fs.break_down(Op::Sync, ErrorKind::Other);
    assert_eq!(harness.log("three").arrived(), 0);
    harness.fs.heal();
    drop(on_disk);
    harness.write("four");
    assert_eq!(harness.fs.contents(), "/logs/a: four⏎\n/logs/a.1: two⏎\n/logs/a.2: one⏎\n");
}

#[test]
fn what_a_device_took_is_not_written_again_when_a_file_takes_its_place() {
    let fs = FakeFs::new();
    fs.put_kind(FILE, Kind::CharDevice);
    let options = FileOptions::new().accept(Accept::AnyFileOrDevice).durability(Durability::Disk);
    let mut harness = Harness::open(fs, options);
    harness.write("aaa").write("bbb");
    harness.fs.remove(FILE.as_ref()).unwrap();
    harness.fs.put(FILE, "");
    harness.drain.control().reopen();
    harness.write("ccc");
    assert_eq!(harness.fs.contents(), "/logs/a: ccc⏎\n");
}
