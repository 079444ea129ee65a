//! The worker's routes: which drains get a record, which of them took it, and what did not arrive.

use std::{
    sync::{Arc, atomic::Ordering},
    time::Instant,
};

use super::{
    Shared,
    detached::{Detached, divert},
    health::DrainStats,
    route::Filter,
    supervise::Supervised,
    worker::Place,
};
use crate::{category::Class, clock::Timestamp, record::Record};

/// The routes, and the batch of records that is on its way through them.
pub(crate) struct Delivery {
    routes: Vec<Active>,
    pub(super) batch: Vec<Entry>,
}

/// A route at work.
pub(crate) struct Active {
    pub(crate) filter: Filter,
    pub(crate) end: End,
}

/// Where a route ends.
pub(crate) enum End {
    /// A drain on the worker's thread, and which records of the batch it took, by their index.
    Worker { drain: Supervised, taken: Vec<u32> },
    /// A drain on its own thread.
    Detached(Detached),
}

/// A record of the batch: what is needed to make it again from its bytes.
#[derive(Debug)]
pub(super) struct Entry {
    pub(super) place: Place,
    pub(super) timestamp: Timestamp,
    pub(super) seq: u64,
    /// Index of the name of its thread.
    pub(super) thread: u32,
    /// `None` for the logger's own.
    pub(super) class: Option<Class>,
    /// Whether a drain and the fallback both did not take it.
    pub(super) lost: bool,
}

impl Delivery {
    pub(crate) fn new(routes: Vec<Active>) -> Self {
        Delivery { routes, batch: Vec::new() }
    }

    /// Gives a record to the drains of its route. `entry` comes into the batch.
    #[inline]
    pub(super) fn deliver(&mut self, record: &Record<'_>, shared: &Shared, mut entry: Entry) {
        let index = self.batch.len() as u32;
        for route in &mut self.routes {
            if !route.filter.matches(record) {
                continue;
            }
            match &mut route.end {
                End::Worker { drain, taken } => {
                    if drain.offer(record) {
                        taken.push(index);
                    } else {
                        let arrived = shared.fallback.log(record);
                        divert(drain.stats(), arrived);
                        entry.lost |= !arrived;
                    }
                }
                End::Detached(detached) => detached.offer(|| record.to_owned(&shared.run)),
            }
        }
        self.batch.push(entry);
    }

    /// Flushes the drain of a route. Returns its figures and the records of the batch that it took and that did not
    /// arrive; `None` for the common case that there are none.
    pub(super) fn flush(&mut self, route: usize, deadline: Instant) -> Option<(Arc<DrainStats>, Vec<u32>)> {
        let End::Worker { drain, taken } = &mut self.routes.get_mut(route)?.end else { return None };
        let missing = drain.flush(deadline) as usize;
        let missing = taken.split_off(taken.len() - missing);
        taken.clear();
        (!missing.is_empty()).then(|| (drain.shared_stats(), missing))
    }

    pub(super) fn routes(&self) -> usize {
        self.routes.len()
    }

    /// Counts the records of the batch as settled and forgets them.
    pub(super) fn settle(&mut self, shared: &Shared) {
        let (mut settled, mut undelivered) = ([0; 2], [0; 2]);
        for entry in self.batch.drain(..) {
            if let Some(class) = entry.class {
                settled[class as usize] += 1;
                undelivered[class as usize] += u64::from(entry.lost);
            }
        }
        for (class, stats) in shared.classes.iter().enumerate() {
            // first what is lost, so that nobody sees it as written in between
            stats.undelivered.fetch_add(undelivered[class], Ordering::AcqRel);
            stats.settled.fetch_add(settled[class], Ordering::AcqRel);
        }
    }

    /// Looks after drains in trouble and those that may hang.
    pub(super) fn look_after(&mut self, now: Instant) {
        for route in &mut self.routes {
            match &mut route.end {
                End::Worker { drain, .. } => drain.remind(now),
                End::Detached(detached) => detached.link().watch(now),
            }
        }
    }
}
