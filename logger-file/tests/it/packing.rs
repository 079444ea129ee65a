//! Ended files are packed beside the writing.

use std::{
    collections::BTreeMap,
    fs,
    io::Read as _,
    path::Path,
    thread,
    time::{Duration, Instant},
};

use logger_core::{Batch, Drain as _, Journal as _};
use logger_file::{Compression, FileDrain, FileEvent, FileOptions, Naming, RotationPolicy, testing::FakeFs};

use crate::support::{EventOnly, Harness, later, record};

/// Looks until it is so.
pub(crate) fn wait_for(mut done: impl FnMut() -> bool) {
    let patience = Instant::now() + Duration::from_secs(60);
    while !done() {
        assert!(Instant::now() < patience, "it never came");
        thread::park_timeout(Duration::from_millis(1));
    }
}

fn names(folder: &Path) -> Vec<String> {
    fs::read_dir(folder).unwrap().map(|it| it.unwrap().file_name().into_string().unwrap()).collect()
}

/// What is in the files of a folder, unpacked, by their names.
fn contents(folder: &Path) -> BTreeMap<String, String> {
    let mut contents = BTreeMap::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let bytes = fs::read(&path).unwrap();
        let mut text = String::new();
        match path.extension().and_then(|it| it.to_str()) {
            Some("gz") => drop(flate2::read::GzDecoder::new(&*bytes).read_to_string(&mut text).unwrap()),
            Some("zst") => text = String::from_utf8(zstd::decode_all(&*bytes).unwrap()).unwrap(),
            _ => text = String::from_utf8(bytes).unwrap(),
        }
        contents.insert(path.file_name().unwrap().to_str().unwrap().to_owned(), text);
    }
    contents
}

fn options(compression: Compression) -> FileOptions {
    FileOptions::new()
        .format(EventOnly)
        .rotation(RotationPolicy::Size(1_000))
        .backup_count(1_000)
        .compression(compression)
}

#[test]
fn each_record_is_once_in_the_packed_files_and_in_order() {
    for (compression, naming, ending) in [
        (Compression::Gzip, Naming::Numbered, ".gz"),
        (Compression::Zstd, Naming::Numbered, ".zst"),
        (Compression::Gzip, Naming::Dated, ".gz"),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.log");
        let mut drain = FileDrain::open(&path, options(compression).naming(naming)).unwrap();
        for number in 0..2_000 {
            drain.log(&record(&format!("record-{number:05}")).borrow()).unwrap();
            if number % 50 == 0 {
                drain.flush(later()).unwrap();
            }
        }
        drain.flush(later()).unwrap();
        wait_for(|| names(folder.path()).iter().all(|name| name == "a.log" || name.ends_with(ending)));
        let contents = contents(folder.path());
        assert!(contents.len() > 20);
        let mut lines: Vec<_> = contents.values().flat_map(|text| text.lines()).collect();
        lines.sort_unstable();
        assert!(lines.into_iter().eq((0..2_000).map(|number| format!("record-{number:05}"))));
        assert!(contents.values().all(|text| text.lines().is_sorted()), "within a file they are in order");
    }
}

#[test]
fn what_a_recovery_would_count_is_not_packed() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.log");
    let mut drain = FileDrain::open(&path, options(Compression::Zstd)).unwrap();
    let journal = drain.journal();
    let mark = journal.mark().unwrap();
    for number in 0..500 {
        drain.log(&record(&format!("record-{number:05}")).borrow()).unwrap();
    }
    drain.flush(later()).unwrap();
    let packed = || names(folder.path()).iter().any(|name| name.ends_with(".zst"));
    for _ in 0..100 {
        assert!(!packed());
        assert_eq!(journal.records_since(mark, Batch::new("", 1)).unwrap(), 500);
        thread::yield_now();
    }
    journal.mark().unwrap();
    drain.log(&record("next").borrow()).unwrap();
    wait_for(packed);
}

#[test]
fn what_a_kill_left_unpacked_is_packed_after_the_next_start() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("a.log.1"), "one\n").unwrap();
    fs::write(folder.path().join("a.log.packing"), "half").unwrap();
    let mut drain = FileDrain::open(folder.path().join("a.log"), options(Compression::Gzip)).unwrap();
    drain.log(&record("next").borrow()).unwrap();
    drain.flush(later()).unwrap();
    let expected =
        BTreeMap::from([("a.log", "next\n"), ("a.log.1.gz", "one\n")].map(|(a, b)| (a.into(), b.into())));
    wait_for(|| names(folder.path()).len() == 2 && names(folder.path()).contains(&"a.log.1.gz".to_owned()));
    assert_eq!(contents(folder.path()), expected);
}

#[test]
fn packed_files_are_kept_and_go_like_others() {
    let fs = FakeFs::new();
    let options =
        FileOptions::new().rotation(RotationPolicy::Size(0)).backup_count(2).compression(Compression::Gzip);
    let mut harness = Harness::open(fs, options);
    for word in ["a", "b", "c", "d", "e"] {
        harness.write(word);
        wait_for(|| harness.fs.names().iter().all(|name| name == "/logs/a" || name.ends_with(".gz")));
    }
    assert_eq!(harness.fs.names(), ["/logs/a", "/logs/a.1.gz", "/logs/a.2.gz"]);
}

#[test]
fn a_file_that_cannot_be_packed_stays_and_is_told_of() {
    let fs = FakeFs::new();
    fs.put_kind("/logs/a.packing", logger_file::Kind::Folder);
    let options = FileOptions::new().rotation(RotationPolicy::Size(0)).compression(Compression::Gzip);
    let mut harness = Harness::open(fs, options);
    harness.write("a b");
    let mut events = Vec::new();
    wait_for(|| {
        harness.flush().unwrap();
        events.extend(harness.take_events());
        events.iter().any(|event| matches!(event, FileEvent::NotPacked { .. }))
    });
    assert_eq!(harness.fs.contents(), "/logs/a: b⏎\n/logs/a.1: a⏎\n/logs/a.packing: a folder\n");
}

#[cfg(target_os = "linux")]
#[test]
fn files_are_packed_with_the_lowest_priority() {
    let folder = tempfile::tempdir().unwrap();
    let mut drain = FileDrain::open(folder.path().join("a"), options(Compression::Gzip)).unwrap();
    let line = "x".repeat(600);
    for _ in 0..3 {
        drain.log(&record(&line).borrow()).unwrap();
        drain.flush(later()).unwrap();
    }
    wait_for(|| names(folder.path()).iter().any(|name| name.ends_with(".gz")));
    // the drain is there still, and so is its thread; other tests may have begun theirs just now
    let niceness = |task: fs::DirEntry| {
        let stat = fs::read_to_string(task.path().join("stat")).ok()?;
        let (name, rest) = stat.rsplit_once(')')?;
        name.ends_with("(log-packer").then(|| rest.split_whitespace().nth(16)?.parse::<i32>().ok())?
    };
    let found: Vec<_> = fs::read_dir("/proc/self/task").unwrap().flatten().filter_map(niceness).collect();
    assert!(found.contains(&19), "{found:?}");
}
