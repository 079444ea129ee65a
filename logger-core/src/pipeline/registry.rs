//! All rings of a pipeline: who makes them, who gets them back, and how the worker hears of new ones.

use std::{
    convert::Infallible,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    thread,
};

use super::{
    fork::Home,
    health::{QueueHealth, QueuePlace},
    reporter::{Reporter, report},
    run_folder::RunFolder,
    spill::{Spill, SpillUse},
};
use crate::{
    category::Class,
    codec::{
        buffer::Buffer,
        encode::{Encoder, Head},
        place::Place,
    },
    level::Level,
    raw::{
        memory::Region,
        ring::{Consumer, Counters, Header, Producer, ring},
    },
    redact::default_list,
    sync::Ordering as RingOrdering,
};

/// Bytes of the rings that each thread gets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RingSizes {
    /// For trades; made when a thread logs its first trade.
    pub trade: usize,
    /// For everything else; made when a thread logs its first record.
    pub general: usize,
}

impl Default for RingSizes {
    /// 128 KiB and 512 KiB: with the quarter that each ring has on top, 64 threads that use both stay below 64 MiB.
    fn default() -> Self {
        RingSizes { trade: 128 * 1024, general: 512 * 1024 }
    }
}

impl RingSizes {
    fn of(&self, class: Class) -> usize {
        match class {
            Class::Trade => self.trade,
            Class::General => self.general,
        }
    }
}

/// A ring as a thread holds it.
#[derive(Debug)]
pub(crate) struct ThreadRing {
    pub(crate) producer: Producer,
    pub(crate) spill: Arc<Spill>,
    /// Whether a record was put into the spill that may be there yet.
    may_be_spilled: bool,
}

impl ThreadRing {
    pub(crate) fn header(&self) -> Header<'_> {
        self.producer.header()
    }

    /// Whether there is something in the spill, behind which what comes next has to queue up. Only this end puts it there, so
    /// that mostly nobody has to be asked.
    #[inline]
    pub(crate) fn is_spilled(&mut self) -> bool {
        self.may_be_spilled && {
            self.may_be_spilled = self.spill.in_use() != SpillUse::None;
            self.may_be_spilled
        }
    }

    /// Puts a record into the spill; returns whether there was room.
    pub(crate) fn spill(&mut self, bytes: &[u8], max: usize, reason: SpillUse) -> bool {
        let spilled = self.spill.push(bytes, max, reason).is_ok();
        if spilled {
            self.may_be_spilled = true;
            self.producer.count_spilled();
        }
        spilled
    }

    /// Whether the worker is gone for ever.
    pub(crate) fn is_orphaned(&self) -> bool {
        self.producer.is_orphaned()
    }

    /// Writes the name of a thread, which holds for the records after it. Returns whether there was room.
    fn announce(&mut self, name: &[u8]) -> bool {
        if self.is_spilled() {
            return false;
        }
        self.producer.put(|free, _| {
            free.get_mut(..name.len())?.copy_from_slice(name);
            Some(name.len())
        })
    }
}

/// The name of this thread as the ring takes it.
fn announcement() -> Vec<u8> {
    let current = thread::current();
    // `ThreadId(7)` is all that the standard library shows of the number
    let number = || format!("{:?}", current.id()).chars().filter(char::is_ascii_digit).collect::<String>();
    let name = current.name().map_or_else(|| format!("thread-{}", number()), str::to_owned);
    let mut bytes = Vec::new();
    let mut buffer = Buffer::new(&mut [], &mut bytes);
    Encoder::begin(&mut buffer, Head::of_thread_name(), default_list())
        .end(Place::default, Some(&format_args!("{:.64}", name)));
    bytes
}

/// A ring as the worker gets it.
#[derive(Debug)]
pub(crate) struct Intake {
    /// The number of its file in the folder of the run.
    pub(crate) number: u32,
    pub(crate) class: Class,
    pub(crate) consumer: Consumer,
    pub(crate) spill: Arc<Spill>,
}

/// The rings of a pipeline.
#[derive(Debug)]
pub(crate) struct Registry {
    sizes: RingSizes,
    home: Home,
    /// Where rings outlive the process; `None`: they are on the heap.
    folder: Option<Arc<RunFolder>>,
    reporter: Arc<Reporter>,
    rings: Mutex<Rings>,
    /// How many rings were ever made: tells the worker that there are new ones.
    made: AtomicU64,
}

#[derive(Debug, Default)]
struct Rings {
    /// Rings whose thread has ended. The next thread goes on in them, whatever the worker has still to read there.
    free: [Vec<ThreadRing>; 2],
    /// Rings that the worker has not seen yet.
    fresh: Vec<Intake>,
    /// The counters of all rings ever made, and their spills.
    counters: [Vec<(Counters, Arc<Spill>)>; 2],
    /// Whether it was said already that a ring had to be made on the heap.
    degraded: bool,
}

