//! What is masked changes while the program logs.

use std::{
    fs,
    path::Path,
    sync::{Arc, Barrier},
};

use logger_core::{Context, Logger, LoggerExt as _, Redaction, Route, ShutdownGuard, Value, info, slog};

use crate::{
    recovery::{copy_folder, queue_in},
    support::{Collector, Gate, Lines, PATIENCE, one, pipeline},
};

const SECRET: &str = "hunter2-hunter2";

fn with_iban() -> Redaction {
    Redaction::default().key("iban")
}

/// The same calls each time, of our macros and of slog's.
fn pay(log: &Logger, iban: &str) {
    info!(log, "paid"; "iban" => iban);
    slog::info!(log, "paid"; "iban" => iban);
    info!(log, "paid"; "iban" => format!("{iban}!"), "amount" => 7);
}

/// Files below a folder that hold the secret.
fn files_with_secret(folder: &Path) -> Vec<String> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files_with_secret(&path));
        } else if fs::read(&path).unwrap().windows(SECRET.len()).any(|part| part == SECRET.as_bytes()) {
            found.push(path.display().to_string());
        }
    }
    found
}

/// A pipeline whose worker stands still at its first record until the barrier is met again.
fn held(folder: &Path) -> (ShutdownGuard, Lines, Arc<Barrier>) {
    let (inner, lines) = Collector::new();
    let barrier = Arc::new(Barrier::new(2));
    let gate = Gate { barrier: Arc::clone(&barrier), inner, passed: false };
    let guard = queue_in(folder).route(Route::new("general", gate)).start().unwrap();
    info!(guard.logger(), "the worker stands still");
    barrier.wait();
    (guard, lines, barrier)
}

#[test]
fn a_name_that_is_added_is_masked_by_the_caller_at_a_place_that_has_logged_before() {
    let temp = tempfile::tempdir().unwrap();
    let (guard, lines, barrier) = held(&temp.path().join("queue"));
    let log = guard.logger();
    (0..3).for_each(|_| pay(&log, "DE-plain"));
    guard.pipeline().set_redaction(with_iban());
    (0..3).for_each(|_| pay(&log, SECRET));
    // what a kill at this moment would leave
    assert_eq!(files_with_secret(&temp.path().join("queue")), [""; 0]);
    barrier.wait();
    let _ = guard.shutdown(PATIENCE);
    assert_eq!(lines.field("iban")[1..], vec!["***"; 18], "those that were on their way too");
    assert_eq!(lines.field("amount").iter().filter(|it| **it == 7).count(), 6);
}

#[test]
fn a_name_that_is_added_is_masked_in_a_context_that_was_bound_before_and_in_nested_values() {
    let (guard, lines) = one(pipeline());
    let nested = format!(r#"{{"iban":"{SECRET}"}}"#);
    let plain = guard.logger().bind(&Context::new().with("bound_iban", SECRET).with("k", 1));
    let deep = guard.logger().bind(&Context::new().with("nested", Value::Json(&nested)));
    // often enough that the contexts have numbers
    (0..40).for_each(|n| info!(plain, "paid"; "n" => n));
    (0..40).for_each(|_| info!(deep, "paid"));
    guard.pipeline().set_redaction(with_iban());
    assert!(guard.flush(PATIENCE).finished);
    let before = lines.len();
    (0..3).for_each(|n| info!(plain, "paid"; "n" => n));
    info!(deep, "paid");
    let _ = guard.shutdown(PATIENCE);
    assert_eq!(lines.field("bound_iban")[before..before + 3], vec!["***"; 3]);
    assert_eq!((&lines.field("k")[before], &lines.field("n")[before + 2]), (&1.into(), &2.into()));
    assert_eq!(lines.field("nested")[before + 3], serde_json::json!({ "iban": "***" }));
}

#[test]
fn a_name_that_is_taken_off_and_one_that_comes_back_hold_from_the_next_call_on() {
    let (guard, lines) = one(pipeline());
    let log = guard.logger();
    let price = |n: u64| {
        info!(log, "priced"; "base_token" => "BTC", "n" => n);
        slog::info!(log, "priced"; "base_token" => "BTC", "n" => n);
    };
    let lists = [None, Some(Redaction::default().without_key("base_token")), Some(Redaction::default())];
    for (n, list) in lists.into_iter().enumerate() {
        if let Some(list) = list {
            guard.pipeline().set_redaction(list);
        }
        (0..3).for_each(|_| price(n as u64));
        assert!(guard.flush(PATIENCE).finished);
    }
    let _ = guard.shutdown(PATIENCE);
    let expected = [["***"; 6], ["BTC"; 6], ["***"; 6]].concat();
    assert_eq!(lines.field("base_token"), expected);
}

#[test]
fn a_pattern_that_is_added_is_masked_in_texts_and_one_that_is_taken_off_is_not() {
    let (guard, lines) = one(pipeline());
    let log = guard.logger();
    let order = |n: u64| info!(log, "order {}", n; "note" => "ref ORD-12345 and Bearer abcdefghijklmnop");
    order(0);
    assert!(guard.flush(PATIENCE).finished);
    let list =
        Redaction::default().pattern("order", "ORD-[0-9]+").unwrap().without_pattern("bearer").unwrap();
    guard.pipeline().set_redaction(list);
    order(1);
    let _ = guard.shutdown(PATIENCE);
    assert_eq!(lines.field("note"), ["ref ORD-12345 and Bearer ***", "ref *** and Bearer abcdefghijklmnop"]);
}

#[test]
fn what_a_process_has_left_is_masked_by_the_list_of_the_one_that_writes_it() {
    let temp = tempfile::tempdir().unwrap();
    let (folder, image) = (temp.path().join("queue"), temp.path().join("image"));
    let (guard, _, barrier) = held(&folder);
    pay(&guard.logger().bind(&Context::new().with("client_iban", SECRET)), SECRET);
    copy_folder(&folder, &image);
    barrier.wait();
    let _ = guard.shutdown(PATIENCE);
    let (guard, lines) = one(queue_in(&image).redaction(with_iban()));
    assert!(guard.flush(PATIENCE).finished);
    let _ = guard.shutdown(PATIENCE);
    let recovered: Vec<_> = lines.get().into_iter().filter(|line| line.contains("paid")).collect();
    assert_eq!(recovered.len(), 3);
    assert!(
        recovered.iter().all(|line| !line.contains(SECRET) && line.contains("\"iban\":\"***\"")),
        "{recovered:?}"
    );
}

#[test]
fn lists_that_change_all_the_time_lose_nothing_and_show_no_secret_under_a_name_that_all_have() {
    let (guard, lines) = one(pipeline());
    let log = guard.logger();
    std::thread::scope(|scope| {
        let threads: Vec<_> = (0..3)
            .map(|_| {
                scope.spawn(|| {
                    for n in 0..400 {
                        info!(log, "paid"; "password" => SECRET, "n" => n);
                        slog::info!(log, "paid"; "password" => SECRET, "iban" => "DE1");
                    }
                })
            })
            .collect();
        while threads.iter().any(|thread| !thread.is_finished()) {
            guard.pipeline().set_redaction(with_iban());
            guard.pipeline().set_redaction(Redaction::default());
        }
    });
    let report = guard.shutdown(PATIENCE);
    assert_eq!((lines.len(), report.health.total().dropped.total()), (2_400, 0));
    assert!(lines.get().iter().all(|line| !line.contains(SECRET)));
}
