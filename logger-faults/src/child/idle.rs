//! A logger with files that nobody logs to, between two marks that a tracer sees.

use std::{
    error::Error,
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use logger_core::{Drain, DrainError, Pipeline, Record, Route, Timestamp, info};
use logger_file::{FileDrain, FileOptions, Retention, RotationPolicy, Schedule, Writers};

use super::{calls::mark, drains::Discards};

/// Ticks between the marks.
const TICKS: u32 = 3;
/// Longer than any machine needs for them.
const PATIENCE: Duration = Duration::from_secs(60);
const DAY: Duration = Duration::from_secs(24 * 3_600);

/// Logs one record into `own.log` and `shared.log` below `folder`, and none more.
///
/// # Errors
///
/// What went wrong in the scene itself, not in the logger.
pub fn run_idle(folder: &str) -> Result<(), Box<dyn Error>> {
    let folder = Path::new(folder);
    let ticks = Arc::new(AtomicU32::new(0));
    let open = |name: &str, writers| {
        let schedule = RotationPolicy::SizeOrTime { size: 1_000_000, schedule: Schedule::daily() };
        let options = FileOptions::new().rotation(schedule).retention(Retention::everything().age(DAY));
        FileDrain::open(folder.join(name), options.writers(writers)).map(|drain| Route::new(name, drain))
    };
    let guard = Pipeline::builder()
        .app_name("idle")
        .fallback(Discards)
        .route(open("own.log", Writers::One)?)
        .route(open("shared.log", Writers::Several)?)
        .route(Route::new("ticks", Ticks(Arc::clone(&ticks))))
        .start()?;
    info!(guard.logger(), "the only one");
    wait(&ticks, 1)?;
    mark(folder, "begin");
    wait(&ticks, 1 + TICKS)?;
    mark(folder, "end");
    if guard.shutdown(PATIENCE).finished { Ok(()) } else { Err("the shutdown did not finish".into()) }
}

fn wait(ticks: &AtomicU32, number: u32) -> Result<(), Box<dyn Error>> {
    let began = Instant::now();
    while ticks.load(Ordering::Acquire) < number {
        if began.elapsed() > PATIENCE {
            return Err("the drains are not ticked".into());
        }
        thread::park_timeout(Duration::from_millis(20));
    }
    Ok(())
}

/// Counts its ticks.
struct Ticks(Arc<AtomicU32>);

impl Drain for Ticks {
    fn log(&mut self, _record: &Record<'_>) -> Result<(), DrainError> {
        Ok(())
    }

    fn flush(&mut self, _deadline: Instant) -> Result<(), DrainError> {
        Ok(())
    }

    fn tick(&mut self, _now: Timestamp) {
        self.0.fetch_add(1, Ordering::AcqRel);
    }
}
