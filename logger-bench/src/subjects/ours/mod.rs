//! This logger, in the shapes that an application can use it in.

mod erased;
mod everything;
mod files;
mod plain;
mod running;

use crate::{
    child::{run, run_disabled},
    subject::{Group, Keeps, Row},
};

/// The row of a shape.
macro_rules! shape {
    ($name:literal, $subject:ty) => {
        Row {
            name: $name,
            group: Group::Ours,
            keeps: Keeps::All,
            run: run::<$subject>,
            disabled: Some(run_disabled::<$subject>),
        }
    };
}

/// The shapes.
pub(super) const ROWS: &[Row] = &[
    shape!("ours", plain::Typed),
    shape!("ours_static", plain::Static),
    shape!("ours_erased", erased::Erased),
    shape!("ours_full", plain::Full),
    shape!("ours_everything", everything::Everything),
    shape!("ours_small_files", files::SmallFiles),
    shape!("ours_slow_disk", files::SlowDisk),
];

/// The shapes that differ from `ours` in what their files have to bear, and are measured for what a call takes.
pub(crate) const BEHIND_THE_CALL: [&str; 2] = ["ours_small_files", "ours_slow_disk"];

/// The workload's record through slog's macros, at the level of the macro that is named.
macro_rules! log_order {
    ($level:ident, $log:expr, $order:expr) => {
        slog::$level!(
            $log, "order filled";
            "order_id" => $order.order_id,
            "trade_id" => $order.trade_id,
            "side" => $order.side,
            "price" => $order.price,
            "quantity" => $order.quantity,
            "latency_us" => $order.latency_us
        )
    };
}
use log_order;
