//! Every row of hostile input through every drain that there is.

use std::{
    cell::Cell,
    fs,
    io::{self, Write},
    path::Path,
    sync::{Arc, Mutex},
};

use logger_core::{
    Envelope, Format, JsonFormat, Level, Pipeline, Rfc5424Format, Route, ShutdownGuard, TextFormat,
    testing::hostile::{CANARY, ROWS, Shown, is_dangerous},
};
use logger_file::{FileDrain, FileOptions};
use logger_stderr::{Colors, ConsoleDrain, FallbackDrain, LineDecorator, Stream};
use serde_json::Value as Json;
use tempfile::TempDir;

use crate::{Broken, Collector, PATIENCE};

/// What a drain writes.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Writes {
    /// One object a line.
    Json,
    /// Text or syslog.
    Text,
    /// Text with escape sequences of ours.
    ColouredText,
}

/// Where a drain has written.
enum Place {
    /// With what was read of it before.
    File(&'static str, Cell<usize>),
    Memory(Memory),
}

#[derive(Clone, Default)]
struct Memory(Arc<Mutex<Vec<u8>>>);

impl Write for Memory {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Every drain at once, and the fallback behind one that takes nothing.
struct Everywhere {
    guard: ShutdownGuard,
    folder: TempDir,
    places: Vec<(&'static str, Writes, Place)>,
}

impl Everywhere {
    fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let console = [Memory::default(), Memory::default()];
        let file = |name: &str, format: Box<dyn Format>| {
            let options = FileOptions::new().format(format);
            Route::new(name, FileDrain::open(folder.path().join(name), options).unwrap())
        };
        let shown =
            |memory: &Memory, colors| ConsoleDrain::decorated(LineDecorator::new(memory.clone(), colors));
        let diverted = fs::File::create(folder.path().join("fallback")).unwrap();
        let guard = Pipeline::builder()
            .level(Level::Info)
            .route(file("json", Box::<JsonFormat>::default()))
            .route(file("compact", Box::new(JsonFormat::new(Envelope::Compact))))
            .route(file("text", Box::new(TextFormat)))
            .route(file("rfc5424", Box::<Rfc5424Format>::default()))
            .route(Route::new("console", shown(&console[0], Colors::Off)))
            .route(Route::new("coloured console", shown(&console[1], Colors::On)))
            .route(Route::new("nowhere", Broken))
            .fallback(FallbackDrain::new(Stream::from(std::os::fd::OwnedFd::from(diverted))))
            .reports(Collector::default())
            .start()
            .unwrap();
        let [plain, coloured] = console;
        let places = vec![
            ("json", Writes::Json, Place::File("json", Cell::new(0))),
            ("compact", Writes::Json, Place::File("compact", Cell::new(0))),
            ("text", Writes::Text, Place::File("text", Cell::new(0))),
            ("rfc5424", Writes::Text, Place::File("rfc5424", Cell::new(0))),
            ("fallback", Writes::Json, Place::File("fallback", Cell::new(0))),
            ("console", Writes::Text, Place::Memory(plain)),
            ("coloured console", Writes::ColouredText, Place::Memory(coloured)),
        ];
        Everywhere { guard, folder, places }
    }

    /// What a drain has written since it was asked last.
    fn take(&self, place: &Place) -> String {
        let bytes = match place {
            Place::Memory(memory) => std::mem::take(&mut *memory.0.lock().unwrap()),
            Place::File(name, read) => {
                let bytes = fs::read(self.folder.path().join(name)).unwrap();
                let before = read.replace(bytes.len());
                bytes[before..].to_vec()
            }
        };
        String::from_utf8(bytes).unwrap()
    }
}

/// Checks what holds for every row, and what holds for one in lines of JSON.
fn check(what: &str, writes: Writes, written: &str, records: usize, is_right: fn(&[Json]) -> bool) {
    let mut text = written.to_owned();
    if writes == Writes::ColouredText {
        for ours in ["0", "1", "2", "31", "32", "33", "34", "35", "36"] {
            text = text.replace(&format!("\u{1b}[{ours}m"), "");
        }
    }
    assert!(text.ends_with('\n'), "{what}: {text}");
    let lines: Vec<&str> = text.strip_suffix('\n').unwrap().split('\n').collect();
    assert_eq!(lines.len(), records, "{what}: one line a record");
    for line in &lines {
        assert!(!line.contains(is_dangerous), "{what}: {line:?}");
        assert!(!line.contains(CANARY), "{what}: {line}");
    }
    if writes == Writes::Json {
        let read: Vec<Json> = lines.iter().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert!(is_right(&read), "{what}: {:.2000}", text);
    }
}

#[test]
fn every_row_holds_in_every_drain() {
    let everywhere = Everywhere::start();
    let log = everywhere.guard.logger();
    for row in ROWS {
        let Shown::ByRecords { log: log_row, records, is_right } = row.shown else { continue };
        log_row(&log);
        assert!(everywhere.guard.flush(PATIENCE).finished, "{}", row.id);
        for (name, writes, place) in &everywhere.places {
            let what = format!("{} ({}) in {name}", row.id, row.what);
            let is_right = if *name == "compact" { |_: &[Json]| true } else { is_right };
            check(&what, *writes, &everywhere.take(place), records, is_right);
        }
    }
}

#[test]
fn every_row_is_there_and_names_a_test_that_exists() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    for (index, row) in ROWS.iter().enumerate() {
        assert_eq!(row.id, format!("S{:02}", index + 1));
        if let Shown::ByTest(file, name) = row.shown {
            let text = fs::read_to_string(root.join(file)).unwrap();
            assert!(text.contains(&format!("fn {name}(")), "{file} has no test {name}");
        }
    }
}
