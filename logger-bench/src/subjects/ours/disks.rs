//! Files that end, are packed, or lie on a slow disk, beside the same without: whether a caller notices.

use std::{marker::PhantomData, time::Instant};

use logger_config::Envelope;
use logger_core::JsonFormat;
use logger_file::{Compression, FileOptions, RotationPolicy};

use super::{log_order, running::Running, slow_fs::SlowFs};
use crate::{
    subject::{Place, Subject},
    workload::Order,
};

/// What the files of a subject do.
pub(super) trait Disk: Sync + Send {
    fn options() -> FileOptions;
}

/// A running logger with such files.
pub(super) struct On<D>(Running, PhantomData<D>);

/// Files that do not end.
pub(super) struct Calm;
/// Files that end at 1 MB.
pub(super) struct Rotates;
/// The same, and they are packed.
pub(super) struct Gzips;
/// The same with zstd.
pub(super) struct Zstds;
/// Files that end at 1 MB on a disk where every call takes 20 ms.
pub(super) struct Crawls;

fn plain() -> FileOptions {
    FileOptions::new()
        .format(JsonFormat::new(Envelope::Compact))
        .rotation(RotationPolicy::Never)
        .backup_count(1_000)
}

fn rotates() -> FileOptions {
    plain().rotation(RotationPolicy::Size(1_000_000))
}

impl Disk for Calm {
    fn options() -> FileOptions {
        plain()
    }
}

impl Disk for Rotates {
    fn options() -> FileOptions {
        rotates()
    }
}

impl Disk for Gzips {
    fn options() -> FileOptions {
        rotates().compression(Compression::Gzip)
    }
}

impl Disk for Zstds {
    fn options() -> FileOptions {
        rotates().compression(Compression::Zstd)
    }
}

impl Disk for Crawls {
    fn options() -> FileOptions {
        rotates().fs(SlowFs)
    }
}

impl<D: Disk> Subject for On<D> {
    fn start(place: &Place) -> anyhow::Result<Self> {
        Ok(On(Running::with_files(place, D::options)?, PhantomData))
    }

    fn caller(&self) -> impl FnMut(&Order) {
        let log = self.0.log.clone();
        move |order| log_order!(info, log, order)
    }

    fn settle(&self, sent: u64) -> anyhow::Result<Option<Instant>> {
        self.0.settle(sent)
    }

    fn finish(self, sent: u64) -> anyhow::Result<()> {
        self.0.settle(sent)?;
        self.0.ensure_nothing_lost()?;
        self.0.finish(sent)
    }
}
