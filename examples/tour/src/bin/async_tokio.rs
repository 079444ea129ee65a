//! Tasks of tokio: a context follows its future from thread to thread, and two tasks never mix theirs.

use std::time::Duration;

use logger_config::{Context, FutureExt as _, LoggerExt as _, MetaLogger, info};

#[tokio::main(worker_threads = 2)]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let logger = MetaLogger::builder().log_dir("logs").set("console.enabled", false).build()?;

    let orders = ["BTCUSDT", "ETHUSDT"].map(|symbol| {
        let log = logger.logger();
        let order = async move {
            info!(log.trade(), "order sent"; "side" => "BUY");
            tokio::time::sleep(Duration::from_millis(5)).await; // may come back on another thread
            info!(log.trade(), "order filled"; "side" => "BUY");
        };
        tokio::spawn(order.in_context(&Context::new().expert_name("MyEmaBot").symbol(symbol)))
    });
    for order in orders {
        order.await?;
    }

    // it waits for the files: on a thread that may wait
    let report = tokio::task::spawn_blocking(move || logger.shutdown(Duration::from_secs(5))).await?;
    assert!(report.finished);
    Ok(())
}
