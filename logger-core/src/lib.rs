//! Context, records, the drain trait, formats and the asynchronous pipeline of a logging system for trading programs.
//!
//! An application depends on `logger-config`, which puts a logger together from a configuration. This crate is for who writes a
//! drain, or puts a logger together in code. It names no drain and opens no log file.
//!
//! ```
//! use std::{sync::mpsc, time::{Duration, Instant}};
//!
//! use logger_core::{Context, Drain, DrainError, Format, LoggerExt as _, Pipeline, Record, Route, TextFormat, info};
//!
//! struct Lines(mpsc::Sender<String>);
//!
//! impl Drain for Lines {
//!     fn log(&mut self, record: &Record<'_>) -> Result<(), DrainError> {
//!         let mut line = Vec::new();
//!         TextFormat.format(record, &mut line);
//!         let sent = self.0.send(String::from_utf8_lossy(&line).into_owned());
//!         sent.map_err(|_| DrainError::new("nobody listens"))
//!     }
//!
//!     fn flush(&mut self, _deadline: Instant) -> Result<(), DrainError> {
//!         Ok(())
//!     }
//! }
//!
//! let (to, lines) = mpsc::channel();
//! let guard = Pipeline::builder().route(Route::new("lines", Lines(to))).start()?;
//! let log = guard.logger().bind(&Context::new().expert_name("MyEmaBot"));
//! info!(log, "expert started"; "version" => "1.2.0");
//!
//! let report = guard.shutdown(Duration::from_secs(5));
//! assert!(report.finished && report.health.total().written == 1);
//! assert!(lines.recv()?.ends_with("expert started     expert_name=MyEmaBot version=1.2.0\n"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # What a call does
//!
//! It encodes the record into memory of its thread and returns. No lock is shared with a drain; on a warm thread it allocates nothing
//! and makes no system call. A worker takes the records of all threads in the order of their time and gives each to the drains
//! whose [`Filter`] matches. A drain that may wait gets a thread of its own: [`Route::detached`].
//!
//! # What a record carries
//!
//! Level, category ([`LoggerExt::trade`]), event, time, place, thread, run and number; then its own fields, those of the scope and
//! those of the logger ([`Context`]). A key stands in it once: the nearest wins. Values keep their types ([`Value`]).
//!
//! # When a queue is full, when a drain fails
//!
//! An [`OverflowPolicy`] for each class says what happens: trades and errors are kept by default, others dropped and counted. What a
//! drain does not take goes to [`PipelineBuilder::fallback`]. [`Health`] has the count of every loss by its reason, and
//! `accepted == written + dropped + pending`.
//!
//! # What survives
//!
//! The queue is on the heap, unless [`PipelineBuilder::queue_folder`] names a folder, such as
//! [`shared_memory_folder`]: then the next start writes what a killed process has left, each record once, where the drains have a
//! [`Journal`]. What is on the disk is the matter of the drains.
//!
//! # What is masked
//!
//! Values whose key gives a secret away, and texts that have the form of one, before they are in the queue: [`Redaction`],
//! [`Secret`], [`register_secret`].
//!
//! # Features
//!
//! `all-levels` lifts slog's compile-time limits, so that DEBUG and TRACE can be turned on in a release build.
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
mod wide;

pub use crate::{
    bytes::Bytes,
    category::{Category, Class},
    clock::{Civil, Clock, ManualClock, Timestamp, deadline_in},
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
