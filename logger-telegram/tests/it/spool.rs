use std::{
    fs,
    path::Path,
    sync::Arc,
    time::{Duration, Instant},
};

use logger_core::{Clock, Drain as _, Level, ManualClock, OwnedRecord, Run, Timestamp};
use logger_telegram::{AlertError, AlertEvent, Alerts, AlertsBuilder, Rule, Webhook};
use logger_testserver::{Fault, Server};
use tempfile::TempDir;

use crate::support::{Harness, PATIENCE, critical, telegram, unlimited, webhook};

fn with_spool(server: Server, folder: &TempDir) -> Harness {
    with(server, folder, |builder| builder)
}

fn with(server: Server, folder: &TempDir, set: impl FnOnce(AlertsBuilder) -> AlertsBuilder) -> Harness {
    let target = webhook(&server);
    Harness::with(server, |builder| set(builder.target(target).spool(path(folder))))
}

fn path(folder: &TempDir) -> std::path::PathBuf {
    folder.path().join("alerts.spool")
}

/// Alerts that could not be delivered, and what of them a kill leaves.
fn killed(folder: &TempDir, events: &[&str]) -> TempDir {
    let server = unlimited();
    server.fail_always(Some(Fault::Status(500)));
    let mut harness = with_spool(server, folder);
    for event in events {
        harness.critical(event);
    }
    harness.wait("an attempt", |it| !it.server.received().is_empty());
    copy(folder.path())
}

fn copy(folder: &Path) -> TempDir {
    let image = tempfile::tempdir().unwrap();
    for entry in fs::read_dir(folder).unwrap() {
        let entry = entry.unwrap();
        fs::copy(entry.path(), image.path().join(entry.file_name())).unwrap();
    }
    image
}

#[test]
fn what_was_not_delivered_is_told_once_late_and_in_order_by_the_next_start() {
    let folder = tempfile::tempdir().unwrap();
    let image = killed(&folder, &["a", "b", "a", "c", "a"]);
    let harness = with_spool(unlimited(), &image);
    assert_eq!(harness.handle.health().left_by_earlier_runs, 5);
    assert_eq!(harness.shown(3), ["a ×3 late", "b ×1 late", "c ×1 late"]);
    harness.wait("the figures", |it| it.handle.health().targets[0].late == 3);
    harness.assert_kept_the_rules();
    drop(harness);
    let harness = with_spool(unlimited(), &image);
    assert_eq!(harness.handle.health().left_by_earlier_runs, 0);
    assert!(harness.handle.close(PATIENCE));
    assert_eq!(harness.server.received().len(), 0);
}

#[test]
fn a_server_that_is_away_for_a_minute_and_a_kill_in_between_are_told_by_the_times_of_each_alert() {
    let folder = tempfile::tempdir().unwrap();
    let clock = ManualClock::new(Timestamp::from_unix_nanos(1_800_000_000_000_000_000));
    let spool = |builder: AlertsBuilder, image: &TempDir| builder.spool(path(image));
    let away = unlimited();
    away.fail_always(Some(Fault::Status(503)));
    let target = telegram(&away);
    let mut harness =
        Harness::at(Clock::Manual(Arc::clone(&clock)), away, |it| spool(it.target(target), &folder));
    harness.critical("before");
    clock.advance(Duration::from_secs(20));
    harness.critical("meanwhile").critical("meanwhile");
    harness.wait("an attempt", |it| !it.server.received().is_empty());
    let image = copy(folder.path());
    clock.advance(Duration::from_secs(40));
    let back = unlimited();
    let target = telegram(&back);
    let next = Harness::at(Clock::Manual(clock), back, |it| spool(it.target(target), &image));
    // there is room for one message, which has both of them in their order
    let shown = next.told(3).join("\n");
    let lines: Vec<&str> = shown.lines().filter(|it| !it.starts_with("bot on ")).collect();
    let expected = [
        "🔴 CRITICAL 1 of 2",
        "before",
        "late: happened 2027-01-15 08:00:00 UTC, sent 2027-01-15 08:01:00 UTC",
        "",
        "🔴 CRITICAL 2 of 2",
        "meanwhile",
        "2 times from 2027-01-15 08:00:20 UTC to 2027-01-15 08:00:20 UTC",
        "late: happened 2027-01-15 08:00:20 UTC, sent 2027-01-15 08:01:00 UTC",
    ];
    assert_eq!(lines, expected);
    assert!(next.handle.close(PATIENCE));
    assert_eq!(next.server.shown().len(), 1, "each once");
    let health = next.handle.health();
    let sent_at = Timestamp::from_unix_nanos(1_800_000_060_000_000_000);
    assert_eq!((health.targets[0].late, health.targets[0].last_success), (1, Some(sent_at)));
    assert_eq!(health.targets[0].delay.count(), 0, "what is late is in no delay");
}

