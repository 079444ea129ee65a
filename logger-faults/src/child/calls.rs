//! One thread that logs between two marks that a tracer sees, while its drain is well, slow, full or hung.

use std::{
    error::Error,
    fmt,
    fs::{self, File},
    io::{self, Write as _},
    path::{Path, PathBuf},
    thread,
    time::{Duration, Instant},
};

use logger_core::{
    Drain, DrainError, Filter, Format as _, JsonFormat, LoggerExt as _, Pipeline, Record, RingSizes, Route,
    debug, info,
};
use logger_file::{FileDrain, FileOptions};

use super::drains::Discards;

/// A quarter of it holds all that is logged between the marks, so that nobody has to be woken for it.
const RING: usize = 1024 * 1024;
/// Records before the first mark, after which the thread is warm.
const WARM: u64 = 100;
/// Records between the marks.
const CALLS: u64 = 500;
/// Records that fill a ring which nobody empties, and more.
const FLOOD: u64 = 40_000;

/// What happens while the thread logs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Surroundings {
    /// Nothing.
    Normal,
    /// The drain needs longer than the records take to come.
    Slow,
    /// The drain takes nothing, as on a disk that is full.
    Full,
    /// The drain never comes back, and the thread logs more than the queue holds.
    Hung,
    /// Nothing, but a value makes a system call when it is formatted: the tracer has to see it.
    Caught,
}

impl Surroundings {
    /// All of them.
    pub const ALL: [Surroundings; 5] = [
        Surroundings::Normal,
        Surroundings::Slow,
        Surroundings::Full,
        Surroundings::Hung,
        Surroundings::Caught,
    ];

    /// Its name on a command line.
    pub fn name(self) -> String {
        format!("{self:?}")
    }
}

/// Runs the scene of this name below `folder`.
///
/// # Errors
///
/// What went wrong in the scene itself, not in the logger.
pub fn run_calls(scene: &str, folder: &str) -> Result<(), Box<dyn Error>> {
    let scene = Surroundings::ALL.into_iter().find(|it| it.name() == scene).ok_or("no such scene")?;
    let folder = PathBuf::from(folder);
    let route = Route::new("expert", drain(scene, &folder)?).filter(Filter::at_logger_level());
    let guard = Pipeline::builder()
        .app_name("calls")
        .ring_sizes(RingSizes { trade: RING, general: RING })
        .queue_folder(folder.join("queue"))
        .fallback(Discards)
        .route(route)
        .start()?;
    let logger = guard.logger();
    let logged = thread::Builder::new().name("caller".into()).spawn(move || {
        let trades = logger.trade();
        let log = |n: u64| {
            info!(logger, "signal"; "price" => 70_000.25, "n" => n, "text" => %n);
            info!(trades, "order filled {}", n; "side" => "BUY", "id" => n);
            debug!(logger, "below the level"; "n" => n);
        };
        (0..WARM).for_each(log);
        mark(&folder, "begin");
        (0..CALLS).for_each(log);
        match scene {
            // what the queue does not hold is dropped and counted, without a wait
            Surroundings::Hung => (0..FLOOD).for_each(|n| info!(logger, "signal"; "n" => n)),
            Surroundings::Caught => info!(logger, "signal"; "value" => %Touches),
            _ => {}
        }
        mark(&folder, "end");
    })?;
    logged.join().map_err(|_| "the caller panicked")?;
    if scene != Surroundings::Normal && scene != Surroundings::Caught {
        // the drain does not come to an end
        std::process::abort();
    }
    let report = guard.shutdown(Duration::from_secs(20));
    if !report.finished || report.health.total().dropped.total() > 0 {
        return Err(format!("not all was written: {report:?}").into());
    }
    Ok(())
}

/// A system call that stands out.
pub(super) fn mark(folder: &Path, name: &str) {
    let _ = fs::metadata(folder.join(name));
}

fn drain(scene: Surroundings, folder: &Path) -> Result<Box<dyn Drain>, Box<dyn Error>> {
    Ok(match scene {
        Surroundings::Normal | Surroundings::Caught => {
            Box::new(FileDrain::open(folder.join("expert.log"), FileOptions::new())?)
        }
        Surroundings::Full => {
            Box::new(DevFull { file: File::options().write(true).open("/dev/full")?, line: Vec::new() })
        }
        Surroundings::Slow | Surroundings::Hung => Box::new(Waits(scene)),
    })
}

/// Writes each record to a device that is always full.
struct DevFull {
    file: File,
    line: Vec<u8>,
}

impl Drain for DevFull {
    fn log(&mut self, record: &Record<'_>) -> Result<(), DrainError> {
        self.line.clear();
        JsonFormat::default().format(record, &mut self.line);
        self.file.write_all(&self.line).map_err(|error: io::Error| DrainError::new("full").with_source(error))
    }

    fn flush(&mut self, _deadline: Instant) -> Result<(), DrainError> {
        Ok(())
    }
}

/// Waits a while at each record, or for ever at the first.
struct Waits(Surroundings);

impl Drain for Waits {
    fn log(&mut self, _record: &Record<'_>) -> Result<(), DrainError> {
        loop {
            thread::park_timeout(Duration::from_millis(2));
            if self.0 == Surroundings::Slow {
                return Ok(());
            }
        }
    }

    fn flush(&mut self, _deadline: Instant) -> Result<(), DrainError> {
        Ok(())
    }
}

/// Makes a system call when it is formatted.
struct Touches;

impl fmt::Display for Touches {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", fs::metadata("/touched").is_ok())
    }
}
