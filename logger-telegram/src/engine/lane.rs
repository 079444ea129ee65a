//! All that is to be said to one target: what next, when, and what the answer means. It has no clock, no thread and no
//! network of its own; who drives it brings them.

mod answers; // what an answer means
mod together; // several alerts in one message

use std::{
    collections::{BTreeMap, HashMap},
    time::{Duration, Instant},
};

use logger_core::Timestamp;

use super::{
    backoff::Backoff,
    bucket::{Bucket, Claim},
    group::{Group, Repeats, Windows, later},
    post::{Part, Post},
    queue::{Bundle, weakest},
};
use crate::{
    event::AlertEvent,
    health::{TargetHealth, TargetState},
    http::{HttpRequest, is_unprotected},
    target::{Service, secrets_of},
    text::Message,
};

/// What part a target has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    Primary,
    /// It gets what no primary target has taken after this time.
    Backup(Duration),
}

impl Role {
    /// How long it leaves an alert to others.
    fn leaves(self) -> Duration {
        match self {
            Role::Primary => Duration::ZERO,
            Role::Backup(after) => after,
        }
    }
}

/// What a lane is told when it is made.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Plan {
    pub(crate) windows: Windows,
    /// Kinds that may wait.
    pub(crate) capacity: usize,
    pub(crate) report_every: Duration,
}

/// What a lane does next.
pub(crate) enum Step {
    Send(Box<Shipment>),
    /// Nothing before that.
    WaitUntil(Instant),
    /// Nothing until something comes.
    Idle,
}

/// A message on its way.
pub(crate) struct Shipment {
    pub(crate) request: HttpRequest,
    parts: Vec<Part>,
    posted: Option<Post>,
    late: bool,
    /// Of the first ones in it, from the call to the request.
    delays: Vec<Duration>,
}

/// What others have to do about an answer.
#[derive(Debug, PartialEq)]
pub(crate) enum Effect {
    /// So many alerts of a kind need no more care for this target.
    Told {
        kind: u64,
        count: u64,
    },
    /// All targets of the account wait.
    HoldAccount(Instant),
    /// All targets of the place wait.
    HoldPlace(Instant),
    Event(AlertEvent),
}

pub(crate) struct Lane {
    pub(crate) role: Role,
    pub(crate) health: TargetHealth,
    service: Box<dyn Service>,
    secrets: Vec<String>,
    plan: Plan,
    repeats: Repeats,
    groups: BTreeMap<u64, Group>,
    by_kind: HashMap<u64, u64>,
    next_order: u64,
    buckets: Vec<Bucket>,
    backoff: Backoff,
    /// The service wants nothing before that.
    hold_until: Option<Instant>,
    /// Repeats leave the room that there is before that to first ones.
    repeats_after: Option<Instant>,
    /// It failed, and is tried again then.
    retry_at: Option<Instant>,
    failing_reported: Option<Instant>,
    dropped_reported: Option<Instant>,
    /// The service has asked for a pause since everything was said: more than one message at once is more than it likes.
    crowded: bool,
    /// Updates do not wait for their window.
    closing: bool,
}

/// At the end of the program a target that failed so often in a row is not waited for.
const ENOUGH_FAILURES: u32 = 4;
/// A message that an answer has refused so often is tried after those that were not.
const MANY_TRIES: u32 = 5;

impl Lane {
    pub(crate) fn new(name: String, service: Box<dyn Service>, role: Role, plan: Plan) -> Self {
        Lane {
            role,
            health: TargetHealth { name, ..TargetHealth::default() },
            buckets: service.buckets(),
            secrets: secrets_of(service.as_ref()),
            repeats: repeats_of(service.as_ref()),
            service,
            plan,
            groups: BTreeMap::new(),
            by_kind: HashMap::new(),
            next_order: 0,
            backoff: Backoff::default(),
            hold_until: None,
            repeats_after: None,
            retry_at: None,
            failing_reported: None,
            dropped_reported: None,
            crowded: false,
            closing: false,
        }
    }

    pub(crate) fn account(&self) -> String {
        self.service.account()
    }

    pub(crate) fn place(&self) -> String {
        self.service.place()
    }

    pub(crate) fn identity(&self) -> String {
        self.service.identity()
    }

    pub(crate) fn is_unprotected(&self) -> bool {
        is_unprotected(self.service.address())
    }

    /// Other settings. What waits is kept; a sender or receiver that is another one is as good as a new one, but for a wait
    /// that was asked of its account.
    pub(crate) fn change(&mut self, service: Box<dyn Service>, role: Role, plan: Plan) {
        if service.account() != self.service.account() {
            self.hold_until = None;
        }
        if service.place() != self.service.place() {
            self.buckets = service.buckets();
            self.repeats_after = None;
        }
        if service.identity() != self.service.identity() {
            self.backoff.reset();
            self.health.state = TargetState::Ok;
            self.groups.values_mut().for_each(Group::begin_anew);
        }
        let (before, after) = (self.role.leaves(), role.leaves());
        self.groups.values_mut().for_each(|group| group.wait_another_time(before, after));
        self.retry_at = None;
        self.secrets = secrets_of(service.as_ref());
        self.repeats = repeats_of(service.as_ref());
        self.service = service;
        self.role = role;
        self.plan = plan;
    }

