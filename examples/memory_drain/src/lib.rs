//! A drain that keeps the last records of each level in memory, for a status page.
//!
//! It is a crate of its own that depends on `logger-core` alone: `CONTRIBUTING.md` shows it as the way to write a
//! drain. What it keeps ends with the process; it is a window, not a file.
#![forbid(unsafe_code)]

mod drain;

pub use crate::drain::{MemoryDrain, Recent};
