//! A target in the engine: its lane, and how its task stands.

use std::{
    cell::{Cell, RefCell},
    rc::Rc,
};

use tokio::sync::{Mutex, Notify};

use super::{change::NewTarget, lane::Lane};

pub(super) struct Seat {
    pub(super) lane: RefCell<Lane>,
    /// Of one account one request is under way at a time: what an answer says of waiting holds for the next one.
    turn: RefCell<Rc<Mutex<()>>>,
    pub(super) part: Cell<Part>,
    /// A request is under way.
    pub(super) busy: Cell<bool>,
    /// No request is under way any more.
    pub(super) rests: Notify,
    /// Something is to be looked at again.
    pub(super) changed: Notify,
}

/// What its task does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    Works,
    /// It begins nothing new.
    Pauses,
    /// It ends.
    Left,
}

impl Seat {
    pub(super) fn new(lane: Lane) -> Self {
        Seat {
            lane: RefCell::new(lane),
            turn: RefCell::default(),
            part: Cell::new(Part::Works),
            busy: Cell::new(false),
            rests: Notify::new(),
            changed: Notify::new(),
        }
    }

    pub(super) fn all(lanes: Vec<Lane>) -> Vec<Rc<Seat>> {
        let mut seats: Vec<Rc<Seat>> = Vec::with_capacity(lanes.len());
        for lane in lanes {
            let seat = Seat::new(lane);
            seat.share_turn(seats.iter());
            seats.push(Rc::new(seat));
        }
        seats
    }

    pub(super) fn name(&self) -> String {
        self.lane.borrow().health.name.clone()
    }

    pub(super) fn account(&self) -> String {
        self.lane.borrow().account()
    }

    pub(super) fn place(&self) -> String {
        self.lane.borrow().place()
    }

    /// Whether it is this target, with this sender and receiver.
    pub(super) fn is_same(&self, target: &NewTarget) -> bool {
        let lane = self.lane.borrow();
        lane.health.name == target.name && lane.identity() == target.service.identity()
    }

    /// Whether it has this name, and that it is reached without TLS is known.
    pub(super) fn is_unprotected(&self, name: &str) -> bool {
        let lane = self.lane.borrow();
        lane.health.name == name && lane.is_unprotected()
    }

    /// Takes turns with those of its account.
    pub(super) fn share_turn<'a>(&self, mut others: impl Iterator<Item = &'a Rc<Seat>>) {
        let account = self.account();
        let turn = others.find(|seat| seat.account() == account).map(|seat| seat.turn());
        if let Some(turn) = turn {
            *self.turn.borrow_mut() = turn;
        }
    }

    pub(super) fn turn(&self) -> Rc<Mutex<()>> {
        Rc::clone(&self.turn.borrow())
    }

    pub(super) async fn wait_until_at_rest(&self) {
        while self.busy.get() {
            self.rests.notified().await;
        }
    }
}
