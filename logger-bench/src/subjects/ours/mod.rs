//! This logger, in the shapes that an application can use it in.

mod disks;
mod erased;
mod everything;
mod full;
mod running;
mod slow_fs;
mod statics;
mod typed;

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

/// The row of a shape that is measured in the mode `files` alone.
macro_rules! on_disk {
    ($name:literal, $disk:ty) => {
        Row {
            name: $name,
            group: Group::Disk,
            // some of it is packed; what was lost is told by the logger itself
            keeps: Keeps::NoLines,
            run: run::<disks::On<$disk>>,
            disabled: None,
        }
    };
}

/// The shapes.
pub(super) const ROWS: &[Row] = &[
    shape!("ours", typed::Typed),
    shape!("ours_static", statics::Static),
    shape!("ours_erased", erased::Erased),
    shape!("ours_full", full::Full),
    shape!("ours_everything", everything::Everything),
    on_disk!("files_calm", disks::Calm),
    on_disk!("files_1mb", disks::Rotates),
    on_disk!("files_1mb_gzip", disks::Gzips),
    on_disk!("files_1mb_zstd", disks::Zstds),
    on_disk!("files_1mb_slow", disks::Crawls),
];

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
