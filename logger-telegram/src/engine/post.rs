//! A message at a service: what it tells of one alert, or of several.

use std::sync::Arc;

use logger_core::Timestamp;

use crate::alert::Alert;

/// What a message says of one kind.
#[derive(Debug, Clone)]
pub(crate) struct Part {
    /// Of the group.
    pub(crate) order: u64,
    pub(crate) alert: Arc<Alert>,
    pub(crate) count: u64,
    pub(crate) first: Timestamp,
    pub(crate) last: Timestamp,
}

/// A message that is there and can be changed.
#[derive(Debug, Clone)]
pub(crate) struct Post {
    pub(crate) id: String,
    /// What it says, where that is of several kinds: a change of one of them says the others again.
    pub(crate) parts: Arc<[Part]>,
}
