//! Logs three records: to the console, and to the files in `logs`.

use std::time::Duration;

use logger_config::{Context, LoggerExt, MetaLogger, error, info};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let logger = MetaLogger::builder().log_dir("logs").build()?;

    let log = logger.bind(Context::new().expert_name("MyEmaBot").symbol("BTCUSDT"));
    info!(log, "expert started"; "version" => "1.2.0");

    let trades = log.trade(); // a queue and a file of their own, at every level
    info!(trades, "position opened"; "order_id" => 123, "side" => "BUY", "price" => 70_000.5, "size" => 0.1);

    if let Err(why) = "70,000.5".parse::<f64>() {
        error!(log, "price not understood"; "error" => #&why);
    }

    let report = logger.shutdown(Duration::from_secs(5)); // dropping it ends logging too
    assert!(report.finished && report.health.total().dropped.total() == 0);
    Ok(())
}
