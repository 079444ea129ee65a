//! The lines of one record, formatted once however many drains ask for them, and what many lines have in common.

use std::{
    cell::{Cell, RefCell, RefMut},
    fmt,
};

use super::{Envelope, heads::Heads, line::Line, memo::Memo};
use crate::clock::Timestamp;

/// The lines of one record, each formatted when a drain first asks for it and then shared by all drains. Keeps its
/// memory from record to record.
#[derive(Default)]
pub(crate) struct LineCache {
    lines: [RefCell<Made>; Envelope::COUNT],
    second: Cell<Second>,
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

/// The first 20 bytes of a timestamp, `2026-01-31T23:59:59.`, which stay the same for a second.
#[derive(Debug, Clone, Copy)]
struct Second {
    unix_seconds: i64,
    text: [u8; 20],
}

impl Default for Second {
    fn default() -> Self {
        Second { unix_seconds: i64::MIN, text: [0; 20] }
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

    /// Appends a timestamp in RFC 3339 with microseconds.
    pub(super) fn put_timestamp(&self, timestamp: Timestamp, out: &mut Line) {
        const NANOS: i64 = 1_000_000_000;
        let unix_seconds = timestamp.unix_nanos().div_euclid(NANOS);
        let mut second = self.second.get();
        if second.unix_seconds != unix_seconds {
            let whole = Timestamp::from_unix_nanos(unix_seconds.saturating_mul(NANOS)).to_string();
            second.unix_seconds = unix_seconds;
            second.text.copy_from_slice(&whole.as_bytes()[..20]);
            self.second.set(second);
        }
        // not a difference: of the earliest times that can be, the whole second before them is none
        let micros = timestamp.unix_nanos().rem_euclid(NANOS) as u32 / 1_000;
        let mut text = *b"2026-01-31T23:59:59.000000Z";
        text[..20].copy_from_slice(&second.text);
        for (pair, number) in [(20, micros / 10_000), (22, micros / 100 % 100), (24, micros % 100)] {
            text[pair] = b'0' + (number / 10) as u8;
            text[pair + 1] = b'0' + (number % 10) as u8;
        }
        out.put_known(&text);
    }
}

impl fmt::Debug for LineCache {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LineCache").finish_non_exhaustive()
    }
}
