//! What a file drain is told when it is opened.

use std::{fmt, sync::Arc};

use logger_core::{Format, JsonFormat};

use crate::{
    AtStart, Compression, Durability, Fs, Holds, Naming, OsFs, Retention, RotationPolicy, Seal, SharedFolder,
    Writers,
    event::{FileEvent, OnEvent},
};

/// How a file is written. Each setting names its default.
#[must_use]
pub struct FileOptions {
    pub(crate) format: Box<dyn Format>,
    pub(crate) rotation: RotationPolicy,
    pub(crate) at_start: AtStart,
    pub(crate) naming: Naming,
    pub(crate) retention: Retention,
    pub(crate) compression: Compression,
    pub(crate) durability: Durability,
    pub(crate) ballast: Option<u64>,
    pub(crate) seal: Seal,
    pub(crate) shared: Option<(SharedFolder, Holds)>,
    pub(crate) accept: Accept,
    pub(crate) writers: Writers,
    pub(crate) fs: Arc<dyn Fs>,
    pub(crate) on_event: OnEvent,
}

/// What may already be at the name of the file. A folder, a link, a pipe, a socket or a block device never
/// may.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Accept {
    /// A regular file of our own, with no other name: nobody can have planted it there to read along.
    #[default]
    OwnFile,
    /// A regular file, whoever owns it and whatever other names it has. For file systems that show a wrong
    /// owner.
    AnyFile,
    /// A regular file or a character device; a device is never rotated. For tests that write to `/dev/full`.
    AnyFileOrDevice,
}

impl FileOptions {
    /// The defaults.
    pub fn new() -> Self {
        FileOptions {
            format: Box::new(JsonFormat::default()),
            rotation: RotationPolicy::default(),
            at_start: AtStart::default(),
            naming: Naming::default(),
            retention: Retention::default(),
            compression: Compression::default(),
            durability: Durability::default(),
            ballast: None,
            seal: Seal::None,
            shared: None,
            accept: Accept::default(),
            writers: Writers::default(),
            fs: Arc::new(OsFs),
            on_event: OnEvent::nobody(),
        }
    }

    /// How a record becomes a line. Default: [`JsonFormat`] in its full envelope.
    pub fn format(mut self, format: impl Format + 'static) -> Self {
        self.format = Box::new(format);
        self
    }

    /// When the file ends. Default: before it would pass 10 MiB.
    pub fn rotation(mut self, rotation: RotationPolicy) -> Self {
        self.rotation = rotation;
        self
    }

    /// What happens to a file that is there. Default: [`AtStart::Continue`].
    pub fn at_start(mut self, at_start: AtStart) -> Self {
        self.at_start = at_start;
        self
    }

    /// What an ended file is called. Default: [`Naming::Numbered`].
    ///
    /// Files of an earlier run that were called otherwise stay as they are.
    pub fn naming(mut self, naming: Naming) -> Self {
        self.naming = naming;
        self
    }

    /// Which ended files are kept. Default: the newest 5.
    ///
    /// A limit lower than that of an earlier run takes effect with the first record.
    pub fn retention(mut self, retention: Retention) -> Self {
        self.retention = retention;
        self
    }

    /// How many ended files are kept: [`retention`](FileOptions::retention) by count.
    pub fn backup_count(mut self, count: u32) -> Self {
        self.retention = self.retention.count(count);
        self
    }

    /// Whether ended files are packed. Default: [`Compression::None`].
    pub fn compression(mut self, compression: Compression) -> Self {
        self.compression = compression;
        self
    }

    /// What a flush waits for. Default: [`Durability::Os`].
    pub fn durability(mut self, durability: Durability) -> Self {
        self.durability = durability;
        self
    }

    /// Keeps a file of so many bytes beside the log file, `trades.log.ballast`, which is deleted when the disk is full: so much
    /// can still be written then. For trades. Default: none.
    ///
    /// It is made again a minute later and each minute from then on until there is room for it. Where others write to the
    /// same disk they take a share of the room.
    pub fn ballast(mut self, bytes: u64) -> Self {
        self.ballast = Some(bytes);
        self
    }

    /// Whether each line has a hash of itself and of the lines before it. Default: [`Seal::None`].
    ///
    /// Lines have to be objects of JSON, each with a newline, as [`JsonFormat`] makes them; others stay as they are and count as foreign. It
    /// does not go with [`Writers::Several`], with [files of each process](crate::FileDrain::open_own), nor with a
    /// [`SharedFolder`] that deletes the file's backups for others: [`FileError::SealRefused`](crate::FileError::SealRefused).
    pub fn seal(mut self, seal: Seal) -> Self {
        self.seal = seal;
        self
    }

    /// What it shares with other files of its folder. Default: nothing.
    pub fn shared(mut self, folder: &SharedFolder, holds: Holds) -> Self {
        self.shared = Some((folder.clone(), holds));
        self
    }

    /// What may already be at the name of the file. Default: [`Accept::OwnFile`].
    pub fn accept(mut self, accept: Accept) -> Self {
        self.accept = accept;
        self
    }

    /// Who writes to the file. Default: [`Writers::One`].
    pub fn writers(mut self, writers: Writers) -> Self {
        self.writers = writers;
        self
    }

    /// The file system. Default: that of the computer, [`OsFs`].
    pub fn fs(mut self, fs: impl Fs + 'static) -> Self {
        self.fs = Arc::new(fs);
        self
    }

    /// Who is told what happens to the file, on the thread that writes it. Default: nobody.
    ///
    /// It must not log through the same pipeline, and while it runs no record is written. A panic in it is
    /// caught and goes no further: the records around it are counted all the same.
    pub fn on_event(mut self, on_event: impl FnMut(FileEvent) + Send + 'static) -> Self {
        self.on_event = OnEvent(Box::new(on_event));
        self
    }
}

impl Default for FileOptions {
    fn default() -> Self {
        FileOptions::new()
    }
}

impl fmt::Debug for FileOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FileOptions")
            .field("rotation", &self.rotation)
            .field("at_start", &self.at_start)
            .field("naming", &self.naming)
            .field("retention", &self.retention)
            .field("compression", &self.compression)
            .field("durability", &self.durability)
            .field("ballast", &self.ballast)
            .field("seal", &self.seal)
            .field("shared", &self.shared)
            .field("accept", &self.accept)
            .field("writers", &self.writers)
            .finish_non_exhaustive()
    }
}
