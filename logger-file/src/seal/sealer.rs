//! The chain as it is written.

use std::io;

use super::{
    SealTrouble,
    checkpoint::{Checkpoints, SealCheckpoint},
    link::{self, Hasher, Link},
};
use crate::{
    Durability, Fs,
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
    /// The last line that is known to be on the medium.
    on_medium: Link,
    /// The line behind this one names the hash of it: it begins a chain, or goes back.
    anew: Option<Link>,
    /// The file has no line of the chain, though something else may stand in it: the first one names the hash before it.
    is_first: bool,
    /// The links of the lines that are being written.
    links: Vec<Link>,
    /// Their memory, reused.
    sealed: Buffer,
    checkpoints: Checkpoints,
    noted: Option<SealCheckpoint>,
    /// Whether the next start would find a checkpoint of this chain.
    begun: Begun,
    oldest: [u64; 2],
}

/// Whether a chain has a checkpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Begun {
    Yes,
    /// Lines without one would look as if somebody had deleted it.
    NotYet,
}

/// What a start has found.
pub(super) struct Found {
    pub(super) begun: Begun,
    /// The line of the checkpoint; what is behind it a kill has left, and the disk may not have.
    pub(super) known: Link,
    pub(super) at: Link,
    pub(super) anew: Option<Link>,
    pub(super) is_first: bool,
    pub(super) oldest: [u64; 2],
}

/// What must not be done with old files.
pub(crate) enum Forbidden {
    /// To note that they are deleted: others are missing.
    Noting(SealTrouble),
    /// To delete them now: the disk does not have all lines, and who finds a part of them could not tell which are missing.
    NotYet,
    /// To delete them: it could not be noted before, and would look like what somebody else has deleted.
    Deleting(io::Error),
}

impl Sealer {
    pub(super) fn new(names: &Names, hasher: Hasher, found: Found) -> Self {
        Sealer {
            hasher,
            at: found.at,
            safe: found.at,
            on_medium: found.known,
            anew: found.anew,
            is_first: found.is_first,
            links: Vec::new(),
            sealed: Buffer::default(),
            checkpoints: Checkpoints::new(names),
            noted: None,
            begun: found.begun,
            oldest: found.oldest,
        }
    }

    /// Another file takes the lines from now on.
    pub(crate) fn begin_file(&mut self) {
        self.is_first = true;
    }

    /// How many bytes the seals of so many lines add to each of them, and to the first one besides. `is_empty`: the file is.
    pub(crate) fn added(&self, lines: usize, is_empty: bool) -> (u64, u64) {
        let names_before = is_empty || self.is_first || self.anew == Some(self.at);
        let first = if names_before { link::OF_FIRST as u64 } else { 0 };
        (link::added(self.at.number + lines as u64) as u64, first)
    }

    /// The lines with their seals, which go to the end of the chain. `is_empty`: the file is. Give the buffer back with how
    /// many of them have arrived.
    pub(crate) fn seal(&mut self, chunk: Chunk<'_>, is_empty: bool) -> Buffer {
        let mut sealed = std::mem::take(&mut self.sealed);
        self.links.clear();
        let (mut at, mut names_before) = (self.at, is_empty || self.is_first);
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
            self.is_first &= *last == self.at;
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

    /// All that was written is on the medium.
    pub(crate) fn note_on_medium(&mut self) {
        self.on_medium = self.at;
    }

    /// Sees to it that there is a checkpoint before the first line is written. Returns whether it was made now.
    ///
    /// # Errors
    ///
    /// There is none, and no line may be written.
    pub(crate) fn begin(&mut self, fs: &dyn Fs, durability: Durability) -> io::Result<bool> {
        if self.begun == Begun::Yes {
            return Ok(false);
        }
        self.note(fs, durability)?;
        Ok(true)
    }

    /// Writes the checkpoint where it has changed; with [`Durability::Disk`] it is on the medium then, and so are the lines that
    /// it is of.
    pub(crate) fn note(&mut self, fs: &dyn Fs, durability: Durability) -> io::Result<()> {
        let last = match durability {
            Durability::Os => self.at,
            Durability::Disk => self.on_medium,
        };
        let checkpoint = SealCheckpoint { last, oldest: self.oldest };
        if self.noted == Some(checkpoint) {
            return Ok(());
        }
        // one that failed may be there all the same, but for its end
        self.noted = None;
        self.checkpoints.write(fs, &self.hasher, checkpoint, durability)?;
        self.noted = Some(checkpoint);
        self.begun = Begun::Yes;
        Ok(())
    }

    /// Old files may be deleted from now on. `oldest`: the first line of the oldest file. Where somebody else has deleted
    /// some, that goes on to be seen.
    pub(crate) fn begin_deletion(
        &mut self,
        fs: &dyn Fs,
        oldest: u64,
        durability: Durability,
    ) -> Result<(), Forbidden> {
        if oldest > self.oldest[1] {
            let (expected, found) = (self.oldest[1], oldest);
            return Err(Forbidden::Noting(SealTrouble::FilesMissing { expected, found }));
        }
        if durability == Durability::Disk && self.on_medium != self.at {
            return Err(Forbidden::NotYet);
        }
        let before = self.oldest;
        self.oldest[1] = self.at.number + 1;
        self.note(fs, durability).map_err(|error| {
            self.oldest = before;
            Forbidden::Deleting(error)
        })
    }

    /// They are deleted.
    pub(crate) fn end_deletion(&mut self, fs: &dyn Fs, oldest: u64, durability: Durability) {
        self.oldest = [oldest, oldest];
        let _ = self.note(fs, durability);
    }

    /// The number that the next line has.
    pub(crate) fn next(&self) -> u64 {
        self.at.number + 1
    }
}
