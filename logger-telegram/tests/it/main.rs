//! The crate from outside: what a phone shows, and what the services say of the sender.
#![expect(clippy::unwrap_used, reason = "clippy allows it in test functions only, not in what they share")]

mod change;
mod delay;
mod faults;
mod hostile;
mod others;
#[cfg(unix)]
mod pipeline;
mod second_opinion;
mod spool;
mod storms;
mod support;
mod telegram;
mod together;
mod trial;
mod webhook;
