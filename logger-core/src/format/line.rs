//! A text under construction that is cheap to append to.

use crate::codec::{buffer::copy, site::Padded};

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

    /// The same for a text that others share.
    #[inline(always)]
    pub(super) fn put_padded(&mut self, text: &Padded) {
        match text.short() {
            Some((bytes, len)) => {
                self.put_known(bytes);
                self.len = self.len + len - Padded::SHORT;
            }
            None => self.put(text.text()),
        }
    }

    #[cold]
    fn grow(&mut self, end: usize) {
        self.bytes.resize((2 * end).max(1024), 0);
    }
}
