//! A drain on a thread of its own, behind a bounded queue: it may be slow, hang or panic, and the worker does not notice.

use std::{
    collections::VecDeque,
    sync::{
        Arc, Condvar, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicI64, AtomicU64, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use super::{
    fallback::Fallback,
    health::{DrainState, DrainStats, HUNG_AFTER},
    producer::mark_logger_thread,
    reporter::{Reporter, report},
    supervise::{Supervised, caught},
};
use crate::{clock::Timestamp, level::Level, record::OwnedRecord};

/// How long one flush of a detached drain may take by its contract; one that takes longer hangs, which the worker sees.
const FLUSH_BOUND: Duration = Duration::from_secs(5);
/// How often an idle drain in trouble is looked after.
const IDLE: Duration = Duration::from_millis(500);

/// How long, all together, a recovery waits for room in the queue of one drain: it has a burst to write and nobody who
/// waits for it, but live records come after it.
const PATIENCE: Duration = Duration::from_secs(2);

/// The worker's end: puts records into the queue.
#[derive(Debug)]
pub(crate) struct Detached {
    link: Arc<Link>,
    /// What is left of [`PATIENCE`].
    patience: Duration,
}

/// What the two threads share.
#[derive(Debug)]
pub(crate) struct Link {
    capacity: usize,
    stats: Arc<DrainStats>,
    reporter: Arc<Reporter>,
    queue: Mutex<Queue>,
    /// A record came, or the end.
    filled: Condvar,
    /// Records were taken out or settled.
    settled: Condvar,
    /// Milliseconds since `started` when the call under way began, plus one; 0 while none is.
    busy_since: AtomicU64,
    started: Instant,
    /// The time that the worker noted last, in nanoseconds since 1970; 0 before the first.
    time: AtomicI64,
}

#[derive(Debug, Default)]
struct Queue {
    records: VecDeque<OwnedRecord>,
    /// Records ever put in, and ever settled: delivered, diverted or lost.
    entered: u64,
    settled: u64,
    /// Records since the queue was found full, for the report of their loss.
    closed: bool,
}

impl Detached {
    /// Starts the thread of a drain.
    pub(crate) fn start(
        drain: Supervised,
        link: Arc<Link>,
        fallback: Arc<Fallback>,
    ) -> std::io::Result<Detached> {
        let name = format!("log-{}", link.stats.name);
        let worker_link = Arc::clone(&link);
        thread::Builder::new().name(name).spawn(move || run(drain, &worker_link, &fallback))?;
        Ok(Detached { link, patience: PATIENCE })
    }

    /// Queues a record, or counts it as dropped for this drain.
    pub(crate) fn offer(&self, record: impl FnOnce() -> OwnedRecord) {
        let mut queue = self.link.lock();
        if queue.records.len() >= self.link.capacity {
            drop(queue);
            self.link.stats.dropped.fetch_add(1, Ordering::AcqRel);
            return;
        }
        queue.entered += 1;
        queue.records.push_back(record());
        drop(queue);
        self.link.filled.notify_one();
    }

    /// The same for a record that is recovered: while the drain takes records, a full queue is waited for.
    pub(crate) fn offer_recovered(&mut self, record: impl FnOnce() -> OwnedRecord) {
        let began = Instant::now();
        self.link.wait_for_room(began + self.patience);
        self.patience = self.patience.saturating_sub(began.elapsed());
        self.offer(record);
    }

    pub(crate) fn link(&self) -> &Arc<Link> {
        &self.link
    }
}

impl Drop for Detached {
    /// The thread ends when it has worked off its queue; nobody waits for it.
    fn drop(&mut self) {
        self.link.lock().closed = true;
        self.link.filled.notify_one();
    }
}

impl Link {
    pub(crate) fn new(capacity: usize, stats: Arc<DrainStats>, reporter: Arc<Reporter>) -> Arc<Link> {
        Arc::new(Link {
            capacity,
            stats,
            reporter,
            queue: Mutex::default(),
            filled: Condvar::new(),
            settled: Condvar::new(),
            busy_since: AtomicU64::new(0),
            started: Instant::now(),
            time: AtomicI64::new(0),
        })
    }

    /// The worker says what time it is, for the tick of the drain.
    pub(crate) fn note_time(&self, now: Timestamp) {
        self.time.store(now.unix_nanos(), Ordering::Relaxed);
    }

    /// The time that was noted last, if there is a new one since the last call.
    fn take_time(&self) -> Option<Timestamp> {
        let time = self.time.swap(0, Ordering::Relaxed);
        (time != 0).then(|| Timestamp::from_unix_nanos(time))
    }

    fn lock(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits until everything that is in the queue now is settled. Returns whether it was, by the deadline.
    pub(crate) fn wait_settled(&self, deadline: Instant) -> bool {
        let mut queue = self.lock();
        let target = queue.entered;
        while queue.settled < target {
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return false;
            }
            queue = self.settled.wait_timeout(queue, left).unwrap_or_else(PoisonError::into_inner).0;
        }
        true
    }

    /// Waits until there is room in the queue, at most until the deadline.
    fn wait_for_room(&self, deadline: Instant) {
        let mut queue = self.lock();
        while queue.records.len() >= self.capacity {
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return;
            }
            queue = self.settled.wait_timeout(queue, left).unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    /// Notes whether the call under way takes too long, and says so once. The worker calls it now and then.
    pub(crate) fn watch(&self, now: Instant) {
        let since = self.busy_since.load(Ordering::Acquire);
        let busy = self.millis(now).saturating_sub(since);
        let hangs = since != 0 && u128::from(busy) > HUNG_AFTER.as_millis();
        if hangs && self.stats.set_state(DrainState::Hung) != DrainState::Hung {
            self.reporter.push(
                report(Level::Error, "drain hangs")
                    .field("drain", self.stats.name.as_str())
                    .field("busy_ms", busy),
            );
        }
    }

    /// Runs a call of the drain under the eyes of [`Link::watch`].
    fn busy<R>(&self, drain: &mut Supervised, call: impl FnOnce(&mut Supervised) -> R) -> R {
        self.busy_since.store(self.millis(Instant::now()), Ordering::Release);
        let result = call(drain);
        self.busy_since.store(0, Ordering::Release);
        if self.stats.state() == DrainState::Hung {
            self.stats.set_state(drain.state());
            self.reporter
                .push(report(Level::Info, "drain no longer hangs").field("drain", self.stats.name.as_str()));
        }
        result
    }

    /// Never 0.
    fn millis(&self, now: Instant) -> u64 {
        now.duration_since(self.started).as_millis() as u64 + 1
    }
}

/// The thread of a detached drain.
fn run(mut drain: Supervised, link: &Link, fallback: &Fallback) {
    mark_logger_thread();
    work(&mut drain, link, fallback);
    // a drain may panic at its end
    let _ = caught(move || drop(drain));
}

fn work(drain: &mut Supervised, link: &Link, fallback: &Fallback) {
    loop {
        let batch = {
            let mut queue = link.lock();
            while queue.records.is_empty() && !queue.closed {
                let (woken, waited) =
                    link.filled.wait_timeout(queue, IDLE).unwrap_or_else(PoisonError::into_inner);
                queue = woken;
                if waited.timed_out() {
                    drain.remind(Instant::now());
                    drop(queue);
                    if let Some(now) = link.take_time() {
                        link.busy(drain, |drain| drain.tick(now));
                    }
                    queue = link.lock();
                }
            }
            if queue.records.is_empty() {
                return;
            }
            // a part only, so that the queue keeps its bound: what is under way counts as in it
            let len = queue.records.len().min(BATCH);
            queue.records.drain(..len).collect::<Vec<_>>()
        };
        // there is room
        link.settled.notify_all();
        deliver(&batch, drain, link, fallback);
        drain.remind(Instant::now());
        link.lock().settled += batch.len() as u64;
        link.settled.notify_all();
    }
}

/// Records between two flushes of a detached drain.
const BATCH: usize = 64;

fn deliver(batch: &[OwnedRecord], drain: &mut Supervised, link: &Link, fallback: &Fallback) {
    let mut taken = Vec::with_capacity(batch.len());
    let mut refused = Vec::new();
    for record in batch {
        let took = link.busy(drain, |drain| drain.offer(&record.borrow()));
        if took { taken.push(record) } else { refused.push(record) }
    }
    let missing = link.busy(drain, |drain| drain.flush(Instant::now() + FLUSH_BOUND)) as usize;
    refused.extend(taken.split_off(taken.len() - missing));
    for record in refused {
        divert(&link.stats, fallback.log(&record.borrow()));
    }
    drain.settle();
}

/// Counts a record that a drain did not take.
pub(crate) fn divert(stats: &DrainStats, arrived: bool) {
    let counter = if arrived { &stats.diverted } else { &stats.dropped };
    counter.fetch_add(1, Ordering::AcqRel);
}
