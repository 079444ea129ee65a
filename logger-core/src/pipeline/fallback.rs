//! Where records go that a drain did not take. May be called from any thread of the process.

use std::{
    cell::Cell,
    fmt,
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

use super::{fork::Home, supervise::caught};
use crate::{drain::Drain, record::Record};

/// The fallback drain, if the application has registered one.
pub(crate) struct Fallback {
    home: Home,
    drain: Mutex<Option<Box<dyn Drain>>>,
}

thread_local! {
    /// Whether this thread is inside a fallback drain.
    static INSIDE: Cell<bool> = const { Cell::new(false) };
}

/// How long one record may take on its way to the fallback.
const BOUND: Duration = Duration::from_millis(200);

impl Fallback {
    pub(crate) fn new(drain: Option<Box<dyn Drain>>) -> Self {
        Fallback { home: Home::here(), drain: Mutex::new(drain) }
    }

    /// Hands a record over and out of the process. Returns whether it arrived. A record that the drain itself logs does
    /// not: this thread would wait for itself.
    pub(crate) fn log(&self, record: &Record<'_>) -> bool {
        if INSIDE.replace(true) {
            return false;
        }
        let arrived = self.log_outermost(record);
        INSIDE.set(false);
        arrived
    }

    fn log_outermost(&self, record: &Record<'_>) -> bool {
        let Some(mut drain) = self.home.lock(&self.drain) else { return false };
        let Some(drain) = drain.as_mut() else { return false };
        let deliver = || drain.log(record).and_then(|()| drain.flush(Instant::now() + BOUND)).is_ok();
        caught(deliver).unwrap_or(false)
    }
}

impl Drop for Fallback {
    /// Where the last handle is dropped, maybe by the application: a drain may panic at its end.
    fn drop(&mut self) {
        let drain = self.drain.get_mut().unwrap_or_else(PoisonError::into_inner).take();
        let _ = caught(move || drop(drain));
    }
}

impl fmt::Debug for Fallback {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Fallback").finish_non_exhaustive()
    }
}
