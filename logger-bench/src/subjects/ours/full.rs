//! As `typed`, with all that is known of a record in each line.

use std::time::Instant;

use logger_config::Envelope;

use super::{
    log_order,
    running::{Extras, Running},
};
use crate::{
    subject::{Leveled, Place, Subject},
    workload::Order,
};

pub(super) struct Full(Running);

impl Subject for Full {
    fn start(place: &Place) -> anyhow::Result<Self> {
        Ok(Full(Running::start(place, Extras::none(Envelope::Full))?))
    }

    fn caller(&self) -> impl FnMut(&Order) {
        let log = self.0.log.clone();
        move |order| log_order!(info, log, order)
    }

    fn settle(&self, sent: u64) -> anyhow::Result<Option<Instant>> {
        self.0.settle(sent)
    }

    fn finish(self, sent: u64) -> anyhow::Result<()> {
        self.0.finish(sent)
    }
}

impl Leveled for Full {
    fn disabled<'s>(&'s self, evaluated: &'s mut u64) -> impl FnMut(&Order) + 's {
        move |order| {
            logger_config::debug!(self.0.log, "order filled"; "order_id" => {
                *evaluated += 1;
                order.order_id
            });
        }
    }
}
