//! ticklog into a file; callers wait for room. It writes text: `key=value`.
#![expect(missing_docs, reason = "`configure!` makes macros that are public")]

use anyhow::Context as _;
use ticklog::{Backpressure, FileSink, Guard};

use crate::{
    subject::{Place, Subject},
    workload::Order,
};

// its macros look these two up where they stand, and `configure!` puts them at the root of the crate
macro_rules! __ticklog_max_level {
    () => {
        ticklog::Level::Info
    };
}
macro_rules! __ticklog_backpressure {
    () => {
        Backpressure::Block
    };
}

pub(super) struct Ticklog {
    guard: Guard,
}

impl Subject for Ticklog {
    fn start(place: &Place) -> anyhow::Result<Self> {
        let guard = ticklog::configure! {
            sink: FileSink::new(place.file()).context("cannot make the file")?,
            backpressure: Backpressure::Block,
        };
        Ok(Ticklog { guard: guard.context("cannot start ticklog")? })
    }

    fn caller(&self) -> impl FnMut(&Order) {
        |order| {
            ticklog::info!(
                "order filled expert_name={} symbol={} strategy_id={} account_id={} order_id={} trade_id={} side={} \
                 price={} quantity={} latency_us={}",
                "MyEmaBot",
                "BTCUSDT",
                "ema-cross-7",
                "acc-001",
                order.order_id,
                order.trade_id,
                order.side,
                order.price,
                order.quantity,
                order.latency_us
            );
        }
    }

    fn finish(self, _sent: u64) -> anyhow::Result<()> {
        drop(self.guard);
        Ok(())
    }
}
