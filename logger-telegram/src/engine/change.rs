//! Other targets for an engine that runs: what waits and what is under way is not lost on the way.

use std::rc::Rc;

use super::{
    lane::{Lane, Plan, Role},
    queue::Bundle,
    seat::{Part, Seat},
    worker::Engine,
};
use crate::{
    event::AlertEvent,
    http::{Client, is_unprotected},
    spool::Recipients,
    target::Service,
};

/// A target that was checked.
pub(crate) struct NewTarget {
    pub(crate) name: String,
    pub(crate) service: Box<dyn Service>,
    pub(crate) role: Role,
}

/// All that the engine works with from now on.
pub(crate) struct Change {
    pub(crate) targets: Vec<NewTarget>,
    pub(crate) plan: Plan,
    pub(crate) client: Client,
}

impl Change {
    /// What has to be said of targets that are reached without TLS.
    pub(crate) fn warnings(&self) -> Vec<AlertEvent> {
        let unprotected = self.targets.iter().filter(|it| is_unprotected(it.service.address()));
        unprotected.map(|it| AlertEvent::Unprotected { target: it.name.clone() }).collect()
    }

    /// Who has to be told of an alert, and who may be.
    pub(crate) fn recipients(&self) -> Recipients {
        let primary = |it: &&NewTarget| it.role == Role::Primary;
        Recipients {
            required: self.targets.iter().filter(primary).map(|it| it.name.clone()).collect(),
            all: self.targets.iter().map(|it| it.name.clone()).collect(),
        }
    }
}

impl Engine {
    /// Puts other targets in the place of those that there are. A target of the same name goes on with what waits for it; what
    /// waited for none but targets that are gone goes to the new ones. Requests to targets that go or become others are waited
    /// for, which takes as long as a request may take.
    pub(super) async fn change(self: &Rc<Self>, change: Change) {
        let before = self.seats();
        let others: Vec<&Rc<Seat>> =
            before.iter().filter(|seat| !change.targets.iter().any(|it| seat.is_same(it))).collect();
        others.iter().for_each(|seat| seat.part.set(Part::Pauses));
        for seat in others {
            seat.wait_until_at_rest().await;
        }
        // from here on nothing is waited for
        let recipients = change.recipients();
        let new = |event: &AlertEvent| match event {
            AlertEvent::Unprotected { target } => !before.iter().any(|seat| seat.is_unprotected(target)),
            _ => true,
        };
        change.warnings().into_iter().filter(new).for_each(|event| self.shared.events.tell(event));
        if let Some(spool) = &self.shared.spool
            && let Err(error) = spool.change(recipients.clone())
        {
            self.shared.spool_failed(&error.to_string(), 0);
        }
        let left = leftovers(&before, &recipients);
        *self.client.borrow_mut() = Rc::new(change.client);
        let mut now = Vec::new();
        for target in change.targets {
            let seat = match before.iter().find(|seat| seat.name() == target.name) {
                Some(seat) => {
                    seat.lane.borrow_mut().change(target.service, target.role, change.plan);
                    Rc::clone(seat)
                }
                None => {
                    let mut lane = Lane::new(target.name, target.service, target.role, change.plan);
                    before.iter().for_each(|seat| lane.take_over_limits(&seat.lane.borrow()));
                    Rc::new(Seat::new(lane))
                }
            };
            seat.share_turn(now.iter().chain(&before));
            now.push(seat);
        }
        *self.seats.borrow_mut() = now.clone();
        for bundle in left {
            let had = |seat: &Seat| {
                before.iter().any(|it| it.name() == seat.name() && bundle.alert.goes_to(&it.name()))
            };
            let routed = recipients.routed(bundle.clone());
            now.iter().filter(|seat| !had(seat)).for_each(|seat| self.give_to(seat, &routed));
        }
        for seat in &before {
            let stays = now.iter().any(|it| Rc::ptr_eq(it, seat));
            seat.part.set(if stays { Part::Works } else { Part::Left });
            seat.changed.notify_one();
        }
        for seat in now.into_iter().filter(|seat| !before.iter().any(|it| Rc::ptr_eq(it, seat))) {
            self.begin(seat);
        }
    }
}

/// What waits for nobody but for targets that go.
fn leftovers(before: &[Rc<Seat>], to: &Recipients) -> Vec<Bundle> {
    let primary = |seat: &&Rc<Seat>| seat.lane.borrow().role == Role::Primary;
    let (stay, go): (Vec<_>, Vec<_>) =
        before.iter().filter(primary).partition(|seat| to.required.contains(&seat.name()));
    let mut left: Vec<Bundle> = Vec::new();
    for seat in &go {
        for mut bundle in seat.lane.borrow().waiting() {
            let alert = &bundle.alert;
            let is_there = left.iter().any(|it| it.alert.kind == alert.kind);
            if is_there || stay.iter().any(|it| alert.goes_to(&it.name())) {
                continue;
            }
            // what one of them has told is told
            let heard = go.iter().filter(|seat| alert.goes_to(&seat.name()));
            let waiting = heard.map(|seat| seat.lane.borrow().waiting_of(alert.kind));
            bundle.count = waiting.min().unwrap_or(0);
            left.push(bundle);
        }
    }
    left.retain(|it| it.count > 0);
    left.sort_by_key(|it| it.first);
    left
}
