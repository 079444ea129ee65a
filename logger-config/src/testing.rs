//! What several tests of this crate need.

#[cfg(feature = "reload")]
use std::sync::{Arc, Mutex, PoisonError};
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

/// Keeps what it takes: the event and the fields of each record in one line. Clones share it.
#[cfg(feature = "reload")]
#[derive(Clone, Default)]
pub(crate) struct Kept(Arc<Mutex<Vec<String>>>);

#[cfg(feature = "reload")]
impl Kept {
    pub(crate) fn lines(&self) -> Vec<String> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

#[cfg(feature = "reload")]
impl Drain for Kept {
    fn log(&mut self, record: &Record<'_>) -> Result<(), DrainError> {
        let fields = record.fields().map(|(key, value)| format!(" {key}={value}"));
        let line = format!("{}{}", record.event(), fields.collect::<String>());
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(line);
        Ok(())
    }

    fn flush(&mut self, _deadline: Instant) -> Result<(), DrainError> {
        Ok(())
    }
}
