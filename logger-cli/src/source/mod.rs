//! The lines of a log: the file that is written to, and all that it was before.
//!
//! | file | what it is for |
//! |---|---|
//! | `names` | which files of a folder belong to a log |
//! | `segment` | one of these files, plain or packed |
//! | `forward`, `backward` | its lines from the beginning, and from the end |
//! | `search` | where in it a time begins |
//! | `series` | all files of a log as one stream, in either direction |
//! | `meter` | how much was read |
//! | `unread` | what could not be read |

mod backward;
mod forward;
mod meter;
mod names;
mod search;
mod segment;
mod series;
mod unread;

pub use self::{
    backward::Backward,
    forward::Forward,
    meter::Meter,
    names::{Packing, segments},
    search::{Span, first_time, span},
    segment::{FileId, Segment},
    series::{Direction, Lines, Series},
    unread::Unread,
};
