//! A drain that is made when its first record comes.

use std::time::Instant;

use logger_core::{Drain, DrainError, Record, Timestamp};

/// Makes its drain at the first record. Where that fails, the record did not arrive, and the next one tries again.
pub(super) struct Lazy<D> {
    open: Box<dyn FnMut() -> Result<D, DrainError> + Send>,
    drain: Option<D>,
}

impl<D> Lazy<D> {
    pub(super) fn new(open: impl FnMut() -> Result<D, DrainError> + Send + 'static) -> Self {
        Lazy { open: Box::new(open), drain: None }
    }
}

impl<D: Drain> Drain for Lazy<D> {
    fn log(&mut self, record: &Record<'_>) -> Result<(), DrainError> {
        let drain = match &mut self.drain {
            Some(drain) => drain,
            none => none.insert((self.open)()?),
        };
        drain.log(record)
    }

    fn flush(&mut self, deadline: Instant) -> Result<(), DrainError> {
        self.drain.as_mut().map_or(Ok(()), |drain| drain.flush(deadline))
    }

    fn tick(&mut self, now: Timestamp) {
        if let Some(drain) = &mut self.drain {
            drain.tick(now);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    };

    use logger_core::{Level, OwnedRecord};

    use super::*;
    use crate::testing::Nowhere;

    #[test]
    fn a_lazy_drain_is_made_once_at_the_first_record_and_tried_again_where_that_fails() {
        let tries = Arc::new(AtomicU32::new(0));
        let count = Arc::clone(&tries);
        let mut lazy = Lazy::new(move || match count.fetch_add(1, Ordering::Relaxed) {
            0 => Err(DrainError::new("not yet")),
            _ => Ok(Nowhere),
        });
        let record = OwnedRecord::new(Level::Info, "event").build();
        lazy.flush(Instant::now()).unwrap();
        assert_eq!(tries.load(Ordering::Relaxed), 0);
        assert_eq!(lazy.log(&record.borrow()).unwrap_err().to_string(), "not yet");
        lazy.log(&record.borrow()).unwrap();
        lazy.log(&record.borrow()).unwrap();
        lazy.flush(Instant::now()).unwrap();
        assert_eq!(tries.load(Ordering::Relaxed), 2);
    }
}
