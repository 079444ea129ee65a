//! low_latency_log into a file; callers wait for room. It writes text: `key=value`.

use anyhow::Context as _;
use low_latency_log::{Logger, LoggerGuard, RollingCondition};

use crate::{
    lines::FILE,
    subject::{Place, Subject},
    workload::Order,
};

pub(super) struct LowLatencyLog {
    guard: LoggerGuard,
}

impl Subject for LowLatencyLog {
    fn start(place: &Place) -> anyhow::Result<Self> {
        let folder = place.folder().to_str().context("the folder is not valid Unicode")?.to_owned();
        let guard = Logger::new(RollingCondition::new().daily(), folder, FILE.to_owned()).init()?;
        Ok(LowLatencyLog { guard })
    }

    #[expect(clippy::disallowed_methods, reason = "its macro reads the clock of the system")]
    fn caller(&self) -> impl FnMut(&Order) {
        |order| {
            // the macro moves what it is given to the other thread
            let Order { order_id, trade_id, side, price, quantity, latency_us } = *order;
            low_latency_log::info!(
                "order filled expert_name={} symbol={} strategy_id={} account_id={} order_id={} trade_id={} side={} \
                 price={} quantity={} latency_us={}",
                "MyEmaBot",
                "BTCUSDT",
                "ema-cross-7",
                "acc-001",
                order_id,
                trade_id,
                side,
                price,
                quantity,
                latency_us
            );
        }
    }

    fn finish(self, _sent: u64) -> anyhow::Result<()> {
        drop(self.guard);
        Ok(())
    }
}
