//! tracing's JSON lines through the non-blocking writer of tracing-appender; the context is a span.

use std::path::PathBuf;

use anyhow::Context as _;
use tracing_appender::non_blocking::{NonBlockingBuilder, WorkerGuard};

use super::rest::until_it_rests;
use crate::{
    lines::FILE,
    subject::{Load, Place, Subject},
    workload::Order,
};

pub(super) struct Tracing {
    file: PathBuf,
    guard: WorkerGuard,
}

impl Subject for Tracing {
    fn start(place: &Place) -> anyhow::Result<Self> {
        let file = tracing_appender::rolling::never(place.folder(), FILE);
        let lossy = place.load == Load::AsShipped;
        let (writer, guard) = NonBlockingBuilder::default().lossy(lossy).finish(file);
        let subscriber = tracing_subscriber::fmt().json().flatten_event(true).with_writer(writer).finish();
        tracing::subscriber::set_global_default(subscriber).context("cannot set the subscriber")?;
        Ok(Tracing { file: place.file(), guard })
    }

    fn caller(&self) -> impl FnMut(&Order) {
        let span = tracing::info_span!(
            "expert",
            expert_name = "MyEmaBot",
            symbol = "BTCUSDT",
            strategy_id = "ema-cross-7",
            account_id = "acc-001"
        );
        let entered = span.entered();
        move |order| {
            let _inside = &entered;
            tracing::info!(
                order_id = order.order_id,
                trade_id = order.trade_id,
                side = order.side,
                price = order.price,
                quantity = order.quantity,
                latency_us = order.latency_us,
                "order filled"
            );
        }
    }

    /// The guard gives up on a full queue after a tenth of a second: the file is waited for first.
    fn finish(self, _sent: u64) -> anyhow::Result<()> {
        until_it_rests(&self.file)?;
        drop(self.guard);
        Ok(())
    }
}
