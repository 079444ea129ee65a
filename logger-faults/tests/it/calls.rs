//! Which system calls a warm log call makes, as a tracer sees them: none.

use std::{collections::BTreeMap, fs, path::Path, process::Command};

use logger_faults::{Stage, Surroundings};

/// The system calls that the thread of a scene makes between its marks, as the tracer writes them.
fn calls_of(scene: Surroundings) -> Vec<String> {
    let folder = tempfile::tempdir_in("/dev/shm").unwrap();
    let trace = folder.path().join("trace");
    let mut strace = Command::new("strace");
    strace.args(["-f", "-qq", "-e", "trace=all", "-e", "signal=none", "-o"]).arg(&trace);
    strace.args([env!("CARGO_BIN_EXE_faults"), "--calls", &scene.name()]).arg(folder.path());
    strace.output().unwrap();
    let text = fs::read_to_string(&trace).unwrap();
    let mut threads = BTreeMap::<&str, Vec<&str>>::new();
    for line in text.lines() {
        let (thread, call) = line.split_once(' ').unwrap();
        threads.entry(thread).or_default().push(call.trim_start());
    }
    let has = |call: &&str, mark: &str| call.contains(&format!("/{mark}\""));
    let calls = threads.into_values().find(|calls| calls.iter().any(|it| has(it, "begin"))).expect("a mark");
    let begin = calls.iter().position(|it| has(it, "begin")).unwrap();
    let end = calls.iter().position(|it| has(it, "end")).expect("the second mark");
    let between = calls[begin + 1..end].iter();
    // the second half of the mark itself, where another thread came between
    between.filter(|it| !it.starts_with("<... statx resumed>")).map(|&it| it.to_owned()).collect()
}

fn check(scene: Surroundings) {
    let stage = Stage::Strace { inject: "write:retval=0:when=65535" };
    if stage.unavailable(Path::new(env!("CARGO_BIN_EXE_faults"))).is_some() {
        return;
    }
    let calls = calls_of(scene);
    if scene == Surroundings::Caught {
        assert!(calls.iter().any(|it| it.contains("/touched")), "the tracer sees a call: {calls:?}");
    } else {
        assert!(calls.is_empty(), "{scene:?}: {} calls: {:?}", calls.len(), &calls[..calls.len().min(5)]);
    }
}

#[test]
fn a_warm_call_makes_no_system_call() {
    check(Surroundings::Normal);
}

#[test]
fn nor_while_a_drain_is_slow() {
    check(Surroundings::Slow);
}

#[test]
fn nor_while_the_disk_is_full() {
    check(Surroundings::Full);
}

#[test]
fn nor_while_a_drain_hangs_and_the_queue_overflows() {
    check(Surroundings::Hung);
}

#[test]
fn a_value_that_makes_one_is_seen() {
    check(Surroundings::Caught);
}
