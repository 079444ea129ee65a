//! Memory that only grows: what was appended stays as it is and can be read by a process that finds it later.
//!
//! # Protocol
//!
//! There is one writer, through `&mut self`. It writes behind what it wrote before and never again to the same bytes.
//! Nobody reads the bytes in this process. A later process reads the file when this one is gone; what it refers to was
//! written before the reference to it was, because the reference is published by a Release store (the head of a ring).

use super::memory::Region;

/// Memory that only grows.
#[derive(Debug)]
pub(crate) struct Appendix {
    region: Region,
    len: usize,
}

impl Appendix {
    /// Empty, in zeroed memory that nobody else has.
    pub(crate) fn new(region: Region) -> Self {
        Appendix { region, len: 0 }
    }

    /// Writes bytes behind those that are there. Returns whether there was room.
    pub(crate) fn append(&mut self, bytes: &[u8]) -> bool {
        if self.region.len() - self.len < bytes.len() {
            return false;
        }
        // SAFETY: the bytes lie behind all that was ever written, so that nobody reads them, and `&mut self` keeps a
        // second writer away.
        unsafe { self.region.bytes_mut(self.len, bytes.len()) }.copy_from_slice(bytes);
        self.len += bytes.len();
        true
    }
}
