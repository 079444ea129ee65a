//! A drain that slog's world has already: `slog-json` to a socket, with `slog-async` between, so that a reader that hangs
//! holds nobody up.

use std::{env, net::TcpStream, time::Duration};

use logger_config::{Filter, Level, MetaLogger, Route, error, info, slog::Drain as _};
use slog_async::{Async, OverflowStrategy};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let address = env::args().nth(1).ok_or("usage: foreign_drain ADDRESS")?;
    let socket = TcpStream::connect(address)?;
    socket.set_write_timeout(Some(Duration::from_secs(1)))?;

    let json = slog_json::Json::new(socket).set_newlines(true).add_default_keys().build();
    let (foreign, ends_with) =
        Async::new(json.ignore_res()).overflow_strategy(OverflowStrategy::DropAndReport).build_with_guard();

    let logger = MetaLogger::builder()
        .log_dir("logs")
        .set("console.enabled", false)
        .drain(
            Route::new("socket", logger_config::SlogDrain::new(foreign))
                .filter(Filter::at_least(Level::Error)),
        )
        .build()?;
    info!(logger, "only in the files");
    error!(logger, "connection lost"; "attempt" => 3);

    assert!(logger.shutdown(Duration::from_secs(5)).finished);
    drop(ends_with); // waits until slog-async has passed on what it has
    Ok(())
}
