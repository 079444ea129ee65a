//! The call sites and the bound contexts of a run: each is written once into memory that outlives the process, and known
//! to every thread that logs with it.
//!
//! A call site of slog's macros is told by addresses: of its location, its texts and its keys. All of these but the
//! location are `&'static str`, whose content never changes, so that two calls that agree in them agree in what they say.

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU32, AtomicU64, Ordering},
    },
};

use super::{
    bound::{self, BoundContext},
    express::Fitness,
    fields::Fields,
    frames::may_trace,
    place::Place,
    site::{Definition, Site},
};
use crate::{
    raw::append::Appendix,
    redact::{Redaction, Treatment},
};

/// Bytes of the dictionary of a run: some thousand call sites. Those that do not fit say everything in each record.
pub(crate) const BYTES: usize = 256 * 1024;
/// Bytes that bound contexts may take of them: some thousand too.
const BYTES_OF_CONTEXTS: usize = BYTES / 2;

/// The call sites and the bound contexts of a run.
#[derive(Debug)]
pub(crate) struct Dictionary {
    /// Tells the dictionaries of a process apart.
    ///
    /// It is another one after each change of what is masked, so that nobody trusts what was decided before.
    id: AtomicU32,
    inner: Mutex<Inner>,
}

#[derive(Debug)]
struct Inner {
    memory: Appendix,
    entries: Vec<Entry>,
    /// The numbers of the bound contexts, by their encoded fields.
    contexts: HashMap<Box<[u8]>, u16>,
    bytes_of_contexts: usize,
    known: HashMap<Identity, Arc<Known>>,
    /// Of our own macros: by the address of their static.
    statics: HashMap<usize, Numbered>,
    /// That of the list by which it is decided which keys are plain.
    generation: u32,
}

/// What has a number in a dictionary.
#[derive(Debug, Clone)]
enum Entry {
    Site(Arc<Site>),
    Context(Arc<BoundContext>),
}

impl Entry {
    /// The entry that `bytes` are; `None` where it is damaged.
    fn read(bytes: &[u8]) -> Option<Self> {
        Site::read(bytes).map(Entry::Site).or_else(|| BoundContext::read(bytes).map(Entry::Context))
    }
}

/// A call site of our macros that is in the dictionary.
///
/// In one word: the id of the dictionary in the upper half; below it whether the entry has the event, whether there is a
/// number at all, and the number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Numbered(pub(crate) u64);

impl Numbered {
    const HAS_EVENT: u64 = 1 << 31;
    const IS_NUMBERED: u64 = 1 << 30;
    const NUMBER: u64 = Self::IS_NUMBERED - 1;

    /// In no dictionary.
    pub(crate) const NONE: Self = Numbered(0);

    /// In the dictionary with this id; without a number, its records have to say everything themselves.
    fn new(dictionary: u32, number: Option<u32>, has_event: bool) -> Self {
        let number = number.map_or(0, |it| Self::IS_NUMBERED | u64::from(it) & Self::NUMBER);
        Numbered(u64::from(dictionary) << 32 | number | if has_event { Self::HAS_EVENT } else { 0 })
    }

    #[inline]
    pub(crate) fn is_of(self, dictionary: &Dictionary) -> bool {
        self.0 >> 32 == u64::from(dictionary.id())
    }

    #[inline]
    pub(crate) fn number(self) -> Option<u32> {
        (self.0 & Self::IS_NUMBERED != 0).then_some((self.0 & Self::NUMBER) as u32)
    }

    /// Its number where it has the event as well.
    #[inline]
    pub(crate) fn number_with_event(self) -> Option<u32> {
        const BOTH: u64 = Numbered::IS_NUMBERED | Numbered::HAS_EVENT;
        (self.0 & BOTH == BOTH).then_some((self.0 & Self::NUMBER) as u32)
    }

    #[inline]
    pub(crate) fn has_event(self) -> bool {
        self.0 & Self::HAS_EVENT != 0
    }
}

impl Dictionary {
    /// An empty dictionary in zeroed memory.
    pub(crate) fn new(memory: Appendix) -> Self {
        let inner = Inner {
            memory,
            entries: Vec::new(),
            contexts: HashMap::new(),
            bytes_of_contexts: 0,
            known: HashMap::new(),
            statics: HashMap::new(),
            generation: 0,
        };
        Dictionary { id: AtomicU32::new(next_id()), inner: Mutex::new(inner) }
    }

    #[inline]
    fn id(&self) -> u32 {
        self.id.load(Ordering::Relaxed)
    }

