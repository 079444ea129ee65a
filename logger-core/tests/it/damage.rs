//! F35: what a dead process has left, damaged in every way that costs no process: the next start reads it, finds what is
//! whole, says what is not, and neither panics nor hangs.
//!
//! Nothing here knows how a record lies in memory: files are damaged blindly, and a record counts as whole where no byte
//! near its text was touched.
#![cfg(target_os = "linux")]

use std::{
    collections::BTreeMap,
    fs,
    io::{Seek as _, SeekFrom, Write as _},
    ops::Range,
    os::unix::fs::symlink,
    path::{Path, PathBuf},
    process::Command,
    sync::{Arc, Barrier},
    thread,
};

use logger_core::{LoggerExt as _, Route, info};
use tempfile::TempDir;

use crate::{
    recovery::{self, copy_folder, queue_in},
    support::{Collector, Gate, PATIENCE, one},
};

const THREADS: usize = 2;
const RECORDS: usize = 150;
/// The bytes of a ring before its records.
const HEADER: usize = 4096;
/// The record that holds the worker up.
const HELD: &str = "<held>";
/// No record of these tests is longer.
const LONGEST: usize = 512;

/// What a process has left that was killed with all its records in rings and spills.
struct Image {
    temp: TempDir,
    /// The text of each record, and in which file of the run at which offset it stands.
    records: BTreeMap<String, (String, usize)>,
}

/// What a start has made of an image.
struct Found {
    events: Vec<String>,
    reports: Vec<String>,
}

fn text(thread: usize, n: usize) -> String {
    format!("<{thread}.{n:03}>")
}

impl Image {
    fn new() -> Image {
        let temp = tempfile::tempdir().unwrap();
        let (live, kept) = (temp.path().join("live"), temp.path().join("kept"));
        let barrier = Arc::new(Barrier::new(2));
        let (inner, _) = Collector::new();
        let gate = Gate { barrier: Arc::clone(&barrier), inner, passed: false };
        let guard = queue_in(&live).route(Route::new("general", gate)).start().unwrap();
        // the worker stands still with this record, so that all others stay where they are
        info!(guard.logger(), "{HELD}");
        barrier.wait();
        thread::scope(|scope| {
            for thread in 0..THREADS {
                let (log, trades) = (guard.logger(), guard.logger().trade());
                scope.spawn(move || {
                    for n in 0..RECORDS {
                        let log = if n % 3 == 0 { &trades } else { &log };
                        info!(log, "{}", text(thread, n); "n" => n);
                    }
                });
            }
        });
        copy_folder(&live, &kept);
        barrier.wait();
        assert!(guard.shutdown(PATIENCE).finished);
        let mut image = Image { temp, records: BTreeMap::new() };
        let of_records = |name: &str| name.starts_with("ring") || name.starts_with("spill");
        for (name, bytes) in image.files().into_iter().filter(|it| of_records(&it.0)) {
            let texts = (0..THREADS).flat_map(|thread| (0..RECORDS).map(move |n| text(thread, n)));
            for text in texts.chain([HELD.to_owned()]) {
                let at = bytes.windows(text.len()).position(|it| it == text.as_bytes());
                image.records.extend(at.map(|at| (text, (name.clone(), at))));
            }
        }
        assert_eq!(image.records.len(), THREADS * RECORDS + 1, "all records are in the image");
        let spilled = image.records.values().filter(|(name, _)| name.starts_with("spill")).count();
        assert!(spilled > 10, "{spilled} records are in spills");
        image
    }

    fn run(&self) -> PathBuf {
        run_in(&self.temp.path().join("kept"))
    }

    /// The files of the run with their contents.
    fn files(&self) -> Vec<(String, Vec<u8>)> {
        let files = fs::read_dir(self.run()).unwrap().map(|it| it.unwrap().path());
        let mut files: Vec<_> =
            files.map(|path| (name_of(&path), fs::read(path).unwrap())).filter(|it| it.0 != "lock").collect();
        files.sort();
        files
    }

