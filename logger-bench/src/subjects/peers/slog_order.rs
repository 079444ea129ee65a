//! slog loggers as peers: the workload's record and context.

use std::{
    fs::{File, OpenOptions},
    io::BufWriter,
};

use anyhow::Context as _;
use slog::{Logger, o};

use crate::{subject::Place, workload::Order};

/// The drain that makes lines: JSON into a buffer of 64 KiB.
pub(super) type Json = slog_json::Json<BufWriter<File>>;

pub(super) fn json(place: &Place) -> anyhow::Result<Json> {
    let file =
        OpenOptions::new().append(true).create(true).open(place.file()).context("cannot make the file")?;
    let file = BufWriter::with_capacity(64 * 1024, file);
    Ok(slog_json::Json::new(file).add_default_keys().set_flush(false).build())
}

/// A logger on a drain, with the context of the workload.
pub(super) fn logger<D>(drain: D) -> Logger
where
    D: slog::SendSyncUnwindSafeDrain<Ok = (), Err = slog::Never>
        + slog::SendSyncRefUnwindSafeDrain<Ok = (), Err = slog::Never>
        + 'static,
{
    Logger::root(
        drain,
        o!(
            "expert_name" => "MyEmaBot",
            "symbol" => "BTCUSDT",
            "strategy_id" => "ema-cross-7",
            "account_id" => "acc-001"
        ),
    )
}

pub(super) fn log(log: &Logger, order: &Order) {
    slog::info!(
        log, "order filled";
        "order_id" => order.order_id,
        "trade_id" => order.trade_id,
        "side" => order.side,
        "price" => order.price,
        "quantity" => order.quantity,
        "latency_us" => order.latency_us
    );
}
