//! What several tests of this crate need.

use std::time::Instant;
#[cfg(feature = "reload")]
use std::{
    io::Write as _,
    sync::{Arc, Mutex, PoisonError},
};

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

/// Waits until something is so, however slow the machine is. Where it never comes the harness ends the test, whose output says
/// what it waited for.
#[cfg(feature = "reload")]
pub(crate) fn until(what: &str, is_so: impl Fn() -> bool) {
    if is_so() {
        return;
    }
    let _ = writeln!(std::io::stderr(), "waiting until {what}");
    while !is_so() {
        std::thread::park_timeout(std::time::Duration::from_millis(5));
    }
}
