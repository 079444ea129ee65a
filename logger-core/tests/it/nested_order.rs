//! Records that a value logs while it is formatted stand in the order in which they were logged.

use std::{fmt, sync::Barrier, thread};

use logger_core::{Logger, LoggerExt as _, Overflow, OverflowPolicy, RingSizes, info, slog};

use crate::support::{PATIENCE, assert_balanced, one, pipeline};

/// Logs trades and others in turn when it is shown.
struct LogsInTurn<'a> {
    general: &'a Logger,
    trades: &'a Logger,
    from: u64,
}

impl fmt::Display for LogsInTurn<'_> {
    fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
        for n in self.from..self.from + 8 {
            let log = if n % 2 == 0 { self.general } else { self.trades };
            info!(log, "inner"; "n" => n);
        }
        Ok(())
    }
}

#[test]
fn trades_and_others_that_a_value_logs_stay_in_their_order() {
    const ROUNDS: u64 = 10_000;
    const OTHERS: usize = 100;
    let waits = OverflowPolicy::Keep { wait: PATIENCE, spill: 0 };
    let builder = pipeline().ring_sizes(RingSizes { trade: 1 << 16, general: 1 << 16 });
    let (guard, lines) = one(builder.overflow(Overflow::default().trades(waits).general(waits)));
    let (general, trades) = (guard.logger(), guard.logger().trade());
    // the worker looks at the rings in the order in which they were made: many lie between the two of this thread
    info!(trades, "first");
    let (ready, end) = (Barrier::new(OTHERS + 1), Barrier::new(OTHERS + 1));
    thread::scope(|scope| {
        for _ in 0..OTHERS {
            scope.spawn(|| {
                info!(general, "first");
                ready.wait();
                end.wait();
            });
        }
        ready.wait();
        for round in 0..ROUNDS {
            let value = LogsInTurn { general: &general, trades: &trades, from: round * 8 };
            info!(general, "outer"; "value" => %value);
        }
        end.wait();
    });
    let report = guard.shutdown(PATIENCE);
    assert_balanced(&report);
    let numbers: Vec<u64> = lines.field("n").iter().filter_map(serde_json::Value::as_u64).collect();
    assert_eq!(numbers.len() as u64, ROUNDS * 8);
    assert_eq!(numbers.windows(2).find(|pair| pair[0] >= pair[1]), None);
}

/// Logs when it is shown, and shows what has to be masked.
struct LogsASecret<'a> {
    log: &'a Logger,
    /// Logs such a value again.
    is_outer: bool,
}

impl fmt::Display for LogsASecret<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.is_outer {
            true => info!(self.log, "inner"; "value" => %LogsASecret { is_outer: false, ..*self }),
            false => info!(self.log, "lost"),
        }
        f.write_str("password=correct-horse-battery")
    }
}

/// What has to be masked cannot go the straight way, which finds that out when the value has been shown, and logged, already.
#[test]
fn what_a_value_logs_is_there_once_where_its_text_has_to_be_masked() {
    const ROUNDS: usize = 20;
    let (guard, lines) = one(pipeline());
    let log = guard.logger();
    for _ in 0..ROUNDS {
        info!(log, "outer"; "value" => %LogsASecret { log: &log, is_outer: true });
        slog::info!(log, "outer"; "value" => %LogsASecret { log: &log, is_outer: true });
    }
    let report = guard.shutdown(PATIENCE);
    assert_balanced(&report);
    let general = report.health.general;
    assert_eq!((general.dropped.reentrant, general.accepted), (2 * ROUNDS as u64, 6 * ROUNDS as u64));
    // then comes the report of what was lost
    assert_eq!(lines.events()[..4 * ROUNDS], ["outer", "inner"].repeat(2 * ROUNDS));
    assert!(!lines.get().concat().contains("correct-horse"));
}
