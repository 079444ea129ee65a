//! The list of a running pipeline, which may be replaced.

use std::sync::{
    Arc, Mutex, PoisonError,
    atomic::{AtomicBool, Ordering},
};

use arc_swap::{ArcSwap, Guard};

use super::Redaction;
use crate::codec::dictionary::Dictionary;

/// The list that holds just now. A call that goes the straight way looks at one byte of it, in passing.
#[derive(Debug)]
pub(crate) struct LiveRedaction {
    current: ArcSwap<Redaction>,
    adds: AtomicBool,
    /// Held while the list is replaced.
    change: Mutex<()>,
}

impl LiveRedaction {
    pub(crate) fn new(redaction: Redaction) -> Self {
        LiveRedaction {
            adds: AtomicBool::new(redaction.adds),
            current: ArcSwap::from_pointee(redaction),
            change: Mutex::new(()),
        }
    }

    /// The list, for as long as it is held.
    pub(crate) fn load(&self) -> Guard<Arc<Redaction>> {
        self.current.load()
    }

    /// Whether it may mask what the default list does not.
    #[inline]
    pub(crate) fn adds(&self) -> bool {
        self.adds.load(Ordering::Relaxed)
    }

    /// Puts another list in its place. The dictionary comes first: who has the new list must not find what was decided by
    /// the old one.
    pub(crate) fn replace(&self, mut redaction: Redaction, dictionary: &Dictionary) {
        let _one_at_a_time = self.change.lock().unwrap_or_else(PoisonError::into_inner);
        redaction.generation = self.current.load().generation + 1;
        redaction.prepare();
        dictionary.judge_anew(&redaction);
        self.adds.store(redaction.adds, Ordering::Relaxed);
        self.current.store(Arc::new(redaction));
    }
}
