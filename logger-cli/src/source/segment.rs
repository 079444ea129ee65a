//! One file of a log.

use std::{
    fs::{self, File, Metadata},
    io::{self, BufReader, Read, Seek, SeekFrom},
    path::{Path, PathBuf},
    sync::Arc,
};

use super::{Backward, Forward, Meter, Packing, Span, meter::Metered};

/// Tells one file from another whatever they are called; on systems without such a number, always the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FileId(u64, u64);

impl FileId {
    /// Of a file whose metadata are these.
    #[cfg(unix)]
    pub fn of(metadata: &Metadata) -> FileId {
        use std::os::unix::fs::MetadataExt as _;
        FileId(metadata.dev(), metadata.ino())
    }

    /// Of a file whose metadata are these.
    #[cfg(not(unix))]
    pub fn of(metadata: &Metadata) -> FileId {
        let made = metadata.created().ok().and_then(|it| it.duration_since(std::time::UNIX_EPOCH).ok());
        FileId(0, made.map_or(0, |it| it.as_nanos() as u64))
    }
}

/// One file of a log.
#[derive(Debug, Clone)]
pub struct Segment {
    path: PathBuf,
    packing: Packing,
    id: FileId,
    len: u64,
    /// Open since it was found, so that it can be read when it was deleted.
    held: Option<Arc<File>>,
}

/// What an unpacked file may take in memory while it is read from its end; a longer one goes to a nameless file.
const IN_MEMORY: usize = 64 * 1024 * 1024;
const CHUNK: usize = 256 * 1024;

impl Segment {
    /// Looks at the file of that name.
    ///
    /// # Errors
    ///
    /// What the file system says; a folder or a pipe is none.
    pub fn find(path: PathBuf, packing: Packing) -> io::Result<Segment> {
        let metadata = fs::metadata(&path)?;
        if !metadata.is_file() {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, "not a regular file"));
        }
        Ok(Segment { id: FileId::of(&metadata), len: metadata.len(), path, packing, held: None })
    }

    /// The name it had when it was found.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Which file it is.
    pub fn id(&self) -> FileId {
        self.id
    }

    /// Its bytes on the disk, when it was found.
    pub fn len(&self) -> u64 {
        self.len
    }

    /// Whether it has none.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// What it is packed with.
    pub fn packing(&self) -> Packing {
        self.packing
    }

    /// Keeps it open: it can be read whatever becomes of its name.
    ///
    /// # Errors
    ///
    /// [`NotFound`](io::ErrorKind::NotFound) where another file has its name by now.
    pub(super) fn hold(&mut self) -> io::Result<()> {
        let file = File::open(&self.path)?;
        if FileId::of(&file.metadata()?) != self.id {
            return Err(self.gone());
        }
        self.held = Some(Arc::new(file));
        Ok(())
    }

    /// Opens it, also when it was renamed since it was found. One reader at a time: they share their place in the file.
    pub(super) fn open(&self) -> io::Result<File> {
        if let Some(file) = &self.held {
            let mut file = file.try_clone()?;
            file.rewind()?;
            return Ok(file);
        }
        let folder = self.path.parent().filter(|it| *it != Path::new("")).unwrap_or(Path::new("."));
        let elsewhere = fs::read_dir(folder)?.filter_map(|it| Some(it.ok()?.path()));
        // a packed file may get the number of the one that was deleted for it
        let is_alike = |path: &PathBuf| {
            let name = path.file_name().and_then(|it| it.to_str());
            name.is_some_and(|it| Packing::of(it).1 == self.packing && !it.ends_with(".packing"))
        };
        let mut refused = None;
        for path in std::iter::once(self.path.clone()).chain(elsewhere.filter(is_alike)) {
            match File::open(&path) {
                Ok(file) if file.metadata().is_ok_and(|it| it.is_file() && FileId::of(&it) == self.id) => {
                    return Ok(file);
                }
                // it is there, and this user may not read it
                Err(error) if path == self.path && error.kind() != io::ErrorKind::NotFound => {
                    refused = Some(error);
                }
                _ => {}
            }
        }
        Err(refused.unwrap_or_else(|| self.gone()))
    }

    fn gone(&self) -> io::Error {
        io::Error::new(io::ErrorKind::NotFound, format!("{} went away", self.path.display()))
    }

    /// Its bytes, unpacked, as far as they can be read.
    ///
    /// # Errors
    ///
    /// What the file system says.
    pub fn unpacked(&self, meter: &Meter) -> io::Result<Box<dyn Read + Send>> {
        self.unpack(meter.of(self.open()?), meter)
    }

    fn unpack(&self, file: Metered<File>, meter: &Meter) -> io::Result<Box<dyn Read + Send>> {
        let unread = meter.unread();
        Ok(match self.packing {
            Packing::Plain => Box::new(unread.upto_failure(&self.path, file)),
            Packing::Gzip => {
                let file = BufReader::with_capacity(CHUNK, file);
                Box::new(unread.upto_failure(&self.path, flate2::bufread::MultiGzDecoder::new(file)))
            }
            Packing::Zstd => {
                Box::new(unread.upto_failure(&self.path, zstd::stream::read::Decoder::new(file)?))
            }
        })
    }

    /// Its lines from the beginning, as far as they can be read. Of a plain file only those that begin in `span`.
    ///
    /// # Errors
    ///
    /// What the file system says.
    pub fn forward(&self, span: Span, meter: &Meter) -> io::Result<Forward> {
        let mut file = meter.of(self.open()?);
        if self.packing != Packing::Plain {
            return Ok(Forward::new(self.unpack(file, meter)?));
        }
        file.seek(SeekFrom::Start(span.start))?;
        let file = file.take(span.end.saturating_sub(span.start));
        Ok(Forward::new(Box::new(meter.unread().upto_failure(&self.path, file))))
    }

    /// Its lines from the end. Of a plain file only those that begin in `span`; a packed one is unpacked as a whole, as far as it
    /// can be read.
    ///
    /// # Errors
    ///
    /// What the file system says.
    pub fn backward(&self, span: Span, meter: &Meter) -> io::Result<Backward> {
        let file = meter.of(self.open()?);
        if self.packing == Packing::Plain {
            let end = span.end.min(self.len);
            return Ok(Backward::new(Box::new(file), span.start, end));
        }
        let mut whole = tempfile::spooled_tempfile(IN_MEMORY);
        let end = io::copy(&mut self.unpack(file, meter)?, &mut whole)?;
        Ok(Backward::new(Box::new(whole), 0, end))
    }
}
