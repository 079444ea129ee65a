//! Loggers that this one is compared with, each as its documentation shows it. What has no context of its own gets that of
//! the workload with every call.

mod fern;
mod log4rs;
mod log_facade;
mod logforth;
mod low_latency_log;
mod rest;
mod slog_async;
mod slog_json;
mod slog_order;
mod spdlog;
mod ticklog;
mod tracing;

use crate::{
    child::run,
    subject::{Group, Keeps, Row},
};

/// The row of a peer.
macro_rules! peer {
    ($name:literal, $subject:ty, $keeps:ident) => {
        Row { name: $name, group: Group::Peer, keeps: Keeps::$keeps, run: run::<$subject>, disabled: None }
    };
}

/// The peers.
pub(super) const ROWS: &[Row] = &[
    peer!("slog_json", slog_json::SlogJson, All),
    peer!("slog_async", slog_async::Default, WhatFits),
    peer!("slog_async_block", slog_async::Block, All),
    peer!("tracing", tracing::Tracing, All),
    peer!("spdlog", spdlog::Spdlog, All),
    peer!("ticklog", ticklog::Ticklog, All),
    peer!("low_latency_log", low_latency_log::LowLatencyLog, All),
    peer!("logforth", logforth::Logforth, All),
    peer!("log4rs", log4rs::Log4rs, All),
    peer!("fern", fern::Fern, All),
];
