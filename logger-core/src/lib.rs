//! Context, records, the drain trait, formats and the asynchronous pipeline of a logging system for trading programs.
#![deny(unsafe_code)]

mod bytes;
mod call_site;
mod category;
mod clock;
mod codec;
mod context;
mod drain;
mod format;
mod histogram;
mod in_context;
mod journal;
mod level;
mod outlet;
mod pipeline;
#[expect(
    unsafe_code,
    reason = "the queue shares memory between threads without a lock; the protocol is in its files"
)]
mod raw;
mod record;
mod redact;
mod run;
mod secret;
mod slog_drain;
mod sync;
#[cfg(all(feature = "testing", not(loom)))]
#[doc(hidden)]
pub mod testing;
mod trade_scope;
mod value;

pub use crate::{
    bytes::Bytes,
    category::{Category, Class},
    clock::{Civil, Clock, ManualClock, Timestamp},
    context::{Context, InContext, ScopeGuard},
    drain::{Drain, DrainError},
    format::{Envelope, Format, Framing, JsonFormat, Rfc5424Format, TextFormat},
    histogram::Histogram,
    in_context::FutureExt,
    journal::{Arrived, Batch, Journal, Mark},
    level::{Level, UnknownLevel},
    outlet::Outlet,
    pipeline::{
        Budget, CallTime, Condition, Counts, DrainHealth, DrainState, Dropped, Filter, HUNG_AFTER, Health,
        Levels, Logger, LoggerExt, Overflow, OverflowPolicy, Pipeline, PipelineBuilder, QueueHealth,
        QueuePlace, Recovered, Report, RingSizes, Route, ShutdownGuard, Signals, Stage, StartError,
        TargetHealth, join_logger, shared_memory_folder,
    },
    record::{OwnedRecord, OwnedRecordBuilder, Record},
    redact::{PatternError, Redaction, ShortSecret, register_secret},
    run::Run,
    secret::Secret,
    slog_drain::SlogDrain,
    trade_scope::{Side, Trade, TradeError, TradeScope, timed},
    value::{ErrorChain, Value},
};

pub use slog;
pub use slog::o;

#[doc(hidden)]
pub use crate::call_site::private;
/// What the fuzz targets call.
#[cfg(all(unix, fuzzing))]
#[doc(hidden)]
pub use crate::pipeline::fuzzing;
