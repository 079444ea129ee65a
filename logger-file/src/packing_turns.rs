//! Packing where several processes write: one of them packs at a time, and names change in its turn only.

use std::{
    path::Path,
    sync::{Condvar, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use crate::{Fs, turns::Turns};

/// The file by which the writers of a folder agree who packs; it is empty. The system takes the lock from a process that ends.
const LOCK_NAME: &str = ".logger.packing.lock";

/// Between two looks whether it is one's turn to write, which takes a moment.
const BRIEF: Duration = Duration::from_millis(1);
/// Between two looks whether another process has packed its file.
const LONG: Duration = Duration::from_millis(50);

/// The turns of a thread that packs.
pub(crate) struct PackingTurns {
    /// To change names: the same as those of the writers.
    names: Mutex<Turns>,
    /// To pack.
    packing: Mutex<Turns>,
}

/// A turn, given back with the value.
pub(crate) struct Turn<'a>(MutexGuard<'a, Turns>);

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        self.0.end();
    }
}

impl PackingTurns {
    pub(crate) fn new(folder: &Path) -> Self {
        PackingTurns {
            names: Mutex::new(Turns::new(folder)),
            packing: Mutex::new(Turns::by(folder.join(LOCK_NAME))),
        }
    }

    /// Waits until no other process changes names; `None` where it was stopped before.
    pub(crate) fn names(&self, fs: &dyn Fs, go_on: &dyn Fn() -> bool) -> Option<Turn<'_>> {
        wait(&self.names, fs, BRIEF, go_on)
    }

    /// Waits until no other process packs; `None` where it was stopped before.
    pub(crate) fn packing(&self, fs: &dyn Fs, go_on: &dyn Fn() -> bool) -> Option<Turn<'_>> {
        wait(&self.packing, fs, LONG, go_on)
    }
}

fn wait<'a>(
    turns: &'a Mutex<Turns>,
    fs: &dyn Fs,
    pause: Duration,
    go_on: &dyn Fn() -> bool,
) -> Option<Turn<'a>> {
    let mut turns = turns.lock().unwrap_or_else(PoisonError::into_inner);
    while go_on() {
        // where the lock cannot be opened now, it may be later: the folder may be gone
        if turns.take_at_once(fs) {
            return Some(Turn(turns));
        }
        let nobody = Mutex::new(());
        let held = nobody.lock().unwrap_or_else(PoisonError::into_inner);
        let _ = Condvar::new().wait_timeout(held, pause);
    }
    None
}
