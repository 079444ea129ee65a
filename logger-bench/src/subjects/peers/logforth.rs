//! logforth: JSON into a file on a thread of its own, whose queue has no bound.

use std::path::PathBuf;

use anyhow::anyhow;
use logforth::{
    append::{asynchronous::AsyncBuilder, file::FileBuilder},
    layout::JsonLayout,
    record::LevelFilter,
};

use super::{log_facade, rest::until_it_rests};
use crate::{
    lines::FILE,
    subject::{Place, Subject},
    workload::Order,
};

pub(super) struct Logforth {
    file: PathBuf,
}

impl Subject for Logforth {
    fn start(place: &Place) -> anyhow::Result<Self> {
        let file = FileBuilder::new(place.folder(), FILE).layout(JsonLayout::default()).build();
        let file = file.map_err(|error| anyhow!("cannot make the file: {error}"))?;
        let appender = AsyncBuilder::new("logforth-async").append(file).build();
        logforth::starter_log::builder()
            .dispatch(|dispatch| dispatch.filter(LevelFilter::All).append(appender))
            .apply();
        Ok(Logforth { file: place.file() })
    }

    fn caller(&self) -> impl FnMut(&Order) {
        log_facade::log
    }

    /// A flush is one more task of its queue, which it does not wait for.
    fn finish(self, _sent: u64) -> anyhow::Result<()> {
        log::logger().flush();
        until_it_rests(&self.file)
    }
}
