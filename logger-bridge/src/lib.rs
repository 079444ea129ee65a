//! Records of the crates `log` and `tracing` in the files of logger-core.
//!
//! ```
//! # #[cfg(feature = "log")] {
//! # let guard = logger_core::Pipeline::builder().start()?;
//! # let logger = guard.logger();
//! logger_bridge::log::install(&logger)?; // once for the process
//! log::info!(target: "exchange", attempt = 3; "reconnected");
//! # }
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! A record has its level, module, file and line, its fields with their types, and `target` where that is not the module. It
//! carries what the logger given to `install` is bound to, and the context of the scope or the future that it is logged
//! in. Levels are those of the logger, also when they change.
//!
//! What is logged on a thread of the logger's own goes to the logger's own reports and to no other drain: a client that
//! sends alerts would else log about each of them for ever.
//!
//! # What is cut
//!
//! A value or a message that makes a text of itself may panic, fail or never end: that is said in its place, or the text is cut and
//! the record says `"truncated":true`. For the whole process 8,192 names of keys, modules and files from `log` are kept, and
//! 65,536 places; a key beyond that is `too_many_keys`, a place beyond it is empty, and the record arrives all the same.
//!
//! # Troubleshooting
//!
//! - Nothing arrives: was `install` the first to install anything? It answers [`AlreadyInstalled`]. Is the level of the logger low enough?
//!   Do the features of `log` and `tracing` such as `release_max_level_info` remove the calls?
//! - A record comes twice: a subscriber with `tracing-log`, or `tracing` with its feature `log`, passes records from one to the other.
//!   Install one of the two bridges then.
#![forbid(unsafe_code)]

mod field; // a value with its type
#[cfg(feature = "log")]
mod intern; // strings that live as long as the program
#[cfg(feature = "log")]
pub mod log; // the crate `log`
mod place; // where a record was made
mod send; // into the logger
#[cfg(feature = "tracing")]
pub mod tracing; // the crate `tracing`

/// The process has another logger or subscriber already; nothing was changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the crate `{of}` has a logger in this process already")]
pub struct AlreadyInstalled {
    of: &'static str,
}
