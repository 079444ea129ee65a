//! The engine's thread: a runtime of its own, a task for each target, and one that distributes.

use std::{
    cell::{Cell, RefCell},
    rc::Rc,
    sync::Arc,
    time::{Duration, Instant},
};

use logger_core::{Level, join_logger};
use tokio::{
    runtime::{Builder, Runtime},
    task::LocalSet,
    time::timeout,
};

use super::{
    lane::{Effect, Lane, Role, Shipment, Step},
    queue::{Bundle, routed},
    seat::{Part, Seat},
};
use crate::{
    alert::{Delivery, Sound},
    error::AlertError,
    http::Client,
    rules::Fired,
    shared::{Shared, THREAD},
    text::were,
};

/// How often rules and the disk are looked after.
const TICK: Duration = Duration::from_millis(250);
/// How long an alert may wait before it is put on the disk.
const SYNC_AFTER: Duration = Duration::from_secs(1);
/// How long after its last handle is gone the engine still tries to deliver.
pub(crate) const LINGER: Duration = Duration::from_secs(5);

/// Starts the thread.
pub(crate) fn start(shared: Arc<Shared>, lanes: Vec<Lane>, client: Client) -> Result<(), AlertError> {
    let thread = |source| AlertError::Thread { source };
    // resolvers of names that hang are on threads of their own, of which there are not many
    let runtime = Builder::new_current_thread()
        .enable_all()
        .max_blocking_threads(4)
        .on_thread_start(join_logger)
        .build()
        .map_err(thread)?;
    std::thread::Builder::new()
        .name(THREAD.into())
        .spawn(move || {
            // what the client logs of a delivery is no alert
            join_logger();
            run(&runtime_of(runtime), &shared, lanes, client);
        })
        .map_err(thread)?;
    Ok(())
}

/// A runtime that waits for nobody at its end.
struct Unhurried(Option<Runtime>);

fn runtime_of(runtime: Runtime) -> Unhurried {
    Unhurried(Some(runtime))
}

impl Drop for Unhurried {
    fn drop(&mut self) {
        if let Some(runtime) = self.0.take() {
            runtime.shutdown_background();
        }
    }
}

fn run(runtime: &Unhurried, shared: &Arc<Shared>, lanes: Vec<Lane>, client: Client) {
    /// Those who wait for the engine are let go, however it ends.
    struct End<'a>(&'a Shared);
    impl Drop for End<'_> {
        fn drop(&mut self) {
            self.0.note_end();
        }
    }
    let end = End(shared);
    let engine = Rc::new(Engine {
        shared: Arc::clone(shared),
        seats: RefCell::new(Seat::all(lanes)),
        client: RefCell::new(Rc::new(client)),
        changing: Cell::new(false),
    });
    let local = LocalSet::new();
    if let Some(runtime) = &runtime.0 {
        local.block_on(runtime, async {
            engine.seats().into_iter().for_each(|seat| engine.begin(seat));
            engine.distribute().await;
        });
    }
    drop(end);
}

pub(super) struct Engine {
    pub(super) shared: Arc<Shared>,
    pub(super) seats: RefCell<Vec<Rc<Seat>>>,
    pub(super) client: RefCell<Rc<Client>>,
    /// A change is under way.
    changing: Cell<bool>,
}

impl Engine {
    pub(super) fn seats(&self) -> Vec<Rc<Seat>> {
        self.seats.borrow().clone()
    }

    /// Starts the task of a target.
    pub(super) fn begin(self: &Rc<Self>, seat: Rc<Seat>) {
        tokio::task::spawn_local(deliver(Rc::clone(self), seat));
    }

    /// Gives the lanes what comes, until there is nothing left to do.
    async fn distribute(self: &Rc<Self>) {
        let (mut synced, mut closing_since) = (Instant::now(), None);
        loop {
            // in this order: what was chosen by new rules finds the new targets
            let bundles = self.shared.inbox.take();
            if let Some(change) = self.shared.take_change() {
                self.changing.set(true);
                self.change(change).await;
                self.changing.set(false);
            }
            bundles.into_iter().for_each(|bundle| self.give(bundle));
            let now = Instant::now();
            self.look_after_rules(now);
            if now.duration_since(synced) >= SYNC_AFTER {
                synced = now;
                self.look_after_spool();
            }
            if self.shared.is_closing() {
                let since = *closing_since.get_or_insert(now);
                let seats = self.seats();
                seats.iter().for_each(|seat| {
                    seat.lane.borrow_mut().close();
                    seat.changed.notify_one();
                });
                let given_up = |seat: &Rc<Seat>| seat.lane.borrow().has_given_up(since + LINGER);
                if (self.shared.inbox.is_empty() && seats.iter().all(given_up))
                    || now.duration_since(since) >= LINGER
                {
                    self.publish(now);
                    return;
                }
            }
            self.publish(now);
            let _ = timeout(TICK, self.shared.inbox.filled.notified()).await;
        }
    }