    /// Starts on a copy of the image that `damage` has changed.
    fn damaged(&self, damage: impl FnOnce(&Path)) -> (Found, PathBuf) {
        let copy = self.temp.path().join("copy");
        let _ = fs::remove_dir_all(&copy);
        copy_folder(&self.temp.path().join("kept"), &copy);
        let run = run_in(&copy);
        damage(&run);
        (start(&copy), run)
    }

    /// Damages one file by `change`. Says what is missing, doubled or silent besides.
    #[track_caller]
    fn check(&self, name: &str, touched: Range<usize>, what: &str, change: impl FnOnce(&Path)) {
        let (found, _) = self.damaged(|run| change(&run.join(name)));
        let point = format!("{name}: {what} {touched:?}");
        let mut events: Vec<_> = found.events.iter().filter(|it| it.starts_with('<')).collect();
        let all = events.len();
        events.sort();
        events.dedup();
        assert_eq!(events.len(), all, "{point}: nothing twice");
        let missing = |text: &String| events.binary_search(&text).is_err();
        let unknown: Vec<_> = events.iter().filter(|it| !self.records.contains_key(**it)).collect();
        assert!(unknown.is_empty(), "{point}: nothing that nobody logged: {unknown:?}");
        let any = self.records.keys().any(missing);
        assert!(
            !any || is_silent(name, &touched, what) || !found.reports.is_empty(),
            "{point}: missing in silence"
        );
        // a run whose description, plan or dictionary is damaged, and a ring without its header, may be given up, aloud
        let gave_up = |file: &str, at: usize| {
            let near = at + LONGEST > touched.start && at < touched.end + LONGEST;
            !name.contains('-') || (file == name && (near || touched.start < HEADER))
        };
        let must: Vec<_> = self
            .records
            .iter()
            .filter(|(text, (file, at))| missing(text) && !gave_up(file, *at))
            .map(|(text, (file, at))| format!("{text} in {file} at {at}"))
            .collect();
        assert!(must.is_empty(), "{point}: whole, and not found: {must:?}; {:?}", found.reports);
    }
}

/// What nothing could tell: that a spill was longer, that the last ring was there, and that a number is another one which
/// makes sense, in a plan or in the header of a ring.
fn is_silent(name: &str, touched: &Range<usize>, what: &str) -> bool {
    match what {
        "cut" => name.starts_with("spill"),
        "number" | "bit" => name == "plan" || (name.starts_with("ring") && touched.start < HEADER),
        _ => false,
    }
}

fn run_in(folder: &Path) -> PathBuf {
    fs::read_dir(folder).unwrap().next().unwrap().unwrap().path()
}

fn name_of(path: &Path) -> String {
    path.file_name().unwrap().to_str().unwrap().to_owned()
}

/// A start on a queue folder: it has to log and to end in order, whatever lies there.
#[track_caller]
fn start(folder: &Path) -> Found {
    let (reports, reported) = Collector::new();
    let (guard, lines) = one(queue_in(folder).reports(reports));
    info!(guard.logger(), "alive");
    let report = guard.shutdown(PATIENCE);
    assert!(report.finished, "it does not hang");
    let events = lines.events();
    assert!(events.contains(&"alive".to_owned()));
    let told = reported.events().into_iter().filter(|it| it != "records of an earlier run recovered");
    Found { events, reports: told.collect() }
}

fn cut(path: &Path, len: usize) {
    fs::OpenOptions::new().write(true).open(path).unwrap().set_len(len as u64).unwrap();
}

fn put(path: &Path, at: usize, bytes: &[u8]) {
    let mut file = fs::OpenOptions::new().write(true).open(path).unwrap();
    file.seek(SeekFrom::Start(at as u64)).unwrap();
    file.write_all(bytes).unwrap();
}

