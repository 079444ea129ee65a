//! The lines of one record, formatted once however many drains ask for them.

use std::{
    cell::{Cell, OnceCell},
    fmt,
};

use super::Envelope;
use crate::clock::Timestamp;

/// The lines of one record, each formatted when a drain first asks for it and then shared by all drains. Keeps its
/// memory from record to record.
#[derive(Default)]
pub(crate) struct LineCache {
    lines: [OnceCell<Vec<u8>>; Envelope::COUNT],
    spare: [Cell<Vec<u8>>; Envelope::COUNT],
    second: Cell<Second>,
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
    /// The line in one envelope; `format` makes it when it is not there yet.
    pub(crate) fn line(&self, envelope: Envelope, format: impl FnOnce(&mut Vec<u8>)) -> &[u8] {
        let index = envelope as usize;
        self.lines[index].get_or_init(|| {
            let mut line = self.spare[index].take();
            line.clear();
            format(&mut line);
            line
        })
    }

    /// Forgets the lines: the next record comes.
    pub(crate) fn clear(&mut self) {
        for (line, spare) in self.lines.iter_mut().zip(&self.spare) {
            if let Some(line) = line.take() {
                spare.set(line);
            }
        }
    }

    /// Appends a timestamp in RFC 3339 with microseconds.
    pub(crate) fn put_timestamp(&self, timestamp: Timestamp, out: &mut Vec<u8>) {
        const NANOS: i64 = 1_000_000_000;
        let unix_seconds = timestamp.unix_nanos().div_euclid(NANOS);
        let mut second = self.second.get();
        if second.unix_seconds != unix_seconds {
            let whole = Timestamp::from_unix_nanos(unix_seconds.saturating_mul(NANOS)).to_string();
            second.unix_seconds = unix_seconds;
            second.text.copy_from_slice(&whole.as_bytes()[..20]);
            self.second.set(second);
        }
        let mut micros = timestamp.unix_nanos().rem_euclid(NANOS) / 1_000;
        let mut tail = *b"000000Z";
        for digit in tail[..6].iter_mut().rev() {
            *digit = b'0' + (micros % 10) as u8;
            micros /= 10;
        }
        out.extend_from_slice(&second.text);
        out.extend_from_slice(&tail);
    }
}

impl fmt::Debug for LineCache {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LineCache").finish_non_exhaustive()
    }
}
