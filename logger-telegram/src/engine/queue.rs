//! From the worker's thread to the engine's: alerts of one kind are one entry, so that a storm is short.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use logger_core::{Level, Timestamp};
use tokio::sync::Notify;

use crate::alert::Alert;

/// Alerts of one kind.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Bundle {
    /// The first of them.
    pub(crate) alert: Arc<Alert>,
    pub(crate) count: u64,
    pub(crate) first: Timestamp,
    pub(crate) last: Timestamp,
}

impl Bundle {
    pub(crate) fn one(alert: Alert) -> Self {
        let (first, last) = (alert.timestamp, alert.timestamp);
        Bundle { alert: Arc::new(alert), count: 1, first, last }
    }

    pub(crate) fn merge(&mut self, other: &Bundle) {
        self.count += other.count;
        self.first = self.first.min(other.first);
        self.last = self.last.max(other.last);
    }
}

/// An alert whose targets are all gone goes to those that there are.
pub(crate) fn routed(mut bundle: Bundle, is_target: impl Fn(&str) -> bool) -> Bundle {
    let gone = |names: &Arc<[String]>| !names.iter().any(|name| is_target(name));
    if bundle.alert.delivery.targets.as_ref().is_some_and(gone) {
        Arc::make_mut(&mut bundle.alert).delivery.targets = None;
    }
    bundle
}

/// What waits for the engine, in the order in which the first of each kind came.
#[derive(Debug)]
pub(crate) struct Inbox {
    entries: Mutex<Entries>,
    capacity: usize,
    /// Something came, or the end.
    pub(crate) filled: Notify,
}

#[derive(Debug, Default)]
struct Entries {
    waiting: Vec<Bundle>,
    by_kind: HashMap<u64, usize>,
}

impl Inbox {
    pub(crate) fn new(capacity: usize) -> Self {
        Inbox { entries: Mutex::default(), capacity: capacity.max(1), filled: Notify::new() }
    }

    /// Takes alerts in. Returns those of which nobody will be told, because too many kinds wait: never a CRITICAL one while
    /// there is another one.
    pub(crate) fn put(&self, bundles: Vec<Bundle>) -> Vec<Bundle> {
        let mut entries = self.lock();
        let lost = bundles.into_iter().filter_map(|bundle| entries.put(bundle, self.capacity)).collect();
        drop(entries);
        self.filled.notify_one();
        lost
    }

    /// All of it.
    pub(crate) fn take(&self) -> Vec<Bundle> {
        std::mem::take(&mut *self.lock()).waiting
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.lock().waiting.is_empty()
    }

    fn lock(&self) -> MutexGuard<'_, Entries> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Entries {
    fn put(&mut self, bundle: Bundle, capacity: usize) -> Option<Bundle> {
        let kind = bundle.alert.kind;
        if let Some(&at) = self.by_kind.get(&kind) {
            self.waiting[at].merge(&bundle);
            return None;
        }
        if self.waiting.len() < capacity {
            self.by_kind.insert(kind, self.waiting.len());
            self.waiting.push(bundle);
            return None;
        }
        match weakest(self.waiting.iter().map(|it| it.alert.level), bundle.alert.level) {
            Some(at) => {
                self.by_kind.remove(&self.waiting[at].alert.kind);
                self.by_kind.insert(kind, at);
                Some(std::mem::replace(&mut self.waiting[at], bundle))
            }
            None => Some(bundle),
        }
    }
}

/// Which of those that wait gives way to one of `level`: the last one of the lowest level, if that is below it.
pub(crate) fn weakest(waiting: impl Iterator<Item = Level>, level: Level) -> Option<usize> {
    let (at, lowest) = waiting.enumerate().min_by_key(|&(at, level)| (level, usize::MAX - at))?;
    (lowest < level).then_some(at)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::alert;

    fn kinds(bundles: &[Bundle]) -> Vec<(u64, u64)> {
        bundles.iter().map(|it| (it.alert.kind, it.count)).collect()
    }

    #[test]
    fn alerts_of_one_kind_are_one_entry() {
        let inbox = Inbox::new(2);
        for kind in [1, 2, 1, 1] {
            assert_eq!(inbox.put(vec![Bundle::one(alert(kind, Level::Error))]), []);
        }
        assert_eq!(kinds(&inbox.take()), [(1, 3), (2, 1)]);
        assert!(inbox.is_empty());
    }

    #[test]
    fn of_what_is_merged_each_repeat_is_counted() {
        let inbox = Inbox::new(2);
        for count in [3, 4] {
            inbox.put(vec![Bundle { count, ..Bundle::one(alert(1, Level::Error)) }]);
        }
        assert_eq!(kinds(&inbox.take()), [(1, 7)]);
    }

    #[test]
    fn a_full_queue_keeps_what_is_critical() {
        let inbox = Inbox::new(2);
        let put = |kind, level| kinds(&inbox.put(vec![Bundle::one(alert(kind, level))]));
        assert_eq!(put(1, Level::Error), []);
        assert_eq!(put(2, Level::Warning), []);
        assert_eq!(put(3, Level::Warning), [(3, 1)]);
        assert_eq!(put(4, Level::Critical), [(2, 1)]);
        assert_eq!(put(5, Level::Critical), [(1, 1)]);
        assert_eq!(put(6, Level::Critical), [(6, 1)]);
        assert_eq!(kinds(&inbox.take()), [(5, 1), (4, 1)]);
    }
}
