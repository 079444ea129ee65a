//! How long somebody waits who is ready to wait for ever.

use std::time::Duration;

use logger_core::{Overflow, OverflowPolicy, RingSizes, Signals, error};

use crate::support::{assert_balanced, one, pipeline};

#[test]
fn a_wait_without_end_ends_when_there_is_nothing_to_wait_for() {
    const MANY: usize = 2_000;
    let wait = OverflowPolicy::Keep { wait: Duration::MAX, spill: 0 };
    let builder = pipeline()
        .overflow(Overflow::default().errors(wait))
        .ring_sizes(RingSizes { trade: 4096, general: 4096 })
        .handle_signals(Signals::TERM.within(Duration::MAX));
    let (guard, lines) = one(builder);
    for n in 0..MANY {
        error!(guard.logger(), "it waits for room"; "n" => n, "text" => "x".repeat(500));
    }
    assert!(guard.flush(Duration::MAX).finished);
    assert_eq!(guard.await_recovery(Duration::MAX).postponed, 0);
    let report = guard.shutdown(Duration::MAX);
    assert!(report.finished);
    assert_balanced(&report);
    assert_eq!(lines.len(), MANY);
}
