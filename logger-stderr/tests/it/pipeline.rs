//! Both drains where they are meant to be.

use std::{
    io,
    time::{Duration, Instant},
};

use logger_core::{Drain, DrainError, LoggerExt as _, Pipeline, Record, Route, info};
use logger_stderr::{ColorChoice, ConsoleDrain, FallbackDrain, Stream};

/// Long enough for any machine; a test that works does not wait for it.
pub(crate) const LONG: Duration = Duration::from_secs(60);

fn console(writer: io::PipeWriter) -> Route {
    let console = ConsoleDrain::new(Stream::from(std::os::fd::OwnedFd::from(writer)), ColorChoice::Never);
    Route::new("console", console).detached(64)
}

fn fallback(writer: io::PipeWriter) -> FallbackDrain {
    FallbackDrain::new(Stream::from(std::os::fd::OwnedFd::from(writer)))
}

/// A file on a full disk.
struct Full;

impl Drain for Full {
    fn log(&mut self, _: &Record<'_>) -> Result<(), DrainError> {
        Err(DrainError::new("cannot write trades.log")
            .with_source(io::Error::from(io::ErrorKind::StorageFull)))
    }

    fn flush(&mut self, _: Instant) -> Result<(), DrainError> {
        Ok(())
    }
}

#[test]
fn what_a_drain_does_not_take_is_a_json_line_of_the_fallback() {
    let (shown, console_writer) = io::pipe().unwrap();
    let (diverted, fallback_writer) = io::pipe().unwrap();
    let guard = Pipeline::builder()
        .route(console(console_writer))
        .route(Route::new("trades", Full))
        .fallback(fallback(fallback_writer))
        .start()
        .unwrap();
    info!(guard.logger().trade(), "order filled"; "price" => 70_000.5);
    assert!(guard.shutdown(LONG).finished);

    let shown = io::read_to_string(shown).unwrap();
    assert!(shown.ends_with(" [INFO     ] [TRADE] order filled price=70000.5\n"), "{shown}");
    let diverted = io::read_to_string(diverted).unwrap();
    let line: serde_json::Value = serde_json::from_str(diverted.lines().next().unwrap()).unwrap();
    assert_eq!((&line["event"], &line["price"].to_string()), (&"order filled".into(), &"70000.5".to_owned()));
}

#[test]
fn a_console_and_a_fallback_that_nobody_reads_hold_back_neither_caller_nor_drain() {
    let (unread, console_writer) = io::pipe().unwrap();
    let (unread_too, fallback_writer) = io::pipe().unwrap();
    let guard = Pipeline::builder()
        .route(console(console_writer))
        .route(Route::new("trades", Full))
        .fallback(fallback(fallback_writer).wait_at_most(Duration::from_millis(1)))
        .start()
        .unwrap();
    let trades = guard.logger().trade();
    let event = "x".repeat(1_000);
    for _ in 0..1_000 {
        info!(trades, "{event}");
    }
    // ends while both pipes are full; what the console still holds is not waited for
    let report = guard.shutdown(Duration::from_secs(1));
    let trade = report.health.trade;
    assert_eq!(trade.accepted, 1_000);
    assert_eq!(trade.accepted, trade.written + trade.dropped.total() + trade.pending);
    assert!(trade.dropped.undelivered > 0);
    drop((unread, unread_too));
}
