//! What the fault cases need of the C library, which has no safe function for it. Not for applications.

pub use crate::raw::exit::at_exit;

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
