//! One drain without `logger-config`: rotating files, put together in code.

use std::time::Duration;

use logger_core::{Context, Level, LoggerExt as _, Pipeline, Route, info};
use logger_file::{FileDrain, FileOptions, RotationPolicy};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let options = FileOptions::new().rotation(RotationPolicy::Size(10 * 1024 * 1024)).backup_count(3);
    let drain = FileDrain::open("logs/bot.log", options)?;
    let guard = Pipeline::builder().level(Level::Info).route(Route::new("bot", drain)).start()?;

    let log = guard.logger().bind(&Context::new().expert_name("MyEmaBot"));
    info!(log, "expert started"; "version" => "1.2.0");

    let report = guard.shutdown(Duration::from_secs(5));
    assert!(report.finished);
    Ok(())
}
