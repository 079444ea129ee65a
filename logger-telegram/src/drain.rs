//! The worker's end of the alerts.

use std::{collections::HashMap, fmt, mem, sync::Arc, time::Instant};

use logger_core::{Category, Drain, DrainError, Record};

use crate::{
    alert::{Alert, Breadth, Delivery, Origin, place_of},
    engine::queue::Bundle,
    places::Places,
    rules::Fired,
    shared::{Settings, Shared, THREAD},
};

/// Chooses the records that are alerts, writes them into the spool, and hands them to the thread that delivers them.
///
/// It belongs on the worker's thread: it never waits for a network, and what it has written into the spool before the
/// pipeline forgets a record survives a kill. [`Alerts::route`](crate::Alerts::route) makes it.
pub struct AlertDrain {
    shared: Arc<Shared>,
    places: Places,
    batch: Batch,
}

/// What came since the last flush.
#[derive(Default)]
struct Batch {
    bundles: Vec<Bundle>,
    by_kind: HashMap<u64, usize>,
    /// The run of its last record, and that one's number.
    run: Arc<str>,
    seq: u64,
}

impl AlertDrain {
    pub(crate) fn new(shared: Arc<Shared>) -> Self {
        AlertDrain { shared, places: Places::default(), batch: Batch::default() }
    }

    fn is_known(&self, record: &Record<'_>) -> bool {
        record.is_recovered()
            && self.shared.spool.as_ref().is_some_and(|spool| spool.has_seen(record.run().id(), record.seq()))
    }

    fn take(&mut self, settings: &Settings, record: &Record<'_>, mut delivery: Delivery, now: Instant) {
        if self.is_known(record) {
            self.shared.figures.lock().known += 1;
            return;
        }
        if self.shared.mute.keeps_back(now) {
            self.shared.figures.lock().muted += 1;
            return;
        }
        if record.is_recovered() {
            delivery.origin = Origin::Earlier;
        }
        let mut kind = settings.fingerprint.of(record);
        let place = place_of(record);
        if self.places.is_crowded(place, kind, now) {
            kind = place;
            delivery.breadth = Breadth::OnePlace;
        }
        if self.batch.run.as_ref() != record.run().id() {
            // one line of the spool speaks of one run
            self.hand_over();
            self.batch.run = record.run().id().into();
        }
        self.batch.seq = record.seq();
        self.batch.add(record, kind, delivery);
    }

    /// What a watch says of a record comes after the records that it has counted.
    fn fire(&mut self, fired: Fired, now: Instant) {
        if self.shared.mute.keeps_back(now) {
            self.shared.figures.lock().muted += 1;
            return;
        }
        self.hand_over();
        self.shared.fire(fired);
    }

    fn hand_over(&mut self) {
        if self.batch.bundles.is_empty() {
            return;
        }
        let batch = mem::take(&mut self.batch);
        self.shared.take_in(batch.bundles, &batch.run, batch.seq);
    }
}

impl Batch {
    fn add(&mut self, record: &Record<'_>, kind: u64, delivery: Delivery) {
        if let Some(&at) = self.by_kind.get(&kind) {
            let bundle = &mut self.bundles[at];
            bundle.count += 1;
            bundle.last = bundle.last.max(record.timestamp());
            return;
        }
        self.by_kind.insert(kind, self.bundles.len());
        self.bundles.push(Bundle::one(Alert::new(record, kind, delivery)));
    }
}

impl Drain for AlertDrain {
    fn log(&mut self, record: &Record<'_>) -> Result<(), DrainError> {
        // what the logger says of itself, and what a listener logs of the alerts
        if record.category() == Category::Logger || record.thread() == THREAD {
            return Ok(());
        }
        let (settings, now) = (self.shared.settings(), Instant::now());
        if let Some(delivery) = settings.rules.choose(record) {
            self.take(&settings, record, delivery, now);
        }
        if !record.is_recovered() {
            for fired in settings.rules.watch(record, now) {
                self.fire(fired, now);
            }
        }
        Ok(())
    }

    /// What was taken is in the spool then, or, where that cannot be written, in memory and counted.
    fn flush(&mut self, _deadline: Instant) -> Result<(), DrainError> {
        self.hand_over();
        Ok(())
    }
}

impl Drop for AlertDrain {
    fn drop(&mut self) {
        self.hand_over();
        self.shared.close();
    }
}

impl fmt::Debug for AlertDrain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AlertDrain").field("targets", &self.shared.settings().targets).finish_non_exhaustive()
    }
}