#[test]
fn what_was_delivered_is_not_told_again() {
    let folder = tempfile::tempdir().unwrap();
    let mut harness = with_spool(unlimited(), &folder);
    harness.critical("a");
    harness.shown(1);
    harness.wait("the answer", |it| it.handle.health().targets[0].sent == 1);
    let image = copy(folder.path());
    let harness = with_spool(unlimited(), &image);
    assert!(harness.handle.close(PATIENCE));
    assert_eq!(harness.server.received().len(), 0);
}

#[test]
fn repeats_that_were_not_told_yet_are_told_by_the_next_start() {
    let folder = tempfile::tempdir().unwrap();
    let mut harness = with_spool(unlimited(), &folder);
    harness.critical("a");
    harness.wait("the answer", |it| it.handle.health().targets[0].sent == 1);
    harness.critical("a").critical("a");
    let image = copy(folder.path());
    let harness = with_spool(unlimited(), &image);
    assert_eq!(harness.shown(1), ["a ×2 late"]);
}

#[test]
fn a_rest_has_another_key_than_what_was_told_and_a_second_attempt_by_the_next_start_has_the_same() {
    let keys = |server: &Server| -> Vec<String> {
        let key = |it: &logger_testserver::Received| it.request.header("idempotency-key").unwrap().to_owned();
        server.received().iter().map(key).collect()
    };
    let folder = tempfile::tempdir().unwrap();
    let mut harness = with_spool(unlimited(), &folder);
    harness.critical("a");
    harness.wait("the answer", |it| it.handle.health().targets[0].sent == 1);
    harness.critical("a");
    let server = unlimited();
    server.fail_always(Some(Fault::Status(500)));
    let rest = with_spool(server, &copy(folder.path()));
    rest.wait("an attempt", |it| !it.server.received().is_empty());
    assert_ne!(keys(&harness.server)[0], keys(&rest.server)[0], "a receiver would take it for known");
    let again = with_spool(unlimited(), &copy(folder.path()));
    again.shown(1);
    assert_eq!(keys(&again.server)[0], keys(&rest.server)[0]);
}

#[test]
fn a_record_that_the_queue_gives_again_after_a_kill_is_not_told_twice() {
    let folder = tempfile::tempdir().unwrap();
    let image = killed(&folder, &["a", "b"]);
    let mut harness = with_spool(unlimited(), &image);
    // the harness numbers from 1, as the run before did; the third one had not reached the spool
    for event in ["a", "b", "c"] {
        harness.log(critical(event).recovered(true));
    }
    assert_eq!(harness.shown(3), ["a ×1 late", "b ×1 late", "c ×1 late"]);
    assert!(harness.handle.close(PATIENCE));
    let health = harness.handle.health();
    assert_eq!((health.known, health.accepted, harness.server.shown().len()), (2, 1, 3));
}

#[test]
fn each_target_is_told_what_it_does_not_know() {
    let folder = tempfile::tempdir().unwrap();
    let (server, other) = (unlimited(), unlimited());
    server.fail_always(Some(Fault::Status(500)));
    let second = Webhook::new(format!("{}/second", other.url()));
    let second = || logger_telegram::Target::from(second.clone()).named("second");
    let mut harness = with(server, &folder, |builder| builder.target(second()));
    harness.critical("a");
    assert!(other.wait_until(PATIENCE, |shown| shown.len() == 1));
    harness.wait("the answer", |it| it.handle.health().targets[1].sent == 1);
    let image = copy(folder.path());
    let harness = with(unlimited(), &image, |builder| builder.target(second()));
    assert_eq!(harness.shown(1), ["a ×1 late"]);
    assert!(harness.handle.close(PATIENCE));
    assert_eq!(other.shown().len(), 1);
}

