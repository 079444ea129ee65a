//! Places in the code from which ever different alerts come, as where a message contains what somebody else has sent: beyond
//! a bound they count as one.

use std::{
    collections::{HashMap, HashSet},
    time::{Duration, Instant},
};

/// Different alerts of one place within a window; each more of them is one of its place.
const KINDS: usize = 60;
const WINDOW: Duration = Duration::from_secs(60);
/// Places that are remembered.
const PLACES: usize = 1_024;

#[derive(Debug, Default)]
pub(crate) struct Places(HashMap<u64, Place>);

#[derive(Debug)]
struct Place {
    since: Instant,
    kinds: HashSet<u64>,
}

impl Places {
    /// Whether an alert of this kind is one too many for its place.
    pub(crate) fn is_crowded(&mut self, place: u64, kind: u64, now: Instant) -> bool {
        if self.0.len() >= PLACES && !self.0.contains_key(&place) {
            self.0.retain(|_, it| now.duration_since(it.since) < WINDOW);
            if self.0.len() >= PLACES {
                return true;
            }
        }
        let seen = self.0.entry(place).or_insert_with(|| Place { since: now, kinds: HashSet::new() });
        if now.duration_since(seen.since) >= WINDOW {
            seen.since = now;
            seen.kinds.clear();
        }
        if seen.kinds.len() < KINDS {
            seen.kinds.insert(kind);
            return false;
        }
        !seen.kinds.contains(&kind)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_with_ever_different_alerts_is_crowded_and_others_are_not() {
        let (mut places, start) = (Places::default(), Instant::now());
        let crowded = (0..10_000).filter(|&kind| places.is_crowded(1, kind, start)).count();
        assert_eq!(crowded, 10_000 - KINDS);
        assert!(!places.is_crowded(1, 0, start), "one that is known is told");
        assert!(!places.is_crowded(2, 70_000, start));
        assert!(!places.is_crowded(1, 70_000, start + WINDOW));
    }

    #[test]
    fn what_is_remembered_is_bounded() {
        let (mut places, start) = (Places::default(), Instant::now());
        for place in 0..PLACES as u64 * 2 {
            places.is_crowded(place, place, start);
        }
        assert_eq!(places.0.len(), PLACES);
        places.is_crowded(u64::MAX, 1, start + WINDOW);
        assert_eq!(places.0.len(), 1);
    }
}
