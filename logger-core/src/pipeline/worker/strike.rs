//! Lets a test have the worker's own code panic, where nothing is caught.

use std::cell::Cell;

use crate::run::Run;

/// Only the worker of an application with this name is struck.
pub(super) const APP: &str = "is struck";
/// A record with this event strikes before any drain gets it.
pub(super) const BEFORE: &str = "strikes before it is offered";
/// A record with this event strikes when all drains are flushed, before its batch is closed.
pub(super) const AFTER: &str = "strikes after the flush";

thread_local! {
    static AFTER_FLUSH: Cell<bool> = const { Cell::new(false) };
}

pub(super) fn at_record(run: &Run, event: &str) {
    if run.app_name() == APP {
        assert!(event != BEFORE, "struck before");
        AFTER_FLUSH.set(AFTER_FLUSH.get() || event == AFTER);
    }
}

pub(super) fn after_flush() {
    assert!(!AFTER_FLUSH.take(), "struck after");
}
