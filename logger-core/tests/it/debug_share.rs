//! How much of a queue DEBUG may fill.

use std::sync::{Arc, Barrier};

use logger_core::{Filter, Level, Overflow, RingSizes, Route, debug, info};

use crate::support::{Collector, Gate, PATIENCE, assert_balanced, pipeline};

/// How many of a flood of DEBUG records are kept while the worker stands still, of which INFO finds room after it.
fn kept(share: u8) -> usize {
    let (inner, lines) = Collector::new();
    let barrier = Arc::new(Barrier::new(2));
    let gate = Gate { barrier: Arc::clone(&barrier), inner, passed: false };
    let guard = pipeline()
        .level(Level::Debug)
        .ring_sizes(RingSizes { trade: 1 << 10, general: 1 << 16 })
        .overflow(Overflow::default().debug_share(share))
        .route(Route::new("gate", gate).filter(Filter::all()))
        .start()
        .unwrap();
    let log = guard.logger();
    info!(log, "first");
    barrier.wait();
    (0..2_000).for_each(|_| debug!(log, "debug"));
    info!(log, "info");
    barrier.wait();
    let report = guard.shutdown(PATIENCE);
    assert_balanced(&report);
    let events = lines.events();
    assert_eq!(events.contains(&"info".to_owned()), share < 100, "room for INFO at {share} %");
    events.iter().filter(|it| *it == "debug").count()
}

#[test]
fn a_flood_of_debug_fills_the_share_of_the_queue_that_it_may() {
    let full = kept(100);
    assert!(full < 2_000, "the flood is larger than the queue");
    for share in [10, 50, 75] {
        let expected = full * usize::from(share) / 100;
        let kept = kept(share);
        // a record more or less, and the size of the first
        assert!(kept.abs_diff(expected) <= 1 + full / 50, "{kept} of {full} at {share} %");
    }
}
