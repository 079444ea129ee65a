//! A panic is in the log with all that was logged before it, and the process ends as it would have without a logger.

use serde_json::Value;

use crate::{
    Test,
    child::RECORDS,
    support::{Ended, child},
};

pub(crate) const TESTS: &[Test] = &[
    (
        "a_panic_in_main_is_logged_with_its_place_and_backtrace_and_the_process_ends_as_ever",
        a_panic_in_main_is_logged_with_its_place_and_backtrace_and_the_process_ends_as_ever,
    ),
    (
        "what_was_logged_before_a_panic_is_out_before_the_previous_hook_runs",
        what_was_logged_before_a_panic_is_out_before_the_previous_hook_runs,
    ),
    ("both_panics_of_a_double_panic_are_logged", both_panics_of_a_double_panic_are_logged),
    (
        "a_panic_that_the_application_catches_is_logged_too",
        a_panic_that_the_application_catches_is_logged_too,
    ),
    ("a_panic_carries_the_context_of_its_scope", a_panic_carries_the_context_of_its_scope),
    (
        "a_panic_of_a_value_is_in_the_record_of_its_call_and_not_one_of_its_own",
        a_panic_of_a_value_is_in_the_record_of_its_call_and_not_one_of_its_own,
    ),
    ("a_panic_of_a_drain_is_in_the_reports_only", a_panic_of_a_drain_is_in_the_reports_only),
    ("panics_are_left_alone_unless_they_are_asked_for", panics_are_left_alone_unless_they_are_asked_for),
    ("every_live_pipeline_that_asked_logs_a_panic_once", every_live_pipeline_that_asked_logs_a_panic_once),
];

/// The records of panics in a file.
fn critical(ended: &Ended, file: &str) -> Vec<Value> {
    ended.lines(file).into_iter().filter(|line| line["level"] == "critical").collect()
}

#[track_caller]
fn assert_complete(ended: &Ended) {
    let lines = ended.lines("general");
    let before: Vec<_> = lines.iter().filter(|line| line["event"] == "before").collect();
    assert_eq!(before.len(), RECORDS as usize, "{}", ended.stderr());
    assert_eq!(before.last().unwrap()["index"], RECORDS - 1);
}

#[cfg(unix)]
#[track_caller]
fn assert_aborted(ended: &Ended) {
    use std::os::unix::process::ExitStatusExt as _;
    const SIGABRT: i32 = 6;
    assert_eq!(ended.output.status.signal(), Some(SIGABRT), "{}", ended.stderr());
}

#[cfg(not(unix))]
#[track_caller]
fn assert_aborted(ended: &Ended) {
    assert!(!ended.output.status.success(), "{}", ended.stderr());
}

fn a_panic_in_main_is_logged_with_its_place_and_backtrace_and_the_process_ends_as_ever() {
    let ended = child("panic in main");
    assert_eq!(ended.output.status.code(), Some(101), "{}", ended.stderr());
    assert!(ended.stderr().contains("no price for BTCUSDT"), "the previous hook: {}", ended.stderr());
    assert_complete(&ended);
    let panics = critical(&ended, "general");
    let [panic] = &panics[..] else { panic!("one panic, one record: {panics:?}") };
    assert_eq!(panic["event"], "no price for BTCUSDT");
    assert_eq!(panic["category"], "general");
    assert_eq!(panic["thread"], "main");
    let (file, line) = (panic["file"].as_str().unwrap(), panic["line"].as_u64().unwrap());
    assert!(file.ends_with("child.rs"), "{file}");
    assert!(panic["panic_location"].as_str().unwrap().starts_with(&format!("{file}:{line}:")), "{panic}");
    assert!(panic["backtrace"].as_str().unwrap().contains("panic_in_main"), "{panic}");
    let keys: Vec<_> = panic.as_object().unwrap().keys().filter(|it| *it == "backtrace").collect();
    assert_eq!(keys.len(), 1);
}

fn what_was_logged_before_a_panic_is_out_before_the_previous_hook_runs() {
    for (mode, event, thread) in
        [("panic, then abort", "the end", "main"), ("panic in a thread", "in the bot", "bot")]
    {
        let ended = child(mode);
        assert_aborted(&ended);
        assert!(ended.stderr().contains(event), "{}", ended.stderr());
        assert_complete(&ended);
        let panics = critical(&ended, "general");
        assert_eq!(panics.len(), 1, "{mode}: {panics:?}");
        assert_eq!((&panics[0]["event"], &panics[0]["thread"]), (&event.into(), &thread.into()));
    }
}

fn both_panics_of_a_double_panic_are_logged() {
    let ended = child("panic in a destructor");
    assert_aborted(&ended);
    assert_complete(&ended);
    let events: Vec<_> = critical(&ended, "general").iter().map(|it| it["event"].clone()).collect();
    assert_eq!(events[..2], ["first", "second"], "{events:?}");
}

fn a_panic_that_the_application_catches_is_logged_too() {
    let ended = child("panic that is caught");
    assert!(ended.output.status.success(), "{}", ended.stderr());
    assert_eq!(ended.events("general"), ["no message", "after"]);
}

fn a_panic_carries_the_context_of_its_scope() {
    let ended = child("panic in a scope");
    assert_eq!(critical(&ended, "general")[0]["symbol"], "BTCUSDT");
}

fn a_panic_of_a_value_is_in_the_record_of_its_call_and_not_one_of_its_own() {
    let ended = child("panic in a value");
    assert!(ended.output.status.success(), "{}", ended.stderr());
    assert_eq!(ended.events("general"), ["with a value"]);
    assert!(ended.stderr().contains("a value panics"), "the previous hook hides nothing: {}", ended.stderr());
}

fn a_panic_of_a_drain_is_in_the_reports_only() {
    let ended = child("panic in a drain");
    assert!(ended.output.status.success(), "{}", ended.stderr());
    assert!(ended.stderr().contains("the drain panics"), "{}", ended.stderr());
    let everywhere = ["general", "fallback", "reports"].map(|file| critical(&ended, file).len());
    assert_eq!(everywhere, [0, 0, 0]);
    let reports = ended.lines("reports");
    let tells = |line: &Value| line["error"].as_str().is_some_and(|it| it.contains("the drain panics"));
    assert!(reports.iter().any(tells), "{reports:?}");
}

fn panics_are_left_alone_unless_they_are_asked_for() {
    let ended = child("panic that is left alone");
    assert_eq!(ended.output.status.code(), Some(101), "{}", ended.stderr());
    assert!(ended.events("general").is_empty());
}

fn every_live_pipeline_that_asked_logs_a_panic_once() {
    let ended = child("panic with two pipelines");
    assert_eq!(ended.events("general"), ["one", "for both"]);
    assert_eq!(ended.events("other"), ["other", "for both"]);
    assert!(ended.events("fallback").is_empty(), "the pipeline that is gone is forgotten");
}
