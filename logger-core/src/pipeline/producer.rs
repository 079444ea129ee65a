//! The caller's side of the queue: a thread's own rings, and what happens when they are full.

use std::{
    cell::{Cell, RefCell},
    sync::{
        Arc, Mutex, TryLockError,
        atomic::{AtomicU64, Ordering as StdOrdering},
    },
    time::Instant,
};

use super::{
    Pipeline, Shared,
    overflow::OverflowPolicy,
    registry::{Registry, ThreadRing},
    spill::SpillUse,
};
use crate::{
    category::Class,
    clock::deadline_in,
    codec::{
        self,
        buffer::{Buffer, Finished},
        call::Sites,
        dictionary::SiteCache,
        encode::{Head, restamp},
        express::ROOM_IN_BYTES,
        flag,
        words::room_in,
    },
    level::Level,
    sync::Ordering,
};

thread_local! {
    static LOCAL: Local = const { Local::new() };
}

/// What a thread keeps for its log calls.
struct Local {
    /// Calls under way: 1 while a record is encoded, 2 while one is that was logged from inside the first.
    depth: Cell<u8>,
    bond: Cell<Bond>,
    desk: RefCell<Desk>,
    has_nested: Cell<bool>,
    /// Records that were logged from inside the formatting of another one, to be put in after it.
    nested: RefCell<Vec<Nested>>,
}

/// What a thread has to do with the logger. What is logged on a thread that has goes to the reports only and never waits.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Bond {
    /// It is the application's.
    None,
    /// It works for a drain; its panics are logged as anybody's.
    Helper,
    /// It is the logger's own, which catches its panics itself.
    Own,
}

/// What one call at a time needs.
struct Desk {
    lanes: Vec<Lane>,
    /// For records that do not fit into the free part of the ring.
    scratch: Vec<u8>,
}

struct Nested {
    pipeline: u64,
    class: Class,
    level: Level,
    bytes: Vec<u8>,
}

/// The rings of this thread in one pipeline; each is made when it is first used.
struct Lane {
    pipeline: u64,
    registry: Arc<Registry>,
    rings: [Option<ThreadRing>; 2],
    sites: SiteCache,
}

impl Drop for Lane {
    /// The thread ends: the next one may go on in its rings.
    fn drop(&mut self) {
        for (class, ring) in Class::ALL.into_iter().zip(&mut self.rings) {
            if let Some(ring) = ring.take() {
                self.registry.give_back(class, ring);
            }
        }
    }
}

impl Local {
    const fn new() -> Self {
        Local {
            depth: Cell::new(0),
            bond: Cell::new(Bond::None),
            desk: RefCell::new(Desk { lanes: Vec::new(), scratch: Vec::new() }),
            has_nested: Cell::new(false),
            nested: RefCell::new(Vec::new()),
        }
    }
}

/// Says that this thread belongs to the logger.
pub(crate) fn mark_logger_thread() {
    let _ = LOCAL.try_with(|local| local.bond.set(Bond::Own));
}

/// Says that this thread works for a drain, until it ends: what is logged on it goes to the reports and to no drain, and
/// never waits.
///
/// For threads of an [`Outlet`](crate::Outlet): what a client of HTTP logs of the sending of an alert would else be sent
/// as the next one.
pub fn join_logger() {
    let _ = LOCAL.try_with(|local| local.bond.set(Bond::Helper));
}

/// Whether a panic on this thread, at this moment, is for the logger to deal with: the thread belongs to it, or is inside
/// a log call.
pub(super) fn current_panic_is_ours() -> bool {
    LOCAL.try_with(|local| local.bond.get() == Bond::Own || local.depth.get() > 0).unwrap_or(false)
}

/// A record on its way into the queue. `encode` writes it into a buffer; its other arguments are the flags of the header,
/// and where call sites are kept.
pub(crate) struct Call<E: Encode> {
    pub(crate) class: Class,
    pub(crate) level: Level,
    /// Until when it may wait for room, where it has begun to.
    pub(crate) deadline: Option<Instant>,
    pub(crate) encode: E,
}

