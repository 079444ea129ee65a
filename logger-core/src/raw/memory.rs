//! Memory that threads share, and that may outlive the process: on the heap, or a mapped file.
//!
//! A region begins with words, which are atomics and may be touched by everyone at any time; bytes follow, which belong
//! to one side at a time by the protocol of whoever uses the region. All of it is zero at first.

use std::{
    alloc::{Layout, alloc_zeroed, dealloc, handle_alloc_error},
    fs::File,
    io,
    ptr::NonNull,
    sync::Arc,
};

use memmap2::MmapRaw;

use super::fault::Watch;
use crate::sync::AtomicU64;

/// `words` atomics and `bytes` bytes at addresses that stay the same. A clone shares them; they are given back with the last
/// one.
#[derive(Debug, Clone)]
pub(crate) struct Region {
    base: NonNull<u8>,
    words: usize,
    bytes: usize,
    _owned: Arc<Owned>,
    /// Loom's atomics cannot lie in raw memory.
    #[cfg(loom)]
    loom_words: Arc<Vec<AtomicU64>>,
    /// Loom watches who touches which 8 bytes through these.
    #[cfg(loom)]
    touched: Arc<Vec<loom::cell::UnsafeCell<()>>>,
}

/// What gives the memory back.
#[derive(Debug)]
struct Owned {
    base: NonNull<u8>,
    backing: Backing,
}

/// Where the memory comes from.
#[derive(Debug)]
enum Backing {
    Heap(Layout),
    /// The watch goes before the map.
    Mapped {
        _watch: Option<Watch>,
        _map: MmapRaw,
    },
}

// SAFETY: the words are atomics; the bytes are reached through `unsafe` methods only, whose callers vouch for who touches
// them at what time.
unsafe impl Send for Region {}
// SAFETY: as above.
unsafe impl Sync for Region {}
// SAFETY: it gives the memory back, in whatever thread, when no region refers to it any more.
unsafe impl Send for Owned {}
// SAFETY: nothing is reached through it.
unsafe impl Sync for Owned {}

/// The size of a line of the cache, on most processors.
pub(super) const LINE: usize = 64;

/// The size of a page. A larger one of the machine changes nothing but how often memory is touched.
const PAGE: usize = 4096;

impl Region {
    /// Zeroed memory on the heap, every page of it touched.
    pub(crate) fn heap(words: usize, bytes: usize) -> Self {
        let layout = Layout::from_size_align(words * 8 + bytes + PAGE, PAGE)
            .expect("the length of a ring is far below isize::MAX");
        // SAFETY: the layout has a size that is not zero: a page is added.
        let base = unsafe { alloc_zeroed(layout) };
        let Some(base) = NonNull::new(base) else { handle_alloc_error(layout) };
        dump(base, layout.size(), Dumped::Never);
        Self::new(base, words, bytes, Backing::Heap(layout)).touched()
    }

    /// The memory of a file, which has to be at least `words * 8 + bytes` long and allocated, every page of it touched.
    /// It lives as long as the file, also when the process dies.
    ///
    /// # Errors
    ///
    /// The file is shorter, or the operating system refuses the mapping.
    pub(crate) fn map(file: &File, words: usize, bytes: usize) -> io::Result<Self> {
        Ok(Self::map_as_it_is(file, words, bytes)?.touched())
    }

    /// The same for a file that another process has left: nothing in it is touched.
    ///
    /// # Errors
    ///
    /// As for [`Region::map`].
    pub(crate) fn map_as_it_is(file: &File, words: usize, bytes: usize) -> io::Result<Self> {
        let map = MmapRaw::map_raw(file)?;
        if map.len() < words * 8 + bytes {
            return Err(io::Error::new(io::ErrorKind::UnexpectedEof, "shorter than its header says"));
        }
        let base = NonNull::new(map.as_mut_ptr()).ok_or(io::ErrorKind::OutOfMemory)?;
        dump(base, map.len(), Dumped::Never);
        let watch = Watch::new(base.as_ptr(), map.len());
        Ok(Self::new(base, words, bytes, Backing::Mapped { _watch: watch, _map: map }))
    }