    fn give(&self, bundle: Bundle) {
        let seats = self.seats();
        let bundle = routed(bundle, |name| seats.iter().any(|seat| seat.name() == name));
        seats.iter().for_each(|seat| self.give_to(seat, &bundle));
    }

    pub(super) fn give_to(&self, seat: &Seat, bundle: &Bundle) {
        let effects = seat.lane.borrow_mut().add(bundle, Instant::now());
        self.apply(seat, effects);
        seat.changed.notify_one();
    }

    async fn send(&self, seat: &Seat, shipment: &Shipment) {
        let client = Rc::clone(&self.client.borrow());
        let began = Instant::now();
        seat.busy.set(true);
        let answer = client.send(shipment.request.clone()).await;
        let (now, wall) = (Instant::now(), self.shared.clock.now());
        let effects = seat.lane.borrow_mut().answered(shipment, answer, now, wall, now.duration_since(began));
        // the service counts a message for its place, whichever target has sent it
        self.others_of_place(seat).for_each(|other| other.lane.borrow_mut().note_sent(now));
        self.apply(seat, effects);
        seat.busy.set(false);
        seat.rests.notify_one();
    }

    fn look_after_rules(&self, now: Instant) {
        // a silence that goes on when a mute is over is told then
        if !self.shared.mute.is_on(now) {
            for fired in self.shared.settings().rules.tick(now) {
                self.shared.fire(fired);
            }
        }
        if let Some(count) = self.shared.mute.ended(now) {
            let event = format!("{} not sent while alerts were muted", were(count));
            let delivery = Delivery { sound: Sound::Off, ..Delivery::default() };
            self.shared.fire(Fired { rule: "mute".into(), event, level: Level::Warning, delivery });
        }
    }

    fn look_after_spool(&self) {
        let Some(spool) = &self.shared.spool else { return };
        match spool.sync() {
            Ok(bytes) => self.shared.figures.lock().spool_bytes = bytes,
            Err(error) => {
                self.shared.spool_failed(&error.to_string(), 0);
            }
        }
    }

    fn apply(&self, seat: &Seat, effects: Vec<Effect>) {
        for effect in effects {
            match effect {
                Effect::Told { kind, count } => {
                    self.shared.told(&seat.name(), kind, count);
                    self.settle_backups(seat, kind, count);
                }
                Effect::HoldAccount(until) => {
                    let account = seat.account();
                    for seat in self.seats().iter().filter(|seat| seat.account() == account) {
                        seat.lane.borrow_mut().hold(until);
                        seat.changed.notify_one();
                    }
                }
                Effect::HoldPlace(until) => {
                    for other in self.others_of_place(seat) {
                        other.lane.borrow_mut().hold(until);
                        other.changed.notify_one();
                    }
                }
                Effect::Event(event) => self.shared.events.tell(event),
            }
        }
    }

    /// The targets that share the limits of this one.
    fn others_of_place(&self, seat: &Seat) -> impl Iterator<Item = Rc<Seat>> {
        let place = seat.place();
        let own = seat.name();
        self.seats().into_iter().filter(move |other| other.name() != own && other.place() == place)
    }

    /// What a target has told the second ones need not tell.
    fn settle_backups(&self, told: &Seat, kind: u64, count: u64) {
        for seat in self.seats() {
            if !std::ptr::eq(seat.as_ref(), told) && seat.lane.borrow().role != Role::Primary {
                seat.lane.borrow_mut().settle(kind, count);
            }
        }
    }

    /// The figures, and whether everything was said or tried.
    fn publish(&self, now: Instant) {
        {
            let mut figures = self.shared.figures.lock();
            figures.targets = self.seats.borrow().iter().map(|seat| seat.lane.borrow().health()).collect();
        }
        let settled = self.seats.borrow().iter().all(|seat| seat.lane.borrow().is_settled(now));
        self.shared.note_progress(settled && !self.changing.get());
    }
}

/// The task of one target.
async fn deliver(engine: Rc<Engine>, seat: Rc<Seat>) {
    while seat.part.get() != Part::Left {
        let own = seat.turn();
        let turn = own.lock().await;
        if seat.part.get() == Part::Pauses {
            drop(turn);
            seat.changed.notified().await;
            continue;
        }
        if !Rc::ptr_eq(&own, &seat.turn()) {
            continue;
        }
        let step = seat.lane.borrow_mut().next(Instant::now(), engine.shared.clock.now());
        engine.publish(Instant::now());
        match step {
            Step::Send(shipment) => engine.send(&seat, &shipment).await,
            Step::WaitUntil(until) => {
                drop(turn);
                let wait = until.saturating_duration_since(Instant::now());
                let _ = timeout(wait, seat.changed.notified()).await;
            }
            Step::Idle => {
                drop(turn);
                seat.changed.notified().await;
            }
        }
    }
}
