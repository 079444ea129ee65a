use std::{collections::VecDeque, time::Duration};

use logger_core::Timestamp;

/// More than `count` records within a span.
#[derive(Debug)]
pub(super) struct Rate {
    count: usize,
    within: Duration,
    /// The times of the last ones, by the records' own clock.
    seen: VecDeque<i64>,
    /// Nothing is said before that.
    quiet_until: Option<i64>,
}

impl Rate {
    pub(super) fn new(count: u32, within: Duration) -> Self {
        Rate { count: count as usize, within, seen: VecDeque::new(), quiet_until: None }
    }

    pub(super) fn within(&self) -> Duration {
        self.within
    }

    /// Returns how many there are, where they are too many and that was not said within the span.
    pub(super) fn see(&mut self, time: Timestamp) -> Option<usize> {
        let (now, span) = (time.unix_nanos(), i64::try_from(self.within.as_nanos()).unwrap_or(i64::MAX));
        self.seen.push_back(now);
        while self.seen.len() > self.count + 1
            || self.seen.front().is_some_and(|&it| it <= now.saturating_sub(span))
        {
            self.seen.pop_front();
        }
        if self.seen.len() <= self.count || self.quiet_until.is_some_and(|until| now < until) {
            return None;
        }
        self.quiet_until = Some(now.saturating_add(span));
        Some(self.seen.len())
    }
}
