//! The judge against hand-made folders, and the cases against the real pipeline.
#![expect(clippy::unwrap_used, reason = "a test may")]

#[cfg(target_os = "linux")]
mod calls;
mod cases;
#[cfg(target_os = "linux")]
mod idle;
mod judge;