    fn new(base: NonNull<u8>, words: usize, bytes: usize, backing: Backing) -> Self {
        Region {
            base,
            words,
            bytes,
            _owned: Arc::new(Owned { base, backing }),
            #[cfg(loom)]
            loom_words: Arc::new((0..words).map(|_| AtomicU64::new(0)).collect()),
            #[cfg(loom)]
            touched: Arc::new((0..bytes.div_ceil(8)).map(|_| loom::cell::UnsafeCell::new(())).collect()),
        }
    }

    /// Touches every page: it is to be there before the first record is, because a page fault costs more than a hundred
    /// records.
    fn touched(self) -> Self {
        for at in (0..self.words * 8 + self.bytes).step_by(PAGE) {
            // SAFETY: inside the memory, which nobody else knows yet. Volatile, or the compiler would drop the store. It
            // stores the zero that is there.
            unsafe { self.base.add(at).write_volatile(0) };
        }
        self
    }

    #[cfg(not(loom))]
    #[inline]
    pub(crate) fn words(&self) -> &[AtomicU64] {
        // SAFETY: the memory begins with them (the base of a mapping and of the allocation is aligned to a page), it is
        // initialised, and nothing in this type makes another kind of reference to them.
        unsafe { std::slice::from_raw_parts(self.base.as_ptr().cast::<AtomicU64>(), self.words) }
    }

    #[cfg(loom)]
    pub(crate) fn words(&self) -> &[AtomicU64] {
        &self.loom_words
    }

    /// How many bytes follow the words.
    pub(crate) fn len(&self) -> usize {
        self.bytes
    }

    /// The bytes from `at` on, for reading.
    ///
    /// # Safety
    ///
    /// Nobody writes to them while the slice lives.
    pub(crate) unsafe fn bytes(&self, at: usize, len: usize) -> &[u8] {
        self.check(at, len);
        #[cfg(loom)]
        for cell in &self.touched[at / 8..(at + len).div_ceil(8)] {
            cell.with(|_| ());
        }
        // SAFETY: inside the memory (checked) and initialised; unshared with a writer by the caller's word.
        unsafe { std::slice::from_raw_parts(self.base.as_ptr().add(self.words * 8 + at), len) }
    }

    /// The bytes from `at` on, for writing.
    ///
    /// # Safety
    ///
    /// Nobody else reads or writes them while the slice lives.
    #[expect(
        clippy::mut_from_ref,
        reason = "the two ends of a ring share it; the caller vouches for the bytes"
    )]
    #[inline]
    pub(crate) unsafe fn bytes_mut(&self, at: usize, len: usize) -> &mut [u8] {
        self.check(at, len);
        #[cfg(loom)]
        for cell in &self.touched[at / 8..(at + len).div_ceil(8)] {
            cell.with_mut(|_| ());
        }
        // SAFETY: as in `bytes`, and exclusive by the caller's word.
        unsafe { std::slice::from_raw_parts_mut(self.base.as_ptr().add(self.words * 8 + at), len) }
    }

    /// Tells the processor that so many bytes from `at` on will be written soon, where it can be told.
    #[inline(always)]
    pub(crate) fn will_write<const BYTES: usize>(&self, at: usize) {
        #[cfg(all(target_arch = "x86_64", not(miri), not(loom)))]
        {
            let first = self.base.as_ptr().wrapping_add(self.words * 8 + at);
            // each with its distance, so that one register serves all of them
            macro_rules! fetch {
                ($($line:literal)+) => {
                    const { assert!(BYTES / LINE <= [$($line),+].len()) };
                    $(if $line < BYTES / LINE {
                        // SAFETY: the instruction changes nothing but where a line of the cache is, and does nothing at
                        // addresses that are not there. Processors that do not know it take it for none.
                        unsafe {
                            std::arch::asm!(
                                "prefetchw [{} + {}]",
                                in(reg) first,
                                const $line * LINE,
                                options(nostack, preserves_flags),
                            );
                        }
                    })+
                };
            }
            fetch!(0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15);
        }
        #[cfg(not(all(target_arch = "x86_64", not(miri), not(loom))))]
        let _ = at;
    }

    #[inline]
    fn check(&self, at: usize, len: usize) {
        assert!(at <= self.bytes && len <= self.bytes - at, "inside the region");
    }
}

