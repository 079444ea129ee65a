//! Tests of the whole crate through its public face.
#![expect(clippy::unwrap_used, reason = "a test may")]

mod context;
mod pipeline;
mod support;
