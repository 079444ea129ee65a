//! Where a call was made stands in the records that are grave enough.

use logger_core::{Level, Logger, critical, error, info, slog};

use crate::support::{PATIENCE, one, pipeline};

#[inline(never)]
fn the_function_that_logs(log: &Logger) {
    critical!(log, "ours"; "n" => 1);
    critical!(log, "ours {}", 1);
    slog::crit!(log, "slog's"; "n" => 1);
    error!(log, "an error"; "n" => 1);
    info!(log, "nothing"; "n" => 1);
}

fn backtraces(level: impl Into<Option<Level>>) -> Vec<Option<String>> {
    let (guard, lines) = one(pipeline().backtraces_from(level));
    for _ in 0..2 {
        the_function_that_logs(&guard.logger());
    }
    let _ = guard.shutdown(PATIENCE);
    lines.field("backtrace").iter().map(|it| it.as_str().map(str::to_owned)).collect()
}

#[test]
fn critical_records_say_where_they_were_made_and_others_do_not() {
    let found = backtraces(Level::Critical);
    for (index, backtrace) in found.iter().enumerate() {
        match (index % 5, backtrace) {
            (0..=2, Some(text)) => {
                let first = text.lines().next().unwrap();
                assert!(first.starts_with("   0: ") && first.contains("the_function_that_logs"), "{text}");
                assert!(text.lines().nth(1).unwrap().contains("backtraces.rs:"), "{text}");
                assert!(text.contains("critical_records_say_where"), "{text}");
            }
            (3 | 4, None) => {}
            (index, other) => panic!("record {index}: {other:?}"),
        }
    }
}

#[test]
fn errors_have_them_where_they_are_asked_for() {
    let found: Vec<bool> = backtraces(Level::Error).iter().map(Option::is_some).collect();
    assert_eq!(found, [true, true, true, true, false].repeat(2));
}

#[test]
fn none_has_one_where_they_are_not_wanted_and_a_field_of_the_call_stands_in() {
    assert!(backtraces(None).iter().all(Option::is_none));
    let (guard, lines) = one(pipeline());
    critical!(guard.logger(), "own"; "backtrace" => "here");
    let _ = guard.shutdown(PATIENCE);
    assert_eq!(lines.field("backtrace"), ["here"]);
}