/// Writes a record into a buffer.
pub(crate) trait Encode: for<'b, 'a> Fn(&'b mut Buffer<'a>, u8, Option<Sites<'b>>) {}

impl<E: for<'b, 'a> Fn(&'b mut Buffer<'a>, u8, Option<Sites<'b>>)> Encode for E {}

/// Puts a record into the queue of this thread, or does what the overflow policy says.
#[inline]
pub(crate) fn submit<E: Encode>(shared: &Shared, call: &Call<E>) {
    if !shared.home.is_here() {
        return submit_in_child(shared, call);
    }
    let done = LOCAL.try_with(|local| match local.depth.get() {
        0 => local.outermost(shared, call),
        1 => local.nested(shared, call),
        _ => local.nested_twice(shared, call),
    });
    // the thread is ending and its rings are gone
    if done.is_err() {
        shared.orphans.submit(shared, call);
    }
}

/// After a fork: the worker is in another process and the rings belong to that one.
#[cold]
fn submit_in_child<E: Encode>(shared: &Shared, call: &Call<E>) {
    let done = LOCAL.try_with(|local| {
        if local.depth.get() > 0 {
            return shared.lose_late();
        }
        local.depth.set(1);
        put_late(shared, call, &mut Vec::new());
        local.depth.set(0);
    });
    if done.is_err() {
        put_late(shared, call, &mut Vec::new());
    }
}

/// What became of a record on the straight way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Outcome {
    /// It is in the ring.
    Put,
    /// Nothing has happened: it is not fit for this way, or something is in the way.
    Unfit,
    /// There is no room for it, and there was none until the time when it may wait no longer.
    NoRoom(Option<Instant>),
}

/// Puts a record into the queue of this thread if it can go the straight way; waits for room as the overflow policy says.
#[inline]
pub(super) fn express(
    pipeline: &Pipeline,
    from: codec::call::Call<'_, '_>,
    head: Head,
    level: Level,
) -> Outcome {
    if !pipeline.shared().home.is_here() {
        return Outcome::Unfit;
    }
    LOCAL.try_with(|local| local.express(pipeline, from, head, level)).unwrap_or(Outcome::Unfit)
}

impl Local {
    #[inline]
    fn express(
        &self,
        pipeline: &Pipeline,
        from: codec::call::Call<'_, '_>,
        head: Head,
        level: Level,
    ) -> Outcome {
        let shared = pipeline.shared();
        if self.depth.get() > 0 || self.bond.get() != Bond::None {
            return Outcome::Unfit;
        }
        let Ok(mut desk) = self.desk.try_borrow_mut() else { return Outcome::Unfit };
        if desk.lanes.first().is_none_or(|lane| lane.pipeline != shared.id) {
            desk.bring_forward(shared.id);
        }
        let Some(lane) = desk.lanes.first_mut().filter(|lane| lane.pipeline == shared.id) else {
            return Outcome::Unfit;
        };
        let class = pipeline.category.class();
        let Some(ring) = &mut lane.rings[class as usize] else { return Outcome::Unfit };
        if ring.is_closed_to(level, class, shared) {
            return Outcome::Unfit;
        }
        self.depth.set(1);
        let mut deadline = None;
        let outcome = loop {
            let outcome = ring.express(pipeline, from, head, &mut lane.sites);
            if outcome != Outcome::NoRoom(None) {
                break outcome;
            }
            if let Err(given_up) = wait_for_room(shared, (class, level), &mut deadline) {
                break given_up;
            }
        };
        drop(desk);
        if self.has_nested.take() {
            match outcome {
                Outcome::Put => self.put_nested(shared, 0),
                // the general way asks the values anew, which then log once more
                Outcome::Unfit | Outcome::NoRoom(_) => self.nested.borrow_mut().clear(),
            }
        }
        self.depth.set(0);
        outcome
    }

    #[inline]
    fn outermost<E: Encode>(&self, shared: &Shared, call: &Call<E>) {
        self.depth.set(1);
        let flags = if self.bond.get() == Bond::None { 0 } else { flag::FROM_DRAIN };
        {
            let Desk { lanes, scratch } = &mut *self.desk.borrow_mut();
            let Lane { rings, sites, .. } = lane(lanes, shared);
            let ring = rings[call.class as usize].get_or_insert_with(|| shared.registry.ring(call.class));
            let sites = Sites { dictionary: &shared.dictionary, cache: sites };
            put(ring, shared, call, flags, Some(sites), scratch);
        }
        if self.has_nested.take() {
            self.put_nested(shared, flags);
        }
        self.depth.set(0);
    }

    /// Keeps a record that was logged while another one is being written into the ring.
    #[cold]
    fn nested<E: Encode>(&self, shared: &Shared, call: &Call<E>) {
        self.depth.set(2);
        let mut bytes = Vec::new();
        (call.encode)(&mut Buffer::new(&mut [], &mut bytes), 0, None);
        let (pipeline, class, level) = (shared.id, call.class, call.level);
        self.nested.borrow_mut().push(Nested { pipeline, class, level, bytes });
        self.has_nested.set(true);
        self.depth.set(1);
    }

    /// Notes that a record is lost that was logged while a nested one was written.
    #[cold]
    fn nested_twice<E: Encode>(&self, shared: &Shared, call: &Call<E>) {
        let (pipeline, class, level) = (shared.id, call.class, call.level);
        self.nested.borrow_mut().push(Nested { pipeline, class, level, bytes: Vec::new() });
        self.has_nested.set(true);
    }

    #[cold]
    fn put_nested(&self, shared: &Shared, flags: u8) {
        let lanes = &mut self.desk.borrow_mut().lanes;
        for mut nested in self.nested.take() {
            if nested.pipeline == shared.id && !nested.bytes.is_empty() {
                // the time of its way into the queue, as for any record: the worker relies on it for the order
                restamp(&mut nested.bytes, shared.counter.read());
                let rings = &mut lane(lanes, shared).rings;
                let ring =
                    rings[nested.class as usize].get_or_insert_with(|| shared.registry.ring(nested.class));
                keep_or_drop(ring, shared, (nested.class, nested.level, None), flags, &nested.bytes);
            } else {
                // logged from inside a nested one, or to another pipeline from inside a call to this one
                shared.orphans.lose_reentrant(nested.class);
            }
        }
    }
}

/// Waits for room on the straight way, where the record may wait. Otherwise callers that are faster than the worker would all
/// go the other way, whose records are longer and more work for it.
#[cold]
fn wait_for_room(
    shared: &Shared,
    (class, level): (Class, Level),
    deadline: &mut Option<Instant>,
) -> Result<(), Outcome> {
    let OverflowPolicy::Keep { wait, .. } = shared.overflow.policy(class, level) else {
        return Err(Outcome::Unfit);
    };
    let deadline = *deadline.get_or_insert_with(|| deadline_in(wait));
    if Instant::now() >= deadline || shared.is_worker_lost() {
        return Err(Outcome::NoRoom(Some(deadline)));
    }
    shared.bell.wait_for_progress(deadline);
    Ok(())
}

impl Desk {
    /// Puts what this thread has in a pipeline where the straight way looks for it.
    #[cold]
    fn bring_forward(&mut self, pipeline: u64) {
        if let Some(at) = self.lanes.iter().position(|lane| lane.pipeline == pipeline) {
            self.lanes.swap(0, at);
        }
    }
}

/// What this thread has in a pipeline; made when it is not there yet.
#[inline]
fn lane<'l>(lanes: &'l mut Vec<Lane>, shared: &Shared) -> &'l mut Lane {
    let at = match lanes.iter().position(|lane| lane.pipeline == shared.id) {
        Some(at) => at,
        None => add_lane(lanes, shared),
    };
    &mut lanes[at]
}

