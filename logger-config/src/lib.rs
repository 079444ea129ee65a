#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod alert_rule_setting; // settings of rules for alerts
mod alert_setting; // settings of alerts that are no secrets
mod builder; // what an application says in code
#[cfg(feature = "cli")]
mod cli; // the layer of the command line
mod directives; // levels of several parts in one text
mod documents; // the schema, a file with every key
mod drain_kind; // what a drain with a name is
mod durable; // trades that are waited for
mod error; // why a logger could not be built
mod explain; // where every value comes from
mod expression; // settings that are regular expressions
mod file_control; // what a program asks of its files
mod file_setting; // settings of files that are words or times
mod file_sharing; // files of several processes
mod given; // a value before anyone has judged it
mod global; // one logger for the whole process
mod key; // what is known of a key
mod keys; // every key there is
mod layers; // all values of all layers, and their merge
mod level_change; // a change of level while the logger runs
mod meta_logger; // a running logger
mod metrics_setting; // where figures are served
mod name; // settings that are names
mod nearest; // what a mistyped name may have meant
mod path; // paths of keys
mod preflight; // whether the files could be opened
mod preset; // bundles of values
mod problem; // what is wrong, and where it stands
mod quantity; // settings that are quantities
mod redaction_setting; // settings of what is masked in texts
mod running; // what of a running logger changes
mod secret_setting; // settings that are secrets
mod setting; // how a type of value is read
mod settings; // what the program runs on
mod sources; // the layers of files and of the environment
#[cfg(test)]
mod testing;
mod wiring; // from settings to a running pipeline

#[cfg(feature = "cli")]
pub use crate::cli::LogArgs;
pub use crate::{
    alert_rule_setting::{AlertTarget, RuleMode},
    builder::MetaLoggerBuilder,
    documents::{default_toml, schema},
    drain_kind::DrainKind,
    durable::{NotDurable, Reached},
    error::BuildError,
    explain::{ExplainedKey, ExplainedValue, Explanation},
    file_setting::{
        FileCompression, FileDurability, FileNaming, FileSchedule, FileSeal, FileStart, FileTrades,
    },
    file_sharing::FileWriters,
    given::Given,
    global::{AlreadyGlobal, global},
    level_change::LevelChange,
    meta_logger::MetaLogger,
    preset::{Preset, UnknownPreset},
    problem::{ConfigError, Layer, Position, Problem},
    quantity::{ByteSize, NotASize},
    setting::{
        Backtraces, ColorChoice, ConsoleDetails, FileFormat, Panics, QueueMemory, SignalHandling, Switch,
    },
    settings::{
        AlertRule, AlertSettings, ConsoleSettings, DrainSettings, DrainTarget, FileSettings, FilterSettings,
        LevelSettings, LogFileSettings, QueueSettings, RedactionSettings, RuleTrigger, Settings,
    },
};
#[cfg(any(feature = "log", feature = "tracing"))]
pub use logger_bridge as bridge;
pub use logger_core::{
    Budget, Bytes, CallTime, Category, Class, Clock, Condition, Context, Counts, Drain, DrainError,
    DrainHealth, DrainState, Dropped, Envelope, Filter, Format, FutureExt, Health, Histogram, InContext,
    JsonFormat, Level, Levels, Logger, LoggerExt, ManualClock, OverflowPolicy, PatternError, Pipeline,
    QueueHealth, QueuePlace, Record, Recovered, Redaction, Report, Rfc5424Format, Route, ScopeGuard, Secret,
    ShortSecret, ShutdownGuard, Side, SlogDrain, Stage, StartError, TargetHealth, TextFormat, Timestamp,
    Trade, TradeError, TradeScope, UnknownLevel, Value, crit, critical, debug, error, info, o,
    register_secret, slog, timed, trace, warn, warning,
};
/// What [`MetaLogger::alerts`] is, and what it takes and gives.
#[cfg(feature = "alerts")]
pub use logger_telegram as alerts;
