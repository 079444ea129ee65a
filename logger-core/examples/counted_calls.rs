//! Makes log calls whose instructions valgrind counts: `counted_calls ours|slog|disabled`.
//!
//! Only what happens inside of [`counted`] is counted; the worker and the first calls are not.

use std::{hint::black_box, time::Instant};

use logger_core::{Context, Drain, DrainError, Level, Logger, LoggerExt as _, Pipeline, Record, Route, slog};

/// Calls of one round: fewer than a ring holds.
const CALLS: u64 = 100;
const ROUNDS: u64 = 50;

/// Takes everything and does nothing.
struct Nowhere;

impl Drain for Nowhere {
    fn log(&mut self, _: &Record<'_>) -> Result<(), DrainError> {
        Ok(())
    }

    fn flush(&mut self, _: Instant) -> Result<(), DrainError> {
        Ok(())
    }
}

#[inline(never)]
fn counted(log: &Logger, call: fn(&Logger, u64)) {
    (0..CALLS).for_each(|n| call(log, n));
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let call = match std::env::args().nth(1).as_deref() {
        Some("ours") => |log: &Logger, n| {
            logger_core::info!(log, "order filled"; "order_id" => n, "trade_id" => "T00000000042", "side" => "BUY",
                "price" => 70_000.25, "quantity" => 0.015, "latency_us" => 250_u32);
        },
        Some("slog") => |log: &Logger, n| {
            slog::info!(log, "order filled"; "order_id" => n, "trade_id" => "T00000000042", "side" => "BUY",
                "price" => 70_000.25, "quantity" => 0.015, "latency_us" => 250_u32);
        },
        Some("disabled") => |log: &Logger, n| {
            logger_core::debug!(log, "order filled"; "order_id" => n, "trade_id" => "T00000000042", "side" => "BUY",
                "price" => 70_000.25, "quantity" => 0.015, "latency_us" => 250_u32);
        },
        _ => return Err("say which calls: ours, slog or disabled".into()),
    };
    let guard = Pipeline::builder().level(Level::Info).route(Route::new("nowhere", Nowhere)).start()?;
    let context = Context::new().expert_name("MyEmaBot").symbol("BTCUSDT").strategy_id("ema-cross-7");
    let log = guard.logger().bind(&context.account_id("acc-001"));
    let timeout = std::time::Duration::from_secs(60);
    (0..10).for_each(|n| call(&log, n));
    for _ in 0..ROUNDS {
        counted(black_box(&log), black_box(call));
        assert!(guard.flush(timeout).finished, "the ring is empty before the next round");
    }
    Ok(())
}
