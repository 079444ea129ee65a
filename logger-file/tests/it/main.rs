//! The crate from outside: what is in the files, and what the drain says about it.
#![expect(clippy::unwrap_used, reason = "clippy allows it in test functions only, not in what they share")]

mod ballast;
mod durability;
mod failures;
mod folder;
mod idle;
#[cfg(unix)]
mod logrotate;
mod model;
mod own;
mod packing;
mod pipeline;
mod policies;
mod properties;
#[cfg(unix)]
mod real;
mod reopen;
mod rotation;
#[cfg(unix)]
mod seals;
mod several;
mod several_packing;
mod support;
mod time;
mod writing;
