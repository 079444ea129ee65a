//! Console drain, and the fallback that cannot fail, for logger-core.
//!
//! ```
//! use std::time::Duration;
//!
//! use logger_core::{Pipeline, Route, info};
//! use logger_stderr::{ColorChoice, ConsoleDrain, FallbackDrain};
//!
//! let console = Route::new("console", ConsoleDrain::stderr(ColorChoice::Auto)).detached(8192); // a terminal may be held
//! let guard = Pipeline::builder().route(console).fallback(FallbackDrain::stderr()).start()?;
//! info!(guard.logger(), "expert started"; "symbol" => "BTCUSDT");
//! assert!(guard.shutdown(Duration::from_secs(5)).finished);
//! # Ok::<(), logger_core::StartError>(())
//! ```
//!
//! # Line format
//!
//! [`ConsoleDrain`] writes the line of [`logger_core::TextFormat`], times in UTC:
//!
//! ```text
//! 2025-10-16 10:30:00 [INFO     ] Expert started     expert_name=MyEmaBot symbol=BTCUSDT
//! 2025-10-16 10:30:01 [ERROR    ] order rejected     order_id=123 reason="margin \x1b[2J"
//! ```
//!
//! A field `backtrace` is left out: it is as long as a page, and in the files.
//!
//! [`FallbackDrain`] writes JSON lines ([`logger_core::JsonFormat`]), or those of any other format. One record is one
//! line, put out by one write where the stream takes it whole.
//!
//! # Colours
//!
//! Only the console has them, and only where a person sees them: [`ColorChoice::decide`] is the whole rule. The time is
//! dimmed, the event bold, keys are cyan, and levels have slog-term's colours: critical magenta, error red, warning
//! yellow, info green, debug cyan, trace blue. Nothing in a record can become an escape sequence: control characters,
//! and those that turn text round or cannot be seen, are written as `\x1b` or `\u{202e}`.
//!
//! # When stderr is slow, full or gone
//!
//! | what happens | console | fallback |
//! |---|---|---|
//! | nobody reads, the terminal is held | waits: it belongs on a detached route | gives up after 100 ms, then only tries until a line gets out |
//! | the reader is gone, the disk is full, the descriptor is closed | the record is an error | the same |
//! | half a line got out | the next one begins with a newline | the same |
//!
//! An error here never panics and never ends the program. The pipeline counts the records that did not get out.
//!
//! # Troubleshooting
//!
//! - No colours: is `NO_COLOR` set, `TERM` unset or `dumb`, or stderr not a terminal? `CLICOLOR_FORCE=1` forces them.
//! - Escape sequences in a file: `CLICOLOR_FORCE` is set, or the choice is [`ColorChoice::Always`].
//! - Lines are missing on the console only: it was held for longer than its queue is long.
#![forbid(unsafe_code)]

mod bounded; // lines that get out, or do not, within a bound
mod color; // whether a line has colours
mod console; // the drain for people
mod error;
mod fallback; // the drain for records that another one did not take
mod line; // slog-term's decorator that writes once a line
mod stream; // stderr, stdout, descriptors

pub use crate::{
    color::{ColorChoice, Colors},
    console::ConsoleDrain,
    error::StderrError,
    fallback::FallbackDrain,
    line::LineDecorator,
    stream::Stream,
};
