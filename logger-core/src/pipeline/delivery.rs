//! The worker's routes: which drains get a record, which of them took it, and what did not arrive.

use std::{
    io,
    sync::{Arc, atomic::Ordering},
    time::Instant,
};

use super::{
    Shared,
    detached::{Detached, divert},
    plan::kept_name,
    queue::Place,
    route::{Filter, Wanted, routes_in},
    supervise::{Supervised, caught},
};
use crate::{
    category::Class,
    clock::Timestamp,
    journal::{Arrived, Batch, Journal, Mark},
    level::Level,
    record::Record,
    run::Run,
};

/// The routes, and the batch of records that is on its way through them.
pub(crate) struct Delivery {
    routes: Vec<Active>,
    wanted: Wanted,
    pub(super) batch: Vec<Entry>,
}

/// A route at work.
pub(crate) struct Active {
    pub(crate) name: String,
    pub(crate) filter: Filter,
    pub(crate) journal: Option<Arc<dyn Journal>>,
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
    /// The name of its thread, as the queue counts names.
    pub(super) thread: u32,
    /// `None` for the logger's own.
    pub(super) class: Option<Class>,
    /// Whether a drain and the fallback both did not take it.
    pub(super) lost: bool,
    /// The routes whose drain did not take it when it was offered, a bit each.
    pub(super) refused: u32,
}

impl Delivery {
    pub(crate) fn new(routes: Vec<Active>) -> Self {
        let wanted = Wanted::new(routes.iter().map(|route| &route.filter));
        Delivery { routes, wanted, batch: Vec::new() }
    }

    /// Gives routes other filters. Returns the lowest level that one of all asks for by itself.
    pub(super) fn replace_filters(&mut self, filters: Vec<(String, Filter)>) -> Option<Level> {
        for (name, filter) in filters {
            if let Some(route) = self.routes.iter_mut().find(|route| route.name == name) {
                route.filter = filter;
            }
        }
        self.wanted = Wanted::new(self.routes.iter().map(|route| &route.filter));
        Filter::floor(self.routes.iter().map(|route| &route.filter))
    }

    /// The routes that want a record, a bit each.
    #[inline]
    pub(super) fn routes_of(&self, record: &Record<'_>) -> u32 {
        self.wanted.routes_of(record, |route| self.routes.get(route).map(|it| &it.filter))
    }

    /// Offers a record to the drains of `routes`. Returns the routes whose drain did not take it.
    #[inline]
    pub(super) fn offer(&mut self, record: &Record<'_>, routes: u32, run: &Arc<Run>) -> u32 {
        let index = self.batch.len() as u32;
        let mut refused = 0;
        for at in routes_in(routes) {
            let Some(route) = self.routes.get_mut(at) else { break };
            match &mut route.end {
                End::Worker { drain, taken } => {
                    if drain.offer(record) {
                        taken.push(index);
                    } else {
                        refused |= 1 << at;
                    }
                }
                End::Detached(detached) if record.is_recovered() => {
                    detached.offer_recovered(|| record.to_owned(run));
                }
                End::Detached(detached) => detached.offer(|| record.to_owned(run)),
            }
        }
        refused
    }

    /// Flushes the drain of a route. Returns the records of the batch that it took and that did not arrive, the last ones
    /// of those it took.
    pub(super) fn flush(&mut self, route: usize, deadline: Instant) -> Vec<u32> {
        let Some(End::Worker { drain, taken }) = self.routes.get_mut(route).map(|route| &mut route.end)
        else {
            return Vec::new();
        };
        let missing = drain.flush(deadline) as usize;
        let missing = taken.split_off(taken.len() - missing);
        taken.clear();
        missing
    }

    pub(super) fn routes(&self) -> usize {
        self.routes.len()
    }

    /// Counts a record that the drain of a route did not take.
    pub(super) fn divert(&self, route: usize, arrived: bool) {
        if let Some(End::Worker { drain, .. }) = self.routes.get(route).map(|route| &route.end) {
            divert(drain.stats(), arrived);
        }
    }

    /// The names of the routes, as a plan keeps them.
    pub(super) fn names(&self) -> Vec<String> {
        self.routes.iter().map(|route| kept_name(&route.name).to_owned()).collect()
    }

    /// Where the destinations stand.
    pub(super) fn marks(&self) -> impl Iterator<Item = Option<Mark>> + '_ {
        self.routes.iter().map(|route| {
            let journal = route.journal.as_ref()?;
            caught(|| journal.mark()).unwrap_or(None)
        })
    }

    /// Which records of `batch` reached the destination of a route after `mark`; `None` where it does not tell.
    pub(super) fn arrived_since(
        &self,
        route: usize,
        mark: Mark,
        batch: Batch<'_>,
    ) -> Option<io::Result<Arrived>> {
        let journal = self.routes.get(route)?.journal.as_ref()?;
        let counted = caught(|| journal.arrived_since(mark, batch));
        Some(counted.unwrap_or_else(|_| Err(io::Error::other("its journal panicked"))))
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
        for route in &mut self.routes {
            if let End::Worker { drain, .. } = &mut route.end {
                drain.settle();
            }
        }
    }

    /// Tells the journals that the batch is closed.
    pub(super) fn note_done(&self) {
        for journal in self.routes.iter().filter_map(|route| route.journal.as_ref()) {
            // what a journal panics of is nothing that the batch depends on
            let _ = caught(|| journal.batch_done());
        }
    }

    /// Lets the drains do what has to be done now and then.
    pub(super) fn tick(&mut self, now: Timestamp) {
        for route in &mut self.routes {
            match &mut route.end {
                End::Worker { drain, .. } => drain.tick(now),
                End::Detached(detached) => detached.link().note_time(now),
            }
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
