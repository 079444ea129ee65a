//! Counts the forks between this process and the one that started it, and closes in a child what it must not keep.

use std::{
    fs::File,
    sync::atomic::{AtomicI32, AtomicU32, Ordering},
};

static FORKS: AtomicU32 = AtomicU32::new(0);

/// How many forks there were on the way to this process since [`count_forks`] was called first; the same number all through
/// the life of a process.
#[inline]
pub(crate) fn forks() -> u32 {
    FORKS.load(Ordering::Relaxed)
}

/// Asks the C library to count from now on, in each child. Returns whether it will; call it once.
///
/// It does not see a child that is made past the C library's `fork`: by `vfork`, `_Fork` or the system call itself.
#[cfg(unix)]
pub(crate) fn count_forks() -> bool {
    extern "C" fn in_child() {
        FORKS.fetch_add(1, Ordering::Relaxed);
        for slot in &KEPT {
            let descriptor = slot.swap(FREE, Ordering::AcqRel);
            if descriptor != FREE {
                // SAFETY: the owner of the descriptor is a `NotInherited`, which leaves it alone in a child.
                unsafe { libc::close(descriptor) };
            }
        }
    }
    // SAFETY: `pthread_atfork` only stores the pointers; the function stays mapped until the end, and what it does, atomic
    // operations and `close`, is allowed in the child of a process with threads.
    unsafe { libc::pthread_atfork(None, None, Some(in_child)) == 0 }
}

/// Elsewhere there is no fork.
#[cfg(not(unix))]
pub(crate) fn count_forks() -> bool {
    true
}

/// The descriptors that a child closes.
static KEPT: [AtomicI32; 256] = [const { AtomicI32::new(FREE) }; 256];
const FREE: i32 = -1;

/// An open file that the child of a fork does not share. A lock belongs to all who share the file through which it was
/// taken: one that a child keeps would outlive the process that took it.
///
/// A fork between the opening of the file and [`NotInherited::new`] is not noticed, nor is there room for more than 256
/// such files; then the child shares the file as it does any other.
#[derive(Debug)]
pub(crate) struct NotInherited {
    /// `None` only while it is dropped.
    file: Option<File>,
    slot: Option<&'static AtomicI32>,
    /// [`forks`] when it was made.
    forks: u32,
}

impl NotInherited {
    /// Keeps a file from the children that are made from now on, where [`count_forks`] was called.
    pub(crate) fn new(file: File) -> Self {
        let slot = descriptor(&file).and_then(|descriptor| {
            let take = |slot: &&AtomicI32| {
                slot.compare_exchange(FREE, descriptor, Ordering::AcqRel, Ordering::Relaxed).is_ok()
            };
            KEPT.iter().find(take)
        });
        NotInherited { file: Some(file), slot, forks: forks() }
    }

    /// The file. In a child there is none.
    pub(crate) fn file(&self) -> Option<&File> {
        self.file.as_ref().filter(|_| !self.is_closed())
    }

    fn is_closed(&self) -> bool {
        self.slot.is_some() && self.forks != forks()
    }
}

impl Drop for NotInherited {
    fn drop(&mut self) {
        if self.is_closed() {
            // its number may be that of another file by now
            std::mem::forget(self.file.take());
        } else if let Some(slot) = self.slot {
            // before the file is closed: a child must not close what gets its number
            slot.store(FREE, Ordering::Release);
        }
    }
}

#[cfg(unix)]
fn descriptor(file: &File) -> Option<i32> {
    Some(std::os::fd::AsRawFd::as_raw_fd(file))
}

/// Elsewhere there is no fork.
#[cfg(not(unix))]
fn descriptor(_: &File) -> Option<i32> {
    None
}

/// Runs `body` in a child. Returns its exit code; `None` where a signal has killed it, as one does that hangs for a minute.
#[cfg(all(test, unix, not(loom)))]
pub(crate) fn in_child(body: impl FnOnce() -> i32) -> Option<i32> {
    ended_child(body).code()
}

/// Runs `body` in a child, and says how that ended: by the code that `body` returns, or by a signal, as one does that hangs
/// for a minute.
#[cfg(all(any(test, feature = "testing"), unix, not(loom)))]
pub(crate) fn ended_child(body: impl FnOnce() -> i32) -> std::process::ExitStatus {
    use std::{
        os::unix::process::ExitStatusExt as _,
        panic::{AssertUnwindSafe, catch_unwind},
    };
    const PANICKED: i32 = 99;
    // SAFETY: the child uses memory, locks that it expects to be free, and threads of its own only; glibc and macOS keep
    // their allocator usable in it.
    match unsafe { libc::fork() } {
        -1 => panic!("cannot fork"),
        0 => {
            // SAFETY: takes a number; no handler is set, so the signal kills.
            unsafe { libc::alarm(60) };
            let code = catch_unwind(AssertUnwindSafe(body)).unwrap_or(PANICKED);
            // SAFETY: takes a number, and does not return.
            unsafe { libc::_exit(code) }
        }
        child => {
            let mut status = 0;
            // SAFETY: the pointer is to a local of the right type.
            let waited = unsafe { libc::waitpid(child, &raw mut status, 0) };
            assert_eq!(waited, child, "the child is ours");
            std::process::ExitStatus::from_raw(status)
        }
    }
}
