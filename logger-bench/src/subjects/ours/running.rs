//! A running logger of ours, as an application starts it.

use std::time::{Duration, Instant};

use anyhow::ensure;
use logger_config::{Context, Envelope, Health, Logger, LoggerExt as _, MetaLogger, Route, Switch};

use crate::{
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
    /// What ended files are packed with.
    pub(super) compression: &'static str,
    pub(super) console: Switch,
    /// A destination of its own beside those.
    pub(super) route: Option<Route>,
}

impl Extras {
    /// Nothing, and files that do not end.
    pub(super) fn none(envelope: Envelope) -> Self {
        Extras { envelope, max_size: 1 << 40, compression: "none", console: Switch::Off, route: None }
    }
}

/// A running logger, and what is logged with: bound to the context of the workload.
pub(super) struct Running {
    logger: MetaLogger,
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
        let logger = logger(place, extras)?;
        let context = CONTEXT.iter().fold(Context::new(), |context, (key, value)| context.with(key, *value));
        Ok(Running { log: logger.logger().bind(&context), logger, ends_within })
    }

    fn health(&self) -> Health {
        self.logger.health()
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
        let _report = self.logger.shutdown(self.ends_within);
        Ok(())
    }
}

/// The logger of the README; where nothing may be lost, callers wait for room with every record.
fn logger(place: &Place, extras: Extras) -> anyhow::Result<MetaLogger> {
    let mut builder = MetaLogger::builder()
        .environment([("", ""); 0])
        .app_name(APP_NAME)
        .log_dir(place.folder())
        .set("files.envelope", if extras.envelope == Envelope::Full { "full" } else { "compact" })
        .set("files.max_size", i64::try_from(extras.max_size)?)
        .set("files.compression", extras.compression)
        .backup_count(1000)
        .console(extras.console);
    if place.load == Load::Lossless {
        builder = builder.set("queue.general", "keep").set("queue.wait", "10s");
    }
    if let Some(route) = extras.route {
        builder = builder.drain(route);
    }
    Ok(builder.build()?)
}
