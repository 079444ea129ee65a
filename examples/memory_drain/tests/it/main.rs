//! The promises of the drain, alone and in a pipeline.
#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

mod alone;
mod in_a_pipeline;
