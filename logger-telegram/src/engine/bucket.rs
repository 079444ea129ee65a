//! How many messages a service takes: what it has published, and what its answers say.

use std::{
    collections::VecDeque,
    time::{Duration, Instant},
};

/// What a message is for the room that there is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Claim {
    /// The first of its kind: it takes what there is.
    First,
    /// How often something came that is known already: it leaves half of the room to first ones.
    Repeat,
}

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
    pub(crate) fn ready_at(&self, now: Instant, claim: Claim) -> Instant {
        match self.sent.len().checked_sub(self.count_for(claim)) {
            Some(at) => self.sent.get(at).map_or(now, |&sent| (sent + self.per).max(now)),
            None => now,
        }
    }

    /// How many messages may leave now.
    pub(crate) fn room(&self, now: Instant, claim: Claim) -> usize {
        let taken = self.sent.iter().filter(|&&sent| sent + self.per > now).count();
        self.count_for(claim).saturating_sub(taken)
    }

    fn count_for(&self, claim: Claim) -> usize {
        match claim {
            Claim::First => self.count,
            Claim::Repeat => self.count.div_ceil(2),
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
        let ready_at = |bucket: &Bucket, now| bucket.ready_at(now, Claim::First);
        assert_eq!(ready_at(&bucket, start), start);
        bucket.note(start + SECOND / 4);
        assert_eq!(ready_at(&bucket, start + SECOND / 2), start + SECOND);
        assert_eq!(ready_at(&bucket, start + SECOND * 3), start + SECOND * 3);
    }

    #[test]
    fn repeats_leave_half_of_the_room_to_first_ones_and_one_message_is_never_half() {
        let start = Instant::now();
        let mut twenty = Bucket::new(20, SECOND * 60);
        (0..9).for_each(|n| twenty.note(start + SECOND * n));
        let now = start + SECOND * 10;
        assert_eq!(twenty.ready_at(now, Claim::Repeat), now);
        twenty.note(now);
        assert_eq!(twenty.ready_at(now, Claim::First), now);
        assert_eq!(twenty.ready_at(now, Claim::Repeat), start + SECOND * 60);
        let mut one = Bucket::new(1, SECOND);
        assert_eq!(one.ready_at(start, Claim::Repeat), start);
        one.note(start);
        assert_eq!(one.ready_at(start, Claim::Repeat), one.ready_at(start, Claim::First));
    }

    proptest! {
        #[test]
        fn no_span_of_a_minute_ever_has_more_than_twenty(pauses in prop::collection::vec(0_u64..5_000, 1..200)) {
            let mut bucket = Bucket::new(20, SECOND * 60);
            let mut now = Instant::now();
            let mut sent = Vec::new();
            for pause in pauses {
                now = bucket.ready_at(now + Duration::from_millis(pause), Claim::First);
                bucket.note(now);
                sent.push(now);
            }
            for window in sent.windows(21) {
                prop_assert!(window[20] - window[0] >= SECOND * 60);
            }
        }
    }
}
