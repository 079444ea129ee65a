//! No call at all: what the measuring itself costs.

use std::hint::black_box;

use crate::{
    subject::{Leveled, Place, Subject},
    workload::Order,
};

pub(super) struct Empty;

impl Subject for Empty {
    fn start(_place: &Place) -> anyhow::Result<Self> {
        Ok(Empty)
    }

    fn caller(&self) -> impl FnMut(&Order) {
        |order| {
            black_box(order);
        }
    }

    fn finish(self, _sent: u64) -> anyhow::Result<()> {
        Ok(())
    }
}

impl Leveled for Empty {
    fn disabled<'s>(&'s self, _evaluated: &'s mut u64) -> impl FnMut(&Order) + 's {
        |order| {
            black_box(order);
        }
    }
}
