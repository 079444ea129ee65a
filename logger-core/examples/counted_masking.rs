//! Logs records without a secret and writes them as JSON, for valgrind to count what of that is masking:
//! `counted_masking order|texts|shown|nested`.

use std::{fmt, hint::black_box, time::Instant};

use logger_core::{
    Context, Drain, DrainError, Format as _, JsonFormat, Logger, LoggerExt as _, Pipeline, Record, Route,
    slog,
};
use serde::Serialize;

/// Records of one round: fewer than a ring holds.
const RECORDS: u64 = 100;
const ROUNDS: u64 = 20;

/// Makes lines and keeps none of them.
struct Lines(Vec<u8>);

impl Drain for Lines {
    fn log(&mut self, record: &Record<'_>) -> Result<(), DrainError> {
        self.0.clear();
        formatted(record, &mut self.0);
        black_box(&self.0);
        Ok(())
    }

    fn flush(&mut self, _: Instant) -> Result<(), DrainError> {
        Ok(())
    }
}

/// What masking is compared with.
#[inline(never)]
fn formatted(record: &Record<'_>, line: &mut Vec<u8>) {
    JsonFormat::default().format(record, line);
}

/// An order as `Debug` and serde show it.
#[derive(Debug, Clone, Serialize)]
struct Order {
    id: u64,
    symbol: &'static str,
    side: &'static str,
    price: f64,
    quantity: Option<f64>,
    time_in_force: &'static str,
}

/// An amount as a `Display` shows it.
struct Amount(f64, &'static str);

impl fmt::Display for Amount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:.8} {}", self.0, self.1)
    }
}

fn order(id: u64) -> Order {
    let (symbol, side, time_in_force) = ("BTCUSDT", "BUY", "good till cancelled");
    Order { id, symbol, side, price: 70_000.25, quantity: Some(0.015), time_in_force }
}

/// The record that `logger-bench` logs.
fn log_order(log: &Logger, n: u64) {
    logger_core::info!(log, "order filled"; "order_id" => n, "trade_id" => "T00000000042", "side" => "BUY",
        "price" => 70_000.25, "quantity" => 0.015, "latency_us" => 250_u32);
}

/// A message with values in it, and texts that are longer than most.
fn log_texts(log: &Logger, n: u64) {
    logger_core::info!(log, "order {} filled: {} BTC at {} in 00:00:01.250", n, 0.015, 70_000.25;
        "venue" => "spot market of Frankfurt, second gateway", "reason" => "crossed: the fast average is above",
        "path" => "https://api.exchange.test/v3/orders?symbol=BTCUSDT&limit=500", "latency_us" => 250_u32);
}

/// What `Display` and `Debug` make of values.
fn log_shown(log: &Logger, n: u64) {
    logger_core::info!(log, "order filled"; "order" => ?order(n), "amount" => %Amount(0.015, "BTC"),
        "levels" => ?[70_000.25, 70_000.5, 70_001.0]);
}

/// What serde makes of a value.
fn log_nested(log: &Logger, n: u64) {
    logger_core::info!(log, "order filled"; "order" => slog::Serde(order(n)), "latency_us" => 250_u32);
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let log_record = match std::env::args().nth(1).as_deref() {
        Some("order") => log_order,
        Some("texts") => log_texts,
        Some("shown") => log_shown,
        Some("nested") => log_nested,
        _ => return Err("say which records: order, texts, shown or nested".into()),
    };
    let guard = Pipeline::builder().route(Route::new("lines", Lines(Vec::new()))).start()?;
    let context = Context::new().expert_name("MyEmaBot").symbol("BTCUSDT").strategy_id("ema-cross-7");
    let log = guard.logger().bind(&context.account_id("acc-001"));
    let timeout = std::time::Duration::from_secs(60);
    for _ in 0..ROUNDS {
        (0..RECORDS).for_each(|n| log_record(black_box(&log), n));
        assert!(guard.flush(timeout).finished, "the ring is empty before the next round");
    }
    Ok(())
}
