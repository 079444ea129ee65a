//! The judge against hand-made folders, and the cases against the real pipeline.
#![expect(clippy::unwrap_used, reason = "a test may")]

mod cases;
mod judge;
