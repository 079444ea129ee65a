//! What the fault cases need of the C library, which has no safe function for it, and what an attacker may log. Not for applications.

pub mod hostile;
pub mod nasty;

/// Asks the C library to call `hook` at the end of the process, before the hooks that were there. Returns whether it will.
pub fn at_exit(hook: extern "C" fn()) -> bool {
    crate::raw::exit::at_exit(hook)
}

/// Runs `body` in a child made by `fork`, and says how that ended: by the code that `body` returns, or by a signal, as one
/// does that hangs for a minute. `body` keeps to what a child without the threads of its parent may do.
///
/// # Panics
///
/// When the system cannot fork.
#[cfg(unix)]
pub fn in_child(body: impl FnOnce() -> i32) -> std::process::ExitStatus {
    crate::raw::fork::ended_child(body)
}
