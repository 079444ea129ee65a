//! As `plain`, and the worker has trouble: files that end all the time and are packed, or a disk that is slow. A call is to
//! take no longer by that.

use std::{
    ffi::OsString,
    io::{self, Read},
    path::Path,
    sync::Arc,
    time::{Duration, Instant},
};

use logger_config::{Envelope, JsonFormat, Route, Timestamp};
use logger_file::{FileDrain, FileOptions, Fs, FsFile, Meta, OsFs, RotationPolicy};

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
        .fs(SlowFs);
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
struct SlowFs;

struct SlowFile {
    file: Box<dyn FsFile>,
    hung: Instant,
}

impl SlowFile {
    fn slow(file: Box<dyn FsFile>) -> Box<dyn FsFile> {
        Box::new(SlowFile { file, hung: Instant::now() })
    }
}

impl FsFile for SlowFile {
    fn append(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let hangs = self.hung.elapsed() >= HANGS_EVERY;
        pause(if hangs { A_HANG } else { A_WRITE });
        if hangs {
            self.hung = Instant::now();
        }
        self.file.append(bytes)
    }

    fn truncate(&mut self, len: u64) -> io::Result<()> {
        self.file.truncate(len)
    }

    fn inspect(&self) -> io::Result<Meta> {
        self.file.inspect()
    }

    fn last_byte(&mut self) -> io::Result<Option<u8>> {
        self.file.last_byte()
    }

    fn sync(&mut self) -> io::Result<()> {
        pause(A_WRITE);
        self.file.sync()
    }

    fn set_modified(&mut self, at: Timestamp) -> io::Result<()> {
        self.file.set_modified(at)
    }

    fn show_use(&mut self) -> io::Result<()> {
        self.file.show_use()
    }
}

impl Fs for SlowFs {
    fn inspect(&self, path: &Path) -> io::Result<Option<Meta>> {
        OsFs.inspect(path)
    }

    fn create_folders(&self, path: &Path) -> io::Result<()> {
        OsFs.create_folders(path)
    }

    fn create(&self, path: &Path) -> io::Result<Box<dyn FsFile>> {
        OsFs.create(path).map(SlowFile::slow)
    }

    fn open(&self, path: &Path) -> io::Result<Box<dyn FsFile>> {
        OsFs.open(path).map(SlowFile::slow)
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        OsFs.rename(from, to)
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        OsFs.remove(path)
    }

    fn list(&self, folder: &Path) -> io::Result<Vec<OsString>> {
        OsFs.list(folder)
    }

    fn read(&self, path: &Path) -> io::Result<Box<dyn Read + Send>> {
        OsFs.read(path)
    }

    fn free_space(&self, folder: &Path) -> io::Result<Option<u64>> {
        OsFs.free_space(folder)
    }

    fn sync_folder(&self, folder: &Path) -> io::Result<()> {
        OsFs.sync_folder(folder)
    }
}
