//! The quick version of every case, and its controls.

use std::time::Duration;

use logger_faults::{CASES, Case, Outcome, Scale, Setting};

fn setting() -> Setting {
    Setting {
        program: env!("CARGO_BIN_EXE_faults").into(),
        scale: Scale::Quick,
        seed: 20_251_016,
        deadline: Duration::from_secs(100),
    }
}

/// Runs the cases of one id; each control has to be caught.
fn check(id: &str) {
    let of_id = |case: &&Case| case.name.split('-').next() == Some(id);
    let cases: Vec<_> = CASES.iter().filter(of_id).collect();
    assert!(!cases.is_empty(), "no case {id}");
    for case in cases {
        let outcome = case.run(&setting()).unwrap();
        assert!(matches!(outcome, Outcome::Ok(_) | Outcome::Skipped(_)), "{}: {outcome}", case.name);
        for &bug in case.bugs {
            let outcome = case.run_control(&setting(), bug).unwrap();
            assert!(matches!(outcome, Outcome::Caught(..) | Outcome::Skipped(_)), "{}: {outcome}", case.name);
        }
    }
}

#[test]
fn each_fault_of_files_has_a_case_and_each_case_a_control() {
    for id in (10..=24).chain([32, 33, 37]).map(|number| format!("F{number}")) {
        let mut cases = CASES.iter().filter(|case| case.name.split('-').next() == Some(&id)).peekable();
        assert!(cases.peek().is_some(), "{id} has no case");
        assert!(cases.all(|case| !case.bugs.is_empty()), "{id} has no control");
    }
}

#[test]
fn f01_a_kill_at_full_load_loses_and_doubles_nothing() {
    check("F01");
}

#[test]
fn f02_a_kill_at_a_system_call_loses_and_doubles_nothing() {
    check("F02");
}

#[test]
fn f03_a_recovery_that_is_killed_is_completed_by_the_next_start() {
    check("F03");
}

#[test]
fn f04_an_abort_at_full_load_loses_and_doubles_nothing() {
    check("F04");
}

#[test]
fn f05_an_exit_at_full_load_loses_nothing() {
    check("F05");
}

#[test]
fn f06_a_panic_anywhere_is_logged_and_loses_nothing() {
    check("F06");
}

#[test]
fn f07_a_full_stack_or_memory_loses_and_doubles_nothing() {
    check("F07");
}

#[test]
fn f08_threads_that_outlive_the_guard_lose_nothing() {
    check("F08");
}

#[test]
fn f09_a_signal_that_asks_for_the_end_loses_nothing_and_does_what_it_would_have_done() {
    check("F09");
}

#[test]
fn f10_a_disk_that_is_full_from_the_start_sends_records_to_stderr_until_it_is_not() {
    check("F10");
}

#[test]
fn f12_a_short_write_leaves_no_torn_line() {
    check("F12");
}

#[test]
fn f21_rotation_under_load_loses_doubles_and_tears_nothing() {
    check("F21");
}

#[test]
fn f25_a_drain_that_panics_affects_no_other_and_comes_back() {
    check("F25");
}

#[test]
fn f26_a_drain_that_hangs_affects_no_other_and_the_shutdown_is_bounded() {
    check("F26");
}

#[test]
fn f27_a_stderr_that_takes_nothing_holds_nobody_up_and_what_it_does_not_take_is_counted() {
    check("F27");
}

#[test]
fn f30_a_flood_drops_no_trade_and_no_error_and_counts_what_it_drops() {
    check("F30");
}

#[test]
fn f31_trades_that_come_faster_than_the_disk_takes_them_are_kept() {
    check("F31");
}

#[test]
fn f34_the_queue_of_a_live_process_is_left_alone_and_that_of_a_dead_one_recovered_once() {
    check("F34");
}

#[test]
fn f36_a_fork_loses_and_doubles_nothing() {
    check("F36");
}

#[test]
fn f38_records_from_unexpected_places_are_kept() {
    check("F38");
}

#[test]
fn f39_a_guard_that_is_used_up_or_forgotten_loses_nothing() {
    check("F39");
}

#[test]
fn a7_threads_that_log_once_leave_their_record_and_nothing_else() {
    check("A7");
}

#[test]
fn f14_a_file_that_is_a_full_device_costs_no_record_of_any_other() {
    check("F14");
}

#[test]
fn f18_a_folder_that_is_deleted_or_moved_is_made_again() {
    check("F18");
}

#[test]
fn f19_permission_that_is_lost_sends_records_to_stderr_until_it_is_back() {
    check("F19");
}

#[test]
fn f20_a_lock_that_somebody_holds_holds_nobody_up() {
    check("F20");
}

#[test]
fn f23_without_a_free_descriptor_files_go_on() {
    check("F23");
}

#[test]
fn f24_a_limit_of_file_sizes_ends_no_process() {
    check("F24");
}

#[test]
fn f32_four_processes_write_one_file_and_lose_double_and_tear_nothing() {
    check("F32");
}

#[test]
fn f33_a_process_that_is_killed_in_its_turn_holds_no_other_up() {
    check("F33");
}

#[test]
fn f37_a_clock_that_jumps_loses_nothing_and_replaces_no_file() {
    check("F37");
}
