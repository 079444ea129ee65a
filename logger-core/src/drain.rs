//! The trait at the centre: a destination for records.

use std::{error::Error, fmt, time::Instant};

use crate::{clock::Timestamp, record::Record};

/// A destination for records. Lives on a worker thread; never called by an application's thread.
///
/// Filters, rate limits and the like wrap a drain and are drains. What a drain needs beyond these methods (its
/// name, which records it gets, on which thread it runs) is given where it is registered: [`Route`](crate::Route).
///
/// A panic in a drain is caught. The same object is called again after a pause, so a drain keeps itself usable.
pub trait Drain: Send {
    /// Takes one record. May buffer.
    ///
    /// # Errors
    ///
    /// `Err` means that this record did not arrive: the pipeline gives it to the fallback. Records taken before it
    /// are not concerned.
    fn log(&mut self, record: &Record<'_>) -> Result<(), DrainError>;

    /// Returns when every record taken so far has left the process, or with an error at the deadline.
    ///
    /// # Errors
    ///
    /// Of the records taken since the last call of `flush`, only the first [`DrainError::arrived`] reached the
    /// destination, each of them whole; the pipeline gives the others to the fallback, and the drain forgets them.
    fn flush(&mut self, deadline: Instant) -> Result<(), DrainError>;

    /// Called about twice a second between two batches, whether records come or not, and before a
    /// [`Pipeline::flush`](crate::Pipeline::flush) returns: for what has to be done while nothing is logged. `now` is in the
    /// order of the records: every one of an earlier time was given to the drain, if its thread was not held up.
    ///
    /// The default does nothing. A drain on a thread of its own is not called while it has records to work off.
    fn tick(&mut self, now: Timestamp) {
        let _ = now;
    }
}

impl<D: Drain + ?Sized> Drain for Box<D> {
    fn log(&mut self, record: &Record<'_>) -> Result<(), DrainError> {
        (**self).log(record)
    }

    fn flush(&mut self, deadline: Instant) -> Result<(), DrainError> {
        (**self).flush(deadline)
    }

    fn tick(&mut self, now: Timestamp) {
        (**self).tick(now);
    }
}

/// Why records did not arrive: what was tried, on what, and the cause as [`Error::source`].
#[derive(Debug)]
pub struct DrainError {
    message: String,
    source: Option<Box<dyn Error + Send + Sync>>,
    arrived: u64,
}

impl DrainError {
    /// An error that says what was tried and on what, such as `cannot write /var/log/bot/trades.log`.
    pub fn new(message: impl Into<String>) -> Self {
        DrainError { message: message.into(), source: None, arrived: 0 }
    }

    /// The same with its cause.
    #[must_use]
    pub fn with_source(mut self, source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        self.source = Some(source.into());
        self
    }

    /// The same for a `flush` that got a part through: how many of the records taken since the last `flush` arrived.
    #[must_use]
    pub fn with_arrived(mut self, records: u64) -> Self {
        self.arrived = records;
        self
    }

    /// How many of the records taken since the last `flush` arrived, counted from the first; 0 where nothing is known.
    pub fn arrived(&self) -> u64 {
        self.arrived
    }
}

impl fmt::Display for DrainError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl Error for DrainError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.source.as_deref().map(|it| it as &(dyn Error + 'static))
    }
}
