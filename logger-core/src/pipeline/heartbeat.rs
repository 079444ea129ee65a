//! A record with the main figures, now and then.

use std::time::Duration;

use super::{
    health::{DrainState, Health},
    reporter::report,
};
use crate::{level::Level, record::OwnedRecordBuilder};

/// When the next one is due, by the monotonic clock.
#[derive(Debug)]
pub(super) struct Heartbeat {
    every: u64,
    started: u64,
    last: u64,
    /// Records accepted at the last one.
    accepted: u64,
}

impl Heartbeat {
    /// The first one is due after `every`; `now` in nanoseconds.
    pub(super) fn new(every: Duration, now: u64) -> Self {
        let every = u64::try_from(every.as_nanos()).unwrap_or(u64::MAX).max(1);
        Heartbeat { every, started: now, last: now, accepted: 0 }
    }

    pub(super) fn is_due(&self, now: u64) -> bool {
        now.saturating_sub(self.last) >= self.every
    }

    /// The record of now.
    pub(super) fn beat(&mut self, now: u64, health: &Health) -> OwnedRecordBuilder {
        let total = health.total();
        let since = now.saturating_sub(self.last).max(1) as f64 / 1e9;
        let rate = total.accepted.saturating_sub(self.accepted) as f64 / since;
        // the beat stays where it was: one that came late does not put off the next ones
        self.last = now - now.saturating_sub(self.started) % self.every;
        self.accepted = total.accepted;
        let fullest = health.trade_queue.fullest_per_mille.max(health.general_queue.fullest_per_mille);
        let record = report(Level::Info, "heartbeat")
            .field("condition", health.condition().as_str())
            .field("uptime_seconds", now.saturating_sub(self.started) as f64 / 1e9)
            .field("accepted", total.accepted)
            .field("accepted_per_second", (rate * 10.0).round() / 10.0)
            .field("trades", health.trade.accepted)
            .field("written", total.written)
            .field("pending", total.pending)
            .field("spilled", total.spilled)
            .field("dropped", total.dropped.total())
            .field("late", health.late)
            .field("recovered_records", health.recovered.records)
            .field("queue_fill", fullest as f64 / 1_000.0);
        with_calls(with_troubles(record, health), health)
    }
}

/// The drains and targets that are not well, where there are any.
fn with_troubles(record: OwnedRecordBuilder, health: &Health) -> OwnedRecordBuilder {
    let drains = health.drains.iter().map(|it| (it.name.as_str(), it.state));
    let targets = health.targets.iter().map(|it| (it.name.as_str(), it.state));
    let troubles: Vec<String> = drains
        .chain(targets)
        .filter(|(_, state)| *state != DrainState::Ok)
        .map(|(name, state)| format!("{name} {}", state.as_str()))
        .collect();
    if troubles.is_empty() { record } else { record.field("troubles", troubles.join(", ").as_str()) }
}

/// How long calls took, where some are timed.
fn with_calls(record: OwnedRecordBuilder, health: &Health) -> OwnedRecordBuilder {
    let Some(calls) = health.call_time.as_ref().filter(|it| it.histogram.count() > 0) else { return record };
    let nanos = |share| calls.histogram.quantile(share).as_nanos() as u64;
    record
        .field("call_p50_ns", nanos(0.5))
        .field("call_p99_ns", nanos(0.99))
        .field("call_p999_ns", nanos(0.999))
}
