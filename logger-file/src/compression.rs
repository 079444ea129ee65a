//! How an ended file is packed, and how that is checked.

use std::io::{self, BufRead as _, BufReader, Read};

use crate::{FileError, FsFile, naming::Packing};

/// Whether ended files are packed.
///
/// A thread of its own, of the lowest priority, packs them, so that no record waits for it. The packed file is written
/// beside the other one under the name `expert.log.packing`, put on the medium and renamed; only then the other one goes:
/// whoever reads sees one of them whole, or for a moment both. What a kill interrupts is done again after the next start.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Compression {
    /// They stay as they are.
    #[default]
    None,
    /// By gzip: `expert.log.1.gz`. With feature `gzip`.
    Gzip,
    /// By Zstandard, which packs better and several times as fast: `expert.log.1.zst`. With feature `zstd`.
    Zstd,
}

impl Compression {
    /// What the file is packed with then; `None` where it stays as it is.
    pub(crate) fn packing(self) -> Option<Packing> {
        match self {
            Compression::None => None,
            Compression::Gzip => Some(Packing::Gzip),
            Compression::Zstd => Some(Packing::Zstd),
        }
    }

    /// Refuses what this build cannot do.
    pub(crate) fn check(self) -> Result<(), FileError> {
        let feature = match self {
            Compression::None => return Ok(()),
            Compression::Gzip if cfg!(feature = "gzip") => return Ok(()),
            Compression::Zstd if cfg!(feature = "zstd") => return Ok(()),
            Compression::Gzip => "gzip",
            Compression::Zstd => "zstd",
        };
        Err(FileError::NotBuilt { feature })
    }
}

/// So much is read at a time.
const CHUNK: usize = 64 * 1024;

/// Packs all that `from` has. `go_on` is asked before each piece; `false` ends it with
/// [`Interrupted`](io::ErrorKind::Interrupted).
pub(crate) fn pack(
    packing: Packing,
    from: Box<dyn Read + Send>,
    to: &mut dyn FsFile,
    go_on: &dyn Fn() -> bool,
) -> io::Result<()> {
    let mut to = Appending(to);
    match packing {
        #[cfg(feature = "gzip")]
        Packing::Gzip => {
            let mut encoder = flate2::write::GzEncoder::new(&mut to, flate2::Compression::default());
            copy(from, &mut encoder, go_on)?;
            encoder.finish().map(drop)
        }
        #[cfg(feature = "zstd")]
        Packing::Zstd => {
            let mut encoder = zstd::stream::write::Encoder::new(&mut to, zstd::DEFAULT_COMPRESSION_LEVEL)?;
            encoder.include_checksum(true)?;
            copy(from, &mut encoder, go_on)?;
            encoder.finish().map(drop)
        }
        _ => copy(from, &mut to, go_on),
    }
}

fn copy(from: impl Read, to: &mut dyn io::Write, go_on: &dyn Fn() -> bool) -> io::Result<()> {
    let mut from = BufReader::with_capacity(CHUNK, from);
    loop {
        if !go_on() {
            return Err(io::ErrorKind::Interrupted.into());
        }
        let piece = from.fill_buf()?;
        if piece.is_empty() {
            return Ok(());
        }
        to.write_all(piece)?;
        let len = piece.len();
        from.consume(len);
    }
}

/// What a packed file has in it.
pub(crate) fn unpacked(packing: Packing, from: Box<dyn Read + Send>) -> io::Result<Box<dyn Read + Send>> {
    match packing {
        #[cfg(feature = "gzip")]
        Packing::Gzip => Ok(Box::new(flate2::read::MultiGzDecoder::new(from))),
        #[cfg(feature = "zstd")]
        Packing::Zstd => Ok(Box::new(zstd::stream::read::Decoder::new(from)?)),
        Packing::Plain => Ok(from),
        #[cfg(not(all(feature = "gzip", feature = "zstd")))]
        _ => Err(io::ErrorKind::Unsupported.into()),
    }
}

/// Whether both have the same bytes.
pub(crate) fn same(one: Box<dyn Read + Send>, other: Box<dyn Read + Send>) -> io::Result<bool> {
    let (mut one, mut other) = (BufReader::with_capacity(CHUNK, one), BufReader::with_capacity(CHUNK, other));
    loop {
        let (a, b) = (one.fill_buf()?, other.fill_buf()?);
        let len = a.len().min(b.len());
        if len == 0 || a[..len] != b[..len] {
            return Ok(a.is_empty() && b.is_empty());
        }
        one.consume(len);
        other.consume(len);
    }
}

/// Writes by appending.
struct Appending<'a>(&'a mut dyn FsFile);

impl io::Write for Appending<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.append(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
#[cfg(all(feature = "gzip", feature = "zstd"))]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::{Fs as _, testing::FakeFs};

    const TEXT: &str = "one line\nand another\n";

    fn packed(packing: Packing) -> Vec<u8> {
        let fs = FakeFs::new();
        fs.put("/logs/x", "");
        let mut to = fs.create(Path::new("/logs/packed")).unwrap();
        pack(packing, Box::new(TEXT.as_bytes()), &mut *to, &|| true).unwrap();
        FakeFs::read(&fs, "/logs/packed").unwrap()
    }

    fn text(packing: Packing, bytes: Vec<u8>) -> io::Result<String> {
        io::read_to_string(unpacked(packing, Box::new(io::Cursor::new(bytes)))?)
    }

    #[test]
    fn a_packed_file_that_was_damaged_or_cut_never_reads_as_another_text() {
        for packing in [Packing::Gzip, Packing::Zstd] {
            let whole = packed(packing);
            assert_eq!(text(packing, whole.clone()).unwrap(), TEXT);
            for at in 0..whole.len() {
                for bit in 0..8 {
                    let mut damaged = whole.clone();
                    damaged[at] ^= 1 << bit;
                    let read = text(packing, damaged);
                    assert!(read.as_ref().map_or(true, |it| it == TEXT), "{packing:?} {at} {bit}: {read:?}");
                }
                assert!(at == 0 || text(packing, whole[..at].to_vec()).is_err(), "{packing:?} cut at {at}");
            }
        }
    }

    #[test]
    fn what_was_packed_in_two_parts_is_read_as_one() {
        for packing in [Packing::Gzip, Packing::Zstd] {
            let twice = [packed(packing), packed(packing)].concat();
            assert_eq!(text(packing, twice).unwrap(), TEXT.repeat(2), "{packing:?}");
        }
    }
}
