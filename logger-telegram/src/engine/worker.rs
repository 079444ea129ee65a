//! The engine's thread: a runtime of its own, a task for each target, and one that distributes.

use std::{
    cell::RefCell,
    rc::Rc,
    sync::Arc,
    time::{Duration, Instant},
};

use logger_core::Level;
use tokio::{
    runtime::{Builder, Runtime},
    sync::{Mutex, Notify},
    task::LocalSet,
    time::timeout,
};

use super::{
    lane::{Effect, Lane, Role, Step},
    queue::Bundle,
};
use crate::{
    alert::{Delivery, Sound},
    error::AlertError,
    http::Client,
    rules::Fired,
    shared::{Shared, THREAD},
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
    let runtime =
        Builder::new_current_thread().enable_all().max_blocking_threads(4).build().map_err(thread)?;
    std::thread::Builder::new()
        .name(THREAD.into())
        .spawn(move || run(&runtime_of(runtime), &shared, lanes, client))
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
    let engine = Rc::new(Engine { shared: Arc::clone(shared), lanes: Seat::all(lanes), client });
    let local = LocalSet::new();
    if let Some(runtime) = &runtime.0 {
        local.block_on(runtime, async {
            for at in 0..engine.lanes.len() {
                tokio::task::spawn_local(deliver(Rc::clone(&engine), at));
            }
            engine.distribute().await;
        });
    }
    drop(end);
}

struct Engine {
    shared: Arc<Shared>,
    lanes: Vec<Seat>,
    client: Client,
}

struct Seat {
    lane: RefCell<Lane>,
    account: String,
    /// Of one account one request is under way at a time: what an answer says of waiting holds for the next one.
    turn: Rc<Mutex<()>>,
    /// Something is to be looked at again.
    changed: Notify,
}

impl Seat {
    fn all(lanes: Vec<Lane>) -> Vec<Seat> {
        let mut seats: Vec<Seat> = Vec::with_capacity(lanes.len());
        for lane in lanes {
            let account = lane.account();
            let turn = seats.iter().find(|seat| seat.account == account).map(|seat| Rc::clone(&seat.turn));
            let turn = turn.unwrap_or_default();
            seats.push(Seat { account, turn, lane: RefCell::new(lane), changed: Notify::new() });
        }
        seats
    }
}

impl Engine {
    /// Gives the lanes what comes, until there is nothing left to do.
    async fn distribute(&self) {
        let (mut synced, mut closing_since) = (Instant::now(), None);
        loop {
            for bundle in self.shared.inbox.take() {
                self.give(&bundle);
            }
            let now = Instant::now();
            self.look_after_rules(now);
            if now.duration_since(synced) >= SYNC_AFTER {
                synced = now;
                self.look_after_spool();
            }
            if self.shared.is_closing() {
                let since = *closing_since.get_or_insert(now);
                self.lanes.iter().for_each(|seat| {
                    seat.lane.borrow_mut().close();
                    seat.changed.notify_one();
                });
                let given_up = |seat: &Seat| seat.lane.borrow().has_given_up(since + LINGER);
                if (self.shared.inbox.is_empty() && self.lanes.iter().all(given_up))
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

    fn give(&self, bundle: &Bundle) {
        let now = Instant::now();
        for at in 0..self.lanes.len() {
            let effects = self.lanes[at].lane.borrow_mut().add(bundle, now);
            self.apply(at, effects);
            self.lanes[at].changed.notify_one();
        }
    }

    fn look_after_rules(&self, now: Instant) {
        for fired in self.shared.rules.get().tick(now) {
            self.shared.fire(fired);
        }
        if let Some(count) = self.shared.mute.ended(now) {
            let event = format!("{count} alerts were not sent while alerts were muted");
            let delivery = Delivery { sound: Sound::Off, ..Delivery::default() };
            self.shared.fire(Fired { rule: "mute".into(), event, level: Level::Warning, delivery });
        }
    }

    fn look_after_spool(&self) {
        let Some(spool) = &self.shared.spool else { return };
        if let Err(error) = spool.sync() {
            self.shared.spool_failed(&error.to_string(), 0);
        }
        self.shared.figures.lock().spool_bytes = spool.bytes();
    }

    fn apply(&self, at: usize, effects: Vec<Effect>) {
        for effect in effects {
            match effect {
                Effect::Told { kind, count } => {
                    let name = self.lanes[at].lane.borrow().health.name.clone();
                    self.shared.told(&name, kind, count);
                    self.settle_backups(at, kind, count);
                }
                Effect::HoldAccount(until) => {
                    let account = &self.lanes[at].account;
                    for seat in self.lanes.iter().filter(|seat| seat.account == *account) {
                        seat.lane.borrow_mut().hold(until);
                        seat.changed.notify_one();
                    }
                }
                Effect::Event(event) => self.shared.events.tell(event),
            }
        }
    }

    /// What a first target has told the second ones need not tell.
    fn settle_backups(&self, at: usize, kind: u64, count: u64) {
        if self.lanes[at].lane.borrow().role != Role::Primary {
            return;
        }
        for (other, seat) in self.lanes.iter().enumerate() {
            if other != at && seat.lane.borrow().role != Role::Primary {
                seat.lane.borrow_mut().settle(kind, count);
            }
        }
    }

    /// The figures, and whether everything was said or tried.
    fn publish(&self, now: Instant) {
        {
            let mut figures = self.shared.figures.lock();
            figures.targets = self.lanes.iter().map(|seat| seat.lane.borrow().health.clone()).collect();
        }
        self.shared.note_progress(self.lanes.iter().all(|seat| seat.lane.borrow().is_settled(now)));
    }
}

/// The task of one target.
async fn deliver(engine: Rc<Engine>, at: usize) {
    let seat = &engine.lanes[at];
    loop {
        let turn = seat.turn.lock().await;
        let step = seat.lane.borrow_mut().next(Instant::now(), engine.shared.clock.now());
        engine.publish(Instant::now());
        match step {
            Step::Send(shipment) => {
                let began = Instant::now();
                let answer = engine.client.send(shipment.request.clone()).await;
                let (now, wall) = (Instant::now(), engine.shared.clock.now());
                let effects =
                    seat.lane.borrow_mut().answered(&shipment, answer, now, wall, now.duration_since(began));
                engine.apply(at, effects);
            }
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