    /// What is masked has changed: call sites are judged again at their next call. What they are called stays.
    pub(crate) fn judge_anew(&self, redaction: &Redaction) {
        let mut inner = self.lock();
        inner.generation = redaction.generation;
        inner.known.retain(|_, known| all_plain(&known.keys, redaction));
        self.id.store(next_id(), Ordering::Relaxed);
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The entries from number `after + 1` on.
    fn entries_after(&self, after: usize) -> Vec<Entry> {
        self.lock().entries.get(after..).unwrap_or_default().to_vec()
    }

    /// The number of a bound context with these fields; `None` where there is no room for it.
    #[cold]
    pub(super) fn context(&self, fields: &Fields) -> Option<u16> {
        let mut inner = self.lock();
        if let Some(&number) = inner.contexts.get(&fields.bytes[..]) {
            return Some(number);
        }
        let entry = bound::entry(fields)?;
        if inner.bytes_of_contexts + entry.len() > BYTES_OF_CONTEXTS {
            return None;
        }
        let number = inner.add(&entry).and_then(|number| u16::try_from(number).ok())?;
        inner.bytes_of_contexts += entry.len();
        inner.contexts.insert(fields.bytes[..].into(), number);
        Some(number)
    }

    #[cold]
    fn known(&self, identity: &Identity) -> Option<Arc<Known>> {
        self.lock().known.get(identity).cloned()
    }

    /// A call site of our macros, whose static is at the address `at`. It has no number where it has to say everything in
    /// each record: a key of it is masked, or there is no room; nor has it one for a caller with an earlier list.
    #[cold]
    pub(crate) fn number(&self, at: usize, site: Definition<'_>, redaction: &Redaction) -> Numbered {
        let mut inner = self.lock();
        if inner.generation != redaction.generation {
            return Numbered::NONE;
        }
        let earlier = inner.statics.get(&at).copied().unwrap_or(Numbered::NONE);
        if earlier.is_of(self) {
            return earlier;
        }
        let is_plain = all_plain(site.keys, redaction);
        let number = if is_plain { earlier.number().or_else(|| inner.define(site)) } else { None };
        let numbered = Numbered::new(self.id(), number, site.event.is_some());
        inner.statics.insert(at, numbered);
        numbered
    }
}

/// Different in all dictionaries of a process, at all times.
fn next_id() -> u32 {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    NEXT.fetch_add(1, Ordering::Relaxed) as u32
}

impl Inner {
    /// Puts a call site in. Returns its number.
    fn define(&mut self, site: Definition<'_>) -> Option<u32> {
        self.add(&site.entry()?)
    }

    /// Puts an entry in. Returns its number.
    fn add(&mut self, entry: &[u8]) -> Option<u32> {
        let read = Entry::read(entry)?;
        self.memory.append(entry).then(|| {
            self.entries.push(read);
            self.entries.len() as u32
        })
    }
}

fn all_plain(keys: &[&str], redaction: &Redaction) -> bool {
    keys.iter().all(|key| redaction.treatment(key) == Treatment::Keep)
}

/// What tells a call site of slog's macros from another one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct Identity {
    location: usize,
    file: usize,
    module: usize,
    line: u32,
    /// 0 where each record has an event of its own.
    event: (usize, usize),
}

impl Identity {
    /// Whether they are equal, with one branch for all that they are made of.
    #[inline(always)]
    fn is(&self, other: &Identity) -> bool {
        let differing = (self.location ^ other.location)
            | (self.file ^ other.file)
            | (self.module ^ other.module)
            | (self.line ^ other.line) as usize
            | (self.event.0 ^ other.event.0)
            | (self.event.1 ^ other.event.1);
        differing == 0
    }

    #[inline(always)]
    fn of(record: &slog::Record<'_>, event: Option<&'static str>) -> Self {
        Identity {
            location: address(record),
            file: record.file().as_ptr().addr(),
            module: record.module().as_ptr().addr(),
            line: record.line(),
            event: event.map_or((0, 0), |it| (it.as_ptr().addr(), it.len())),
        }
    }
}

#[inline]
fn address(record: &slog::Record<'_>) -> usize {
    std::ptr::from_ref(record.location()).addr()
}

/// A call site of slog's macros.
#[derive(Debug)]
pub(crate) struct Known {
    identity: Identity,
    place: Place<'static>,
    event: Option<&'static str>,
    /// Empty where each record has to spell its keys out.
    keys: Box<[&'static str]>,
    /// 0 where it is not in the dictionary.
    number: u32,
    fitness: Fitness,
}

impl Known {
    /// The call site of a record with these keys.
    pub(super) fn new(record: &slog::Record<'_>, keys: Vec<&'static str>) -> Self {
        let event = record.msg().as_str();
        let (identity, place) = (Identity::of(record, event), Place::of(record));
        let fitness = Fitness::new();
        if may_trace(record.level().into()) {
            fitness.never();
        }
        Known { identity, place, event, keys: keys.into(), number: 0, fitness }
    }

    #[inline]
    pub(super) fn keys(&self) -> &[&'static str] {
        &self.keys
    }

    #[inline]
    pub(super) fn number(&self) -> u32 {
        self.number
    }

