//! The drain and the window that a status page looks through.

// region: step-2
use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Instant,
};

use logger_core::{Drain, DrainError, Format, Level, Record, TextFormat};

/// The last lines of each level. Clones share what is kept.
#[derive(Debug, Clone, Default)]
pub struct Recent {
    lines: Arc<Mutex<[VecDeque<String>; Level::ALL.len()]>>,
}

/// Keeps the last records of each level as lines for people.
#[derive(Debug)]
pub struct MemoryDrain {
    /// How many lines each level keeps.
    capacity: usize,
    recent: Recent,
    /// The bytes of one line, kept so that a record costs one allocation and not several.
    line: Vec<u8>,
}
// endregion

impl Recent {
    /// The lines that are kept of a level, the oldest first.
    pub fn lines(&self, level: Level) -> Vec<String> {
        self.lock()[level as usize].iter().cloned().collect()
    }

    /// The window stays usable when a thread panicked while it looked: a line is put in whole or not at all.
    fn lock(&self) -> MutexGuard<'_, [VecDeque<String>; Level::ALL.len()]> {
        self.lines.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl MemoryDrain {
    /// A drain that keeps `capacity` lines of each level; with 0 it keeps none.
    pub fn new(capacity: usize) -> MemoryDrain {
        MemoryDrain { capacity, recent: Recent::default(), line: Vec::new() }
    }

    /// The window into what is kept; take it before the drain is given away.
    pub fn recent(&self) -> Recent {
        self.recent.clone()
    }
}

// region: step-3
impl Drain for MemoryDrain {
    fn log(&mut self, record: &Record<'_>) -> Result<(), DrainError> {
        if self.capacity == 0 {
            return Ok(());
        }
        self.line.clear();
        TextFormat.format(record, &mut self.line);
        let line = String::from_utf8_lossy(self.line.trim_ascii_end()).into_owned();
        let mut lines = self.recent.lock();
        let lines = &mut lines[record.level() as usize];
        if lines.len() == self.capacity {
            lines.pop_front();
        }
        lines.push_back(line);
        Ok(())
    }

    /// Nothing waits: `log` has put the record where it belongs.
    fn flush(&mut self, _deadline: Instant) -> Result<(), DrainError> {
        Ok(())
    }
}
// endregion