#[test]
fn a_damaged_spool_gives_what_is_whole_and_counts_the_rest_wherever_it_is_damaged() {
    let folder = tempfile::tempdir().unwrap();
    let image = killed(&folder, &["a", "b", "c"]);
    let whole = fs::read(path(&image)).unwrap();
    let server = unlimited();
    for at in (0..whole.len()).step_by(7) {
        for damaged in [whole[..at].to_vec(), flipped(&whole, at)] {
            let folder = tempfile::tempdir().unwrap();
            fs::write(path(&folder), damaged).unwrap();
            let alerts = builder(&server, &folder).start().unwrap();
            let health = alerts.handle().health();
            assert!(health.left_by_earlier_runs <= 3, "{at}: {health:?}");
            assert!(health.left_by_earlier_runs >= 1 || at < 3 * whole.len() / 4, "{at}: {health:?}");
        }
    }
}

fn flipped(bytes: &[u8], at: usize) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    bytes[at] ^= 0x10;
    bytes
}

fn builder(server: &Server, folder: &TempDir) -> AlertsBuilder {
    // long enough that nothing is sent while a test looks at what was read
    server.fail_always(Some(Fault::BlackHole(PATIENCE)));
    Alerts::builder().allow_host("127.0.0.1").target(webhook(server)).spool(path(folder))
}

#[test]
fn the_spool_is_bounded_and_what_does_not_fit_is_counted_and_sent_all_the_same() {
    let folder = tempfile::tempdir().unwrap();
    let server = unlimited();
    server.fail_always(Some(Fault::Status(500)));
    let mut harness = with(server, &folder, |builder| builder.spool_max_bytes(64 << 10));
    let long = "x".repeat(4_000);
    for n in 0..40 {
        harness.log(critical(&format!("{n} {long}")));
    }
    assert!(fs::metadata(path(&folder)).unwrap().len() <= 64 << 10);
    let unspooled = harness.handle.health().unspooled;
    assert!((20..40).contains(&unspooled), "{unspooled}");
    assert!(harness.events().iter().any(|it| it.to_string().contains("not on the disk: it is full")));
    harness.wait("the figure", |it| it.handle.health().spool_bytes > 32 << 10);
    harness.server.fail_always(None);
    harness.shown(40);
    harness.wait("the answers", |it| it.handle.health().targets[0].sent == 40);
    // what was told makes room
    harness.critical("last");
    assert_eq!(harness.handle.health().unspooled, unspooled);
}

#[test]
fn alerts_below_critical_leave_half_of_the_spool_to_those_that_are() {
    let folder = tempfile::tempdir().unwrap();
    let server = unlimited();
    server.fail_always(Some(Fault::Status(500)));
    let mut harness = with(server, &folder, |builder| {
        let builder = builder.spool_max_bytes(64 << 10).rule(Rule::each("errors").level(Level::Error));
        builder.report_every(Duration::from_secs(3_600))
    });
    let long = "x".repeat(4_000);
    for n in 0..40 {
        harness.log(OwnedRecord::new(Level::Error, format!("{n} {long}")));
    }
    assert!(fs::metadata(path(&folder)).unwrap().len() <= 32 << 10);
    let unspooled = harness.handle.health().unspooled;
    assert!((30..40).contains(&unspooled), "{unspooled}");
    harness.critical(&long);
    assert_eq!(harness.handle.health().unspooled, unspooled);
    // once an interval
    let told = |it: &&AlertEvent| matches!(it, AlertEvent::SpoolFails { .. });
    assert_eq!(harness.events().iter().filter(told).count(), 1);
}

#[test]
fn a_target_that_hangs_is_not_waited_for_without_end() {
    let server = unlimited();
    server.fail_always(Some(Fault::BlackHole(PATIENCE)));
    let target = webhook(&server);
    let mut harness = Harness::new(server, target);
    harness.critical("a");
    assert!(!harness.handle.close(PATIENCE), "it says that not all was said");
    // a request ends after 2.25 s, and no more than 5 s are waited for
    assert!((1..=3).contains(&harness.server.received().len()), "{}", harness.server.received().len());
}

