//! Into the logger.

use std::fmt;

use logger_core::{Level, Logger};
use slog::Drain as _;

use crate::{
    field::Fields,
    place::{NOWHERE, Place, location},
};

/// Whether a record of this level is taken.
pub(crate) fn is_wanted(logger: &Logger, level: Level) -> bool {
    logger.is_enabled(level.into())
}

pub(crate) fn send(logger: &Logger, level: Level, place: Place, event: fmt::Arguments<'_>, fields: &Fields) {
    let location = location(place).unwrap_or(&NOWHERE);
    let fixed = slog::RecordStatic { location, tag: "", level: level.into() };
    logger.log(&slog::Record::new(&fixed, &event, slog::BorrowedKV(fields)));
}
