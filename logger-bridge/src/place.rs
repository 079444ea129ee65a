//! Where a record was made.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};

use slog::RecordLocation;

/// File, module and line.
pub(crate) type Place = (&'static str, &'static str, u32);

static LOCATIONS: Mutex<Option<HashMap<Place, &'static RecordLocation>>> = Mutex::new(None);

/// So many places are kept for the whole process.
const MOST: usize = 65_536;

/// The location of a place: one for the whole process, because the logger tells call sites by the addresses of their locations.
/// Past the limit none.
pub(crate) fn location(place: Place) -> Option<&'static RecordLocation> {
    let mut all = LOCATIONS.lock().unwrap_or_else(PoisonError::into_inner);
    let all = all.get_or_insert_default();
    if let Some(known) = all.get(&place) {
        return Some(known);
    }
    if all.len() >= MOST {
        return None;
    }
    let (file, module, line) = place;
    let location: &'static RecordLocation =
        Box::leak(Box::new(RecordLocation { file, line, column: 0, function: "", module }));
    all.insert(place, location);
    Some(location)
}

/// Of those that come after the limit.
pub(crate) static NOWHERE: RecordLocation =
    RecordLocation { file: "", line: 0, column: 0, function: "", module: "" };
