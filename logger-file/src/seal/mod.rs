//! Seals: each line of a file names a hash of itself and of the line before it, so that a change of the past shows.
//!
//! | file | what it is for |
//! |---|---|
//! | `link` | what a seal is made of, and how it stands in a line |
//! | `checkpoint` | how far the chain goes, in a file beside the log |
//! | `sealer` | the chain as it is written |
//! | `start` | where it goes on after a restart or a kill |
//! | `track` | the way along a chain, as its lines are read |
//! | `judge` | whether lines are as they were written |

mod checkpoint;
mod judge;
mod link;
mod sealer;
mod start;
mod track;

use std::{fmt, sync::Arc};

use logger_core::Secret;

pub use self::{
    checkpoint::CHECKPOINT_ENDING,
    judge::{Counts as SealCounts, Flaw, SealJudge},
};
pub(crate) use self::{
    link::Link,
    sealer::{Forbidden, Sealer},
    start::{oldest, start},
};

/// Whether each line of a file gets a seal: a last field of its JSON object, `"seal":"NUMBER:HASH"`. Given to
/// [`FileOptions::seal`](crate::FileOptions::seal).
///
/// The number has no gaps; the hash is one of the line, of its number, and of the hash of the line before it, on through all
/// files of the log, restarts and kills. A line that is the first of its file names the hash before its own too, so that the
/// oldest file that is kept can be judged by itself. Beside the log, `trades.log.seal` says how far the chain goes, so that
/// it shows when lines are missing at the end, and with which line the oldest file begins, so that it shows when that file
/// is gone. [`SealJudge`] reads it all again, and so does `logger verify`.
///
/// | seal | shows a change by |
/// |---|---|
/// | [`Hash`](Seal::Hash) | an accident, or somebody who does not take the trouble to seal all lines from there on anew, which everybody can |
/// | [`Key`](Seal::Key) | everybody who does not know the key |
///
/// Neither shows it where somebody with the key, such as the user that the program runs as, writes the past anew; nor where log and
/// checkpoint are both put back to what they once were, as from a backup. For that, keep what `logger verify` says
/// of the last line on another machine, and have it compared.
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub enum Seal {
    /// No line has a seal.
    #[default]
    None,
    /// A hash that everybody can make: SHA-256, by a key that is made of the name of the file.
    Hash,
    /// A hash that only those can make who know the key: HMAC-SHA256.
    Key(SealKey),
}

/// A key for [`Seal::Key`]. It is in no `Debug` output, and overwritten when the last of its clones is dropped.
#[derive(Clone)]
pub struct SealKey(Arc<Secret<Vec<u8>>>);

/// A key that is so short that it could be guessed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the key has {bytes} bytes; allowed are at least {}", SealKey::SHORTEST)]
pub struct SealKeyTooShort {
    bytes: usize,
}

impl SealKey {
    /// The shortest key, in bytes.
    pub const SHORTEST: usize = 16;

    /// A key of any bytes, such as 32 of `openssl rand -hex 32`.
    ///
    /// # Errors
    ///
    /// [`SealKeyTooShort`] below [`SHORTEST`](SealKey::SHORTEST) bytes.
    pub fn new(bytes: impl Into<Vec<u8>>) -> Result<Self, SealKeyTooShort> {
        let key = Secret::new(bytes.into());
        match key.expose().len() {
            bytes if bytes < SealKey::SHORTEST => Err(SealKeyTooShort { bytes }),
            _ => Ok(SealKey(Arc::new(key))),
        }
    }

    fn bytes(&self) -> &[u8] {
        self.0.expose()
    }
}

impl fmt::Debug for SealKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

/// What is wrong with the seals that a start has found. The lines of this run go on behind the last that is right, so that
/// the flaw shows whenever they are judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SealTrouble {
    /// The checkpoint is gone, or is not of this chain or key. A new chain begins.
    #[error("there are sealed lines, and no checkpoint that fits to them")]
    NoCheckpoint,
    /// The files end before the line that was written last.
    #[error("lines {from} to {to} were written and are not there")]
    LinesMissing {
        /// The first that is missing.
        from: u64,
        /// The last one.
        to: u64,
    },
    /// The oldest files are gone, and nobody of us has deleted them.
    #[error("the oldest file begins with line {found}; it should be line {expected} or an earlier one")]
    FilesMissing {
        /// With which line it should begin.
        expected: u64,
        /// With which it does.
        found: u64,
    },
    /// A line is not as it was written.
    #[error("line {line}, or one before it, is not as it was written")]
    Changed {
        /// The number in its seal.
        line: u64,
    },
}
