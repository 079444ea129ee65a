//! Records that are logged where one would not expect it.

use std::{
    cell::RefCell,
    error::Error,
    fmt, io, panic, process,
    sync::{
        Mutex, OnceLock, PoisonError,
        atomic::{AtomicU32, Ordering},
        mpsc::Receiver,
    },
    thread,
    time::Instant,
};

use logger_core::{
    Drain, DrainError, Filter, Level, Logger, PipelineBuilder, Record, Route, ShutdownGuard, crit, testing,
};

use super::{SOME, own_load};
use crate::{child::ends::two_steps, child::load::Load, plan::Plan, scene::Scene};

/// What the drain logs through, once there is something.
static LOGGER: OnceLock<Logger> = OnceLock::new();
/// What is logged at the end of the process: by a hook that runs before that of the logger, and by one that runs after.
static AT_EXIT: [Mutex<Option<Load>>; 2] = [const { Mutex::new(None) }; 2];

pub(super) fn prepare(builder: PipelineBuilder) -> Result<PipelineBuilder, Box<dyn Error>> {
    // the hook that comes first runs last
    if !testing::at_exit(after_the_logger) {
        return Err("no hook at the exit".into());
    }
    let route = Route::new("logs", LogsItself { calls: AtomicU32::new(0) });
    Ok(builder.log_panics().route(route.filter(Filter::at_least(Level::Info))))
}

pub(super) fn play(plan: &Plan, guard: &ShutdownGuard, steps: &Receiver<()>) -> io::Result<()> {
    let _ = LOGGER.set(guard.logger());
    in_a_value(plan, guard)?;
    in_a_panic_hook(plan, guard)?;
    at_the_end_of_a_thread(plan, guard)?;
    if !testing::at_exit(before_the_logger) {
        return Err(io::Error::other("no hook at the exit"));
    }
    for (row, slot) in (4..).zip(&AT_EXIT) {
        *slot.lock().unwrap_or_else(PoisonError::into_inner) = Some(own_load(plan, guard, row)?);
    }
    two_steps(steps);
    process::exit(0)
}

/// Shows as nothing, and logs.
struct Logs(RefCell<(Load, io::Result<()>)>);

impl fmt::Display for Logs {
    fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (load, outcome) = &mut *self.0.borrow_mut();
        *outcome = load.log(SOME);
        Ok(())
    }
}

fn in_a_value(plan: &Plan, guard: &ShutdownGuard) -> io::Result<()> {
    let logs = Logs(RefCell::new((own_load(plan, guard, 0)?, Ok(()))));
    crit!(guard.logger(), "{}", Scene::IN_A_VALUE; "value" => %logs);
    logs.0.into_inner().1
}

fn in_a_panic_hook(plan: &Plan, guard: &ShutdownGuard) -> io::Result<()> {
    let load = Mutex::new(Some(own_load(plan, guard, 1)?));
    let previous = panic::take_hook();
    panic::set_hook(Box::new(move |info| {
        let load = load.lock().unwrap_or_else(PoisonError::into_inner).take();
        load.map(|mut load| load.log(SOME));
        previous(info);
    }));
    let panicked = thread::spawn(|| panic!("{}", Scene::PANIC)).join();
    panicked.map_or(Ok(()), |()| Err(io::Error::other("the thread did not panic")))
}

/// Logs when it is dropped.
struct LogsAtItsEnd(RefCell<Option<Load>>);

impl Drop for LogsAtItsEnd {
    fn drop(&mut self) {
        if let Some(load) = self.0.get_mut() {
            let _ = load.log(SOME);
        }
    }
}

thread_local! {
    // destructors run in the reverse order of first use: one after the logger's own is gone, and one before
    static EARLY: LogsAtItsEnd = const { LogsAtItsEnd(RefCell::new(None)) };
    static LATE: LogsAtItsEnd = const { LogsAtItsEnd(RefCell::new(None)) };
}

fn at_the_end_of_a_thread(plan: &Plan, guard: &ShutdownGuard) -> io::Result<()> {
    let (early, mut late) = (own_load(plan, guard, 2)?, own_load(plan, guard, 3)?);
    let logged = thread::spawn(move || {
        EARLY.with(|it| it.0.replace(Some(early)));
        let logged = late.log(SOME);
        LATE.with(|it| it.0.replace(Some(late)));
        logged
    });
    logged.join().map_err(|_| io::Error::other("the thread panicked"))?
}

extern "C" fn before_the_logger() {
    log_at_exit(0);
}

extern "C" fn after_the_logger() {
    log_at_exit(1);
}

fn log_at_exit(index: usize) {
    let load = AT_EXIT[index].lock().unwrap_or_else(PoisonError::into_inner).take();
    load.map(|mut load| load.log(SOME));
}

/// Takes every record, and logs with some.
struct LogsItself {
    calls: AtomicU32,
}

impl Drain for LogsItself {
    fn log(&mut self, _: &Record<'_>) -> Result<(), DrainError> {
        if let Some(logger) = LOGGER.get()
            && self.calls.fetch_add(1, Ordering::Relaxed) < Scene::IN_A_DRAIN_TIMES
        {
            crit!(logger, "{}", Scene::IN_A_DRAIN);
        }
        Ok(())
    }

    fn flush(&mut self, _: Instant) -> Result<(), DrainError> {
        Ok(())
    }
}
