//! What a logger costs that nobody logs to: its system calls, as a tracer sees them.

use std::{fs, path::Path, process::Command};

use logger_faults::Stage;

/// A tick comes each 500 ms, and the worker wakes each 64 ms: a wait never ends early, so that a busy machine has fewer.
const WAITS_PER_TICK: usize = 500 / 64 + 2;

/// The calls of all threads but the one that makes the marks, between these, without the second halves of calls.
fn calls() -> Vec<String> {
    let folder = tempfile::tempdir_in("/dev/shm").unwrap();
    let trace = folder.path().join("trace");
    let mut strace = Command::new("strace");
    strace.args(["-f", "-qq", "-e", "trace=all", "-e", "signal=none", "-o"]).arg(&trace);
    strace.args([env!("CARGO_BIN_EXE_faults"), "--idle"]).arg(folder.path());
    let output = strace.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = fs::read_to_string(&trace).unwrap();
    let lines: Vec<_> = text.lines().map(|line| line.split_once(' ').unwrap()).collect();
    let at =
        |mark: &str| lines.iter().position(|(_, call)| call.contains(&format!("/{mark}\""))).expect("a mark");
    let (begin, end) = (at("begin"), at("end"));
    let caller = lines[begin].0;
    let others = lines[begin..end].iter().filter(|(thread, _)| *thread != caller);
    let calls = others.map(|(_, call)| call.trim_start().to_owned());
    calls.filter(|call| !call.starts_with("<...")).collect()
}

#[test]
fn nothing_logged_costs_one_look_at_each_file_a_tick_and_a_few_waits() {
    let stage = Stage::Strace { inject: "write:retval=0:when=65535" };
    if stage.unavailable(Path::new(env!("CARGO_BIN_EXE_faults"))).is_some() {
        return;
    }
    let calls = calls();
    let of_file = |name: &str| calls.iter().filter(|call| call.contains(name)).count();
    let looks = [of_file("/own.log"), of_file("/shared.log")];
    // three ticks, and what a busy machine lets happen before the second mark
    assert!(looks[0] >= 2 && looks[0].abs_diff(looks[1]) <= 1, "{looks:?}: {calls:?}");
    let count = |is_it: fn(&str) -> bool| calls.iter().filter(|call| is_it(call)).count();
    let waits = count(|call| call.starts_with("futex("));
    assert!(waits <= (looks[0] + 1) * WAITS_PER_TICK, "{waits} waits in {looks:?} ticks");
    // a look asks whether the file is still the user's own
    let users = count(|call| call.starts_with("geteuid("));
    assert!(users <= looks[0] + looks[1], "{users} of {looks:?}");
    let all = waits + users + looks[0] + looks[1];
    assert_eq!(calls.len(), all, "there are others: {calls:?}");
}
