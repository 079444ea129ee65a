//! log4rs: JSON into a file, on the caller's thread; it writes every line at once.

use log::LevelFilter;
use log4rs::{
    append::file::FileAppender,
    config::{Appender, Config, Root},
    encode::json::JsonEncoder,
};

use super::log_facade;
use crate::{
    subject::{Place, Subject},
    workload::Order,
};

pub(super) struct Log4rs;

impl Subject for Log4rs {
    fn start(place: &Place) -> anyhow::Result<Self> {
        let file = FileAppender::builder().encoder(Box::new(JsonEncoder::new())).build(place.file())?;
        let config = Config::builder()
            .appender(Appender::builder().build("file", Box::new(file)))
            .build(Root::builder().appender("file").build(LevelFilter::Info))?;
        log4rs::init_config(config)?;
        Ok(Log4rs)
    }

    fn caller(&self) -> impl FnMut(&Order) {
        log_facade::log
    }

    fn finish(self, _sent: u64) -> anyhow::Result<()> {
        log::logger().flush();
        Ok(())
    }
}
