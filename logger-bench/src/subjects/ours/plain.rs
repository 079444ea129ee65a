//! The logger that `bind` gives, whose type names the drain.

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

/// A shape with these extras, and how it logs an order.
macro_rules! plain {
    ($(#[$doc:meta])* $name:ident, |$place:ident| $extras:expr, |$log:ident, $order:ident| $call:expr) => {
        $(#[$doc])*
        pub(super) struct $name(Running);

        impl Subject for $name {
            fn start($place: &Place) -> anyhow::Result<Self> {
                Ok($name(Running::start($place, $extras)?))
            }

            fn caller(&self) -> impl FnMut(&Order) {
                let $log = self.0.log.clone();
                move |$order| $call
            }

            fn settle(&self, sent: u64) -> anyhow::Result<Option<Instant>> {
                self.0.settle(sent)
            }

            fn finish(self, sent: u64) -> anyhow::Result<()> {
                self.0.finish(sent)
            }
        }

        impl Leveled for $name {
            fn disabled<'s>(&'s self, evaluated: &'s mut u64) -> impl FnMut(&Order) + 's {
                move |order| {
                    logger_config::debug!(self.0.log, "order filled"; "order_id" => {
                        *evaluated += 1;
                        order.order_id
                    });
                }
            }
        }
    };
}
pub(super) use plain;

plain! {
    /// slog's macros.
    Typed, |place| Extras::none(Envelope::Compact), |log, order| log_order!(info, log, order)
}

plain! {
    /// The same, with all that is known of a record in each line.
    Full, |place| Extras::none(Envelope::Full), |log, order| log_order!(info, log, order)
}

plain! {
    /// The project's own macros, which know the types of their values at compile time.
    Static, |place| Extras::none(Envelope::Compact), |log, order| logger_config::info!(
        log, "order filled";
        "order_id" => order.order_id,
        "trade_id" => order.trade_id,
        "side" => order.side,
        "price" => order.price,
        "quantity" => order.quantity,
        "latency_us" => order.latency_us
    )
}
