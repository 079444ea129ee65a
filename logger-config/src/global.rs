//! One logger for the whole process, for those who do not want to hand it around.

use std::{
    panic::Location,
    sync::{Arc, Mutex, MutexGuard, PoisonError, Weak},
};

use logger_core::Logger;

use crate::running::Running;

/// The logger that is the global one.
struct Global {
    running: Weak<Running>,
    logger: Logger,
    app_name: String,
    place: &'static Location<'static>,
}

static GLOBAL: Mutex<Option<Global>> = Mutex::new(None);

fn lock() -> MutexGuard<'static, Option<Global>> {
    GLOBAL.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A logger on the one that [`MetaLogger::make_global`](crate::MetaLogger::make_global) has made the global one; `None` where
/// there is none, or where it has ended. It takes a lock: hold on to the logger instead of asking for it at every record.
///
/// ```
/// use logger_config::{MetaLogger, info};
///
/// # let (folder, builder) = (tempfile::tempdir()?, MetaLogger::builder().set("queue.memory", "heap"));
/// # let builder = builder.log_dir(folder.path().join("logs"));
/// # if cfg!(not(any(feature = "file", feature = "stderr"))) { return Ok(()) }
/// let logger = builder.build()?;
/// logger.make_global()?;
/// if let Some(log) = logger_config::global() {
///     info!(log, "from anywhere");
/// }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn global() -> Option<Logger> {
    lock().as_ref().map(|global| global.logger.clone())
}

/// There is a global logger already.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the logger of `{app_name}` is the global one already; it was made that at {file}:{line}")]
#[non_exhaustive]
pub struct AlreadyGlobal {
    /// The name of its application.
    pub app_name: String,
    /// The file of the program in which it was made the global one.
    pub file: &'static str,
    /// The line.
    pub line: u32,
}

#[track_caller]
pub(crate) fn set(running: &Arc<Running>, logger: &Logger, app_name: &str) -> Result<(), AlreadyGlobal> {
    let mut global = lock();
    if let Some(first) = &*global {
        let (app_name, place) = (first.app_name.clone(), first.place);
        return Err(AlreadyGlobal { app_name, file: place.file(), line: place.line() });
    }
    *global = Some(Global {
        running: Arc::downgrade(running),
        logger: logger.clone(),
        app_name: app_name.to_owned(),
        place: Location::caller(),
    });
    Ok(())
}

/// The logger has ended: another one may become the global one.
pub(crate) fn forget(running: &Arc<Running>) {
    let mut global = lock();
    if global.as_ref().is_some_and(|it| std::ptr::eq(it.running.as_ptr(), Arc::as_ptr(running))) {
        *global = None;
    }
}
