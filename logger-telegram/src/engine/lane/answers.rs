//! What an answer means for what is still to be said.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use logger_core::Timestamp;

use super::{Effect, Lane, Shipment, is_due};
use crate::{
    engine::{
        group::Group,
        post::{Part, Post},
    },
    event::AlertEvent,
    health::TargetState,
    http::{Answer, NoAnswer},
    target::{Outcome, Pause, Scope, mask},
    text::Form,
};

impl Lane {
    /// What became of a shipment that took `took`.
    pub(crate) fn answered(
        &mut self,
        shipment: &Shipment,
        answer: Result<Answer, NoAnswer>,
        now: Instant,
        wall: Timestamp,
        took: Duration,
    ) -> Vec<Effect> {
        // also where there is no answer: the service may have counted it
        self.note_sent(now);
        let outcome = match answer {
            Ok(answer) => self.service.read(&answer, shipment.posted.as_ref().map(|it| it.id.as_str())),
            Err(NoAnswer(why)) => Outcome::Failed { why },
        };
        match outcome {
            Outcome::Delivered { id, pause } => self.delivered(shipment, id, pause, now, wall, took),
            Outcome::RetryAfter { wait, scope } => self.told_to_wait(shipment, wait, scope, now),
            Outcome::Failed { why } => self.failed(shipment, &why, now),
            Outcome::Rejected { why } => self.rejected(shipment, &why),
            Outcome::CannotEdit => {
                self.each_of(shipment, |_, group| {
                    group.posted = None;
                    group.saying = None;
                });
                self.health.retried += 1;
                Vec::new()
            }
            Outcome::Stopped { why } => self.stopped(&why),
        }
    }

    /// Each group that a shipment tells of, where it still waits for the answer.
    fn each_of(&mut self, shipment: &Shipment, mut each: impl FnMut(&Part, &mut Group)) {
        for part in &shipment.parts {
            let group = self.groups.get_mut(&part.order);
            if let Some(group) = group.filter(|it| it.is_in(shipment.posted.as_ref())) {
                each(part, group);
            }
        }
    }

    fn delivered(
        &mut self,
        shipment: &Shipment,
        id: Option<String>,
        pause: Pause,
        now: Instant,
        wall: Timestamp,
        took: Duration,
    ) -> Vec<Effect> {
        let mut effects = Vec::new();
        if self.failing_reported.take().is_some() {
            let (target, failures) = (self.health.name.clone(), u64::from(self.backoff.failures()));
            effects.push(Effect::Event(AlertEvent::Works { target, failures }));
        }
        self.backoff.reset();
        self.health.state = TargetState::Ok;
        self.retry_at = None;
        match pause {
            Pause::None => {}
            Pause::Repeats(pause) => self.repeats_after = Some(now + pause),
            Pause::All(pause) => {
                self.hold(now + pause);
                effects.push(Effect::HoldPlace(now + pause));
            }
        }
        self.health.last_success = Some(wall);
        if shipment.posted.is_some() {
            self.health.edited += 1
        } else {
            self.health.sent += 1
        }
        self.health.late += u64::from(shipment.late);
        shipment.delays.iter().for_each(|&delay| self.health.delay.add(delay + took));
        let parts: Arc<[Part]> =
            if shipment.parts.len() > 1 { shipment.parts.as_slice().into() } else { Arc::default() };
        let post = id.map(|id| Post { id, parts });
        let (repeats, windows) = (self.repeats, self.plan.windows);
        let (mut told, mut has_first) = (0, false);
        self.each_of(shipment, |part, group| {
            has_first |= !group.is_update();
            let count = group.heard(part.count, post.clone(), now, repeats, &windows);
            told += count;
            if count > 0 {
                effects.push(Effect::Told { kind: group.alert.kind, count });
            }
        });
        self.health.told += told;
        // one alert has the message for itself, the others share it
        self.health.grouped += told.saturating_sub(u64::from(has_first));
        effects
    }

    fn told_to_wait(
        &mut self,
        shipment: &Shipment,
        wait: Duration,
        scope: Scope,
        now: Instant,
    ) -> Vec<Effect> {
        self.health.limited += 1;
        self.health.retried += 1;
        // it was not heard: it may say more when it is
        self.each_of(shipment, |_, group| {
            group.saying = None;
            group.tries += 1;
        });
        self.health.state = TargetState::Waiting;
        self.hold(now + wait);
        match scope {
            Scope::Target => Vec::new(),
            Scope::Account => vec![Effect::HoldAccount(now + wait)],
        }
    }

    fn failed(&mut self, shipment: &Shipment, why: &str, now: Instant) -> Vec<Effect> {
        self.health.retried += 1;
        self.each_of(shipment, |_, group| group.tries += 1);
        let error = self.scrub(why);
        self.health.last_error = Some(error.clone());
        self.health.state = TargetState::Failing;
        self.retry_at = Some(now + self.backoff.next());
        let waiting = self.groups.values().map(Group::waiting).sum();
        // one failure alone is nothing that anybody has to know
        if self.backoff.failures() > 1 && is_due(&mut self.failing_reported, now, self.plan.report_every) {
            let target = self.health.name.clone();
            return vec![Effect::Event(AlertEvent::Failing { target, error, waiting })];
        }
        Vec::new()
    }

    fn rejected(&mut self, shipment: &Shipment, why: &str) -> Vec<Effect> {
        if shipment.parts.len() > 1 {
            // which of them is it? each by itself will show
            self.each_of(shipment, |_, group| {
                group.alone = true;
                group.saying = None;
            });
            self.health.retried += 1;
            return Vec::new();
        }
        let Some(order) = shipment.parts.first().map(|part| part.order) else { return Vec::new() };
        let Some(group) = self.groups.get_mut(&order) else { return Vec::new() };
        if group.form == Form::Full && self.service.can_say_less() {
            // better a plain message than none
            group.form = Form::Bare;
            group.saying = None;
            self.health.retried += 1;
            return Vec::new();
        }
        let (kind, alerts) = (group.alert.kind, group.waiting());
        self.groups.remove(&order);
        self.by_kind.remove(&kind);
        self.health.dead += alerts;
        let error = self.scrub(why);
        self.health.last_error = Some(error.clone());
        let target = self.health.name.clone();
        vec![
            Effect::Told { kind, count: alerts },
            Effect::Event(AlertEvent::Rejected { target, error, alerts }),
        ]
    }

    fn stopped(&mut self, why: &str) -> Vec<Effect> {
        let error = self.scrub(why);
        self.health.last_error = Some(error.clone());
        self.health.state = TargetState::Stopped;
        vec![Effect::Event(AlertEvent::Stopped { target: self.health.name.clone(), error })]
    }

    /// A text without what must not appear in any.
    fn scrub(&self, text: &str) -> String {
        mask(text, &self.secrets)
    }
}
