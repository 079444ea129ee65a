//! The crate from outside, as one binary.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on ends")]

mod console;
#[cfg(unix)]
mod details;
#[cfg(unix)]
mod fallback;
mod nasty;
#[cfg(unix)]
mod pipeline;
mod stdout;
mod support;
