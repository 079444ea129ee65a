//! Logs records into a file, for valgrind to count the instructions of the worker for each: what `Desk::deliver` does, which is
//! everything between the queue and the buffer of the file.
//!
//! `counted_records compact|full [hash|key] [disk]`: with seals, and on the medium before a flush returns.

use std::time::Duration;

use logger_core::{
    Category, Context, Envelope, Filter, JsonFormat, Level, LoggerExt as _, Pipeline, Route, info,
};
use logger_file::{Durability, FileDrain, FileOptions, Seal, SealKey};

/// Records of one round: fewer than a ring holds.
const RECORDS: u64 = 500;
const ROUNDS: u64 = 20;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let envelope = match words.first().map(String::as_str) {
        Some("compact") => Envelope::Compact,
        Some("full") => Envelope::Full,
        _ => return Err("say which lines: compact or full".into()),
    };
    let has = |word: &str| words.iter().any(|it| it == word);
    let seal = match (has("hash"), has("key")) {
        (true, _) => Seal::Hash,
        (_, true) => Seal::Key(SealKey::new("0123456789abcdef")?),
        _ => Seal::None,
    };
    let durability = if has("disk") { Durability::Disk } else { Durability::Os };
    let folder = tempfile::tempdir()?;
    let file = |name: &str, filter| {
        let options = FileOptions::new().format(JsonFormat::new(envelope));
        let options = options.seal(seal.clone()).durability(durability);
        let drain = FileDrain::open(folder.path().join(name), options)?;
        let journal = std::sync::Arc::new(drain.journal());
        Ok::<_, logger_file::FileError>(Route::new(name, drain).filter(filter).journal(journal))
    };
    let guard = Pipeline::builder()
        .level(Level::Info)
        .route(file("expert.log", Filter::at_logger_level())?)
        .route(file("trades.log", Filter::category(Category::Trade))?)
        .route(file("errors.log", Filter::at_least(Level::Error))?)
        .start()?;
    let context = Context::new().expert_name("MyEmaBot").symbol("BTCUSDT").strategy_id("ema-cross-7");
    let log = guard.logger().bind(&context.account_id("acc-001"));
    for round in 0..ROUNDS {
        for n in round * RECORDS..(round + 1) * RECORDS {
            info!(log, "order filled"; "order_id" => n, "trade_id" => "T00000000042", "side" => "BUY",
                "price" => 70_000.25 + (n % 64) as f64 * 0.25, "quantity" => 0.015 + (n % 16) as f64 * 0.001,
                "latency_us" => 250_u32);
        }
        assert!(guard.flush(Duration::from_secs(60)).finished, "the ring is empty before the next round");
    }
    Ok(())
}
