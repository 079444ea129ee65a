//! What a call costs once a thread is warm, in things that can be counted.

use logger_core::{Context, LoggerExt as _, debug, info, register_secret, slog};

use crate::support::{PATIENCE, assert_balanced, pipeline, three};

/// As many as the ring of trades holds: what overflows is another matter.
const CALLS: u64 = 300;

#[test]
fn a_call_on_a_warm_thread_allocates_nothing() {
    calls_allocate_nothing();
}

#[test]
fn a_call_allocates_nothing_when_a_secret_is_registered_that_it_does_not_hold() {
    register_secret("a secret of this test").unwrap();
    calls_allocate_nothing();
}

fn calls_allocate_nothing() {
    let logging = three(pipeline());
    let log = logging.guard.logger().bind(&Context::new().expert_name("MyEmaBot").symbol("BTCUSDT"));
    let trades = log.trade();
    let call = |n: u64| {
        info!(log, "signal"; "price" => 70_000.25, "n" => n, "text" => %n, "long" => "a text of more than a few bytes");
        info!(trades, "order filled {}", n; "side" => "BUY", "id" => n);
        slog::info!(log, "signal"; "price" => 70_000.25, "n" => n, "side" => "BUY");
        debug!(log, "below the level");
    };
    (0..10).for_each(call);
    let allocated = allocation_counter::measure(|| (0..CALLS).for_each(call));
    assert_eq!(allocated.count_total, 0);
    let report = logging.guard.shutdown(PATIENCE);
    assert_balanced(&report);
    assert_eq!(report.health.trade.written, CALLS + 10);
}
