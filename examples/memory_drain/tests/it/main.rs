//! The promises of the drain, alone and in a pipeline.

mod alone;
mod in_a_pipeline;
