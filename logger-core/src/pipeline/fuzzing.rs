//! What the fuzz targets call: the readers of what a dead process has left, on any bytes. The inputs that are kept are
//! replayed as tests.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
};

use super::{
    plan,
    queue::{Found as Spotted, Queue},
    reporter::Reporter,
    run_folder::{Found, runs},
    second_look::{Origin, SecondLook},
};
#[cfg(fuzzing)]
pub use crate::format::fuzzing::{json, mask, rfc5424, text};
use crate::{
    clock::Timestamp,
    codec::{
        decode::{Decoder, Parts},
        dictionary::{self, Entries},
    },
    format::{Format as _, JsonFormat, LineCache, TextFormat},
    raw::ring,
    record::{Record, Stamp},
    redact::default_list,
    run::Run,
};

/// Decodes bytes as a record of a run whose dictionary they bring along. What is a record becomes one line of JSON, and one
/// of text.
///
/// # Panics
///
/// It should not.
pub fn decode(input: &[u8]) {
    let (sites, record) = section(input);
    let sites = Entries::read(sites);
    // at a place in memory as records have, whatever the input's is
    let mut decoder = Decoder::default();
    let Ok(parts) = decoder.decode(record, &sites) else { return };
    check_lines(parts);
}

fn check_lines(parts: Parts<'_>) {
    let mut second_look = SecondLook::default();
    let parts = second_look.look(&parts, default_list(), Origin::EarlierRun).unwrap_or(parts);
    let run = Arc::new(Run::fixed("fuzz", "host", 1, "1-1"));
    let lines = LineCache::default();
    let timestamp = Timestamp::from_unix_nanos(i64::from_le_bytes(parts.header().counter.to_le_bytes()));
    let stamp = Stamp { timestamp, seq: 1, thread: "main", recovered: true };
    let record = Record { parts, stamp, run: &run, lines: &lines };
    let (mut json, mut text) = (Vec::new(), Vec::new());
    JsonFormat::default().format(&record, &mut json);
    TextFormat.format(&record, &mut text);
    for line in [&json, &text] {
        assert_eq!(line.iter().position(|&it| it == b'\n'), Some(line.len() - 1), "one record is one line");
    }
    let parsed: Result<serde_json::Map<String, serde_json::Value>, _> = serde_json::from_slice(&json);
    assert!(parsed.is_ok(), "{parsed:?}: {}", String::from_utf8_lossy(&json));
}

/// Reads bytes as the files that a dead process has left: plan, dictionary, ring and spill, each behind its length.
///
/// # Panics
///
/// It should not.
pub fn recover(input: &[u8]) {
    let folder = Folder::take();
    let (plan, rest) = section(input);
    let (dictionary, rest) = section(rest);
    let (ring, spill) = section(rest);
    folder.put("plan", plan, plan::WORDS * 8);
    folder.put("dictionary", dictionary, dictionary::BYTES.min(4096));
    folder.put("ring-0", ring, ring::WORDS * 8);
    folder.put("spill-0", spill, 0);
    let reporter = Reporter::default();
    for found in runs(&folder.0, "none") {
        if let Found::Abandoned(run, plan) = found {
            let interrupted = plan.interrupted();
            let _ = (plan.routes(), plan.anchor());
            let mut queue = Queue::abandoned(&run, *plan, &reporter);
            read(&mut queue, &reporter, &interrupted.records);
        }
    }
}

/// Reads a queue as a recovery does: what was planned, then the rest.
fn read(queue: &mut Queue, reporter: &Reporter, planned: &[plan::Planned]) {
    let mut decoder = Decoder::default();
    let deliver = |queue: &mut Queue, next| {
        if let Ok(parts) = Decoder::default().decode(queue.found(next).bytes, queue.entries()) {
            check_lines(parts);
        }
        let place = queue.take(next);
        let _ = queue.placed(&place);
    };
    for planned in planned {
        match queue.planned(&mut decoder, reporter, planned.spot) {
            Spotted::Next(next) => deliver(queue, next),
            Spotted::Gone => {}
            Spotted::Elsewhere => break,
        }
    }
    queue.release();
    while queue.look(&mut decoder, reporter, u64::MAX) {
        while let Some((ready, limit)) = queue.earliest(u64::MAX) {
            while let Some(next) = queue.next_of(&mut decoder, reporter, ready, limit) {
                deliver(queue, next);
            }
        }
        queue.release();
    }
    let _ = reporter.take();
}

/// The bytes behind a length of two bytes, and what comes after them.
fn section(input: &[u8]) -> (&[u8], &[u8]) {
    let Some((len, rest)) = input.split_first_chunk::<2>() else { return (&[], &[]) };
    rest.split_at(usize::from(u16::from_le_bytes(*len)).min(rest.len()))
}

/// A queue folder with one dead run, kept for all inputs of a process.
struct Folder(PathBuf);

impl Folder {
    fn take() -> Folder {
        static MADE: Mutex<Option<PathBuf>> = Mutex::new(None);
        let memory = Path::new("/dev/shm");
        let base = if memory.is_dir() { memory.into() } else { std::env::temp_dir() };
        let mut made = MADE.lock().unwrap_or_else(PoisonError::into_inner);
        let path =
            made.get_or_insert_with(|| base.join(format!("logger-fuzz-{}", std::process::id()))).clone();
        let folder = Folder(path);
        let description = r#"{"layout":LAYOUT,"id":"1-1","host_name":"h","app_name":"a","process_id":1}"#;
        fs::create_dir_all(folder.run()).expect("a folder for the files");
        folder.put("lock", b"", 0);
        folder.put(
            "run.json",
            description.replace("LAYOUT", &super::run_folder::LAYOUT.to_string()).as_bytes(),
            0,
        );
        folder
    }

    fn run(&self) -> PathBuf {
        self.0.join("run-1-1")
    }

    /// A file of these bytes, with zeros up to a length.
    fn put(&self, name: &str, bytes: &[u8], len: usize) {
        let path = self.run().join(name);
        let made = fs::write(&path, bytes).and_then(|()| {
            let file = fs::File::options().write(true).open(&path)?;
            file.set_len(bytes.len().max(len) as u64)
        });
        made.expect("a file in memory");
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Replays what the fuzzer has found worth keeping, and what has crashed once.
    fn replay(target: &str, body: fn(&[u8])) {
        let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fuzz/corpus").join(target);
        let mut inputs = 0;
        for entry in fs::read_dir(corpus).unwrap() {
            body(&fs::read(entry.unwrap().path()).unwrap());
            inputs += 1;
        }
        assert!(inputs > 20, "{inputs} inputs");
    }

    #[test]
    fn kept_inputs_are_decoded() {
        replay("decode", decode);
    }

    #[test]
    fn kept_inputs_are_recovered() {
        replay("recover", recover);
    }
}
