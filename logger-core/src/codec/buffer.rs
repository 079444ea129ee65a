//! Where the bytes of a record are put together: in the ring, or on the heap where it has no room.

use super::{ALIGN, limit};

/// Bytes under construction: in the ring where they fit, else on the heap.
#[derive(Debug)]
pub(crate) struct Buffer<'a> {
    /// Free space of the ring; empty once the bytes have moved to the heap.
    ring: &'a mut [u8],
    heap: &'a mut Vec<u8>,
    pub(super) len: usize,
    on_heap: bool,
}

/// Where a record ended up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Finished {
    /// In the free bytes of the ring, from their start on.
    InRing { len: usize },
    /// In the vector that the buffer was given.
    OnHeap,
}

/// The bytes do not fit into the limit of a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Full;

impl<'a> Buffer<'a> {
    /// `heap` is scratch space that is kept from call to call, so that it is allocated once.
    pub(crate) fn new(ring: &'a mut [u8], heap: &'a mut Vec<u8>) -> Self {
        heap.clear();
        Buffer { ring, heap, len: 0, on_heap: false }
    }

    /// Goes on after what `heap` holds already.
    pub(super) fn after(heap: &'a mut Vec<u8>) -> Self {
        let len = heap.len();
        Buffer { ring: &mut [], heap, len, on_heap: true }
    }

    /// Where the record ended up.
    pub(crate) fn finished(self) -> Finished {
        if self.on_heap { Finished::OnHeap } else { Finished::InRing { len: self.len } }
    }

    /// What was put so far.
    pub(super) fn bytes(&self) -> &[u8] {
        if self.on_heap { self.heap } else { &self.ring[..self.len] }
    }

    #[inline]
    pub(super) fn put(&mut self, bytes: &[u8]) -> Result<(), Full> {
        let end = self.len + bytes.len();
        if let Some(free) = self.ring.get_mut(self.len..end) {
            free.copy_from_slice(bytes);
            self.len = end;
            return Ok(());
        }
        self.put_on_heap(bytes)
    }

    #[cold]
    fn put_on_heap(&mut self, bytes: &[u8]) -> Result<(), Full> {
        // the padding at the end always fits
        if self.len + bytes.len() > limit::RECORD - ALIGN {
            return Err(Full);
        }
        if !self.on_heap {
            self.heap.extend_from_slice(&self.ring[..self.len]);
            self.ring = &mut [];
            self.on_heap = true;
        }
        self.heap.extend_from_slice(bytes);
        self.len = self.heap.len();
        Ok(())
    }

    pub(super) fn truncate(&mut self, len: usize) {
        self.len = len;
        if self.on_heap {
            self.heap.truncate(len);
        }
    }

    /// Overwrites bytes that were put before.
    pub(super) fn patch(&mut self, at: usize, bytes: &[u8]) {
        let target: &mut [u8] = if self.on_heap { self.heap } else { self.ring };
        target[at..at + bytes.len()].copy_from_slice(bytes);
    }
}