#[cold]
fn add_lane(lanes: &mut Vec<Lane>, shared: &Shared) -> usize {
    // a good moment to forget the pipelines that are gone
    lanes.retain(|lane| lane.rings.iter().flatten().any(|ring| !ring.is_orphaned()));
    lanes.push(Lane {
        pipeline: shared.id,
        registry: Arc::clone(&shared.registry),
        rings: [None, None],
        sites: SiteCache::default(),
    });
    lanes.len() - 1
}

/// Encodes a record into the ring, or onto the heap where it does not fit, and makes it visible to the worker.
#[inline]
fn put<E: Encode>(
    ring: &mut ThreadRing,
    shared: &Shared,
    call: &Call<E>,
    flags: u8,
    sites: Option<Sites<'_>>,
    scratch: &mut Vec<u8>,
) {
    ring.header().in_call().store(1, Ordering::Relaxed);
    // after the store, so that the worker, when it sees no call under way, knows that later ones see the end
    if !shared.is_open() {
        ring.header().in_call().store(0, Ordering::Release);
        return put_late(shared, call, scratch);
    }
    if ring.is_closed_to(call.level, call.class, shared) && shared.overflow.general == OverflowPolicy::Drop {
        ring.producer.count_lost();
        shared.bell.wake();
        ring.header().in_call().store(0, Ordering::Release);
        return;
    }
    let spills = ring.is_spilled();
    let is_in_ring = ring.producer.put(|free, committed| {
        let mut buffer = Buffer::new(if spills { &mut [] } else { free }, scratch);
        (call.encode)(&mut buffer, flags, sites);
        match buffer.finished() {
            Finished::InRing { len } => {
                committed.count();
                Some(len)
            }
            Finished::OnHeap => None,
        }
    });
    if !is_in_ring {
        keep_or_drop(ring, shared, (call.class, call.level, call.deadline), flags, scratch);
    } else if ring.producer.is_past_quarter() {
        shared.bell.wake();
    }
    ring.header().in_call().store(0, Ordering::Release);
}

