//! Tests of the whole crate through its public face.
#![expect(clippy::unwrap_used, reason = "a test may")]

mod architecture;
mod backtraces;
mod call_sites;
mod canary;
mod context;
mod damage;
mod deadlines;
mod debug_share;
mod figures;
mod hostile_drains;
mod json_oracle;
mod late_alerts;
mod levels;
mod live_redaction;
mod looks;
mod nested_order;
mod outlet;
mod pipeline;
mod recovery;
mod redaction;
mod rfc5424;
mod schema;
mod support;
mod tick;
mod trade_scope;
mod warm;
mod ways;
