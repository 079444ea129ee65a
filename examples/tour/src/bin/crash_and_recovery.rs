//! A program dies with records in its queue, and the next start writes them.
//!
//! `crash_and_recovery crash` logs and dies; `crash_and_recovery` starts again.
#![expect(clippy::print_stdout, reason = "it tells what it does")]

use std::{env, process, time::Duration};

use logger_config::{Context, LoggerExt as _, MetaLogger, info};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let logger = MetaLogger::builder().log_dir("logs").set("console.enabled", false).build()?;

    if env::args().nth(1).as_deref() == Some("crash") {
        let trades = logger.bind(Context::new().expert_name("MyEmaBot").symbol("BTCUSDT")).trade();
        for order_id in 1..=100 {
            info!(trades, "order filled"; "order_id" => order_id);
        }
        println!("100 trades are logged, and the program dies");
        process::abort();
    }

    let report = logger.shutdown(Duration::from_secs(10)); // what was left is written by then
    println!("started again: finished = {}", report.finished);
    Ok(())
}