/// The pipeline is shut down, or in another process: the record goes to the fallback at once.
#[cold]
fn put_late<E: Encode>(shared: &Shared, call: &Call<E>, scratch: &mut Vec<u8>) {
    (call.encode)(&mut Buffer::new(&mut [], scratch), 0, None);
    shared.log_late(scratch);
}

/// Puts in a record that did not fit, by the policy of its class.
#[cold]
fn keep_or_drop(
    ring: &mut ThreadRing,
    shared: &Shared,
    (class, level, deadline): (Class, Level, Option<Instant>),
    flags: u8,
    bytes: &[u8],
) {
    shared.bell.wake();
    let of_logger = flags & flag::FROM_DRAIN != 0;
    let too_long = bytes.len() > ring.producer.max_record();
    let kept = match ring.spill.in_use() {
        SpillUse::None if too_long => ring.spill(bytes, LONG_RECORDS, SpillUse::LongRecord),
        SpillUse::None => ring.push(bytes),
        SpillUse::LongRecord => ring.spill(bytes, LONG_RECORDS, SpillUse::LongRecord),
        SpillUse::Overflow => false,
    };
    let kept = kept
        || match shared.overflow.policy(class, level) {
            OverflowPolicy::Drop => false,
            // a thread of the logger may be the one that would have to make room
            OverflowPolicy::Keep { spill, .. } if of_logger => ring.spill(bytes, spill, SpillUse::Overflow),
            OverflowPolicy::Keep { wait, spill } => {
                ring.wait_and_push(shared, bytes, deadline.unwrap_or_else(|| deadline_in(wait)))
                    || ring.spill(bytes, spill, SpillUse::Overflow)
                    || shared.hand_to_fallback(class, bytes)
            }
        };
    if !kept {
        ring.producer.count_lost();
    }
}

