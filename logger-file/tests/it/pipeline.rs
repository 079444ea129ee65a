//! Behind a pipeline: what the file does not take is in the fallback, and nothing is in both.

use std::time::Duration;

use logger_core::{Pipeline, Route, info};
use logger_file::{FileDrain, FileOptions, RotationPolicy, testing::FakeFs};

use crate::support::EventOnly;

const LONG: Duration = Duration::from_secs(3600);

fn drain(fs: &FakeFs) -> FileDrain {
    let options = FileOptions::new()
        .format(EventOnly)
        .fs(fs.clone())
        .rotation(RotationPolicy::Size(1000))
        .backup_count(u32::MAX);
    FileDrain::open("/logs/a", options).unwrap()
}

/// The numbers in all files of a file system, in the order of their lines; the oldest file first.
fn numbers(fs: &FakeFs) -> Vec<u32> {
    let mut names = fs.names();
    names.sort_by_key(|name| {
        std::cmp::Reverse(name.strip_prefix("/logs/a.").map(|it| it.parse().unwrap_or(0)))
    });
    let texts = names.iter().map(|name| String::from_utf8(fs.read(name).unwrap()).unwrap());
    texts.flat_map(|text| text.lines().filter_map(|it| it.parse().ok()).collect::<Vec<u32>>()).collect()
}

#[test]
fn f11_each_record_is_either_in_the_files_or_in_the_fallback() {
    let (disk, other) = (FakeFs::new(), FakeFs::new());
    let guard = Pipeline::builder()
        .route(Route::new("general", drain(&disk)))
        .fallback(drain(&other))
        .reports(drain(&FakeFs::new()))
        .start()
        .unwrap();
    let log = guard.logger();
    disk.space(5_000);
    for number in 0..2_000 {
        info!(log, "{number}");
    }
    assert!(guard.flush(LONG).finished);
    disk.heal();
    let report = guard.shutdown(LONG);
    assert!(report.finished);
    let (written, diverted) = (numbers(&disk), numbers(&other));
    assert!(!written.is_empty() && !diverted.is_empty(), "{} and {}", written.len(), diverted.len());
    assert!(written.is_sorted(), "{written:?}");
    let mut all = [written.clone(), diverted.clone()].concat();
    all.sort_unstable();
    assert!(all.into_iter().eq(0..2_000));
    let health = &report.health.drains[0];
    assert_eq!((health.delivered, health.diverted), (written.len() as u64, diverted.len() as u64));
}
