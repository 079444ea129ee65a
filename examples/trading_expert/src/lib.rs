//! Three experts trade twenty years of daily bars, each in a thread of its own, and log what they do.
//!
//! Every expert counts what it did. After the shutdown the files are read back and compared with the counts.
#![forbid(unsafe_code)]

mod account;
mod bars;
mod ema;
mod expert;
mod journal;
mod latency;
mod money;
mod read_back;
mod run;
mod summary;
mod tally;

pub use crate::{
    bars::{Bar, BarsError, NASDAQ, parse as parse_bars, read as read_bars},
    expert::{Expert, PLANS, Plan},
    latency::Histogram,
    money::{Cents, grouped},
    read_back::{FileCounts, ReadBack, read_back},
    run::{Outcome, Settings, run},
    summary::{Check, write_summary},
    tally::{Calls, Tally},
};
