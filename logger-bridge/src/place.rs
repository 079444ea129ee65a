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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_told_by_one_address_for_ever() {
        let here = location(("file.rs", "module", 7)).map(std::ptr::from_ref);
        assert!(here.is_some() && here == location(("file.rs", "module", 7)).map(std::ptr::from_ref));
        assert_ne!(here, location(("file.rs", "module", 8)).map(std::ptr::from_ref));
    }
}
