//! slog's macros on a logger that hides which drain it has, as libraries that take a `slog::Logger` see it.

use std::time::Instant;

use logger_config::Envelope;
use slog::Logger;

use super::{
    log_order,
    running::{Extras, Running},
};
use crate::{
    subject::{Leveled, Place, Subject},
    workload::Order,
};

pub(super) struct Erased {
    running: Running,
    log: Logger,
}

impl Subject for Erased {
    fn start(place: &Place) -> anyhow::Result<Self> {
        let running = Running::start(place, Extras::none(Envelope::Compact))?;
        let log = running.log.clone().into_erased();
        Ok(Erased { running, log })
    }

    fn caller(&self) -> impl FnMut(&Order) {
        let log = self.log.clone();
        move |order| log_order!(info, log, order)
    }

    fn settle(&self, sent: u64) -> anyhow::Result<Option<Instant>> {
        self.running.settle(sent)
    }

    fn finish(self, sent: u64) -> anyhow::Result<()> {
        drop(self.log);
        self.running.finish(sent)
    }
}

impl Leveled for Erased {
    fn disabled<'s>(&'s self, evaluated: &'s mut u64) -> impl FnMut(&Order) + 's {
        move |order| {
            logger_config::debug!(self.log, "order filled"; "order_id" => {
                *evaluated += 1;
                order.order_id
            });
        }
    }
}
