//! Running alerts, and the handle by which an application asks and changes them.

use std::{
    fmt,
    sync::Arc,
    time::{Duration, Instant},
};

use logger_core::{Filter, Outlet, Route, deadline_in};

use crate::{
    builder::AlertsBuilder,
    drain::AlertDrain,
    error::AlertError,
    health::AlertHealth,
    rules::{Rule, Rules},
    shared::Shared,
};

/// Alerts that have begun, to be registered in a pipeline.
///
/// ```no_run
/// use std::time::Duration;
/// use logger_core::{LoggerExt as _, Pipeline, crit};
/// use logger_telegram::{Alerts, Telegram};
///
/// let alerts = Alerts::builder()
///     .target(Telegram::new(std::env::var("TELEGRAM_BOT_TOKEN")?, "-1001234567890"))
///     .spool("logs/alerts.spool")
///     .start()?;
/// let handle = alerts.handle();
/// let guard = Pipeline::builder().route(alerts.route("alerts")).start()?;
/// crit!(guard.logger(), "position is not hedged"; "symbol" => "BTCUSDT");
/// let _ = guard.shutdown(Duration::from_secs(5));
/// handle.close(Duration::from_secs(5));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use = "alerts are sent when their route is registered in a pipeline"]
pub struct Alerts {
    drain: AlertDrain,
    handle: AlertHandle,
}

impl Alerts {
    /// Begins a setup without targets and rules.
    pub fn builder() -> AlertsBuilder {
        AlertsBuilder::new()
    }

    pub(crate) fn new(drain: AlertDrain, shared: Arc<Shared>) -> Self {
        Alerts { drain, handle: AlertHandle { shared } }
    }

    /// By which the application asks for figures and changes rules.
    pub fn handle(&self) -> AlertHandle {
        self.handle.clone()
    }

    /// The route on which the drain gets what its rules are about, also after they were replaced. It is on the worker's
    /// thread, where it never waits for a network.
    pub fn route(self, name: &str) -> Route {
        let shared = Arc::clone(&self.handle.shared);
        let filter = Filter::all().and(move |record| shared.settings().rules.may_matter(record));
        Route::new(name, self.drain).filter(filter).outlet(Arc::new(self.handle))
    }

    /// The drain alone.
    pub fn into_drain(self) -> AlertDrain {
        self.drain
    }
}

impl fmt::Debug for Alerts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Alerts").field("drain", &self.drain).finish_non_exhaustive()
    }
}

/// Asks for figures of running alerts and changes them. May be cloned, and used from any thread.
#[derive(Clone)]
pub struct AlertHandle {
    shared: Arc<Shared>,
}

impl AlertHandle {
    /// What became of the alerts so far.
    pub fn health(&self) -> AlertHealth {
        self.shared.figures.lock().clone()
    }

    /// Replaces the rules; they hold from the next record on. A watch for a rate or a silence that was there before goes on
    /// with what it has seen.
    ///
    /// # Errors
    ///
    /// [`AlertError::Rule`]; the rules of before stay.
    pub fn set_rules(&self, rules: &[Rule]) -> Result<(), AlertError> {
        let rules = Rules::new(rules, &self.shared.settings().targets, Instant::now())?;
        self.shared.set_rules(rules);
        Ok(())
    }

    /// Replaces targets, rules, fingerprint, windows, queue of each target, network and interval of reports by those of
    /// another setup, all of them in one step and while alerts run. Nothing is lost on the way:
    ///
    /// - a target that has the same name goes on with what waits for it, also when its token or address is another one, and
    ///   keeps its figures;
    /// - what waits only for targets that are gone goes to the new ones; what other targets know already is not told to new
    ///   ones;
    /// - a request that is under way is waited for, on the alerts' own thread;
    /// - a target that is stopped stays so unless its token or address has changed; one that fails is tried at once; what a
    ///   service has asked for a wait gets it.
    ///
    /// Spool, clock and listener stay as they were. The call does not wait: [`AlertHandle::flush`] returns when the change
    /// has been made.
    ///
    /// # Errors
    ///
    /// [`AlertError`], in the same cases as [`AlertsBuilder::start`], also [`AlertError::Ended`], and
    /// [`AlertError::Spool`] where the setup names another spool. Everything stays as it was then.
    pub fn apply(&self, setup: AlertsBuilder) -> Result<(), AlertError> {
        if self.shared.has_ended() {
            return Err(AlertError::Ended);
        }
        let (settings, change) = setup.prepare_change(self.shared.spool.as_ref())?;
        self.shared.change(settings, change);
        Ok(())
    }

    /// No alerts for a time, which begins anew, neither of records nor of rates and silences. How many there were is told
    /// without a sound when it is over, and then a silence that goes on is told too.
    pub fn mute(&self, span: Duration) {
        let now = Instant::now();
        self.shared.mute.set(now.checked_add(span), now);
    }

    /// Ends a mute.
    pub fn unmute(&self) {
        self.shared.mute.set(None, Instant::now());
    }

    /// Returns when each alert so far was delivered, or was tried and waits, or at the latest after `timeout`. Returns
    /// whether that is so. The pipeline has to be flushed before.
    pub fn flush(&self, timeout: Duration) -> bool {
        self.shared.wait_settled(deadline_in(timeout))
    }

    /// Says what is still to be said, counts of repeats too, and ends the thread. Returns after `timeout` at the latest, and
    /// whether all was said; what was not waits in the spool for the next start.
    pub fn close(&self, timeout: Duration) -> bool {
        self.shared.close();
        let ended = self.shared.wait_ended(deadline_in(timeout));
        ended && self.health().targets.iter().all(|target| target.waiting == 0)
    }
}

/// A flush of the pipeline waits until each alert was delivered, or was tried and waits; its shutdown until all is said.
impl Outlet for AlertHandle {
    fn settle(&self, deadline: Instant) -> bool {
        self.shared.wait_settled(deadline)
    }

    fn close(&self, deadline: Instant) -> bool {
        self.shared.close();
        self.shared.wait_ended(deadline)
    }

    fn health(&self) -> Vec<logger_core::TargetHealth> {
        self.shared.figures.lock().targets.iter().map(crate::health::TargetHealth::in_short).collect()
    }
}

impl fmt::Debug for AlertHandle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AlertHandle")
            .field("targets", &self.shared.settings().targets)
            .finish_non_exhaustive()
    }
}
