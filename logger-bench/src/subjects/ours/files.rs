//! As `plain`, and the worker has trouble: files that end all the time and are packed, or a disk that is slow. A call is to
//! take no longer by that.

use std::{
    io,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use logger_config::{Envelope, JsonFormat, Route};
use logger_file::{
    FileDrain, FileOptions, FsFile, RotationPolicy,
    testing::{Alter, AlteredFs},
};

use super::{
    log_order,
    plain::plain,
    running::{Extras, Running},
};
use crate::{
    subject::{Leveled, Place, Subject},
    timer::pause,
    workload::Order,
};

/// At 10,000 records per second a file ends three times a second.
const ONE_MB: u64 = 1_000_000;

plain! {
    /// Files end at 1 MB and are packed by gzip.
    SmallFiles,
    |place| Extras { max_size: ONE_MB, compression: "gzip", ..Extras::none(Envelope::Compact) },
    |log, order| log_order!(info, log, order)
}

plain! {
    /// All records go to a further file, whose disk is slow. The worker writes it between the other three, so that no
    /// queue is emptied sooner than it has them.
    SlowDisk,
    |place| Extras { route: Some(on_a_slow_disk(place)?), ..Extras::none(Envelope::Compact) },
    |log, order| log_order!(info, log, order)
}

fn on_a_slow_disk(place: &Place) -> anyhow::Result<Route> {
    let options = FileOptions::new()
        .format(JsonFormat::new(Envelope::Compact))
        .rotation(RotationPolicy::Never)
        .fs(AlteredFs::new(Slow { hung: Mutex::new(Instant::now()) }));
    let drain = FileDrain::open(place.folder().join("slow.log"), options)?;
    let journal = Arc::new(drain.journal());
    Ok(Route::new("slow", drain).journal(journal))
}

/// So long a write takes: as on a share of a network that is busy.
const A_WRITE: Duration = Duration::from_millis(3);
/// So often the disk hangs, and so long.
const HANGS_EVERY: Duration = Duration::from_secs(1);
const A_HANG: Duration = Duration::from_millis(100);

/// The file system of the computer on a disk that is slow: a write waits before it is done, on the thread that asks for it,
/// as in a call of the kernel's.
struct Slow {
    hung: Mutex<Instant>,
}

impl Alter for Slow {
    fn append(&self, file: &mut dyn FsFile, bytes: &[u8]) -> io::Result<usize> {
        let mut hung = self.hung.lock().unwrap_or_else(PoisonError::into_inner);
        let hangs = hung.elapsed() >= HANGS_EVERY;
        pause(if hangs { A_HANG } else { A_WRITE });
        if hangs {
            *hung = Instant::now();
        }
        file.append(bytes)
    }

    fn sync(&self, file: &mut dyn FsFile) -> io::Result<()> {
        pause(A_WRITE);
        file.sync()
    }
}