impl Registry {
    pub(crate) fn new(
        sizes: RingSizes,
        folder: Option<Arc<RunFolder>>,
        reporter: Arc<Reporter>,
    ) -> Arc<Self> {
        let (home, rings, made) = (Home::here(), Mutex::default(), AtomicU64::new(0));
        Arc::new(Registry { sizes, home, folder, reporter, rings, made })
    }

    fn lock(&self) -> MutexGuard<'_, Rings> {
        self.rings.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A ring for this thread: one that another thread has left, else a new one.
    #[cold]
    pub(crate) fn ring(&self, class: Class) -> ThreadRing {
        let name = announcement();
        let mut rings = self.lock();
        let free = &mut rings.free[class as usize];
        // the latest one, whose memory is warmest, if it is not full
        let reused =
            (0..free.len()).rev().find(|&at| free[at].announce(&name)).map(|at| free.swap_remove(at));
        reused.unwrap_or_else(|| {
            let (home, producer, consumer) = self.make(class, &mut rings.degraded);
            producer.header().class().store(class as u64, RingOrdering::Relaxed);
            let number = home.as_ref().map_or(u32::MAX, |(_, number)| *number);
            let spill = Spill::new(home);
            rings.fresh.push(Intake { number, class, consumer, spill: Arc::clone(&spill) });
            rings.counters[class as usize].push((producer.counters(), Arc::clone(&spill)));
            let mut ring = ThreadRing { producer, spill, may_be_spilled: false };
            let announced = ring.announce(&name);
            debug_assert!(announced, "a new ring has room for a name");
            self.made.fetch_add(1, Ordering::Release);
            ring
        })
    }

    /// A new ring: in the folder of the run, or on the heap where that cannot be had.
    fn make(&self, class: Class, degraded: &mut bool) -> (Option<(Arc<RunFolder>, u32)>, Producer, Consumer) {
        let capacity = self.sizes.of(class);
        if let Some(folder) = &self.folder {
            let mut number = 0;
            let made = ring(capacity, |words, bytes| {
                let (found, region) = folder.ring(words, bytes)?;
                number = found;
                Ok::<_, std::io::Error>(region)
            });
            match made {
                Ok((producer, consumer)) => return (Some((Arc::clone(folder), number)), producer, consumer),
                Err(error) if !*degraded => {
                    *degraded = true;
                    self.reporter.push(
                        report(
                            Level::Warning,
                            "queue of a thread is on the heap: a kill loses what is in it",
                        )
                        .field("error", error.to_string().as_str()),
                    );
                }
                Err(_) => {}
            }
        }
        let made = ring(capacity, |words, bytes| Ok::<_, Infallible>(Region::heap(words, bytes)));
        let Ok((producer, consumer)) = made;
        (None, producer, consumer)
    }

    /// Takes back the ring of a thread that ends. In the child of a fork nobody could use it.
    pub(crate) fn give_back(&self, class: Class, ring: ThreadRing) {
        if self.home.is_here() && !ring.is_orphaned() {
            self.lock().free[class as usize].push(ring);
        }
    }

    /// Everything is written: nothing is left for the next start.
    pub(crate) fn remove_folder(&self) {
        if let Some(folder) = &self.folder {
            folder.remove();
        }
    }

    pub(crate) fn made(&self) -> u64 {
        self.made.load(Ordering::Acquire)
    }

    pub(crate) fn take_fresh(&self) -> Vec<Intake> {
        std::mem::take(&mut self.lock().fresh)
    }
}

/// The sums over all rings of a class.
#[derive(Debug, Default, Clone, Copy)]
pub(crate) struct Sums {
    pub(crate) committed: u64,
    pub(crate) lost_full: u64,
    pub(crate) spilled: u64,
}

impl Registry {
    pub(crate) fn sums(&self, class: Class) -> Sums {
        let rings = self.lock();
        rings.counters[class as usize].iter().fold(Sums::default(), |sums, (counters, spill)| {
            let header = counters.header();
            Sums {
                committed: sums.committed + header.committed().load(RingOrdering::Relaxed),
                lost_full: sums.lost_full + header.lost_full().load(RingOrdering::Relaxed),
                spilled: sums.spilled + spill.figures().0,
            }
        })
    }

    /// How full the rings of a class are.
    pub(crate) fn fill(&self, class: Class) -> QueueHealth {
        let rings = self.lock();
        rings.counters[class as usize].iter().fold(QueueHealth::default(), |sums, (counters, spill)| {
            let (capacity, used) = counters.fill();
            let per_mille = (used * 1_000).checked_div(capacity).unwrap_or(0);
            QueueHealth {
                rings: sums.rings + 1,
                capacity: sums.capacity + capacity,
                used: sums.used + used,
                fullest_per_mille: sums.fullest_per_mille.max(per_mille),
                spill_bytes: sums.spill_bytes + spill.figures().1,
            }
        })
    }

    /// Where the rings are, as far as it is known by now.
    pub(crate) fn place(&self) -> QueuePlace {
        match self.folder {
            None => QueuePlace::Heap,
            Some(_) if self.lock().degraded => QueuePlace::HeapInstead,
            Some(_) => QueuePlace::Folder,
        }
    }
}
