//! What alerts have to say of their own troubles.

use std::{
    fmt,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{Mutex, PoisonError},
};

/// Something happened to the alerts. Given to [`AlertsBuilder::on_event`](crate::AlertsBuilder::on_event), for each target
/// and kind at most once per [`report_every`](crate::AlertsBuilder::report_every). No text of it contains a token.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum AlertEvent {
    /// A target does not take messages now; they wait.
    Failing {
        /// The name of the target.
        target: String,
        /// What went wrong.
        error: String,
        /// Alerts that wait, each repeat counted.
        waiting: u64,
    },
    /// A target takes messages again.
    Works {
        /// The name of the target.
        target: String,
        /// Requests that failed meanwhile.
        failures: u64,
    },
    /// A target is not tried again before the next start.
    Stopped {
        /// The name of the target.
        target: String,
        /// What the service said.
        error: String,
    },
    /// A target has refused a message for good.
    Rejected {
        /// The name of the target.
        target: String,
        /// What the service said.
        error: String,
        /// Alerts that it told of.
        alerts: u64,
    },
    /// Alerts are lost: too many different ones waited for a target.
    Dropped {
        /// The name of the target, or of all of them where the loss concerns all.
        target: String,
        /// How many so far.
        alerts: u64,
    },
    /// A target that is not on this machine is reached without TLS, because its host was allowed by name: whoever is in
    /// between can read alerts and tokens. Told once, at the start and when it is changed to that.
    Unprotected {
        /// The name of the target.
        target: String,
    },
    /// The file in which undelivered alerts wait cannot be written; alerts go on, and a kill would lose those that wait.
    SpoolFails {
        /// What went wrong.
        error: String,
        /// Alerts that are not in it so far.
        alerts: u64,
    },
}

impl fmt::Display for AlertEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            AlertEvent::Failing { target, error, waiting } => {
                write!(f, "alerts to {target} fail: {error}; {} waiting", are(*waiting))
            }
            AlertEvent::Works { target, failures } => {
                write!(f, "alerts to {target} work again after {}", counted(*failures, "failure"))
            }
            AlertEvent::Stopped { target, error } => {
                write!(f, "alerts to {target} are stopped until the next start: {error}")
            }
            AlertEvent::Rejected { target, error, alerts } => {
                write!(f, "{target} has refused a message of {}: {error}", told(*alerts))
            }
            AlertEvent::Dropped { target, alerts } => {
                write!(f, "{} lost at {target}: too many different ones waited", are(*alerts))
            }
            AlertEvent::Unprotected { target } => {
                write!(f, "alerts to {target} go without TLS: others can read them")
            }
            AlertEvent::SpoolFails { error, alerts } => {
                write!(f, "{} not on the disk: {error}", are(*alerts))
            }
        }
    }
}

use crate::text::{alerts as told, are, counted};

type Listener = Box<dyn FnMut(AlertEvent) + Send>;

/// Who is told of events, if anybody.
#[derive(Default)]
pub(crate) struct OnEvent(Mutex<Option<Listener>>);

impl OnEvent {
    pub(crate) fn new(listener: Option<Listener>) -> Self {
        OnEvent(Mutex::new(listener))
    }

    /// A listener that panics is not asked again.
    pub(crate) fn tell(&self, event: AlertEvent) {
        let mut listener = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(told) = listener.as_mut() else { return };
        if catch_unwind(AssertUnwindSafe(|| told(event))).is_err() {
            *listener = None;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    };

    use super::*;

    #[test]
    fn one_alert_is_said_to_be_one() {
        let (target, error) = ("phone", "500");
        let said = |count: u64| {
            let (target, error) = (target.to_owned(), error.to_owned());
            [
                AlertEvent::Failing { target: target.clone(), error: error.clone(), waiting: count },
                AlertEvent::Works { target: target.clone(), failures: count },
                AlertEvent::Rejected { target: target.clone(), error: error.clone(), alerts: count },
                AlertEvent::Dropped { target, alerts: count },
                AlertEvent::SpoolFails { error, alerts: count },
            ]
            .map(|event| event.to_string())
        };
        let one = [
            "alerts to phone fail: 500; 1 alert is waiting",
            "alerts to phone work again after 1 failure",
            "phone has refused a message of 1 alert: 500",
            "1 alert is lost at phone: too many different ones waited",
            "1 alert is not on the disk: 500",
        ];
        let many = [
            "alerts to phone fail: 500; 2,000 alerts are waiting",
            "alerts to phone work again after 2,000 failures",
            "phone has refused a message of 2,000 alerts: 500",
            "2,000 alerts are lost at phone: too many different ones waited",
            "2,000 alerts are not on the disk: 500",
        ];
        assert_eq!((said(1), said(2_000)), (one.map(str::to_owned), many.map(str::to_owned)));
    }

    #[test]
    fn a_listener_that_panics_is_not_asked_again_and_costs_nobody_anything() {
        let asked = Arc::new(AtomicU32::new(0));
        let count = Arc::clone(&asked);
        let events = OnEvent::new(Some(Box::new(move |_| {
            count.fetch_add(1, Ordering::Relaxed);
            std::panic::resume_unwind(Box::new("without the hook"));
        })));
        for _ in 0..2 {
            events.tell(AlertEvent::Unprotected { target: "a".into() });
        }
        assert_eq!(asked.load(Ordering::Relaxed), 1);
    }
}
