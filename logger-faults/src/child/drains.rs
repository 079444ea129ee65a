//! Drains that are at fault, and drains with a bug that the judge has to catch.

use std::{
    io::{self, Write as _},
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::Instant,
};

use logger_core::{Drain, DrainError, Format as _, JsonFormat, Record, Timestamp};

/// Whether the fault inside the child still lasts.
#[derive(Debug, Clone, Default)]
pub(super) struct Healed(Arc<AtomicBool>);

impl Healed {
    pub(super) fn set(&self) {
        self.0.store(true, Ordering::Release);
    }

    fn get(&self) -> bool {
        self.0.load(Ordering::Acquire)
    }
}

/// What the planned panic says.
pub(super) const PLANNED: &str = "a drain that panics, as planned";

/// Panics with every third record until it is healed.
pub(super) struct Panics<D> {
    pub(super) inner: D,
    pub(super) healed: Healed,
    pub(super) calls: u64,
}

impl<D: Drain> Drain for Panics<D> {
    fn log(&mut self, record: &Record<'_>) -> Result<(), DrainError> {
        self.calls += 1;
        assert!(self.healed.get() || !self.calls.is_multiple_of(3), "{PLANNED}");
        self.inner.log(record)
    }

    fn flush(&mut self, deadline: Instant) -> Result<(), DrainError> {
        self.inner.flush(deadline)
    }

    fn tick(&mut self, now: Timestamp) {
        self.inner.tick(now);
    }
}

/// Takes no record until it is healed.
pub(super) struct Refuses<D> {
    pub(super) inner: D,
    pub(super) healed: Healed,
}

impl<D: Drain> Drain for Refuses<D> {
    fn log(&mut self, record: &Record<'_>) -> Result<(), DrainError> {
        if self.healed.get() {
            self.inner.log(record)
        } else {
            Err(DrainError::new("takes nothing, as planned"))
        }
    }

    fn flush(&mut self, deadline: Instant) -> Result<(), DrainError> {
        self.inner.flush(deadline)
    }

    fn tick(&mut self, now: Timestamp) {
        self.inner.tick(now);
    }
}

/// Never returns from the call with its tenth record.
pub(super) struct Hangs<D> {
    pub(super) inner: D,
    pub(super) calls: u64,
}

impl<D: Drain> Drain for Hangs<D> {
    fn log(&mut self, record: &Record<'_>) -> Result<(), DrainError> {
        self.calls += 1;
        if self.calls >= 10 {
            loop {
                thread::park();
            }
        }
        self.inner.log(record)
    }

    fn flush(&mut self, deadline: Instant) -> Result<(), DrainError> {
        self.inner.flush(deadline)
    }

    fn tick(&mut self, now: Timestamp) {
        self.inner.tick(now);
    }
}

/// A bug: says of every record that it arrived.
pub(super) struct SwallowsErrors<D>(pub(super) D);

impl<D: Drain> Drain for SwallowsErrors<D> {
    fn log(&mut self, record: &Record<'_>) -> Result<(), DrainError> {
        let _ = self.0.log(record);
        Ok(())
    }

    fn flush(&mut self, deadline: Instant) -> Result<(), DrainError> {
        let _ = self.0.flush(deadline);
        Ok(())
    }

    fn tick(&mut self, now: Timestamp) {
        self.0.tick(now);
    }
}

/// A bug: catches the panic and says that the record arrived.
pub(super) struct SwallowsPanics<D>(pub(super) D);

impl<D: Drain> Drain for SwallowsPanics<D> {
    fn log(&mut self, record: &Record<'_>) -> Result<(), DrainError> {
        catch_unwind(AssertUnwindSafe(|| self.0.log(record))).unwrap_or(Ok(()))
    }

    fn flush(&mut self, deadline: Instant) -> Result<(), DrainError> {
        self.0.flush(deadline)
    }

    fn tick(&mut self, now: Timestamp) {
        self.0.tick(now);
    }
}

/// A bug: loses every thousandth record and says that it arrived.
pub(super) struct LosesSome<D> {
    pub(super) inner: D,
    pub(super) calls: u64,
}

impl<D: Drain> Drain for LosesSome<D> {
    fn log(&mut self, record: &Record<'_>) -> Result<(), DrainError> {
        self.calls += 1;
        if self.calls.is_multiple_of(1000) { Ok(()) } else { self.inner.log(record) }
    }

    fn flush(&mut self, deadline: Instant) -> Result<(), DrainError> {
        self.inner.flush(deadline)
    }

    fn tick(&mut self, now: Timestamp) {
        self.inner.tick(now);
    }
}

/// A bug: waits until each line is out.
#[derive(Default)]
pub(super) struct Waits(Vec<u8>);

impl Drain for Waits {
    fn log(&mut self, record: &Record<'_>) -> Result<(), DrainError> {
        self.0.clear();
        JsonFormat::default().format(record, &mut self.0);
        io::stderr().write_all(&self.0).map_err(|error| DrainError::new("stderr").with_source(error))
    }

    fn flush(&mut self, _deadline: Instant) -> Result<(), DrainError> {
        Ok(())
    }
}

/// A bug: takes every record and writes none.
pub(super) struct Discards;

impl Drain for Discards {
    fn log(&mut self, _record: &Record<'_>) -> Result<(), DrainError> {
        Ok(())
    }

    fn flush(&mut self, _deadline: Instant) -> Result<(), DrainError> {
        Ok(())
    }
}
