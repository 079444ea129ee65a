//! Runs a function when the process ends by `exit`: `main` returned, or `std::process::exit` was called.

/// Asks the C library to call `hook` at the end of the process. Returns whether it will.
///
/// The hook runs on the thread that called `exit`, after that thread's thread-locals are gone, while all other threads
/// still run. It does not run on `abort`, `_exit` or a signal.
#[cfg(unix)]
pub(crate) fn at_exit(hook: extern "C" fn()) -> bool {
    // SAFETY: `atexit` only stores the pointer; it is a function of this program, which stays mapped until the end. A
    // hook that unwinds aborts instead, because it is `extern "C"`.
    unsafe { libc::atexit(hook) == 0 }
}

/// Elsewhere only the guard ends logging in order.
#[cfg(not(unix))]
pub(crate) fn at_exit(_hook: extern "C" fn()) -> bool {
    false
}