/// All numbers below `len`, if they are few; else some that are spread over all, and those at the beginning.
fn offsets(len: usize, most: usize) -> impl Iterator<Item = usize> {
    let step = len.div_ceil(most).max(1);
    // a step that is no multiple of a word meets every place in one
    (0..len).step_by(if step > 1 { step | 1 } else { 1 })
}

#[test]
fn an_image_that_is_whole_is_found_whole() {
    let image = Image::new();
    let (found, run) = image.damaged(|_| {});
    assert_eq!(found.events.len(), THREADS * RECORDS + 2);
    assert_eq!(found.reports, [""; 0]);
    assert!(!run.exists());
}

#[test]
fn an_image_cut_at_any_offset() {
    let image = Image::new();
    for (name, bytes) in image.files() {
        // of one ring a word more or less is like another
        let most = if bytes.len() < 512 { 512 } else { 16 };
        for at in offsets(bytes.len(), most) {
            image.check(&name, at..bytes.len(), "cut", |path| cut(path, at));
        }
    }
}

#[test]
fn an_image_with_pages_of_zeros() {
    let image = Image::new();
    for (name, bytes) in image.files() {
        for (page, zeros) in bytes.chunks(4096).map(|page| vec![0; page.len()]).enumerate() {
            let at = page * 4096;
            image.check(&name, at..at + zeros.len(), "zeros", |path| put(path, at, &zeros));
        }
    }
}

#[test]
fn an_image_with_huge_numbers() {
    let image = Image::new();
    // one of each kind
    let kinds = ["plan", "run.json", "ring-1", "spill-1"];
    for (name, bytes) in image.files().into_iter().filter(|it| kinds.contains(&it.0.as_str())) {
        let words = |to: usize| (0..to.min(bytes.len().saturating_sub(8))).step_by(8);
        // each word where the numbers of a header are, some of the rest
        for (index, at) in words(600).chain(words(usize::MAX).step_by(197)).enumerate() {
            let number = if index % 2 == 0 { u64::from(u32::MAX) } else { u64::MAX };
            image.check(&name, at..at + 8, "number", |path| put(path, at, &number.to_le_bytes()));
        }
    }
}

#[test]
fn an_image_with_flipped_bits() {
    let image = Image::new();
    let files = image.files();
    let mut random = random(20_251_016);
    for _ in 0..150 {
        let (name, bytes) = &files[random(files.len())];
        // mostly where numbers are: the first words, or the first bytes of records
        let at = if random(3) > 0 { random(bytes.len().min(5_000)) } else { random(bytes.len()) };
        let bit = 1 << random(8);
        image.check(name, at..at + 1, "bit", |path| put(path, at, &[bytes[at] ^ bit]));
    }
}

#[test]
fn a_text_that_was_altered_is_not_written_and_all_others_are() {
    let image = Image::new();
    for (text, (name, at)) in image.records.iter().step_by(10) {
        image.check(name, *at..*at + 1, "text", |path| put(path, at + 1, b"?"));
        let (found, _) = image.damaged(|run| put(&run.join(name), at + 1, b"?"));
        assert!(!found.events.iter().any(|it| it == text || it.starts_with("<?")), "{text}");
        assert_eq!(found.events.len(), image.records.len(), "all but this one, and one more");
    }
}

