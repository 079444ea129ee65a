//! spdlog-rs: JSON into a file behind its thread pool, which makes callers wait for room.

use std::sync::Arc;

use anyhow::Context as _;
use spdlog::{
    Logger, ThreadPool,
    formatter::JsonFormatter,
    sink::{AsyncPoolSink, FileSink},
};

use crate::{
    subject::{Place, Subject},
    workload::Order,
};

pub(super) struct Spdlog {
    log: Arc<Logger>,
    pool: Arc<ThreadPool>,
}

impl Subject for Spdlog {
    fn start(place: &Place) -> anyhow::Result<Self> {
        let file = FileSink::builder().path(place.file()).formatter(JsonFormatter::new()).build_arc();
        let pool = ThreadPool::builder().build_arc().context("cannot start the thread pool")?;
        let sink = AsyncPoolSink::builder().sink(file?).thread_pool(Arc::clone(&pool)).build_arc()?;
        let log = Logger::builder().sink(sink).build_arc()?;
        Ok(Spdlog { log, pool })
    }

    fn caller(&self) -> impl FnMut(&Order) {
        let log = Arc::clone(&self.log);
        move |order| {
            spdlog::info!(logger: log, "order filled", kv: {
                expert_name = "MyEmaBot",
                symbol = "BTCUSDT",
                strategy_id = "ema-cross-7",
                account_id = "acc-001",
                order_id = order.order_id,
                trade_id = order.trade_id,
                side = order.side,
                price = order.price,
                quantity = order.quantity,
                latency_us = order.latency_us,
            });
        }
    }

    /// The pool ends when it has done all, and the file writes its buffer when the sink is dropped.
    fn finish(self, _sent: u64) -> anyhow::Result<()> {
        self.log.flush();
        drop(self.log);
        drop(self.pool);
        Ok(())
    }
}
