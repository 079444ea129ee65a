//! Whether lines are as they were written.

use std::{io, path::Path};

use super::{
    Seal,
    checkpoint::SealCheckpoint,
    link::{Hasher, Link, Sealed, put_hex, read_hex},
    track::{Step, Track},
};
use crate::{Naming, OsFs, log_file::TORN_MARK, naming::Names};

/// Judges the lines of a log, the oldest first, through all its files.
///
/// ```
/// # use std::time::{Duration, Instant};
/// # use logger_core::{Drain as _, Level, OwnedRecord};
/// use logger_file::{FileDrain, FileOptions, Seal, SealJudge};
///
/// # let folder = tempfile::tempdir()?;
/// # let path = folder.path().join("trades.log");
/// let mut drain = FileDrain::open(&path, FileOptions::new().seal(Seal::Hash))?;
/// # for n in 0..3 {
/// #     drain.log(&OwnedRecord::new(Level::Info, "order filled").field("n", n).build().borrow())?;
/// # }
/// # drain.flush(Instant::now() + Duration::from_secs(60))?;
/// // …
/// let mut judge = SealJudge::new(&Seal::Hash, "trades.log").expect("there are seals");
/// judge.expect_checkpoint(&path)?;
/// for line in std::fs::read_to_string(&path)?.lines() {
///     judge.line(line.as_bytes())?;
/// }
/// assert!(judge.end().is_empty());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct SealJudge {
    hasher: Hasher,
    track: Option<Track>,
    /// The number of the first line.
    first: u64,
    /// Lines that should be there, and whether they were.
    expected: Vec<(Link, bool)>,
    oldest: Option<u64>,
    counts: Counts,
}

/// What was judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Counts {
    /// Lines with a seal that is right, each once.
    pub sealed: u64,
    /// Lines that are there twice, because nobody could tell that the first time was enough.
    pub repeated: u64,
    /// Lines in whose place others were written, because the disk was said not to have taken them, and they could not be cut off.
    pub replaced: u64,
    /// Lines that break off, or are marked as written in part: no records, and nothing can be hidden by them.
    pub broken: u64,
    /// Lines from before there were seals.
    pub before: u64,
}

/// What is wrong with a line, or with all of them.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Flaw {
    /// A line that nobody has sealed: it was put there, or its seal was taken away, or seals were off for a while.
    #[error("this line has no seal")]
    NoSeal,
    /// Lines that nobody has sealed stand before a line that is not the first of its chain.
    #[error("lines without a seal stand before line {0} of the chain")]
    NoSealBefore(u64),
    /// The line, or its seal, was changed, or it was sealed with another key.
    #[error("line {0} of the chain is not as it was written, or was sealed with another key")]
    Changed(u64),
    /// Lines before this one are missing. The line itself cannot be judged.
    #[error("lines {from} to {to} of the chain are missing before this one")]
    Missing {
        /// The number of the first that is missing.
        from: u64,
        /// That of the last.
        to: u64,
    },
    /// The line stands behind one that was written later.
    #[error("line {0} of the chain is not in its place")]
    OutOfPlace(u64),
    /// The program has found no checkpoint when it began, and did not know what was there before.
    #[error("a new chain begins with line {0}: the program did not know what was before it")]
    BegunAnew(u64),
    /// The file does not begin as it did.
    #[error("line {0} of the chain is not the first of its file: there was one before it")]
    HeadMissing(u64),
    /// Another line with this number was there when its hash was noted.
    #[error("line {0} of the chain is another one than was noted")]
    NotExpected(u64),
    /// The last lines are missing.
    #[error("lines {from} to {to} of the chain, the last ones, are missing")]
    TailMissing {
        /// The number of the first that is missing.
        from: u64,
        /// That of the last.
        to: u64,
    },
    /// The oldest files are missing, and it was not the program that has deleted them.
    #[error("lines {from} to {to} of the chain, the oldest ones, are missing")]
    OldestMissing {
        /// The number of the first that is missing.
        from: u64,
        /// That of the last.
        to: u64,
    },
    /// There is no checkpoint, or none of this chain: nobody can tell whether lines are missing at its ends.
    #[error("there is no checkpoint of this chain and this key")]
    NoCheckpoint,
}

impl SealJudge {
    /// For the log of that file name, sealed so; `None` for [`Seal::None`].
    pub fn new(seal: &Seal, name: &str) -> Option<Self> {
        Some(SealJudge {
            hasher: Hasher::new(seal, name.as_bytes())?,
            track: None,
            first: 0,
            expected: Vec::new(),
            oldest: None,
            counts: Counts::default(),
        })
    }

    /// The line with this number should have this hash, as [`last`](SealJudge::last) has given it before; `false` for a text that is none. Before the
    /// first line.
    pub fn expect(&mut self, last: &str) -> bool {
        let read = last.split_once(':').and_then(|(number, hash)| {
            Some(Link { number: number.parse().ok()?, hash: read_hex(hash.as_bytes())? })
        });
        self.expected.extend(read.map(|link| (link, false)));
        read.is_some()
    }

    /// The chain should go as far as is noted beside the log. Before the first line is read: lines may be written meanwhile.
    /// Returns whether there is something noted; where not, it is a [flaw](Flaw::NoCheckpoint).
    ///
    /// # Errors
    ///
    /// What the file system says.
    pub fn expect_checkpoint(&mut self, log: &Path) -> io::Result<bool> {
        let names = Names::new(log.to_owned(), Naming::Numbered);
        let Some(checkpoint) = SealCheckpoint::load(&OsFs, &names, &self.hasher)? else { return Ok(false) };
        if checkpoint.last.number > 0 {
            self.expected.push((checkpoint.last, false));
        }
        self.oldest = Some(checkpoint.oldest[1]);
        Ok(true)
    }

