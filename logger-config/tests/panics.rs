//! Panics, in a process of their own: they are logged to every logger that listens.
#![expect(clippy::unwrap_used, reason = "a test may")]

use std::{
    sync::{Arc, Mutex},
    thread,
    time::Instant,
};

use logger_config::{Drain, DrainError, Level, MetaLogger, Panics, Record, Route};

#[derive(Clone, Default)]
struct Events(Arc<Mutex<Vec<(Level, String)>>>);

impl Drain for Events {
    fn log(&mut self, record: &Record<'_>) -> Result<(), DrainError> {
        self.0.lock().unwrap().push((record.level(), record.event().to_owned()));
        Ok(())
    }

    fn flush(&mut self, _: Instant) -> Result<(), DrainError> {
        Ok(())
    }
}

#[test]
fn a_panic_is_logged_unless_it_is_left_alone() {
    let start = |events: &Events, panics: Option<Panics>| {
        let quiet = [("LOG_TO_FILE", "false"), ("LOG_TO_CONSOLE", "false")];
        let builder = MetaLogger::builder().environment(quiet).drain(Route::new("own", events.clone()));
        panics.into_iter().fold(builder, |builder, panics| builder.panics(panics)).build().unwrap()
    };
    let (by_default, left) = (Events::default(), Events::default());
    let _loggers = (start(&by_default, None), start(&left, Some(Panics::Leave)));
    assert!(thread::spawn(|| panic!("of a bot")).join().is_err());
    assert_eq!(*by_default.0.lock().unwrap(), [(Level::Critical, "of a bot".to_owned())]);
    assert!(left.0.lock().unwrap().is_empty());
}
