//! What the worker's thread, the engine's and the application's share.

use std::{
    sync::{
        Arc, Condvar, Mutex, PoisonError, RwLock,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use logger_core::Clock;

use crate::{
    alert::{Alert, Delivery, Fingerprint, kind_of_name},
    engine::{
        change::Change,
        queue::{Bundle, Inbox},
    },
    event::{AlertEvent, OnEvent},
    health::Figures,
    rules::{Fired, Mute, Rules},
    spool::Spool,
};

/// The name of the engine's thread. A record that comes from it tells of the alerts themselves and is none.
pub(crate) const THREAD: &str = "log-alerts";

pub(crate) struct Shared {
    pub(crate) inbox: Inbox,
    pub(crate) spool: Option<Spool>,
    pub(crate) figures: Figures,
    pub(crate) events: OnEvent,
    pub(crate) mute: Mute,
    pub(crate) clock: Clock,
    settings: RwLock<Arc<Settings>>,
    /// What the engine has not taken up yet.
    change: Mutex<Option<Change>>,
    spool_reported: Mutex<Option<Instant>>,
    dropped_reported: Mutex<Option<Instant>>,
    closing: AtomicBool,
    progress: Progress,
}

/// What may be changed while alerts run, all of it in one step.
pub(crate) struct Settings {
    pub(crate) rules: Rules,
    pub(crate) fingerprint: Fingerprint,
    /// The names of the targets.
    pub(crate) targets: Arc<[String]>,
    pub(crate) report_every: Duration,
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
        clock: Clock,
        settings: Settings,
    ) -> Self {
        Shared {
            inbox,
            spool,
            figures: Figures::default(),
            events,
            mute: Mute::default(),
            clock,
            settings: RwLock::new(Arc::new(settings)),
            change: Mutex::new(None),
            spool_reported: Mutex::new(None),
            dropped_reported: Mutex::new(None),
            closing: AtomicBool::new(false),
            progress: Progress::default(),
        }
    }

    pub(crate) fn settings(&self) -> Arc<Settings> {
        Arc::clone(&self.settings.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Other rules.
    pub(crate) fn set_rules(&self, rules: Rules) {
        let mut settings = self.settings.write().unwrap_or_else(PoisonError::into_inner);
        *settings = Arc::new(Settings {
            rules: rules.going_on_from(&settings.rules),
            fingerprint: settings.fingerprint.clone(),
            targets: Arc::clone(&settings.targets),
            report_every: settings.report_every,
        });
    }

    /// Other settings, and what the engine has to do about them. An alert by the new rules comes to the engine after the
    /// change, or together with it.
    pub(crate) fn change(&self, mut to: Settings, change: Change) {
        let mut waiting = self.change.lock().unwrap_or_else(PoisonError::into_inner);
        *waiting = Some(change);
        let mut settings = self.settings.write().unwrap_or_else(PoisonError::into_inner);
        to.rules = to.rules.going_on_from(&settings.rules);
        *settings = Arc::new(to);
        drop((settings, waiting));
        self.progress.lock().settled = false;
        self.inbox.filled.notify_one();
    }

    /// A change that the engine has to take up. It has to take what is in the inbox before.
    pub(crate) fn take_change(&self) -> Option<Change> {
        self.change.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    fn has_change(&self) -> bool {
        self.change.lock().unwrap_or_else(PoisonError::into_inner).is_some()
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
            for target in self.settings().targets.iter() {
                self.told(target, bundle.alert.kind, bundle.count);
            }
        }
        let dropped: u64 = lost.iter().map(|it| it.count).sum();
        let mut figures = self.figures.lock();
        figures.accepted += count;
        figures.unspooled += unspooled;
        figures.dropped += dropped;
        let so_far = figures.dropped;
        drop(figures);
        if dropped > 0 && self.is_due(&self.dropped_reported) {
            let target = self.settings().targets.join(", ");
            self.events.tell(AlertEvent::Dropped { target, alerts: so_far });
        }
    }

    /// Whether an interval has passed since something was reported, which it is now.
    fn is_due(&self, reported: &Mutex<Option<Instant>>) -> bool {
        let mut reported = reported.lock().unwrap_or_else(PoisonError::into_inner);
        let now = Instant::now();
        let due = reported.is_none_or(|at| now.duration_since(at) >= self.settings().report_every);
        if due {
            *reported = Some(now);
        }
        due
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
        if self.is_due(&self.spool_reported) {
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
        let settled = settled && self.inbox.is_empty() && !self.has_change();
        self.progress.lock().settled = settled;
        self.progress.changed.notify_all();
    }

    pub(crate) fn note_end(&self) {
        if let Some(spool) = &self.spool {
            spool.release();
        }
        self.progress.lock().ended = true;
        self.progress.changed.notify_all();
    }

    pub(crate) fn has_ended(&self) -> bool {
        self.progress.lock().ended
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

#[cfg(all(test, feature = "webhook"))]
mod tests {
    use super::*;
    use crate::{Webhook, builder::AlertsBuilder};

    #[test]
    fn nothing_is_settled_before_a_change_was_taken_up() {
        let setup =
            || AlertsBuilder::new().target(Webhook::new("https://example.com/hook")).prepare().unwrap();
        let shared = Shared::new(Inbox::new(1), None, OnEvent::default(), Clock::System, setup().0);
        let is_settled = || {
            shared.note_progress(true);
            shared.wait_settled(Instant::now())
        };
        assert!(is_settled());
        let (settings, change) = setup();
        shared.change(settings, change);
        assert!(!is_settled());
        assert!(shared.take_change().is_some() && is_settled());
    }
}
