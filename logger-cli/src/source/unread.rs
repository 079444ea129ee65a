//! Files that could not be read to their ends.

use std::{
    io::{self, Read},
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
};

/// Files that could not be read, or not to their ends, and why: one that is damaged hides nothing of the others. Clones share
/// the list.
#[derive(Debug, Clone, Default)]
pub struct Unread {
    files: Arc<Mutex<Vec<(PathBuf, String)>>>,
}

impl Unread {
    /// Notes a file; of several reasons the first one stays.
    pub fn note(&self, path: &Path, why: &io::Error) {
        let mut files = self.files.lock().unwrap_or_else(PoisonError::into_inner);
        if !files.iter().any(|(it, _)| it == path) {
            files.push((path.to_owned(), why.to_string()));
        }
    }

    /// The files, in the order in which they were met, but for the first `known` ones.
    pub fn files(&self, known: usize) -> Vec<(PathBuf, String)> {
        let files = self.files.lock().unwrap_or_else(PoisonError::into_inner);
        files.iter().skip(known).cloned().collect()
    }

    /// A reader that ends where `reader` fails, which is noted.
    pub(super) fn upto_failure<R>(&self, path: &Path, reader: R) -> UptoFailure<R> {
        UptoFailure { reader, path: path.to_owned(), unread: self.clone(), has_failed: false }
    }
}

/// A reader that ends where another one fails. Made by [`Unread::upto_failure`].
#[derive(Debug)]
pub(super) struct UptoFailure<R> {
    reader: R,
    path: PathBuf,
    unread: Unread,
    has_failed: bool,
}

impl<R: Read> Read for UptoFailure<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.has_failed {
            return Ok(0);
        }
        match self.reader.read(buffer) {
            Err(error) if error.kind() != io::ErrorKind::Interrupted => {
                self.has_failed = true;
                self.unread.note(&self.path, &error);
                Ok(0)
            }
            read => read,
        }
    }
}
