#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod builder; // what an application says in code
mod durable; // trades that are waited for
mod environment; // the layer of the environment
mod error; // why a logger could not be built
mod explain; // where every value comes from
mod file_control; // what a program asks of its files
mod file_setting; // settings of files that are words or times
mod file_sharing; // files of several processes
mod given; // a value before anyone has judged it
mod layers; // all values of all layers, and their merge
mod meta_logger; // a running logger
mod name; // settings that are names
mod nearest; // what a mistyped name may have meant
mod preset; // bundles of values
mod problem; // what is wrong, and where it stands
mod quantity; // settings that are quantities
mod raw; // what the merged layers say
mod schema; // every key there is
mod setting; // how a type of value is read
mod settings; // what the program runs on
#[cfg(test)]
mod testing;
mod toml_file; // the layer of a file
mod wiring; // from settings to a running pipeline

pub use crate::{
    builder::MetaLoggerBuilder,
    durable::{NotDurable, Reached},
    error::BuildError,
    explain::{ExplainedKey, ExplainedValue, Explanation},
    file_setting::{FileCompression, FileDurability, FileNaming, FileSchedule, FileStart},
    file_sharing::FileWriters,
    given::Given,
    meta_logger::MetaLogger,
    preset::{Preset, UnknownPreset},
    problem::{ConfigError, Layer, Position, Problem},
    quantity::{ByteSize, NotASize},
    setting::{ColorChoice, FileFormat, Panics, QueueMemory, SignalHandling, Switch},
    settings::{ConsoleSettings, FileSettings, QueueSettings, RedactionSettings, Settings},
};
pub use logger_core::{
    Budget, Category, Class, Clock, Context, Counts, Drain, DrainError, DrainHealth, DrainState, Dropped,
    Envelope, Filter, Format, Health, InContext, JsonFormat, Level, Logger, LoggerExt, ManualClock,
    OverflowPolicy, Pipeline, Record, Recovered, Report, Route, ScopeGuard, ShutdownGuard, StartError,
    TextFormat, Timestamp, UnknownLevel, Value, crit, critical, debug, error, info, o, slog, trace, warn,
    warning,
};
