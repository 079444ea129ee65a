//! Two experts in one process: each has a level and a file of its own, and nobody waits for the other.

use std::thread;

use logger_config::{BuildError, Context, Logger, LoggerExt as _, MetaLogger, debug, info};

fn main() -> Result<(), BuildError> {
    let logger = MetaLogger::builder()
        .log_dir("logs")
        .set("console.enabled", false)
        .set("levels.experts.Grid", "debug") // only this one is looked at closely
        .set("drains.grid.kind", "file")
        .set("drains.grid.experts", "Grid")
        .build()?;

    thread::scope(|scope| {
        for (name, symbol) in [("Ema", "BTCUSDT"), ("Grid", "ETHUSDT")] {
            let log = logger.bind(Context::new().expert_name(name).symbol(symbol));
            scope.spawn(move || trade(&log));
        }
    });
    Ok(()) // dropping the logger writes what is queued
}

fn trade(log: &Logger) {
    debug!(log, "looking at the bar"; "close" => 101.5);
    info!(log.trade(), "order filled"; "side" => "BUY", "price" => 101.5, "size" => 2);
}
