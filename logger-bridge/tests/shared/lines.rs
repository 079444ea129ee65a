//! What both programs of tests read the records back from.

use std::{
    sync::{Arc, Mutex},
    time::Instant,
};

use logger_core::{Drain, DrainError, Format as _, JsonFormat, Record};

/// Keeps lines.
#[derive(Clone, Default)]
pub(crate) struct Lines(Arc<Mutex<Vec<u8>>>);

impl Drain for Lines {
    fn log(&mut self, record: &Record<'_>) -> Result<(), DrainError> {
        JsonFormat::default().format(record, &mut self.0.lock().unwrap());
        Ok(())
    }

    fn flush(&mut self, _: Instant) -> Result<(), DrainError> {
        Ok(())
    }
}

impl Lines {
    pub(crate) fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }
}
