//! Layered configuration in, a running logger out.
#![forbid(unsafe_code)]

mod builder; // what an application says in code
mod environment; // the layer of the environment
mod explain; // where every value comes from
mod given; // a value before anyone has judged it
mod layers; // all values of all layers, and their merge
mod name; // settings that are names
mod nearest; // what a mistyped name may have meant
mod preset; // bundles of values
mod problem; // what is wrong, and where it stands
mod quantity; // settings that are quantities
mod raw; // what the merged layers say
mod schema; // every key there is
mod setting; // how a type of value is read
mod settings; // what the program runs on
mod toml_file; // the layer of a file

pub use crate::{
    builder::MetaLoggerBuilder,
    explain::{ExplainedKey, ExplainedValue, Explanation},
    given::Given,
    preset::{Preset, UnknownPreset},
    problem::{ConfigError, Layer, Position, Problem},
    quantity::{ByteSize, NotASize},
    setting::{Colors, FileFormat, Switch},
    settings::{ConsoleSettings, FileSettings, QueueSettings, Settings},
};
pub use logger_core::{Envelope, Level};