#[test]
fn a_damaged_record_of_an_interrupted_batch_costs_itself_alone() {
    let temp = tempfile::tempdir().unwrap();
    let mut cases = [0; 2];
    for (point, (folder, disks)) in recovery::crash_images(temp.path()).into_iter().enumerate().step_by(9) {
        let run = run_in(&folder);
        let written = disks.general.texts();
        let ring = fs::read(run.join("ring-0")).unwrap();
        // the third one that lies in the first ring, and is written already, or is not
        let is_written = |text: &String| written.iter().any(|event| event == text);
        let want_written = point % 2 == 0;
        // whichever thread was the first
        let texts = (0..2).flat_map(|thread| (0..40).map(move |n| format!("{thread}.{n}")));
        let texts = texts.filter(|text| is_written(text) == want_written);
        let places = texts.filter_map(|text| {
            let ended = format!("{text}\0");
            ring.windows(ended.len()).position(|it| it == ended.as_bytes()).filter(|&at| at > HEADER)
        });
        let Some(at) = places.into_iter().nth(2) else { continue };
        put(&run.join("ring-0"), at, b"?");
        let _ = recovery::recover(&folder, &disks);
        let mut events = disks.general.texts();
        events.sort_by_key(ToString::to_string);
        let all = events.len();
        events.dedup();
        assert_eq!(events.len(), all, "image {point}: nothing twice");
        assert_eq!(
            events.len(),
            2 * 40 - usize::from(!want_written),
            "image {point}: none but this one is missing"
        );
        cases[usize::from(want_written)] += 1;
    }
    assert!(cases.iter().all(|&it| it > 1), "{cases:?} images");
}

/// Numbers below a bound, the same ones for the same seed.
fn random(mut state: u64) -> impl FnMut(usize) -> usize {
    move |below| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as usize % below.max(1)
    }
}

/// What can stand at the name of a file.
const OTHER_THINGS: [&str; 6] = ["nothing", "an empty file", "a folder", "a link", "a pipe", "a second name"];

fn replace(path: &Path, thing: &str) {
    let elsewhere = path.with_extension("elsewhere");
    fs::rename(path, &elsewhere).unwrap();
    match thing {
        "nothing" => fs::remove_file(elsewhere).unwrap(),
        "an empty file" => fs::write(path, "").unwrap(),
        "a folder" => fs::create_dir(path).unwrap(),
        "a link" => symlink(elsewhere, path).unwrap(),
        "a pipe" => assert!(Command::new("mkfifo").arg(path).status().unwrap().success()),
        "a second name" => fs::hard_link(elsewhere, path).unwrap(),
        other => panic!("{other}"),
    }
}

#[test]
fn an_image_with_other_things_in_the_place_of_files() {
    let image = Image::new();
    for thing in OTHER_THINGS {
        for (name, bytes) in image.files() {
            // a ring that is gone is missed where a later one is there, and a spill is not there in most runs
            let last = image.files().iter().filter(|(name, _)| name.starts_with("ring")).count() - 1;
            let spill = name.starts_with("spill");
            let silent = match thing {
                "nothing" => spill || name == format!("ring-{last}"),
                "an empty file" => spill,
                _ => false,
            };
            if name == "dictionary" && thing != "an empty file" {
                let (found, _) = image.damaged(|run| replace(&run.join(&name), thing));
                assert!(!found.reports.is_empty(), "{thing} at the dictionary is told of");
            }
            if !silent {
                image.check(&name, 0..bytes.len(), thing, |path| replace(path, thing));
            }
        }
        let (_, run) = image.damaged(|run| replace(&run.join("lock"), thing));
        assert!(run.exists() || thing == "an empty file", "{thing} at the lock: the run is kept");
    }
}

#[test]
fn what_another_version_has_written_is_neither_read_nor_removed() {
    let image = Image::new();
    let change = |path: &Path| match name_of(path).as_str() {
        "plan" => put(path, 0, b"logplan0"),
        _ => {
            let text = fs::read_to_string(path).unwrap();
            fs::write(path, text.replacen("\"layout\":", "\"layout\":7", 1)).unwrap();
        }
    };
    for name in ["run.json", "plan"] {
        let (found, run) = image.damaged(|run| change(&run.join(name)));
        assert_eq!(found.events, ["alive"], "{name}: nothing is read");
        assert_eq!(found.reports, ["what an earlier run has left cannot be read and stays"], "{name}");
        for (file, bytes) in image.files().into_iter().filter(|(file, _)| file != name) {
            assert!(fs::read(run.join(&file)).unwrap() == bytes, "{file} is as it was");
        }
    }
}