#[test]
fn alerts_that_are_too_old_are_counted_and_not_sent() {
    let folder = tempfile::tempdir().unwrap();
    let image = killed(&folder, &["a"]);
    let harness = with(unlimited(), &image, |builder| builder.spool_max_age(Duration::ZERO));
    let health = harness.handle.health();
    assert_eq!((health.left_by_earlier_runs, health.unreadable), (0, 1));
}

#[test]
fn a_second_process_has_a_spool_of_its_own_and_takes_over_that_of_a_dead_one() {
    let folder = tempfile::tempdir().unwrap();
    let server = unlimited();
    server.fail_always(Some(Fault::Status(500)));
    let mut first = with_spool(server, &folder);
    let server = unlimited();
    server.fail_always(Some(Fault::Status(500)));
    let mut second = with_spool(server, &folder);
    first.critical("of the first");
    second.critical("of the second");
    // as a kill leaves them
    let image = copy(folder.path());
    assert!(image.path().join("alerts.spool.2").exists());
    let survivor = with_spool(unlimited(), &image);
    assert_eq!(survivor.shown(2), ["of the first ×1 late", "of the second ×1 late"]);
    assert!(survivor.handle.close(PATIENCE));
    drop(survivor);
    let next = with_spool(unlimited(), &image);
    assert_eq!(next.handle.health().left_by_earlier_runs, 0);
}

#[test]
fn what_is_logged_after_the_end_is_counted_and_the_next_start_has_the_spool() {
    let folder = tempfile::tempdir().unwrap();
    let server = unlimited();
    server.fail_always(Some(Fault::Status(500)));
    let mut first = with_spool(server, &folder);
    first.critical("a");
    assert!(!first.handle.close(PATIENCE));
    first.critical("b");
    assert_eq!(first.handle.health().unspooled, 1);
    // while the first one is still there
    let next = with_spool(unlimited(), &folder);
    assert_eq!(next.shown(1), ["a ×1 late"]);
}

#[cfg(unix)]
#[test]
fn the_spool_is_private_and_follows_no_link() {
    use std::os::unix::fs::{PermissionsExt as _, symlink};

    let folder = tempfile::tempdir().unwrap();
    let mut harness = with_spool(unlimited(), &folder);
    harness.critical("a");
    assert_eq!(fs::metadata(path(&folder)).unwrap().permissions().mode() & 0o777, 0o600);
    let (folder, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    fs::write(other.path().join("victim"), "precious").unwrap();
    symlink(other.path().join("victim"), path(&folder)).unwrap();
    assert!(matches!(builder(&harness.server, &folder).start(), Err(AlertError::Spool { what: "open", .. })));
    assert_eq!(fs::read_to_string(other.path().join("victim")).unwrap(), "precious");
}

#[test]
fn records_of_two_earlier_runs_that_come_in_one_batch_are_told_once_after_another_kill() {
    let folder = tempfile::tempdir().unwrap();
    let server = unlimited();
    server.fail_always(Some(Fault::Status(500)));
    let mut harness = with_spool(server, &folder);
    let recovered = |harness: &mut Harness| {
        for (run, event) in [("one", "a"), ("one", "b"), ("two", "c")] {
            let run = Arc::new(Run::fixed("bot", "host", 7, run));
            let seq = if event == "b" { 2 } else { 1 };
            let record =
                critical(event).recovered(true).run(&run).seq(seq).timestamp(harness.clock.now()).build();
            harness.drain.log(&record.borrow()).unwrap();
        }
        harness.drain.flush(Instant::now() + PATIENCE).unwrap();
    };
    recovered(&mut harness);
    let image = copy(folder.path());
    let mut next = with_spool(unlimited(), &image);
    recovered(&mut next);
    assert!(next.handle.close(PATIENCE));
    let told: Vec<String> = next.server.shown().into_iter().map(|it| it.text).collect();
    assert_eq!(told, ["a ×1 late", "b ×1 late", "c ×1 late"]);
    assert_eq!(next.handle.health().known, 3);
}