    /// What a service has counted, and the wait that it has asked for, hold for another target too where that is of the same
    /// place or account.
    pub(crate) fn take_over_limits(&mut self, of: &Lane) {
        if of.account() == self.account()
            && let Some(until) = of.hold_until
        {
            self.hold(until);
        }
        if of.place() == self.place() {
            self.buckets.clone_from(&of.buckets);
            self.repeats_after = of.repeats_after;
        }
    }

    /// What is still to be said.
    pub(crate) fn waiting(&self) -> Vec<Bundle> {
        self.groups.values().filter(|group| !group.is_told()).map(Group::rest).collect()
    }

    /// Its figures.
    pub(crate) fn health(&self) -> TargetHealth {
        let waiting = self.groups.values().map(Group::waiting).sum();
        TargetHealth { waiting, ..self.health.clone() }
    }

    /// How many alerts of a kind are still to be said.
    pub(crate) fn waiting_of(&self, kind: u64) -> u64 {
        self.by_kind.get(&kind).and_then(|order| self.groups.get(order)).map_or(0, Group::waiting)
    }

    /// Takes alerts that go to this target.
    pub(crate) fn add(&mut self, bundle: &Bundle, now: Instant) -> Vec<Effect> {
        if !bundle.alert.goes_to(&self.health.name) {
            return vec![Effect::Told { kind: bundle.alert.kind, count: bundle.count }];
        }
        self.forget_what_is_over(now);
        let kind = bundle.alert.kind;
        if let Some(group) = self.by_kind.get(&kind).and_then(|order| self.groups.get_mut(order)) {
            group.add(bundle, now, self.repeats, &self.plan.windows);
            return Vec::new();
        }
        let mut effects = Vec::new();
        if self.groups.values().filter(|it| !it.is_told()).count() >= self.plan.capacity
            && let Some(lost) = self.make_room(bundle)
        {
            effects.extend(self.lose(&lost, now));
            if lost.alert.kind == kind {
                return effects;
            }
        }
        let not_before = later(now, self.role.leaves());
        self.by_kind.insert(kind, self.next_order);
        self.groups.insert(self.next_order, Group::new(bundle, not_before, &self.plan.windows));
        self.next_order += 1;
        effects
    }

    /// Who gives way: somebody who waits, or the new one.
    fn make_room(&mut self, new: &Bundle) -> Option<Bundle> {
        let waiting: Vec<u64> = self
            .groups
            .iter()
            .filter(|(_, it)| !it.is_told() && it.saying.is_none())
            .map(|(&at, _)| at)
            .collect();
        let levels = waiting.iter().map(|order| self.groups[order].alert.level);
        let Some(order) = weakest(levels, new.alert.level).map(|at| waiting[at]) else {
            return Some(new.clone());
        };
        let group = self.groups.remove(&order)?;
        self.by_kind.remove(&group.alert.kind);
        Some(group.rest())
    }

    fn lose(&mut self, lost: &Bundle, now: Instant) -> Vec<Effect> {
        self.health.dead += lost.count;
        let mut effects = vec![Effect::Told { kind: lost.alert.kind, count: lost.count }];
        if is_due(&mut self.dropped_reported, now, self.plan.report_every) {
            let (target, alerts) = (self.health.name.clone(), self.health.dead);
            effects.push(Effect::Event(AlertEvent::Dropped { target, alerts }));
        }
        effects
    }

    /// A primary target has told of so many.
    pub(crate) fn settle(&mut self, kind: u64, count: u64) {
        let Some(&order) = self.by_kind.get(&kind) else { return };
        let Some(group) = self.groups.get_mut(&order) else { return };
        group.settle(count);
        if group.told == 0 && group.total == 0 {
            self.groups.remove(&order);
            self.by_kind.remove(&kind);
        }
    }

    /// The service wants nothing before that.
    pub(crate) fn hold(&mut self, until: Instant) {
        self.hold_until = Some(self.hold_until.map_or(until, |held| held.max(until)));
        self.crowded = true;
        if self.health.state == TargetState::Ok {
            self.health.state = TargetState::Waiting;
        }
    }

    /// The service has answered a message.
    pub(crate) fn note_sent(&mut self, now: Instant) {
        self.buckets.iter_mut().for_each(|bucket| bucket.note(now));
    }

    /// From now on counts are told without waiting for more.
    pub(crate) fn close(&mut self) {
        self.closing = true;
    }

    /// Whether everything was said or tried, or cannot be said now.
    pub(crate) fn is_settled(&self, now: Instant) -> bool {
        let held = self.hold_until.max(self.retry_at).is_some_and(|until| until > now);
        let open = |group: &Group| {
            let first = group.told == 0 && self.due(group, now).is_some_and(|due| due <= now);
            !group.is_told() && group.tries == 0 && (first || self.closing)
        };
        held || self.health.state == TargetState::Stopped || !self.groups.values().any(open)
    }

