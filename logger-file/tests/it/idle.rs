//! What becomes of a file that nobody writes to.

use std::path::Path;

use logger_core::Drain as _;
use logger_file::{
    Fate, FileEvent, FileOptions, Fs as _, Retention, RotationPolicy, Schedule, testing::FakeFs,
};

use crate::support::{FILE, Harness, at};

fn tick(harness: &mut Harness, time: &str) {
    harness.fs.set_now(at(time));
    harness.drain.tick(at(time));
}

fn daily() -> Harness {
    let options = FileOptions::new().rotation(RotationPolicy::Time(Schedule::daily())).backup_count(9);
    let mut harness = Harness::open(FakeFs::new(), options);
    harness.at("2026-01-31T23:59:59Z").write("saturday");
    harness
}

#[test]
fn a_file_ends_when_its_time_has_come_though_nothing_is_logged_and_an_empty_one_never_does() {
    let mut harness = daily();
    tick(&mut harness, "2026-01-31T23:59:59.9Z");
    assert_eq!(harness.fs.names(), ["/logs/a"]);
    tick(&mut harness, "2026-02-01T00:00:00Z");
    for day in 1..9 {
        tick(&mut harness, &format!("2026-02-0{day}T12:00:00Z"));
    }
    harness.at("2026-02-08T13:00:00Z").write("sunday");
    assert_eq!(harness.fs.contents(), "/logs/a: sunday⏎\n/logs/a.1: saturday⏎\n");
}

#[test]
fn l3_a_file_that_was_moved_or_deleted_is_made_again_though_nothing_is_logged() {
    let mut harness = daily();
    harness.fs.rename(Path::new(FILE), Path::new("/logs/moved")).unwrap();
    tick(&mut harness, "2026-01-31T23:59:59.5Z");
    assert_eq!(harness.fs.contents(), "/logs/a: \n/logs/moved: saturday⏎\n");
    harness.fs.remove(Path::new(FILE)).unwrap();
    tick(&mut harness, "2026-01-31T23:59:59.6Z");
    assert_eq!(harness.fs.contents(), "/logs/a: \n/logs/moved: saturday⏎\n");
    let fates: Vec<_> = harness
        .take_events()
        .into_iter()
        .map(|event| match event {
            FileEvent::Reopened { was, .. } => was,
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(fates, [Fate::Moved, Fate::Deleted]);
}

#[test]
fn what_is_asked_for_is_done_though_nothing_is_logged() {
    let mut harness = daily();
    harness.drain.control().rotate();
    tick(&mut harness, "2026-01-31T23:59:59.5Z");
    assert_eq!(harness.fs.contents(), "/logs/a: \n/logs/a.1: saturday⏎\n");
    harness.drain.control().reopen();
    harness.take_events();
    tick(&mut harness, "2026-01-31T23:59:59.6Z");
    let events = harness.take_events();
    assert!(matches!(events[..], [FileEvent::Reopened { was: Fate::InPlace, .. }]), "{events:?}");
}

#[test]
fn old_files_go_by_their_age_though_nothing_is_logged() {
    let hour = std::time::Duration::from_secs(3600);
    let options = FileOptions::new()
        .rotation(RotationPolicy::Size(5))
        .retention(Retention::everything().age(24 * hour));
    let mut harness = Harness::open(FakeFs::new(), options);
    harness.at("2026-01-31T00:00:00Z").write("one two");
    assert_eq!(harness.fs.names().len(), 2);
    for hour in 0..24 {
        tick(&mut harness, &format!("2026-01-31T{hour:02}:00:00Z"));
    }
    assert_eq!(harness.fs.names().len(), 2);
    tick(&mut harness, "2026-02-01T00:30:00Z");
    assert_eq!(harness.fs.names(), ["/logs/a"]);
}

#[test]
fn what_ended_in_the_last_batch_goes_when_that_is_done() {
    use logger_core::Journal as _;
    let options = FileOptions::new().rotation(RotationPolicy::Size(5)).backup_count(1);
    let mut harness = Harness::open(FakeFs::new(), options);
    let journal = harness.drain.journal();
    journal.mark();
    harness.log("one two six ten").flush().unwrap();
    tick(&mut harness, "2026-01-31T00:00:00Z");
    assert_eq!(harness.fs.names().len(), 4, "a recovery would count lines in them");
    journal.batch_done();
    tick(&mut harness, "2026-01-31T00:00:00Z");
    assert_eq!(harness.fs.names(), ["/logs/a", "/logs/a.1"]);
}
