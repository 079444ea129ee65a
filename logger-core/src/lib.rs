//! Context, records, the drain trait, formats and the asynchronous pipeline of a logging system for trading programs.

mod category;
mod clock;
mod codec;
mod context;
mod drain;
mod format;
mod level;
mod record;
mod run;
mod value;

pub use crate::{
    category::{Category, Class},
    clock::{Civil, Clock, ManualClock, Timestamp},
    context::{Context, InContext, ScopeGuard},
    drain::{Drain, DrainError},
    format::{Envelope, Format, JsonFormat, TextFormat},
    level::{Level, UnknownLevel},
    record::{OwnedRecord, OwnedRecordBuilder, Record},
    run::Run,
    value::{ErrorChain, Value},
};