/// Bytes of records longer than a ring takes that one thread may have waiting.
const LONG_RECORDS: usize = 8 * 1024 * 1024;

impl ThreadRing {
    /// As for [`express`], without a wait.
    #[inline(always)]
    fn express(
        &mut self,
        pipeline: &Pipeline,
        from: codec::call::Call<'_, '_>,
        head: Head,
        sites: &mut SiteCache,
    ) -> Outcome {
        let shared = pipeline.shared();
        if self.is_spilled() {
            return Outcome::Unfit;
        }
        let mut no_room = false;
        let is_put = self.producer.put_in_call(head.counter(), |free, committed| {
            // while the call is noted, as in `put`
            if !shared.is_open() {
                return None;
            }
            let Some(room) = room_in(free) else {
                no_room = true;
                return None;
            };
            let len = pipeline.express(from, head, room, sites)?;
            committed.count();
            Some(len)
        });
        if is_put {
            if self.producer.is_past_quarter() {
                shared.bell.wake();
            }
            Outcome::Put
        // a small ring may never have the room in one piece
        } else if no_room && self.producer.max_record() >= ROOM_IN_BYTES {
            Outcome::NoRoom(None)
        } else {
            Outcome::Unfit
        }
    }

    /// Whether the ring is too full for a record of this level.
    #[inline]
    fn is_closed_to(&mut self, level: Level, class: Class, shared: &Shared) -> bool {
        level <= Level::Debug && self.is_closed_to_debug(class, shared)
    }

    #[inline(never)]
    fn is_closed_to_debug(&mut self, class: Class, shared: &Shared) -> bool {
        class == Class::General
            && self.producer.fill(shared.overflow.debug_fill()) > shared.overflow.debug_fill()
    }

    fn push(&mut self, bytes: &[u8]) -> bool {
        self.producer.put(|free, committed| {
            free.get_mut(..bytes.len())?.copy_from_slice(bytes);
            committed.count();
            Some(bytes.len())
        })
    }

    /// Waits until the worker has made room, at most until the deadline, and not for one that is lost.
    fn wait_and_push(&mut self, shared: &Shared, bytes: &[u8], deadline: Instant) -> bool {
        if bytes.len() > self.producer.max_record() {
            return false;
        }
        while !self.is_spilled() {
            if self.push(bytes) {
                return true;
            }
            if Instant::now() >= deadline || shared.is_worker_lost() {
                return false;
            }
            shared.bell.wait_for_progress(deadline);
        }
        false
    }
}

/// The ring that threads share whose thread-locals are gone already. A lock is fine there: such a thread logs a record
/// or two at its very end.
#[derive(Debug, Default)]
pub(crate) struct Orphans {
    rings: Mutex<[Option<ThreadRing>; 2]>,
    lost_reentrant: [AtomicU64; 2],
}

impl Orphans {
    #[cold]
    fn submit<E: Encode>(&self, shared: &Shared, call: &Call<E>) {
        match self.rings.try_lock() {
            Ok(mut rings) => {
                let slot = &mut rings[call.class as usize];
                let ring = slot.get_or_insert_with(|| shared.registry.ring(call.class));
                put(ring, shared, call, 0, None, &mut Vec::new());
            }
            // another such thread has it, or this one, which is encoding a record that logs
            Err(_) => put_late(shared, call, &mut Vec::new()),
        }
    }

    /// Whether a record is being put in just now, maybe by this thread.
    pub(crate) fn is_busy(&self) -> bool {
        matches!(self.rings.try_lock(), Err(TryLockError::WouldBlock))
    }

    fn lose_reentrant(&self, class: Class) {
        self.lost_reentrant[class as usize].fetch_add(1, StdOrdering::AcqRel);
    }

    pub(crate) fn lost_reentrant(&self, class: Class) -> u64 {
        self.lost_reentrant[class as usize].load(StdOrdering::Acquire)
    }
}
