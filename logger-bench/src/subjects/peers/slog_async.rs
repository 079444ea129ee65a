//! slog-json on the thread of slog-async: with its defaults, which drop, and so that callers wait for room.

use slog::{Drain as _, Logger};
use slog_async::{Async, AsyncGuard, OverflowStrategy};

use super::slog_order;
use crate::{
    subject::{Place, Subject},
    workload::Order,
};

pub(super) struct Default(Running);
pub(super) struct Block(Running);

impl Subject for Default {
    fn start(place: &Place) -> anyhow::Result<Self> {
        Ok(Default(Running::start(place, OverflowStrategy::DropAndReport)?))
    }

    fn caller(&self) -> impl FnMut(&Order) {
        self.0.caller()
    }

    fn finish(self, _sent: u64) -> anyhow::Result<()> {
        self.0.finish();
        Ok(())
    }
}

impl Subject for Block {
    fn start(place: &Place) -> anyhow::Result<Self> {
        Ok(Block(Running::start(place, OverflowStrategy::Block)?))
    }

    fn caller(&self) -> impl FnMut(&Order) {
        self.0.caller()
    }

    fn finish(self, _sent: u64) -> anyhow::Result<()> {
        self.0.finish();
        Ok(())
    }
}

struct Running {
    log: Logger,
    guard: AsyncGuard,
}

impl Running {
    fn start(place: &Place, overflow: OverflowStrategy) -> anyhow::Result<Self> {
        let drain = slog_order::json(place)?.fuse();
        let (drain, guard) = Async::new(drain).overflow_strategy(overflow).build_with_guard();
        Ok(Running { log: slog_order::logger(drain.fuse()), guard })
    }

    fn caller(&self) -> impl FnMut(&Order) + use<> {
        let log = self.log.clone();
        move |order| slog_order::log(&log, order)
    }

    /// The guard waits for the thread, which writes what is in the buffer at its end.
    fn finish(self) {
        drop(self.log);
        drop(self.guard);
    }
}
