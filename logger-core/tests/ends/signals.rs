//! A signal that asks for the end finds the queue emptied, and does what it would have done without a logger.

use std::{env, os::unix::process::ExitStatusExt as _, process::Command};

use crate::{
    Test,
    child::RECORDS,
    support::{Ended, child, child_of},
};

pub(crate) const TESTS: &[Test] = &[
    (
        "a_signal_ends_the_process_when_the_queue_is_empty_and_its_parent_sees_which_one",
        a_signal_ends_the_process_when_the_queue_is_empty_and_its_parent_sees_which_one,
    ),
    ("a_signal_that_was_not_asked_for_is_left_alone", a_signal_that_was_not_asked_for_is_left_alone),
    (
        "what_is_logged_while_the_process_ends_goes_to_the_fallback",
        what_is_logged_while_the_process_ends_goes_to_the_fallback,
    ),
    (
        "a_handler_of_the_application_runs_after_the_queue_is_empty_and_may_log",
        a_handler_of_the_application_runs_after_the_queue_is_empty_and_may_log,
    ),
    (
        "a_handler_that_ends_the_process_comes_after_the_queue_is_empty",
        a_handler_that_ends_the_process_comes_after_the_queue_is_empty,
    ),
    (
        "a_handler_that_came_later_keeps_the_process_alive_however_often_the_signal_comes",
        a_handler_that_came_later_keeps_the_process_alive_however_often_the_signal_comes,
    ),
    ("a_signal_that_is_ignored_stays_ignored", a_signal_that_is_ignored_stays_ignored),
    ("a_drain_that_hangs_holds_the_end_up_no_longer_than_the_bound", {
        a_drain_that_hangs_holds_the_end_up_no_longer_than_the_bound
    }),
    ("a_second_signal_ends_the_process_at_once", a_second_signal_ends_the_process_at_once),
    ("every_pipeline_that_asked_is_shut_down", every_pipeline_that_asked_is_shut_down),
];

const SIGINT: i32 = 2;
const SIGTERM: i32 = 15;

#[track_caller]
fn assert_died_of(ended: &Ended, signal: i32) {
    let status = ended.output.status;
    assert_eq!(status.signal(), Some(signal), "{status}: {}", ended.stderr());
}

fn before(ended: &Ended) -> usize {
    ended.events("general").iter().filter(|event| *event == "before").count()
}

fn a_signal_ends_the_process_when_the_queue_is_empty_and_its_parent_sees_which_one() {
    for (mode, signal) in [("SIGTERM", SIGTERM), ("SIGINT", SIGINT)] {
        let ended = child(mode);
        assert_died_of(&ended, signal);
        assert_eq!(before(&ended), RECORDS as usize, "{mode}");
    }
}

fn a_signal_that_was_not_asked_for_is_left_alone() {
    let ended = child("SIGINT, only SIGTERM is handled");
    assert_died_of(&ended, SIGINT);
    assert!(before(&ended) < RECORDS as usize, "the queue was not empty when the signal came");
}

fn what_is_logged_while_the_process_ends_goes_to_the_fallback() {
    let ended = child("SIGTERM under load");
    assert_died_of(&ended, SIGTERM);
    assert_eq!(before(&ended), RECORDS as usize);
    assert!(ended.events("fallback").iter().all(|event| event == "load"));
}

fn a_handler_of_the_application_runs_after_the_queue_is_empty_and_may_log() {
    for mode in ["SIGTERM with a handler", "SIGTERM twice with a handler"] {
        let ended = child(mode);
        assert!(ended.output.status.success(), "{mode}: {}", ended.stderr());
        assert_eq!(ended.events("general").last().unwrap(), "the application ends by itself");
        assert!(ended.events("fallback").is_empty(), "{mode}");
    }
}

fn a_handler_that_ends_the_process_comes_after_the_queue_is_empty() {
    let ended = child("SIGTERM with a handler that ends the process");
    assert_eq!(ended.output.status.code(), Some(7), "{}", ended.stderr());
    assert_eq!(before(&ended), RECORDS as usize);
}

fn a_handler_that_came_later_keeps_the_process_alive_however_often_the_signal_comes() {
    let ended = child("SIGTERM with a handler that came later");
    assert!(ended.output.status.success(), "{}", ended.stderr());
    assert_eq!(before(&ended), 2 * RECORDS as usize);
    assert_eq!(ended.events("general").last().unwrap(), "the application ends by itself");
}

fn a_signal_that_is_ignored_stays_ignored() {
    let mut shell = Command::new("sh");
    shell.args(["-c", r#"trap "" TERM; exec "$0""#]).arg(env::current_exe().unwrap());
    let ended = child_of(shell, "SIGTERM, ignored");
    assert!(ended.output.status.success(), "{}: {}", ended.output.status, ended.stderr());
    assert_eq!(before(&ended), RECORDS as usize);
    assert!(ended.events("fallback").is_empty());
}

fn a_drain_that_hangs_holds_the_end_up_no_longer_than_the_bound() {
    assert_died_of(&child("SIGTERM while a drain hangs"), SIGTERM);
}

fn a_second_signal_ends_the_process_at_once() {
    assert_died_of(&child("SIGTERM, then SIGINT while a drain hangs"), SIGINT);
}

fn every_pipeline_that_asked_is_shut_down() {
    let ended = child("SIGTERM with two pipelines");
    assert_died_of(&ended, SIGTERM);
    assert_eq!((ended.events("general"), ended.events("other")), (vec!["one".into()], vec!["other".into()]));
}
