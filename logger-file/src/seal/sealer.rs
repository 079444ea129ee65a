//! The chain as it is written.

use std::io;

use super::{
    SealTrouble,
    checkpoint::{Checkpoints, SealCheckpoint},
    link::{self, Hasher, Link},
};
use crate::{
    Fs,
    buffer::{Buffer, Chunk},
    naming::Names,
};

/// The chain of a log that is written to.
pub(crate) struct Sealer {
    pub(super) hasher: Hasher,
    /// The last line that is in the files.
    at: Link,
    /// The same when all was on the medium, or nothing had been taken back that waits.
    safe: Link,
    /// The line behind this one names the hash of it: it begins a chain, or goes back.
    anew: Option<Link>,
    /// The links of the lines that are being written.
    links: Vec<Link>,
    /// Their memory, reused.
    sealed: Buffer,
    checkpoints: Checkpoints,
    noted: Option<SealCheckpoint>,
    oldest: [u64; 2],
}

/// What a start has found.
pub(super) struct Found {
    pub(super) at: Link,
    pub(super) anew: Option<Link>,
    pub(super) oldest: [u64; 2],
}

/// What must not be done with old files.
pub(crate) enum Forbidden {
    /// To note that they are deleted: others are missing.
    Noting(SealTrouble),
    /// To delete them: it could not be noted before, and would look like what somebody else has deleted.
    Deleting(io::Error),
}

impl Sealer {
    pub(super) fn new(names: &Names, hasher: Hasher, found: Found) -> Self {
        Sealer {
            hasher,
            at: found.at,
            safe: found.at,
            anew: found.anew,
            links: Vec::new(),
            sealed: Buffer::default(),
            checkpoints: Checkpoints::new(names),
            noted: None,
            oldest: found.oldest,
        }
    }

    /// How many bytes the seals of so many lines add to each of them, and to the first one besides.
    pub(crate) fn added(&self, lines: usize, begins: bool) -> (u64, u64) {
        let names_before = begins || self.anew == Some(self.at);
        let first = if names_before { link::OF_FIRST as u64 } else { 0 };
        (link::added(self.at.number + lines as u64) as u64, first)
    }

    /// The lines with their seals, which go to the end of the chain. `begins`: they are the first of a file. Give the buffer
    /// back with how many of them have arrived.
    pub(crate) fn seal(&mut self, chunk: Chunk<'_>, begins: bool) -> Buffer {
        let mut sealed = std::mem::take(&mut self.sealed);
        self.links.clear();
        let (mut at, mut names_before) = (self.at, begins);
        for line in chunk.lines() {
            match link::body(line) {
                // no object: it stays as it is, and is told as a line without a seal
                None => sealed.push(|out| out.extend_from_slice(line)),
                Some(body) => {
                    let before = at;
                    let names_before = std::mem::take(&mut names_before) || self.anew == Some(before);
                    at = self.hasher.link(before, body);
                    sealed.push(|out| link::put(out, body, at, names_before.then_some(before.hash)));
                }
            }
            self.links.push(at);
        }
        sealed
    }

    /// So many of the lines are in the file.
    pub(crate) fn note_written(&mut self, mut sealed: Buffer, lines: usize) {
        if let Some(last) = lines.checked_sub(1).and_then(|last| self.links.get(last)) {
            self.at = *last;
        }
        sealed.clear();
        self.sealed = sealed;
    }

    /// Where the chain is.
    pub(crate) fn at(&self) -> Link {
        self.at
    }

    /// The lines behind `at` are not there any more, or will be written once more.
    pub(crate) fn go_back(&mut self, at: Link) {
        // the next line says where it goes on: those that could not be cut off are there still
        if at != self.at {
            self.anew = Some(at);
        }
        self.at = at;
    }

    /// The same for all that is not known to be on the medium.
    pub(crate) fn go_back_to_safe(&mut self) {
        self.go_back(self.safe);
    }

    /// All that was written stays.
    pub(crate) fn note_safe(&mut self) {
        self.safe = self.at;
    }

    /// Writes the checkpoint where it has changed.
    pub(crate) fn note(&mut self, fs: &dyn Fs) -> io::Result<()> {
        let checkpoint = SealCheckpoint { last: self.at, oldest: self.oldest };
        if self.noted == Some(checkpoint) {
            return Ok(());
        }
        self.checkpoints.write(fs, &self.hasher, checkpoint)?;
        self.noted = Some(checkpoint);
        Ok(())
    }

    /// Returns when the checkpoint is on the medium.
    pub(crate) fn sync(&mut self) -> io::Result<()> {
        self.checkpoints.sync()
    }

    /// Old files may be deleted from now on. `oldest`: the first line of the oldest file. Where somebody else has deleted
    /// some, that goes on to be seen.
    pub(crate) fn begin_deletion(&mut self, fs: &dyn Fs, oldest: u64) -> Result<(), Forbidden> {
        if oldest > self.oldest[1] {
            let (expected, found) = (self.oldest[1], oldest);
            return Err(Forbidden::Noting(SealTrouble::FilesMissing { expected, found }));
        }
        let before = self.oldest;
        self.oldest[1] = self.at.number + 1;
        self.note(fs).map_err(|error| {
            self.oldest = before;
            Forbidden::Deleting(error)
        })
    }

    /// They are deleted.
    pub(crate) fn end_deletion(&mut self, fs: &dyn Fs, oldest: u64) {
        self.oldest = [oldest, oldest];
        let _ = self.note(fs);
    }

    /// The number that the next line has.
    pub(crate) fn next(&self) -> u64 {
        self.at.number + 1
    }
}
