//! slog's macros on the logger that `bind` gives: its type names the drain.

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

pub(super) struct Typed(Running);

impl Subject for Typed {
    fn start(place: &Place) -> anyhow::Result<Self> {
        Ok(Typed(Running::start(place, Extras::none(Envelope::Compact))?))
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

impl Leveled for Typed {
    fn disabled<'s>(&'s self, evaluated: &'s mut u64) -> impl FnMut(&Order) + 's {
        move |order| {
            logger_config::debug!(self.0.log, "order filled"; "order_id" => {
                *evaluated += 1;
                order.order_id
            });
        }
    }
}
