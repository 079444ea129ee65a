#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

pub mod around; // lines around those that are wanted
pub mod command; // what the words of the command line do
pub mod filter; // which lines are wanted
pub mod follow; // what is written from now on
pub mod line; // one line
pub mod merge; // several logs as one stream
pub mod output; // how lines are shown
mod pieces; // the pieces of a JSON object
pub mod query; // all of it together
pub mod record; // the fields of a line
pub mod seen; // each record once
pub mod source; // the files of a log
pub mod time; // times that people write
pub mod top; // the live view
