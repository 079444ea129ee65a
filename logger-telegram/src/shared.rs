//! What the worker's thread, the engine's and the application's share.

use std::{
    sync::{
        Condvar, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use logger_core::Clock;

use crate::{
    alert::{Alert, Delivery, kind_of_name},
    engine::queue::{Bundle, Inbox},
    event::{AlertEvent, OnEvent},
    health::Figures,
    rules::{Fired, Mute, RuleBook},
    spool::Spool,
};

/// The name of the engine's thread. A record that comes from it tells of the alerts themselves and is none.
pub(crate) const THREAD: &str = "log-alerts";

pub(crate) struct Shared {
    pub(crate) inbox: Inbox,
    pub(crate) spool: Option<Spool>,
    pub(crate) figures: Figures,
    pub(crate) events: OnEvent,
    pub(crate) rules: RuleBook,
    pub(crate) mute: Mute,
    pub(crate) clock: Clock,
    pub(crate) targets: Vec<String>,
    pub(crate) report_every: Duration,
    spool_reported: Mutex<Option<Instant>>,
    closing: AtomicBool,
    progress: Progress,
}

/// How far the engine is.
#[derive(Default)]
struct Progress {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug, Default, Clone, Copy)]
struct State {
    /// Everything was delivered, or was tried and waits.
    settled: bool,
    ended: bool,
}

impl Shared {
    pub(crate) fn new(
        inbox: Inbox,
        spool: Option<Spool>,
        events: OnEvent,
        rules: RuleBook,
        clock: Clock,
        targets: Vec<String>,
        report_every: Duration,
    ) -> Self {
        Shared {
            inbox,
            spool,
            figures: Figures::default(),
            events,
            rules,
            mute: Mute::default(),
            clock,
            targets,
            report_every,
            spool_reported: Mutex::new(None),
            closing: AtomicBool::new(false),
            progress: Progress::default(),
        }
    }

    /// Writes alerts into the spool and hands them to the engine. `run` and `seq`: how far the run is that they belong to.
    pub(crate) fn take_in(&self, bundles: Vec<Bundle>, run: &str, seq: u64) {
        let count: u64 = bundles.iter().map(|it| it.count).sum();
        let unspooled = match self.spool.as_ref().map(|spool| spool.put(&bundles, run, seq)) {
            None => 0,
            Some(Ok(0)) => 0,
            Some(Ok(refused)) => self.spool_failed("it is full", refused),
            Some(Err(error)) => self.spool_failed(&error.to_string(), count),
        };
        let lost = self.inbox.put(bundles);
        self.progress.lock().settled = false;
        for bundle in &lost {
            for target in &self.targets {
                self.told(target, bundle.alert.kind, bundle.count);
            }
        }
        let dropped: u64 = lost.iter().map(|it| it.count).sum();
        let mut figures = self.figures.lock();
        figures.accepted += count;
        figures.unspooled += unspooled;
        figures.dropped += dropped;
    }

    /// An alert that no record made.
    pub(crate) fn fire(&self, fired: Fired) {
        let now = self.clock.now();
        let Fired { rule, event, level, delivery } = fired;
        let line = serde_json::json!({
            "timestamp": now.to_string(),
            "level": level.as_str(),
            "event": event,
            "rule": rule,
        });
        self.take_in(vec![own(&format!("{rule} {event}"), level, now, line.to_string(), delivery)], "", 0);
    }

    /// A target knows of so many.
    pub(crate) fn told(&self, target: &str, kind: u64, count: u64) {
        let Some(spool) = &self.spool else { return };
        if let Err(error) = spool.told(target, kind, count) {
            self.spool_failed(&error.to_string(), 0);
        }
    }

    pub(crate) fn spool_failed(&self, error: &str, alerts: u64) -> u64 {
        let mut reported = self.spool_reported.lock().unwrap_or_else(PoisonError::into_inner);
        let now = Instant::now();
        if reported.is_none_or(|at| now.duration_since(at) >= self.report_every) {
            *reported = Some(now);
            drop(reported);
            let alerts = alerts + self.figures.lock().unspooled;
            self.events.tell(AlertEvent::SpoolFails { error: error.to_owned(), alerts });
        }
        alerts
    }

    /// From now on counts are told without waiting for more, and the engine ends when all is said.
    pub(crate) fn close(&self) {
        self.closing.store(true, Ordering::Release);
        self.progress.lock().settled = false;
        self.inbox.filled.notify_one();
    }

    pub(crate) fn is_closing(&self) -> bool {
        self.closing.load(Ordering::Acquire)
    }

    /// The engine says how far it is.
    pub(crate) fn note_progress(&self, settled: bool) {
        self.progress.lock().settled = settled && self.inbox.is_empty();
        self.progress.changed.notify_all();
    }

    pub(crate) fn note_end(&self) {
        if let Some(spool) = &self.spool {
            spool.release();
        }
        self.progress.lock().ended = true;
        self.progress.changed.notify_all();
    }

    pub(crate) fn wait_settled(&self, deadline: Instant) -> bool {
        self.wait(deadline, |state| state.ended || state.settled)
    }

    pub(crate) fn wait_ended(&self, deadline: Instant) -> bool {
        self.wait(deadline, |state| state.ended)
    }

    fn wait(&self, deadline: Instant, done: impl Fn(State) -> bool) -> bool {
        let mut state = self.progress.lock();
        while !done(*state) {
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return false;
            }
            state = self.progress.changed.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0;
        }
        true
    }
}

impl Progress {
    fn lock(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// An alert of the logger's own.
pub(crate) fn own(
    name: &str,
    level: logger_core::Level,
    now: logger_core::Timestamp,
    line: String,
    delivery: Delivery,
) -> Bundle {
    Bundle::one(Alert {
        kind: kind_of_name(name),
        run: "".into(),
        seq: 0,
        level,
        timestamp: now,
        line: line.into(),
        delivery,
    })
}
