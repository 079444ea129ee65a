//! The lines of one record, formatted once however many drains ask for them, and what many lines have in common.

use std::{
    cell::{RefCell, RefMut},
    fmt,
};

use super::{Envelope, heads::Heads, line::Line, memo::Memo};
use crate::clock::Timestamp;

/// The lines of one record, each formatted when a drain first asks for it and then shared by all drains. Keeps its
/// memory from record to record.
#[derive(Default)]
pub(crate) struct LineCache {
    lines: [RefCell<Made>; Envelope::COUNT],
    second: RefCell<Option<Second>>,
    /// `None` for one record by itself: it would be more work than it saves.
    in_common: Option<Box<RefCell<InCommon>>>,
}

/// What the lines of many records have in common.
#[derive(Debug, Default)]
pub(super) struct InCommon {
    /// What bound contexts look like in JSON.
    pub(super) contexts: Memo,
    /// What the lines of call sites begin with.
    pub(super) heads: Heads,
}

#[derive(Debug, Default)]
struct Made {
    line: Line,
    is_made: bool,
}

/// What a line begins with for a second.
#[derive(Debug)]
struct Second {
    /// When it began, in nanoseconds since 1970.
    began: i64,
    text: Beginning,
}

/// `{"timestamp":"2026-01-31T23:59:59.`
pub(super) type Beginning = [u8; 34];

const NANOS: i64 = 1_000_000_000;

impl Second {
    #[cold]
    fn of(time: Timestamp) -> Self {
        let mut text = *b"{\"timestamp\":\"2026-01-31T23:59:59.";
        text[14..].copy_from_slice(&time.to_string().as_bytes()[..20]);
        // of the earliest times that can be, the whole second before them is none: it wraps, and so does the difference
        Second { began: time.unix_nanos().wrapping_sub(time.unix_nanos().rem_euclid(NANOS)), text }
    }

    /// How many nanoseconds of it have passed; `None` where a time is in another one.
    #[inline(always)]
    fn nanos(&self, time: Timestamp) -> Option<u32> {
        let nanos = time.unix_nanos().wrapping_sub(self.began) as u64;
        (nanos < NANOS as u64).then_some(nanos as u32)
    }
}

impl LineCache {
    /// For records one after another.
    pub(crate) fn for_many() -> Self {
        LineCache { in_common: Some(Box::default()), ..LineCache::default() }
    }

    /// Appends the line in one envelope to `out`; `format` makes it when it is not there yet.
    pub(super) fn put_line(&self, envelope: Envelope, out: &mut Vec<u8>, format: impl FnOnce(&mut Line)) {
        let mut made = self.lines[envelope as usize].borrow_mut();
        if !made.is_made {
            made.line.clear();
            format(&mut made.line);
            made.is_made = true;
        }
        out.extend_from_slice(made.line.as_bytes());
    }

    /// Forgets the lines: the next record comes.
    #[inline]
    pub(crate) fn clear(&mut self) {
        for line in &mut self.lines {
            line.get_mut().is_made = false;
        }
    }

    /// What many lines have in common, where it is remembered.
    #[inline]
    pub(super) fn in_common(&self) -> Option<RefMut<'_, InCommon>> {
        self.in_common.as_ref().map(|it| it.borrow_mut())
    }

    /// Calls `body` with what the line of a record of this time begins with, and with the nanoseconds of the second.
    #[inline(always)]
    pub(super) fn with_second<R>(&self, time: Timestamp, body: impl FnOnce(&Beginning, u32) -> R) -> R {
        let mut kept = self.second.borrow_mut();
        let known = kept.as_ref().and_then(|second| Some((&second.text, second.nanos(time)?)));
        match known {
            Some((text, nanos)) => body(text, nanos),
            None => {
                let second = kept.insert(Second::of(time));
                body(&second.text, time.unix_nanos().rem_euclid(NANOS) as u32)
            }
        }
    }
}

impl fmt::Debug for LineCache {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LineCache").finish_non_exhaustive()
    }
}
