//! One run: starts the logger, lets the experts trade in their threads, ends the logger, reads the files back.

use std::{
    path::PathBuf,
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context as _, anyhow};
use logger_config::{MetaLogger, Switch};
use logger_core::{Level, Logger, Report};

use crate::{
    bars::Bar,
    expert::{Expert, PLANS, Plan},
    latency::Histogram,
    read_back::{ReadBack, read_back},
    tally::Tally,
};

/// What a run needs.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Where the files go.
    pub dir: PathBuf,
    /// The least serious level that is let in.
    pub level: Level,
    /// The days to trade.
    pub bars: Vec<Bar>,
}

/// What came of a run.
#[derive(Debug)]
pub struct Outcome {
    /// Where the files are.
    pub dir: PathBuf,
    /// The level that was set.
    pub level: Level,
    /// What each expert says that it did.
    pub experts: Vec<(Plan, Tally)>,
    /// How long the log calls kept their callers.
    pub latency: Histogram,
    /// From the first log call to the end of the shutdown.
    pub elapsed: Duration,
    /// What the shutdown reports.
    pub report: Report,
    /// What stands in the files.
    pub files: ReadBack,
}

impl Outcome {
    /// What all experts did together.
    pub fn total(&self) -> Tally {
        self.experts.iter().fold(Tally::default(), |mut total, (_, tally)| {
            total.add(tally);
            total
        })
    }
}

/// How long the shutdown may take.
const SHUTDOWN: Duration = Duration::from_secs(10);

/// The queue of each thread. Twenty years of bars come here in some ten milliseconds, far faster than from any market,
/// and DEBUG records that find no room are dropped: this is room for all that one expert logs in this run.
const QUEUE: &str = "8 MiB";

/// Runs the experts over the bars. `on_done` hears of each expert that has ended.
///
/// # Errors
///
/// If logging cannot be started, an expert panicked, or the files cannot be read back.
pub fn run(settings: Settings, mut on_done: impl FnMut(&Plan, &Tally)) -> anyhow::Result<Outcome> {
    let Settings { dir, level, bars } = settings;
    let logging = MetaLogger::builder()
        .app_name("trading_expert")
        .log_dir(&dir)
        .level(level)
        .console(Switch::Off)
        .set("queue.general_ring", QUEUE)
        .build()
        .context("cannot start logging")?;
    let start = Instant::now();
    let (experts, latency) = trade(&logging.logger(), &bars, &mut on_done)?;
    let report = logging.shutdown(SHUTDOWN);
    let elapsed = start.elapsed();
    let files = read_back(&dir)?;
    Ok(Outcome { dir, level, experts, latency, elapsed, report, files })
}

/// One thread for each expert.
fn trade(
    logger: &Logger,
    bars: &[Bar],
    on_done: &mut dyn FnMut(&Plan, &Tally),
) -> anyhow::Result<(Vec<(Plan, Tally)>, Histogram)> {
    let mut latency = Histogram::default();
    let experts = thread::scope(|scope| {
        let threads = PLANS.map(|plan| {
            let body = move || {
                let mut expert = Expert::new(plan, logger);
                bars.iter().for_each(|bar| expert.on_bar(bar));
                expert.finish()
            };
            (plan, thread::Builder::new().name(plan.name.into()).spawn_scoped(scope, body))
        });
        threads
            .into_iter()
            .map(|(plan, thread)| {
                let thread = thread.with_context(|| format!("cannot start a thread for {}", plan.name))?;
                let (tally, took) = thread.join().map_err(|_| anyhow!("{} panicked", plan.name))?;
                latency.merge(&took);
                on_done(&plan, &tally);
                Ok((plan, tally))
            })
            .collect::<anyhow::Result<Vec<_>>>()
    })?;
    Ok((experts, latency))
}
