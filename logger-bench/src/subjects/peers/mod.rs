//! Loggers that this one is compared with, each as its documentation shows it.

use crate::subject::Row;

/// The peers.
pub(super) const ROWS: &[Row] = &[];
