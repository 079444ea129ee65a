//! The level changes while the program runs, because somebody saves the configuration file.

use std::{fs, sync::mpsc, time::Duration};

use logger_config::{Level, MetaLogger, debug};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    fs::write("logging.toml", "level = \"info\"\n")?;
    let logger = MetaLogger::builder().config_file("logging.toml").set("console.enabled", false).build()?;

    debug!(logger, "before"; "taken" => false);
    fs::write("logging.toml", "level = \"debug\"\n")?; // an editor would do this
    wait_until(|| logger.level() == Level::Debug)?;
    debug!(logger, "after"; "taken" => true);
    Ok(())
}

fn wait_until(done: impl Fn() -> bool) -> Result<(), &'static str> {
    let (_never, tick) = mpsc::channel::<()>();
    for _ in 0..1_000 {
        if done() {
            return Ok(());
        }
        let _ = tick.recv_timeout(Duration::from_millis(10));
    }
    Err("the file was not followed")
}