    /// The same behind the last line: old files may have been deleted meanwhile.
    ///
    /// # Errors
    ///
    /// What the file system says.
    pub fn look_at_checkpoint_again(&mut self, log: &Path) -> io::Result<()> {
        let names = Names::new(log.to_owned(), Naming::Numbered);
        if let Some(checkpoint) = SealCheckpoint::load(&OsFs, &names, &self.hasher)? {
            self.oldest = self.oldest.max(Some(checkpoint.oldest[1]));
        }
        Ok(())
    }

    /// Judges the next line, with its newline or without.
    ///
    /// # Errors
    ///
    /// What is wrong with it. The lines behind it are judged by what it says.
    pub fn line(&mut self, line: &[u8]) -> Result<(), Flaw> {
        let Some(sealed) = Sealed::read(line) else { return self.unsealed(line) };
        let Some(track) = &mut self.track else { return self.first(&sealed) };
        let (link, at) = (sealed.link, track.at);
        let flaw = match track.step(&self.hasher, &sealed) {
            Step::Next => {
                self.counts.sealed += 1;
                None
            }
            Step::Repeated => {
                self.counts.repeated += 1;
                None
            }
            Step::Instead => {
                self.counts.replaced += 1;
                None
            }
            Step::Behind => return Err(Flaw::OutOfPlace(link.number)),
            Step::Gap => Some(Flaw::Missing { from: at.number + 1, to: link.number - 1 }),
            Step::Wrong => {
                let names_another = |hash| sealed.follows(&self.hasher, Link { hash, ..at });
                Some(match sealed.before.is_some_and(names_another) {
                    true => Flaw::BegunAnew(link.number),
                    false => Flaw::Changed(link.number),
                })
            }
        };
        if flaw.is_some() {
            track.go_on(link);
        }
        self.note(link);
        flaw.map_or(Ok(()), Err)
    }

    /// What is wrong at the ends of the chain.
    pub fn end(&self) -> Vec<Flaw> {
        let last = self.track.as_ref().map_or(0, |track| track.at.number);
        let mut flaws = Vec::new();
        // what was deleted with its file is not missing
        let is_kept = |number: &u64| self.oldest.is_none_or(|oldest| *number >= oldest);
        let missed =
            self.expected.iter().filter(|(_, met)| !met).map(|(link, _)| link.number).filter(is_kept);
        if let Some(expected) = missed.clone().max().filter(|it| *it > last) {
            flaws.push(Flaw::TailMissing { from: last + 1, to: expected });
        }
        flaws.extend(missed.filter(|it| (self.first..=last).contains(it)).map(Flaw::NotExpected));
        if let Some(oldest) = self.oldest.filter(|it| self.track.is_some() && *it < self.first) {
            flaws.push(Flaw::OldestMissing { from: oldest, to: self.first - 1 });
        }
        flaws
    }

    /// What was judged so far.
    pub fn counts(&self) -> Counts {
        self.counts
    }

    /// The last line: its number and its hash, `17:4f…`, for [`expect`](SealJudge::expect). `None` where no line has a seal.
    pub fn last(&self) -> Option<String> {
        let at = self.track.as_ref()?.at;
        let mut hash = Vec::with_capacity(64);
        put_hex(&at.hash, &mut hash);
        Some(format!("{}:{}", at.number, String::from_utf8_lossy(&hash)))
    }

    fn first(&mut self, sealed: &Sealed<'_>) -> Result<(), Flaw> {
        let number = sealed.link.number;
        self.first = number;
        let before = sealed.before.map(|hash| Link { number: number - 1, hash });
        let before = before.or_else(|| (number == 1).then_some(Link::NONE));
        let judged = match before {
            _ if number > 1 && self.counts.before > 0 => Err(Flaw::NoSealBefore(number)),
            None => Err(Flaw::HeadMissing(number)),
            Some(before) if number == 1 && before != Link::NONE => Err(Flaw::Changed(number)),
            Some(before) if !sealed.follows(&self.hasher, before) => Err(Flaw::Changed(number)),
            Some(_) => Ok(()),
        };
        self.track = Some(Track::new(sealed.link, before));
        self.counts.sealed += u64::from(judged.is_ok());
        self.note(sealed.link);
        judged
    }

    /// A line was read that may be one of the expected.
    fn note(&mut self, link: Link) {
        for (expected, met) in &mut self.expected {
            *met |= *expected == link;
        }
    }

    fn unsealed(&mut self, line: &[u8]) -> Result<(), Flaw> {
        if is_broken(line) {
            self.counts.broken += 1;
        } else if self.track.is_none() {
            self.counts.before += 1;
        } else {
            return Err(Flaw::NoSeal);
        }
        Ok(())
    }
}

/// Whether a line breaks off, or is marked as written in part.
pub(super) fn is_broken(line: &[u8]) -> bool {
    let line = line.strip_suffix(b"\n").unwrap_or(line);
    let mark = TORN_MARK.strip_suffix(b"\n").unwrap_or(TORN_MARK);
    let breaks_off = line.is_empty() || (line.starts_with(b"{") && !line.ends_with(b"}"));
    breaks_off || line.ends_with(mark)
}

impl std::fmt::Debug for SealJudge {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SealJudge").field("counts", &self.counts).finish_non_exhaustive()
    }
}
