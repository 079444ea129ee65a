//! fern into a file, on the caller's thread. It writes text: the line of its documentation, and `key=value`.

use std::fmt;

use log::{
    LevelFilter,
    kv::{Key, Value, VisitSource},
};

use super::log_facade;
use crate::{
    host::wall_clock,
    subject::{Place, Subject},
    utc::Civil,
    workload::Order,
};

pub(super) struct Fern;

impl Subject for Fern {
    fn start(place: &Place) -> anyhow::Result<Self> {
        fern::Dispatch::new()
            .format(|out, message, record| {
                let now = Civil::of(wall_clock().as_secs());
                let fields = Fields(record);
                out.finish(format_args!("[{now}Z {} {}] {message}{fields}", record.level(), record.target()));
            })
            .level(LevelFilter::Info)
            .chain(fern::log_file(place.file())?)
            .apply()?;
        Ok(Fern)
    }

    fn caller(&self) -> impl FnMut(&Order) {
        log_facade::log
    }

    fn finish(self, _sent: u64) -> anyhow::Result<()> {
        log::logger().flush();
        Ok(())
    }
}

/// The fields of a record, each as ` key=value`.
struct Fields<'a>(&'a log::Record<'a>);

impl fmt::Display for Fields<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.key_values().visit(&mut Put(f)).map_err(|_| fmt::Error)
    }
}

struct Put<'a, 'f>(&'a mut fmt::Formatter<'f>);

impl<'kvs> VisitSource<'kvs> for Put<'_, '_> {
    fn visit_pair(&mut self, key: Key<'kvs>, value: Value<'kvs>) -> Result<(), log::kv::Error> {
        write!(self.0, " {key}={value}").map_err(log::kv::Error::from)
    }
}
