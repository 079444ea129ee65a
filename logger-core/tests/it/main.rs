//! Tests of the whole crate through its public face.
#![expect(clippy::unwrap_used, reason = "a test may")]

mod architecture;
mod call_sites;
mod context;
mod damage;
mod debug_share;
mod hostile_drains;
mod json_oracle;
mod late_alerts;
mod nested_order;
mod pipeline;
mod recovery;
mod redaction;
mod support;
mod tick;
mod warm;
