//! Where records of one ring wait when it has no room, in their order.
//!
//! As long as it is in use, all records of its ring that are kept go here, so that none overtakes another; the worker
//! empties it once the ring before it is empty. Beside the memory there is a file in the folder of the run, which only a
//! recovery reads: one system call a record is the price of what a kill must not lose.

use std::{
    collections::VecDeque,
    fs::File,
    io,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU8, AtomicU64, Ordering},
    },
};

use super::run_folder::RunFolder;
use crate::codec::{ALIGN, decode::whole};

/// The spill of one ring.
#[derive(Debug)]
pub(crate) struct Spill {
    state: AtomicU8,
    store: Mutex<Store>,
    /// Records that ever came here.
    records: AtomicU64,
    /// Bytes that are here now.
    bytes: AtomicU64,
    /// The folder of the run and the number of the ring; `None` where the queue is on the heap.
    home: Option<(Arc<RunFolder>, u32)>,
}

#[derive(Debug, Default)]
struct Store {
    records: VecDeque<Spilled>,
    bytes: usize,
    /// Made when it is first needed.
    file: Option<File>,
    /// The offset of the next record.
    end: u64,
}

/// A record that had no room in its ring.
#[derive(Debug)]
pub(crate) struct Spilled {
    /// Where it lies in the file of the spill.
    pub(crate) offset: u64,
    pub(crate) bytes: Box<[u8]>,
}

impl Spilled {
    /// The offset behind it.
    pub(crate) fn end(&self) -> u64 {
        self.offset + self.bytes.len() as u64
    }
}

/// Why a spill is in use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum SpillUse {
    /// It is empty.
    None = 0,
    /// A record was longer than the ring takes; there is room for others.
    LongRecord = 1,
    /// The ring was full.
    Overflow = 2,
}

/// The spill has no room for the record, or its file does not take it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct SpillFull;

impl Spill {
    pub(crate) fn new(home: Option<(Arc<RunFolder>, u32)>) -> Arc<Self> {
        Arc::new(Spill {
            state: AtomicU8::new(SpillUse::None as u8),
            store: Mutex::default(),
            records: AtomicU64::new(0),
            bytes: AtomicU64::new(0),
            home,
        })
    }

    pub(crate) fn in_use(&self) -> SpillUse {
        match self.state.load(Ordering::Acquire) {
            0 => SpillUse::None,
            1 => SpillUse::LongRecord,
            _ => SpillUse::Overflow,
        }
    }

    /// Records that ever came here, and bytes that are here now.
    pub(crate) fn figures(&self) -> (u64, u64) {
        (self.records.load(Ordering::Relaxed), self.bytes.load(Ordering::Relaxed))
    }

    /// Adds a record if the spill then holds at most `max` bytes.
    pub(crate) fn push(&self, record: &[u8], max: usize, reason: SpillUse) -> Result<(), SpillFull> {
        let mut store = self.lock();
        if store.bytes + record.len() > max || self.write(&mut store, record).is_err() {
            return Err(SpillFull);
        }
        store.bytes += record.len();
        self.bytes.store(store.bytes as u64, Ordering::Relaxed);
        self.records.fetch_add(1, Ordering::Relaxed);
        let offset = store.end;
        store.end += record.len() as u64;
        store.records.push_back(Spilled { offset, bytes: record.into() });
        // never from Overflow back to LongRecord
        self.state.fetch_max(reason as u8, Ordering::AcqRel);
        Ok(())
    }

    /// Takes all records and ends the use of the spill. The worker calls it when it has read the ring to its end.
    pub(crate) fn take(&self) -> VecDeque<Spilled> {
        let mut store = self.lock();
        store.bytes = 0;
        self.bytes.store(0, Ordering::Relaxed);
        let records = std::mem::take(&mut store.records);
        self.state.store(SpillUse::None as u8, Ordering::Release);
        records
    }

    /// Empties the file if nothing was added behind `end`, up to where all records have arrived. `forget` sets the mark
    /// of the ring that says how much of the file has arrived back to 0; it runs while nothing can be added.
    pub(crate) fn clear(&self, end: u64, forget: impl FnOnce()) {
        let mut store = self.lock();
        let emptied = store.end == end && store.file.as_ref().is_none_or(|file| file.set_len(0).is_ok());
        if emptied {
            // a kill in between leaves a mark behind the end of an empty file, which is as good as 0
            forget();
            store.end = 0;
        }
    }

    fn write(&self, store: &mut Store, record: &[u8]) -> io::Result<()> {
        let Some((folder, number)) = &self.home else { return Ok(()) };
        let file = match &mut store.file {
            Some(file) => file,
            none => none.insert(folder.spill(*number)?),
        };
        write_all_at(file, record, store.end)
    }

    fn lock(&self) -> MutexGuard<'_, Store> {
        self.store.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(unix)]
fn write_all_at(file: &File, bytes: &[u8], at: u64) -> io::Result<()> {
    super::run_folder::check_limit(at + bytes.len() as u64)?;
    std::os::unix::fs::FileExt::write_all_at(file, bytes, at)
}

/// Elsewhere no run has a folder.
#[cfg(not(unix))]
fn write_all_at(_: &File, _: &[u8], _: u64) -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}

/// What the file of a spill holds.
#[derive(Debug, Default)]
pub(crate) struct Read {
    pub(crate) records: VecDeque<Spilled>,
    /// What lies before that has arrived.
    pub(crate) from: usize,
    /// Bytes that are no whole record. After a kill those at the end may be a record whose call had not returned.
    pub(crate) left_over: usize,
}

/// The whole records in the file of a spill behind `arrived`.
pub(crate) fn read(file: &[u8], arrived: u64) -> Read {
    // a mark behind the end: the file was emptied, or the mark is damaged; better twice than not at all
    let from = usize::try_from(arrived).ok().filter(|&at| at <= file.len()).unwrap_or(0);
    let mut found = Read { from, ..Read::default() };
    let mut at = from;
    while let Some(rest) = file.get(at..).filter(|rest| !rest.is_empty()) {
        let step = match whole(rest) {
            Some(outline) => {
                let bytes = rest[..outline.size].into();
                found.records.push_back(Spilled { offset: at as u64, bytes });
                outline.size
            }
            None => {
                let step = ALIGN.min(rest.len());
                found.left_over += step;
                step
            }
        };
        at += step;
    }
    found
}
