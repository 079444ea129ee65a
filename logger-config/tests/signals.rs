//! A signal, in a process of its own.
#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "a test may")]

use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
        mpsc::{Receiver, Sender, channel},
    },
    thread,
    time::{Duration, Instant},
};

use logger_config::{Drain, DrainError, MetaLogger, Record, Route, SignalHandling, info};
use signal_hook::{consts::SIGTERM, flag, low_level};

/// Counts records, and takes its time.
struct Slow {
    taken: Arc<Mutex<usize>>,
    nobody: (Sender<()>, Receiver<()>),
}

impl Drain for Slow {
    fn log(&mut self, _: &Record<'_>) -> Result<(), DrainError> {
        let _ = self.nobody.1.recv_timeout(Duration::from_micros(300));
        *self.taken.lock().unwrap() += 1;
        Ok(())
    }

    fn flush(&mut self, _: Instant) -> Result<(), DrainError> {
        Ok(())
    }
}

#[test]
fn a_signal_finds_the_queue_empty_where_the_configuration_says_so() {
    const RECORDS: usize = 1_000;
    let asked = Arc::new(AtomicBool::new(false));
    flag::register(SIGTERM, Arc::clone(&asked)).unwrap();
    let taken = Arc::new(Mutex::new(0));
    let drain = Slow { taken: Arc::clone(&taken), nobody: channel() };
    let quiet = [("LOG_TO_FILE", "false"), ("LOG_TO_CONSOLE", "false"), ("LOG__SIGNALS_WITHIN", "10m")];
    let builder = MetaLogger::builder().environment(quiet).drain(Route::new("slow", drain));
    let logger = builder.signals(SignalHandling::ShutDown).build().unwrap();
    (0..RECORDS).for_each(|n| info!(logger, "before"; "n" => n));
    low_level::raise(SIGTERM).unwrap();
    while !asked.load(Ordering::Acquire) {
        thread::yield_now();
    }
    assert_eq!(*taken.lock().unwrap(), RECORDS, "the application's handler runs when all is written");
}