    fn due(&self, group: &Group, now: Instant) -> Option<Instant> {
        let due = group.due(self.repeats)?;
        Some(if self.closing && group.is_update() { now } else { due })
    }

    /// Whether nothing is gained by waiting until `deadline`: there is nothing to say, or the service does not listen.
    pub(crate) fn has_given_up(&self, deadline: Instant) -> bool {
        let is_held = self.hold_until.is_some_and(|until| until > deadline);
        let stopped = self.health.state == TargetState::Stopped;
        is_held
            || stopped
            || self.backoff.failures() >= ENOUGH_FAILURES
            || self.groups.values().all(Group::is_told)
    }

    /// What to do now. `wall`: the time of the day, for what is said of it.
    pub(crate) fn next(&mut self, now: Instant, wall: Timestamp) -> Step {
        self.forget_what_is_over(now);
        if self.health.state == TargetState::Stopped {
            return Step::Idle;
        }
        if self.health.state == TargetState::Waiting && self.hold_until.is_none_or(|until| until <= now) {
            self.health.state = TargetState::Ok;
        }
        let Some((at, order)) = self.pick(now) else {
            // once the wait is over the figures say so
            let waits = self.health.state == TargetState::Waiting;
            return self.hold_until.filter(|_| waits).map_or(Step::Idle, Step::WaitUntil);
        };
        if at > now { Step::WaitUntil(at) } else { self.ship(order, now, wall) }
    }

    /// The next group, and when it can leave: of those that can leave first the most serious one, first messages before counts.
    fn pick(&self, now: Instant) -> Option<(Instant, u64)> {
        let (first, repeat) = (self.ready_at(now, Claim::First), self.ready_at(now, Claim::Repeat));
        let waiting = self.groups.iter().filter_map(|(&order, group)| {
            // at the end of the program no first one is still to come
            let ready = if group.is_update() && !self.closing { repeat } else { first };
            Some((self.due(group, now)?.max(ready), order, group))
        });
        let best = waiting.min_by_key(|&(at, order, group)| {
            let level = u8::MAX - group.alert.level as u8;
            (at, group.tries >= MANY_TRIES, group.is_update(), level, order)
        });
        best.map(|(at, order, _)| (at, order))
    }

    fn ready_at(&self, now: Instant, claim: Claim) -> Instant {
        let repeats_after = self.repeats_after.filter(|_| claim == Claim::Repeat);
        let held = self.hold_until.max(self.retry_at).max(repeats_after).unwrap_or(now);
        self.buckets.iter().map(|bucket| bucket.ready_at(now, claim)).fold(held.max(now), Instant::max)
    }

    fn ship(&mut self, order: u64, now: Instant, wall: Timestamp) -> Step {
        let Some(group) = self.groups.get(&order) else { return Step::Idle };
        let (posted, form, is_first) = (group.posted.clone(), group.form, !group.is_update());
        let parts = match &posted {
            Some(post) => self.parts_of(order, post),
            None => self.company(order, now),
        };
        let message = |part| Message::of(part, wall, form);
        let messages: Vec<Message<'_>> = parts.iter().map(message).collect();
        let request = self.service.request(&messages, posted.as_ref().map(|it| it.id.as_str()));
        let late = messages.iter().any(Message::is_late);
        let fresh = messages.iter().filter(|it| is_first && !it.is_late());
        let delays = fresh.map(|it| wall.unix_nanos().saturating_sub(it.first.unix_nanos()));
        let delays = delays.map(|it| Duration::from_nanos(it.max(0).unsigned_abs())).collect();
        Step::Send(Box::new(Shipment { request, parts, posted, late, delays }))
    }

    fn forget_what_is_over(&mut self, now: Instant) {
        let repeats = self.repeats;
        let by_kind = &mut self.by_kind;
        self.groups.retain(|_, group| {
            let over = group.is_over(now, repeats);
            if over {
                by_kind.remove(&group.alert.kind);
            }
            !over
        });
        // those that were told are remembered for their repeats only
        while self.groups.len() > self.plan.capacity * 4
            && let Some((&order, _)) = self.groups.iter().find(|(_, group)| group.is_told())
        {
            if let Some(group) = self.groups.remove(&order) {
                self.by_kind.remove(&group.alert.kind);
            }
        }
    }
}

fn repeats_of(service: &dyn Service) -> Repeats {
    if service.can_edit() { Repeats::InPlace } else { Repeats::Anew }
}

/// Whether an interval has passed since something was reported, which it is now.
fn is_due(reported: &mut Option<Instant>, now: Instant, every: Duration) -> bool {
    let due = reported.is_none_or(|at| now.duration_since(at) >= every);
    if due {
        *reported = Some(now);
    }
    due
}

#[cfg(test)]
mod tests;
