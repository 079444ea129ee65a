//! The project's own macros, which know the types of their values at compile time.

use std::time::Instant;

use logger_config::Envelope;

use super::running::{Extras, Running};
use crate::{
    subject::{Leveled, Place, Subject},
    workload::Order,
};

pub(super) struct Static(Running);

impl Subject for Static {
    fn start(place: &Place) -> anyhow::Result<Self> {
        Ok(Static(Running::start(place, Extras::none(Envelope::Compact))?))
    }

    fn caller(&self) -> impl FnMut(&Order) {
        let log = self.0.log.clone();
        move |order| {
            logger_config::info!(
                log, "order filled";
                "order_id" => order.order_id,
                "trade_id" => order.trade_id,
                "side" => order.side,
                "price" => order.price,
                "quantity" => order.quantity,
                "latency_us" => order.latency_us
            );
        }
    }

    fn settle(&self, sent: u64) -> anyhow::Result<Option<Instant>> {
        self.0.settle(sent)
    }

    fn finish(self, sent: u64) -> anyhow::Result<()> {
        self.0.finish(sent)
    }
}

impl Leveled for Static {
    fn disabled<'s>(&'s self, evaluated: &'s mut u64) -> impl FnMut(&Order) + 's {
        move |order| {
            logger_config::debug!(self.0.log, "order filled"; "order_id" => {
                *evaluated += 1;
                order.order_id
            });
        }
    }
}
