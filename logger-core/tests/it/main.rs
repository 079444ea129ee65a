//! Tests of the whole crate through its public face.
#![expect(clippy::unwrap_used, reason = "a test may")]

mod architecture;
mod call_sites;
mod context;
mod damage;
mod json_oracle;
mod pipeline;
mod recovery;
mod redaction;
mod support;
mod warm;
