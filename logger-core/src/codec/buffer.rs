//! Where the bytes of a record are put together: in the ring, or on the heap where it has no room.

use super::limit;

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

    /// Puts up to 8 zeros.
    #[inline]
    pub(super) fn put_padding(&mut self, len: usize) -> Result<(), Full> {
        if let Some(space) = self.ring.get_mut(self.len..).and_then(|free| free.first_chunk_mut::<8>()) {
            *space = [0; 8];
            self.len += len;
            return Ok(());
        }
        self.put(&[0; 8][..len])
    }

    #[cold]
    fn put_on_heap(&mut self, bytes: &[u8]) -> Result<(), Full> {
        if self.len + bytes.len() > limit::RECORD {
            return Err(Full);
        }
        if !self.on_heap {
            self.heap.extend_from_slice(&self.ring[..self.len]);
            // it may hold what is yet to be masked
            self.ring[..self.len].fill(0);
            self.ring = &mut [];
            self.on_heap = true;
        }
        self.heap.extend_from_slice(bytes);
        self.len = self.heap.len();
        Ok(())
    }

    /// Takes back what was put behind the first `len` bytes, and leaves nothing of it in memory: it may hold a secret.
    #[cold]
    #[inline(never)]
    pub(super) fn truncate(&mut self, len: usize) {
        self.bytes_mut()[len..].fill(0);
        self.len = len;
        if self.on_heap {
            self.heap.truncate(len);
        }
    }

    /// Everything that was put, to be changed in place.
    #[inline]
    pub(super) fn bytes_mut(&mut self) -> &mut [u8] {
        if self.on_heap { self.heap } else { &mut self.ring[..self.len] }
    }

    /// Overwrites bytes that were put before.
    pub(super) fn patch(&mut self, at: usize, bytes: &[u8]) {
        self.bytes_mut()[at..at + bytes.len()].copy_from_slice(bytes);
    }
}

/// Copies between slices of one length. Most texts are a few bytes, which two overlapping copies of 8 or 4 bytes move faster
/// than a call of `memcpy`.
#[inline]
pub(crate) fn copy(from: &[u8], to: &mut [u8]) {
    fn ends<const N: usize>(from: &[u8], to: &mut [u8]) -> bool {
        let (Some(&first), Some(&last)) = (from.first_chunk::<N>(), from.last_chunk::<N>()) else {
            return false;
        };
        let (Some(at_first), true) = (to.first_chunk_mut::<N>(), from.len() <= 2 * N) else { return false };
        *at_first = first;
        if let Some(at_last) = to.last_chunk_mut::<N>() {
            *at_last = last;
        }
        true
    }
    if ends::<8>(from, to) || ends::<4>(from, to) {
        return;
    }
    if from.len() < 4 {
        to.iter_mut().zip(from).for_each(|(to, from)| *to = *from);
    } else {
        to.copy_from_slice(from);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_of_every_length_are_copied() {
        for len in 0..80 {
            let bytes: Vec<u8> = (0..len).map(|at| at as u8 + 1).collect();
            let mut space = vec![0xaa; len];
            copy(&bytes, &mut space);
            assert_eq!(space, bytes);
        }
    }
}
