//! slog-json on the caller's thread, behind a lock.

use std::sync::Mutex;

use slog::{Drain as _, Logger};

use super::slog_order;
use crate::{
    subject::{Place, Subject},
    workload::Order,
};

pub(super) struct SlogJson {
    log: Logger,
}

impl Subject for SlogJson {
    fn start(place: &Place) -> anyhow::Result<Self> {
        let drain = Mutex::new(slog_order::json(place)?).fuse();
        Ok(SlogJson { log: slog_order::logger(drain) })
    }

    fn caller(&self) -> impl FnMut(&Order) {
        let log = self.log.clone();
        move |order| slog_order::log(&log, order)
    }

    /// The last logger that is dropped writes what is in the buffer.
    fn finish(self, _sent: u64) -> anyhow::Result<()> {
        Ok(())
    }
}
