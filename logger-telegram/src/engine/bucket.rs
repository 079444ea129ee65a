//! How many messages a service takes: what it has published, and what its answers say.

use std::{
    collections::VecDeque,
    time::{Duration, Instant},
};

/// At most `count` messages in any span of `per`.
///
/// It counts from the moment of the answer, which is after the moment at which the service has counted: whatever the
/// network adds, the service never sees more than `count` in `per`.
#[derive(Debug, Clone)]
pub(crate) struct Bucket {
    count: usize,
    per: Duration,
    sent: VecDeque<Instant>,
}

impl Bucket {
    pub(crate) fn new(count: usize, per: Duration) -> Self {
        Bucket { count: count.max(1), per, sent: VecDeque::new() }
    }

    /// From when on a message may leave.
    pub(crate) fn ready_at(&self, now: Instant) -> Instant {
        match self.sent.len().checked_sub(self.count) {
            Some(at) => self.sent.get(at).map_or(now, |&sent| (sent + self.per).max(now)),
            None => now,
        }
    }

    /// The service has answered a message.
    pub(crate) fn note(&mut self, now: Instant) {
        self.sent.push_back(now);
        while self.sent.len() > self.count {
            self.sent.pop_front();
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn the_first_ones_leave_at_once_and_the_next_waits_for_the_oldest() {
        let start = Instant::now();
        let mut bucket = Bucket::new(2, SECOND);
        bucket.note(start);
        assert_eq!(bucket.ready_at(start), start);
        bucket.note(start + SECOND / 4);
        assert_eq!(bucket.ready_at(start + SECOND / 2), start + SECOND);
        assert_eq!(bucket.ready_at(start + SECOND * 3), start + SECOND * 3);
    }

    proptest! {
        #[test]
        fn no_span_of_a_minute_ever_has_more_than_twenty(pauses in prop::collection::vec(0_u64..5_000, 1..200)) {
            let mut bucket = Bucket::new(20, SECOND * 60);
            let mut now = Instant::now();
            let mut sent = Vec::new();
            for pause in pauses {
                now = bucket.ready_at(now + Duration::from_millis(pause));
                bucket.note(now);
                sent.push(now);
            }
            for window in sent.windows(21) {
                prop_assert!(window[20] - window[0] >= SECOND * 60);
            }
        }
    }
}
