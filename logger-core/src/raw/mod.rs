//! The one place with `unsafe`: memory that two threads share without a lock, and the hooks of the C library.

pub(crate) mod append;
pub(crate) mod exit;
pub(crate) mod fault;
pub(crate) mod fork;
pub(crate) mod memory;
pub(crate) mod ring;
pub(crate) mod same;
pub(crate) mod signal;
#[cfg(all(target_arch = "x86_64", not(miri)))]
pub(crate) mod thirty_two;
pub(crate) mod tsc;
pub(crate) mod typed;
