//! Room for trades on a full disk.

use logger_file::{FileOptions, testing::FakeFs};

use crate::support::{FILE, Harness};

#[test]
fn f11_a_full_disk_has_room_for_the_size_of_the_ballast() {
    let fs = FakeFs::new();
    let mut harness = Harness::open(fs, FileOptions::new().ballast(1_000));
    harness.at("2026-01-31T10:00:00Z").write("aaa");
    harness.fs.space(5);
    // what the ballast had is free when it is deleted
    harness.fs.free_on_remove();
    harness.log("bbb ccc ddd").flush().unwrap();
    assert_eq!(harness.fs.contents(), "/logs/a: aaa⏎bbb⏎ccc⏎ddd⏎\n");
    assert_eq!(harness.events(), "BallastReleased { path: \"/logs/a\", bytes: 1000 }\n");
    harness.fs.space(0);
    assert_eq!(harness.log("eee").arrived(), 0, "it can be given away once");
    harness.fs.heal();
    harness.at("2026-01-31T10:01:00Z").write("fff");
    assert_eq!(harness.fs.read(format!("{FILE}.ballast")).unwrap().len(), 1_000);
}

#[test]
fn another_error_does_not_release_it() {
    let mut harness = Harness::open(FakeFs::new(), FileOptions::new().ballast(1_000));
    harness.fs.fail_write(1, std::io::ErrorKind::PermissionDenied);
    assert_eq!(harness.log("a").arrived(), 0);
    assert_eq!(harness.fs.names().len(), 2);
}
