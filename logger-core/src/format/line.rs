//! A text under construction that is cheap to append to.

use super::straight::ROOM;
use crate::codec::buffer::copy;

/// A text under construction. Its bytes are all there and initialised, so that appending is a check and a copy; it keeps
/// its memory from text to text.
#[derive(Debug, Default)]
pub(super) struct Line {
    bytes: Vec<u8>,
    len: usize,
}

impl Line {
    pub(super) fn clear(&mut self) {
        self.len = 0;
    }

    #[inline]
    pub(super) fn as_bytes(&self) -> &[u8] {
        &self.bytes[..self.len]
    }

    #[inline]
    pub(super) fn put(&mut self, text: &[u8]) {
        let end = self.len + text.len();
        if end > self.bytes.len() {
            self.grow(end);
        }
        if let Some(space) = self.bytes.get_mut(self.len..end) {
            copy(text, space);
            self.len = end;
        }
    }

    /// The same for a text whose length is known when this is compiled.
    #[inline(always)]
    pub(super) fn put_known<const N: usize>(&mut self, text: &[u8; N]) {
        if self.len + N > self.bytes.len() {
            self.grow(self.len + N);
        }
        if let Some(space) = self.bytes.get_mut(self.len..).and_then(|free| free.first_chunk_mut::<N>()) {
            *space = *text;
            self.len += N;
        }
    }

    /// Has bytes put in its place by `put`, which returns how many it has put. Returns whether it did.
    #[inline]
    pub(super) fn put_in_space(&mut self, put: impl FnOnce(&mut [u8; ROOM]) -> Option<usize>) -> bool {
        if self.bytes.len() < ROOM {
            self.grow(ROOM);
        }
        let len = self.bytes.first_chunk_mut().and_then(put);
        self.len = len.unwrap_or(0);
        len.is_some()
    }

    #[cold]
    fn grow(&mut self, end: usize) {
        self.bytes.resize((2 * end).max(1024), 0);
    }
}
