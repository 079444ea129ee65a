//! Strings that live as long as the program, in a bounded number.

use std::{
    collections::BTreeSet,
    sync::{Mutex, PoisonError},
};

static STRINGS: Mutex<BTreeSet<&'static str>> = Mutex::new(BTreeSet::new());

/// So many are kept for the whole process, each of so many bytes at most.
const MOST: usize = 8_192;
const LONGEST: usize = 1_024;

/// The same text for the rest of the program; `None` where it is new and past a limit.
pub(crate) fn intern(text: &str) -> Option<&'static str> {
    if text.len() > LONGEST {
        return None;
    }
    // a set is whole at every point where a panic could have struck
    let mut strings = STRINGS.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(known) = strings.get(text) {
        return Some(known);
    }
    if strings.len() >= MOST {
        return None;
    }
    let leaked: &'static str = Box::leak(Box::from(text));
    strings.insert(leaked);
    Some(leaked)
}
