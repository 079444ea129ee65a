//! The memory of one ring: a header of counters, then the bytes. On the heap now; the layout holds in a mapped file too.

use std::{
    alloc::{Layout, alloc_zeroed, dealloc, handle_alloc_error},
    ptr::NonNull,
};

use crate::sync::AtomicU64;

/// What the two ends of a ring know of each other. Each end writes to lines of its own, so that neither slows the other.
#[derive(Debug, Default)]
#[repr(C, align(128))]
pub(crate) struct Header {
    /// Written by the producer: where the next record begins. Its Release store publishes the bytes before it.
    pub(crate) head: AtomicU64,
    /// Written by the producer: calls that wanted to put a record here.
    pub(crate) accepted: AtomicU64,
    /// Written by the producer: records that it put here or into the spill.
    pub(crate) committed: AtomicU64,
    /// Written by the producer: records lost because the queue was full.
    pub(crate) lost_full: AtomicU64,
    /// Written by the producer: 1 while a call is under way.
    pub(crate) in_call: AtomicU64,
    /// Written by the consumer: the bytes before it may be overwritten.
    pub(crate) tail: Line<AtomicU64>,
    /// Written by the consumer: 1 once there is none any more.
    pub(crate) consumer_gone: AtomicU64,
}

/// Something with a pair of cache lines of its own (two, because processors fetch them in pairs).
#[derive(Debug, Default)]
#[repr(align(128))]
pub(crate) struct Line<T>(pub(crate) T);

/// Owns a [`Header`] and `len` bytes, all zero at first, at addresses that stay the same.
#[derive(Debug)]
pub(crate) struct Memory {
    header: NonNull<Header>,
    data: NonNull<u8>,
    len: usize,
    /// Loom watches who touches which 8 bytes through these.
    #[cfg(loom)]
    touched: Vec<loom::cell::UnsafeCell<()>>,
}

// SAFETY: the header is made of atomics; the bytes are reached through `Ring` only, whose protocol says which end may
// touch which of them at what time.
unsafe impl Send for Memory {}
// SAFETY: as above.
unsafe impl Sync for Memory {}

impl Memory {
    /// Zeroed memory on the heap, every page of it touched.
    pub(crate) fn heap(len: usize) -> Self {
        let layout = Self::layout(len);
        // SAFETY: the layout has a size that is not zero: `Self::layout` adds a page.
        let data = unsafe { alloc_zeroed(layout) };
        let Some(data) = NonNull::new(data) else { handle_alloc_error(layout) };
        for page in (0..len).step_by(PAGE) {
            // SAFETY: `page < len`. A volatile store, or the compiler would drop it: the page is to be there before
            // the first record is, because a page fault costs more than a hundred records.
            unsafe { data.add(page).write_volatile(0) };
        }
        Memory {
            header: NonNull::from(Box::leak(Box::default())),
            data,
            len,
            #[cfg(loom)]
            touched: (0..len.div_ceil(8)).map(|_| loom::cell::UnsafeCell::new(())).collect(),
        }
    }

    fn layout(len: usize) -> Layout {
        Layout::from_size_align(len + PAGE, PAGE).expect("the length of a ring is far below isize::MAX")
    }

    pub(crate) fn header(&self) -> &Header {
        // SAFETY: made by `Box::leak` above, freed in `drop` only, and never borrowed mutably.
        unsafe { self.header.as_ref() }
    }

    /// The bytes from `at` on, for reading.
    ///
    /// # Safety
    ///
    /// Nobody writes to them while the slice lives.
    pub(crate) unsafe fn bytes(&self, at: usize, len: usize) -> &[u8] {
        assert!(at <= self.len && len <= self.len - at, "inside the ring");
        #[cfg(loom)]
        for cell in &self.touched[at / 8..(at + len).div_ceil(8)] {
            cell.with(|_| ());
        }
        // SAFETY: inside the allocation (asserted), zeroed when it was made and so initialised; unshared with a writer
        // by the caller's word.
        unsafe { std::slice::from_raw_parts(self.data.as_ptr().add(at), len) }
    }

    /// The bytes from `at` on, for writing.
    ///
    /// # Safety
    ///
    /// Nobody else reads or writes them while the slice lives.
    #[expect(
        clippy::mut_from_ref,
        reason = "the two ends of a ring share it; the caller vouches for the region"
    )]
    pub(crate) unsafe fn bytes_mut(&self, at: usize, len: usize) -> &mut [u8] {
        assert!(at <= self.len && len <= self.len - at, "inside the ring");
        #[cfg(loom)]
        for cell in &self.touched[at / 8..(at + len).div_ceil(8)] {
            cell.with_mut(|_| ());
        }
        // SAFETY: as in `bytes`, and exclusive by the caller's word.
        unsafe { std::slice::from_raw_parts_mut(self.data.as_ptr().add(at), len) }
    }
}

const PAGE: usize = 4096;

impl Drop for Memory {
    fn drop(&mut self) {
        // SAFETY: both were allocated in `heap`, with this layout and as a box, and nothing borrows them any more.
        unsafe {
            dealloc(self.data.as_ptr(), Self::layout(self.len));
            drop(Box::from_raw(self.header.as_ptr()));
        }
    }
}
