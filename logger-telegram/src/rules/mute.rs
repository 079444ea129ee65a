use std::{
    sync::{Mutex, MutexGuard, PoisonError},
    time::Instant,
};

/// No alerts for a time.
#[derive(Debug, Default)]
pub(crate) struct Mute(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    until: Option<Instant>,
    /// Alerts that were not sent since it began.
    kept_back: u64,
}

impl Mute {
    /// Until then; `None`: no longer.
    pub(crate) fn set(&self, until: Option<Instant>, now: Instant) {
        // what was kept back is told when it is over
        self.lock().until = Some(until.unwrap_or(now));
    }

    pub(crate) fn is_on(&self, now: Instant) -> bool {
        self.lock().until.is_some_and(|until| now < until)
    }

    /// Whether an alert is kept back; it is counted.
    pub(crate) fn keeps_back(&self, now: Instant) -> bool {
        let mut state = self.lock();
        let muted = state.until.is_some_and(|until| now < until);
        state.kept_back += u64::from(muted);
        muted
    }

    /// How many were kept back, once it is over.
    pub(crate) fn ended(&self, now: Instant) -> Option<u64> {
        let mut state = self.lock();
        if state.until.is_none_or(|until| now < until) {
            return None;
        }
        state.until = None;
        Some(std::mem::take(&mut state.kept_back)).filter(|&count| count > 0)
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
