//! Memory that somebody else cuts while it is mapped must not end the process.
//!
//! A store or load behind the end of a mapped file raises SIGBUS. The handler puts fresh zeroed memory of this process
//! under the pages that are gone, and the access goes on there: what lay in them is lost, which the readers find out
//! because zeros are no record, and nothing else happens. A SIGBUS anywhere else is none of ours: it goes on to the
//! handler that was there before, or ends the process as it would have.
//!
//! The handler does only what a signal handler may: loads and stores of atomics, and the system calls `mmap` and
//! `sigaction`.

#[cfg(target_os = "linux")]
pub(crate) use self::linux::{Watch, faults};
#[cfg(not(target_os = "linux"))]
pub(crate) use self::other::{Watch, faults};

#[cfg(target_os = "linux")]
mod linux {
    use std::{
        cell::UnsafeCell,
        mem::MaybeUninit,
        ptr,
        sync::{
            Once,
            atomic::{AtomicU64, AtomicUsize, Ordering},
        },
    };

    /// A mapping under watch, as long as this lives.
    #[derive(Debug)]
    pub(crate) struct Watch {
        slot: &'static Slot,
    }

    /// Where a mapping lies; free while its length is 0.
    #[derive(Debug)]
    struct Slot {
        base: AtomicUsize,
        len: AtomicUsize,
    }

    /// More mappings than that are not watched: 1,000 threads with two rings each.
    const SLOTS: usize = 2048;
    static TABLE: [Slot; SLOTS] =
        [const { Slot { base: AtomicUsize::new(0), len: AtomicUsize::new(0) } }; SLOTS];
    static FAULTS: AtomicU64 = AtomicU64::new(0);
    /// The size of a page, which a signal handler must not ask for: 4 KiB on most machines, up to 64 KiB on some with ARM.
    static PAGE: AtomicUsize = AtomicUsize::new(4096);
    /// A slot that is being filled.
    const TAKEN: usize = usize::MAX;

    /// How often memory was put under a page that was gone.
    pub(crate) fn faults() -> u64 {
        FAULTS.load(Ordering::Acquire)
    }

    impl Watch {
        /// Watches `len` bytes at `base`; `None` when too many mappings are watched already.
        pub(crate) fn new(base: *const u8, len: usize) -> Option<Watch> {
            install();
            let free = |slot: &&Slot| {
                slot.len.compare_exchange(0, TAKEN, Ordering::AcqRel, Ordering::Relaxed).is_ok()
            };
            let slot = TABLE.iter().find(free)?;
            slot.base.store(base as usize, Ordering::Release);
            slot.len.store(len, Ordering::Release);
            Some(Watch { slot })
        }
    }

    impl Drop for Watch {
        fn drop(&mut self) {
            self.slot.len.store(0, Ordering::Release);
        }
    }

    /// The handler that was there before ours. Written once, before ours is installed.
    struct Previous(UnsafeCell<MaybeUninit<libc::sigaction>>);

    // SAFETY: written under `Once` before the handler can run, and only read by the handler after that.
    unsafe impl Sync for Previous {}

    static PREVIOUS: Previous = Previous(UnsafeCell::new(MaybeUninit::uninit()));

    fn install() {
        static ONCE: Once = Once::new();
        ONCE.call_once(|| {
            // SAFETY: takes a number.
            let page = unsafe { libc::sysconf(libc::_SC_PAGESIZE) };
            if let Some(page) = usize::try_from(page).ok().filter(|page| page.is_power_of_two()) {
                PAGE.store(page, Ordering::Release);
            }
            // SAFETY: a `sigaction` of zeros is a valid one; `PREVIOUS` is written here only, before the handler exists;
            // the handler keeps to what a signal handler may do.
            unsafe {
                let mut ours: libc::sigaction = std::mem::zeroed();
                ours.sa_sigaction = on_fault as *const () as usize;
                ours.sa_flags = libc::SA_SIGINFO | libc::SA_ONSTACK | libc::SA_NODEFER;
                libc::sigaction(libc::SIGBUS, ptr::null(), (*PREVIOUS.0.get()).as_mut_ptr());
                libc::sigaction(libc::SIGBUS, &raw const ours, ptr::null_mut());
            }
        });
    }

    extern "C" fn on_fault(_signal: libc::c_int, info: *mut libc::siginfo_t, _context: *mut libc::c_void) {
        // SAFETY: the kernel gives a valid `siginfo_t` of a SIGBUS, which has an address.
        let address = unsafe { (*info).si_addr() } as usize;
        if !mend(address) {
            // SAFETY: `PREVIOUS` was written before this handler was installed. The access is made again on return, and
            // then meets that handler.
            unsafe { libc::sigaction(libc::SIGBUS, (*PREVIOUS.0.get()).as_ptr(), ptr::null_mut()) };
        }
    }

    /// Puts memory under the watched mapping from the page of `address` to its end. Returns whether it did.
    fn mend(address: usize) -> bool {
        for slot in &TABLE {
            let (base, len) = (slot.base.load(Ordering::Acquire), slot.len.load(Ordering::Acquire));
            if len == 0 || len == TAKEN || address < base || address >= base + len {
                continue;
            }
            let start = address & !(PAGE.load(Ordering::Acquire) - 1);
            // SAFETY: the range lies in a mapping of ours that is alive, because its owner gives up the watch first.
            // Anonymous memory in its place keeps every address valid; what lay there is gone already.
            let mended = unsafe {
                libc::mmap(
                    start as *mut libc::c_void,
                    base + len - start,
                    libc::PROT_READ | libc::PROT_WRITE,
                    libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | libc::MAP_FIXED,
                    -1,
                    0,
                )
            };
            FAULTS.fetch_add(1, Ordering::AcqRel);
            return mended != libc::MAP_FAILED;
        }
        false
    }
}

/// Elsewhere nothing is watched.
#[cfg(not(target_os = "linux"))]
mod other {
    #[derive(Debug)]
    pub(crate) struct Watch;

    impl Watch {
        pub(crate) fn new(_: *const u8, _: usize) -> Option<Watch> {
            None
        }
    }

    pub(crate) fn faults() -> u64 {
        0
    }
}
