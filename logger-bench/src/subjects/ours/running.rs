//! A running logger of ours, as an application starts it.

use std::{
    path::Path,
    sync::Arc,
    time::{Duration, Instant},
};

use anyhow::ensure;
use logger_config::{Context, Envelope, Logger, LoggerExt as _, MetaLogger, Switch};
use logger_core::{
    Category, Filter, Health, JsonFormat, Level, Overflow, OverflowPolicy, Pipeline, PipelineBuilder, Route,
    ShutdownGuard, shared_memory_folder,
};
use logger_file::{FileDrain, FileOptions, RotationPolicy};

use crate::{
    lines::FILE,
    subject::{Load, Place},
    timer::poll,
    workload::CONTEXT,
};

const APP_NAME: &str = "logger-bench";

/// What is switched on besides the three files, the shared memory and the masking.
pub(super) struct Extras {
    pub(super) envelope: Envelope,
    /// The size at which a file ends, in bytes.
    pub(super) max_size: u64,
    pub(super) console: Switch,
    /// A destination for alerts.
    pub(super) alerts: Option<Route>,
}

impl Extras {
    /// Nothing, and files that do not end.
    pub(super) fn none(envelope: Envelope) -> Self {
        Extras { envelope, max_size: 1 << 40, console: Switch::Off, alerts: None }
    }
}

enum Guard {
    AsShipped(Box<MetaLogger>),
    Lossless(ShutdownGuard),
}

/// A running logger, and what is logged with: bound to the context of the workload.
pub(super) struct Running {
    guard: Guard,
    pub(super) log: Logger,
    /// How long the end may take.
    ends_within: Duration,
}

/// A console that hangs never settles, and all that is waited for is on file by then.
const WITH_A_CONSOLE: Duration = Duration::from_millis(200);
const WITHOUT: Duration = Duration::from_secs(30);

impl Running {
    pub(super) fn start(place: &Place, extras: Extras) -> anyhow::Result<Self> {
        let ends_within = if extras.console == Switch::On { WITH_A_CONSOLE } else { WITHOUT };
        let guard = match place.load {
            Load::AsShipped => Guard::AsShipped(Box::new(as_shipped(place.folder(), extras)?)),
            Load::Lossless => Guard::Lossless(lossless(place.folder(), extras)?),
        };
        let root = match &guard {
            Guard::AsShipped(logger) => logger.logger(),
            Guard::Lossless(guard) => guard.logger(),
        };
        Ok(Running { guard, log: bound(root), ends_within })
    }

    /// With the configuration's defaults for all but the files.
    pub(super) fn with_files(place: &Place, options: fn() -> FileOptions) -> anyhow::Result<Self> {
        let guard = by_hand(Pipeline::builder(), place.folder(), options)?.start()?;
        let log = bound(guard.logger());
        Ok(Running { guard: Guard::Lossless(guard), log, ends_within: WITHOUT })
    }

    /// Every record that was logged so far is in a file.
    pub(super) fn ensure_nothing_lost(&self) -> anyhow::Result<()> {
        let health = self.health();
        let affected: u64 = health.drains.iter().map(|drain| drain.diverted + drain.dropped).sum();
        ensure!(affected + health.total().dropped.total() == 0, "not all is on file: {health:?}");
        Ok(())
    }

    fn health(&self) -> Health {
        match &self.guard {
            Guard::AsShipped(logger) => logger.health(),
            Guard::Lossless(guard) => guard.pipeline().health(),
        }
    }

    /// Waits until the files have all that was logged.
    pub(super) fn settle(&self, sent: u64) -> anyhow::Result<Option<Instant>> {
        let settled = poll(Duration::from_secs(60), || {
            let total = self.health().total();
            total.accepted >= sent && total.pending == 0
        });
        ensure!(settled, "records are still on their way: {:?}", self.health());
        Ok(Some(Instant::now()))
    }

    /// The same, and ends logging.
    pub(super) fn finish(self, sent: u64) -> anyhow::Result<()> {
        self.settle(sent)?;
        // what did not finish is the console, or is missed when the lines are counted
        let _report = match self.guard {
            Guard::AsShipped(logger) => logger.shutdown(self.ends_within),
            Guard::Lossless(guard) => guard.shutdown(self.ends_within),
        };
        Ok(())
    }
}

/// The logger with the context of the workload.
fn bound(root: Logger) -> Logger {
    root.bind(&CONTEXT.iter().fold(Context::new(), |context, (key, value)| context.with(key, *value)))
}

/// The logger of the README.
fn as_shipped(folder: &Path, extras: Extras) -> anyhow::Result<MetaLogger> {
    let mut builder = MetaLogger::builder()
        .environment([("", ""); 0])
        .app_name(APP_NAME)
        .log_dir(folder)
        .set("files.envelope", if extras.envelope == Envelope::Full { "full" } else { "compact" })
        .set("files.max_size", i64::try_from(extras.max_size)?)
        .backup_count(1000)
        .console(extras.console);
    if let Some(alerts) = extras.alerts {
        builder = builder.drain(alerts);
    }
    Ok(builder.build()?)
}

/// The same, put together by hand: the configuration has no key that makes callers wait with records that are neither
/// trades nor errors.
fn lossless(folder: &Path, extras: Extras) -> anyhow::Result<ShutdownGuard> {
    let wait = OverflowPolicy::Keep { wait: Duration::from_secs(10), spill: 8 << 20 };
    let overflow = Overflow::default().trades(wait).errors(wait).general(wait);
    let mut pipeline = by_hand(Pipeline::builder().overflow(overflow), folder, || {
        FileOptions::new()
            .format(JsonFormat::new(extras.envelope))
            .rotation(RotationPolicy::Size(extras.max_size))
            .backup_count(1000)
    })?;
    if extras.console == Switch::On {
        let console = logger_stderr::ConsoleDrain::stderr(logger_stderr::ColorChoice::Never);
        pipeline = pipeline.route(Route::new("console", console).detached(8192));
    }
    if let Some(alerts) = extras.alerts {
        pipeline = pipeline.route(alerts);
    }
    Ok(pipeline.start()?)
}

/// The three files and the queue in shared memory.
fn by_hand(
    pipeline: PipelineBuilder,
    folder: &Path,
    options: impl Fn() -> FileOptions,
) -> anyhow::Result<PipelineBuilder> {
    let mut pipeline =
        pipeline.app_name(APP_NAME).fallback(logger_stderr::FallbackDrain::stderr()).log_panics();
    let general = folder.join(FILE);
    for (name, path, filter) in [
        ("general", general.clone(), Filter::at_logger_level()),
        ("trades", folder.join("trades.log"), Filter::category(Category::Trade)),
        ("errors", folder.join("errors.log"), Filter::at_least(Level::Error)),
    ] {
        let drain = FileDrain::open(&path, options())?;
        let journal = Arc::new(drain.journal());
        pipeline = pipeline.route(Route::new(name, drain).filter(filter).journal(journal));
    }
    if let Some(memory) = shared_memory_folder(APP_NAME, &general) {
        pipeline = pipeline.queue_folder(memory);
    }
    Ok(pipeline)
}
