use std::time::{Duration, Instant};

/// No record for a span: a dead man's switch. It counts by the monotonic clock, which no setting of the clock moves.
#[derive(Debug)]
pub(super) struct Silence {
    span: Duration,
    last: Instant,
    told: Told,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Told {
    No,
    Yes,
}

impl Silence {
    /// It begins with the start of the program.
    pub(super) fn new(span: Duration, now: Instant) -> Self {
        Silence { span, last: now, told: Told::No }
    }

    /// A record came. Returns how long there was none, where that was told.
    pub(super) fn see(&mut self, now: Instant) -> Option<Duration> {
        let silent = now.saturating_duration_since(self.last);
        self.last = now;
        (std::mem::replace(&mut self.told, Told::No) == Told::Yes).then_some(silent)
    }

    /// Returns how long there was none, where that is too long and not told yet.
    pub(super) fn tick(&mut self, now: Instant) -> Option<Duration> {
        let silent = now.saturating_duration_since(self.last);
        if silent < self.span || self.told == Told::Yes {
            return None;
        }
        self.told = Told::Yes;
        Some(silent)
    }
}
