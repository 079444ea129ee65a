//! What the figures are divided by.

mod empty;
mod hand_sync;
mod limit_ring;

use crate::{
    child::{run, run_disabled},
    subject::{Group, Keeps, Row},
};

/// The references.
pub(super) const ROWS: &[Row] = &[
    Row {
        name: "empty",
        group: Group::Reference,
        keeps: Keeps::NoLines,
        run: run::<empty::Empty>,
        disabled: Some(run_disabled::<empty::Empty>),
    },
    Row {
        name: "limit_ring",
        group: Group::Reference,
        keeps: Keeps::NoLines,
        run: run::<limit_ring::LimitRing>,
        disabled: None,
    },
    Row {
        name: "hand_sync",
        group: Group::Reference,
        keeps: Keeps::All,
        run: run::<hand_sync::HandSync>,
        disabled: None,
    },
];
