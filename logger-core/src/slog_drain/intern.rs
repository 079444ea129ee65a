//! Strings that live as long as the program, in a bounded number.

use std::{
    collections::BTreeSet,
    sync::{Mutex, PoisonError},
};

/// The keys that slog drains were given.
pub(super) static KEYS: Interner = Interner::new(4_096, 256);
/// The files and modules that slog drains were given.
pub(super) static PLACES: Interner = Interner::new(4_096, 1_024);

/// Leaks each distinct string once, up to a limit.
///
/// One for the whole process, so that drains that are made anew (at a change of configuration) leak nothing more.
pub(super) struct Interner {
    strings: Mutex<BTreeSet<&'static str>>,
    max_count: usize,
    /// Bytes of one string.
    max_len: usize,
}

impl Interner {
    pub(super) const fn new(max_count: usize, max_len: usize) -> Self {
        Interner { strings: Mutex::new(BTreeSet::new()), max_count, max_len }
    }

    /// The same text for the rest of the program; `None` where it is new and past a limit.
    pub(super) fn intern(&self, text: &str) -> Option<&'static str> {
        if text.len() > self.max_len {
            return None;
        }
        // a set of strings is whole at every point where a panic could have struck
        let mut strings = self.strings.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = strings.get(text) {
            return Some(known);
        }
        if strings.len() >= self.max_count {
            return None;
        }
        let leaked: &'static str = Box::leak(Box::from(text));
        strings.insert(leaked);
        Some(leaked)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_string_is_leaked_once_and_past_the_limits_none_is() {
        let interner = Interner::new(2, 5);
        let first = interner.intern("alpha").unwrap();
        assert_eq!(interner.intern("longer"), None);
        assert_eq!(interner.intern("beta"), Some("beta"));
        assert_eq!(interner.intern("gamma"), None);
        assert!(std::ptr::eq(interner.intern("alpha").unwrap(), first));
    }
}