impl Drop for Owned {
    fn drop(&mut self) {
        if let Backing::Heap(layout) = self.backing {
            // the next owner of these pages decides for itself
            dump(self.base, layout.size(), Dumped::AsUsual);
            // SAFETY: allocated in `heap` with this layout; nothing borrows it any more.
            unsafe { dealloc(self.base.as_ptr(), layout) };
        }
    }
}

/// Whether pages are in a core dump.
#[derive(Clone, Copy)]
enum Dumped {
    Never,
    AsUsual,
}

/// Says whether the whole pages of some memory are in a core dump: records that wait are in no file that a crash leaves in the
/// working folder. Where the system cannot do it they are as everything else is.
#[cfg(all(target_os = "linux", not(miri)))]
fn dump(base: NonNull<u8>, len: usize, dumped: Dumped) {
    let advice = match dumped {
        Dumped::Never => libc::MADV_DONTDUMP,
        Dumped::AsUsual => libc::MADV_DODUMP,
    };
    // a page that is shared with a neighbour stays as it is
    let len = len / PAGE * PAGE;
    // SAFETY: the pages are inside memory that the caller owns, whose base is aligned to a page; the advice changes nothing of
    // what they hold.
    let _ = unsafe { libc::madvise(base.as_ptr().cast(), len, advice) };
}

#[cfg(not(all(target_os = "linux", not(miri))))]
fn dump(_: NonNull<u8>, _: usize, _: Dumped) {}

#[cfg(all(test, target_os = "linux", not(miri), not(loom)))]
mod tests {
    use super::*;

    /// Whether the kernel leaves the page at an address out of a core dump, by what it tells of the memory of the process.
    fn is_left_out(smaps: &str, base: usize) -> Option<bool> {
        let mut inside = false;
        for line in smaps.lines() {
            let bounds = line.split(' ').next()?.split_once('-').and_then(|(from, to)| {
                Some(usize::from_str_radix(from, 16).ok()?..usize::from_str_radix(to, 16).ok()?)
            });
            inside = bounds.map_or(inside, |bounds| bounds.contains(&base));
            if let Some(flags) = line.strip_prefix("VmFlags:").filter(|_| inside) {
                return Some(flags.split(' ').any(|flag| flag == "dd"));
            }
        }
        None
    }

    #[test]
    fn s32_the_memory_of_rings_is_left_out_of_core_dumps() {
        let is_left_out =
            |base: usize| is_left_out(&std::fs::read_to_string("/proc/self/smaps").unwrap(), base).unwrap();
        let file = tempfile::tempfile().unwrap();
        file.set_len(64 * 1024).unwrap();
        for region in [Region::heap(8, 32 * 1024), Region::map(&file, 8, 32 * 1024).unwrap()] {
            let base = region.base.as_ptr() as usize;
            assert!(is_left_out(base) && is_left_out(base + 32 * 1024 - 1), "{region:?}");
        }
        let freed = Region::heap(8, 32 * 1024).base.as_ptr() as usize;
        let smaps = std::fs::read_to_string("/proc/self/smaps").unwrap();
        assert_ne!(
            self::is_left_out(&smaps, freed),
            Some(true),
            "what is given back is used for other things"
        );
        let large = Region::heap(8, 1 << 16);
        dump(large.base, 1 << 16, Dumped::AsUsual);
        assert!(!is_left_out(large.base.as_ptr() as usize), "the test can fail");
    }
}
