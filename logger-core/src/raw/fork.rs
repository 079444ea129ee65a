//! Counts the forks between this process and the one that started it.

use std::sync::atomic::{AtomicU32, Ordering};

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
    }
    // SAFETY: `pthread_atfork` only stores the pointers; the function stays mapped until the end, and what it does, one
    // atomic addition, is allowed in the child of a process with threads.
    unsafe { libc::pthread_atfork(None, None, Some(in_child)) == 0 }
}

/// Elsewhere there is no fork.
#[cfg(not(unix))]
pub(crate) fn count_forks() -> bool {
    true
}

/// Runs `body` in a child. Returns its exit code; `None` where a signal has killed it, as one does that hangs for a minute.
#[cfg(all(test, unix))]
pub(crate) fn in_child(body: impl FnOnce() -> i32) -> Option<i32> {
    ended_child(body).code()
}

/// Runs `body` in a child, and says how that ended: by the code that `body` returns, or by a signal, as one does that hangs
/// for a minute.
#[cfg(all(test, unix))]
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