    #[inline]
    pub(super) fn fitness(&self) -> &Fitness {
        &self.fitness
    }
}

/// Call sites that a thread remembers; where two of them meet, the later one stays.
#[derive(Debug)]
pub(crate) struct SiteCache {
    slots: Box<[Option<Arc<Known>>; SLOTS]>,
    /// The id of the dictionary that they are of.
    dictionary: u32,
}

const SLOTS: usize = 256;

impl Default for SiteCache {
    fn default() -> Self {
        SiteCache { slots: Box::new([const { None }; SLOTS]), dictionary: 0 }
    }
}

impl SiteCache {
    /// Where the site of a record is, if it was learned before, by this thread or another one.
    #[inline(always)]
    pub(super) fn find(
        &mut self,
        record: &slog::Record<'_>,
        event: Option<&'static str>,
        dictionary: &Dictionary,
    ) -> Option<usize> {
        if self.dictionary != dictionary.id() {
            self.forget(dictionary.id());
        }
        let identity = Identity::of(record, event);
        let at = slot_of(identity.location);
        match &self.slots[at] {
            Some(known) if known.identity.is(&identity) => Some(at),
            _ => self.learn_of(identity, at, dictionary),
        }
    }

    /// What another thread may have learned.
    #[cold]
    fn learn_of(&mut self, identity: Identity, at: usize, dictionary: &Dictionary) -> Option<usize> {
        self.slots[at] = dictionary.known(&identity);
        self.slots[at].is_some().then_some(at)
    }

    /// What is masked has changed since.
    #[cold]
    fn forget(&mut self, dictionary: u32) {
        self.slots.fill(None);
        self.dictionary = dictionary;
    }

    /// The site that was found there.
    #[inline]
    pub(super) fn at(&self, slot: usize) -> Option<&Known> {
        self.slots.get(slot)?.as_deref()
    }

    /// Remembers a site, and puts it into the dictionary where it is not there yet. Does nothing for a caller with an earlier
    /// list of what is masked.
    pub(super) fn learn(&mut self, site: Known, redaction: &Redaction, dictionary: &Dictionary) {
        let mut inner = dictionary.lock();
        if inner.generation != redaction.generation {
            return;
        }
        let identity = site.identity;
        let known = match inner.known.get(&identity) {
            Some(known) => Arc::clone(known),
            None => {
                let keys = if all_plain(&site.keys, redaction) { site.keys } else { Box::default() };
                let definition = Definition { place: site.place, event: site.event, keys: &keys };
                let added = inner.define(definition);
                let keys = if added.is_some() { keys } else { Box::default() };
                let known = Arc::new(Known { number: added.unwrap_or(0), keys, ..site });
                // without an end to it, locations that a program makes up at run time would fill the memory
                if added.is_some() {
                    inner.known.insert(identity, Arc::clone(&known));
                }
                known
            }
        };
        self.slots[slot_of(identity.location)] = Some(known);
    }
}

/// Locations are statics of some 60 bytes.
#[inline]
fn slot_of(location: usize) -> usize {
    (location.wrapping_mul(0x9e37_79b9_7f4a_7c15_u64 as usize) >> (usize::BITS - SLOTS.ilog2())) % SLOTS
}

/// What is in a dictionary, as the worker knows it: that of its own run, or of one that is over.
#[derive(Debug, Default)]
pub(crate) struct Entries {
    entries: Vec<Option<Entry>>,
}

impl Entries {
    /// The entries that a dead process has left. One that is damaged leaves a gap, as far as its size can be believed.
    pub(crate) fn read(mut bytes: &[u8]) -> Self {
        let mut entries = Vec::new();
        while let Some(size) = Site::size(bytes) {
            let (entry, rest) = bytes.split_at(size);
            entries.push(Entry::read(entry));
            bytes = rest;
        }
        Entries { entries }
    }

    /// Learns of the entries that were added since.
    #[cold]
    pub(crate) fn renew(&mut self, dictionary: &Dictionary) {
        self.entries.extend(dictionary.entries_after(self.entries.len()).into_iter().map(Some));
    }

    /// Whether an entry with this number is not here yet.
    #[inline]
    pub(crate) fn lacks(&self, number: u32) -> bool {
        number as usize > self.entries.len()
    }

    /// The site with this number.
    #[inline]
    pub(super) fn site(&self, number: u32) -> Option<&Arc<Site>> {
        match self.entries.get((number as usize).checked_sub(1)?)? {
            Some(Entry::Site(site)) => Some(site),
            _ => None,
        }
    }

    /// The bound context with this number.
    #[inline]
    pub(super) fn context(&self, number: u16) -> Option<&Arc<BoundContext>> {
        match self.entries.get(usize::from(number).checked_sub(1)?)? {
            Some(Entry::Context(context)) => Some(context),
            _ => None,
        }
    }
}
