//! As `plain`, with all switched on that may disturb: trades, files that end at 10 MB, a console that nobody reads, a
//! destination for alerts that never answers.

use std::{thread, time::Instant};

use logger_config::{
    Category, Drain, DrainError, Envelope, Filter, Logger, LoggerExt as _, Record, Route, Switch,
};

use super::{
    log_order,
    running::{Extras, Running},
};
use crate::{
    subject::{Leveled, Place, Subject},
    workload::Order,
};

pub(super) struct Everything {
    running: Running,
    trades: Logger,
}

/// One order in so many is a trade.
const TRADES: u64 = 20;
const TEN_MB: u64 = 10_000_000;

impl Subject for Everything {
    fn start(place: &Place) -> anyhow::Result<Self> {
        let alerts = Route::new("alerts", BlackHole).filter(Filter::category(Category::Trade)).detached(1024);
        let extras = Extras {
            max_size: TEN_MB,
            console: Switch::On,
            route: Some(alerts),
            ..Extras::none(Envelope::Compact)
        };
        let running = Running::start(place, extras)?;
        let trades = running.log.trade();
        Ok(Everything { running, trades })
    }

    fn caller(&self) -> impl FnMut(&Order) {
        let (log, trades) = (self.running.log.clone(), self.trades.clone());
        move |order| {
            let log = if order.order_id % TRADES == 0 { &trades } else { &log };
            log_order!(info, log, order);
        }
    }

    fn settle(&self, sent: u64) -> anyhow::Result<Option<Instant>> {
        self.running.settle(sent)
    }

    fn finish(self, sent: u64) -> anyhow::Result<()> {
        drop(self.trades);
        self.running.finish(sent)
    }
}

impl Leveled for Everything {
    fn disabled<'s>(&'s self, evaluated: &'s mut u64) -> impl FnMut(&Order) + 's {
        move |order| {
            logger_config::debug!(self.running.log, "order filled"; "order_id" => {
                *evaluated += 1;
                order.order_id
            });
        }
    }
}

/// Takes a record and never returns, like a service behind a firewall that swallows everything.
struct BlackHole;

impl Drain for BlackHole {
    fn log(&mut self, _record: &Record<'_>) -> Result<(), DrainError> {
        loop {
            thread::park();
        }
    }

    fn flush(&mut self, _deadline: Instant) -> Result<(), DrainError> {
        Ok(())
    }
}
