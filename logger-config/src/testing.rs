//! What several tests of this crate need.

use std::time::Instant;

use logger_core::{Drain, DrainError, Record};

/// Takes every record and keeps none.
pub(crate) struct Nowhere;

impl Drain for Nowhere {
    fn log(&mut self, _record: &Record<'_>) -> Result<(), DrainError> {
        Ok(())
    }

    fn flush(&mut self, _deadline: Instant) -> Result<(), DrainError> {
        Ok(())
    }
}
