//! From settings to a running pipeline: the one place that names the drains.

use logger_core::{
    Clock, Drain, Levels, Overflow, Pipeline, PipelineBuilder, Redaction, RingSizes, Route, ShutdownGuard,
    Signals,
};

pub(crate) use self::filter::Filters;
use crate::{
    error::BuildError,
    file_control::FileControls,
    setting::{Backtraces, Panics, SignalHandling},
    settings::{DrainSettings, LevelSettings, QueueSettings, RedactionSettings, Settings},
};

#[cfg(any(feature = "file", feature = "stderr"))]
use crate::settings::DrainTarget;

#[cfg(feature = "alerts")]
pub(crate) mod alerts;
#[cfg(feature = "stderr")]
mod console;
#[cfg(feature = "file")]
mod file_events;
#[cfg(feature = "file")]
mod files;
mod filter;
#[cfg(feature = "file")]
mod lazy;

/// What the application adds to the settings.
#[derive(Default)]
pub(crate) struct Additions {
    pub(crate) clock: Clock,
    /// Its own drains, after those of the settings.
    pub(crate) routes: Vec<Route>,
    /// In the place of stderr.
    pub(crate) fallback: Option<Box<dyn Drain>>,
}

/// A pipeline that runs, and how its filters are made.
pub(crate) struct Started {
    pub(crate) guard: ShutdownGuard,
    pub(crate) files: FileControls,
    #[cfg(feature = "alerts")]
    pub(crate) alerts: Option<logger_telegram::AlertHandle>,
    #[cfg(feature = "metrics-http")]
    pub(crate) metrics: Option<logger_metrics::MetricsServer>,
    #[cfg(feature = "reload")]
    pub(crate) filters: Filters,
}

/// Opens what the settings name and starts the pipeline.
pub(crate) fn start(settings: &Settings, additions: Additions) -> Result<Started, BuildError> {
    #[cfg(feature = "alerts")]
    let alerts = match &settings.alerts {
        Some(alerts) => Some(alerts::wire(alerts, settings, &additions.clock)?),
        None => None,
    };
    let mut pipeline = Pipeline::builder()
        .app_name(settings.app_name.as_str())
        .level(settings.level)
        .clock(additions.clock)
        .ring_sizes(ring_sizes(&settings.queue))
        .overflow(overflow(&settings.queue))
        .report_every(settings.report_every);
    register(&settings.redaction);
    pipeline = pipeline.redaction(redaction(&settings.redaction)?);
    pipeline = pipeline.backtraces_from(match settings.backtraces {
        Backtraces::From(level) => Some(level),
        Backtraces::Never => None,
    });
    if settings.panics == Panics::Log {
        pipeline = pipeline.log_panics();
    }
    if let Some(signals) = signals(settings) {
        pipeline = pipeline.handle_signals(signals);
    }
    if let Some(every) = settings.heartbeat_every {
        pipeline = pipeline.heartbeat(every);
    }
    if let Some(calls) = settings.time_one_in {
        pipeline = pipeline.time_one_in(calls);
    }
    if let Some(budget) = settings.budget {
        pipeline = pipeline.budget(budget);
    }
    #[cfg(feature = "file")]
    let events = file_events::FileEvents::default();
    #[cfg(feature = "file")]
    let folder = files::Folder::new(settings, &events);
    let filters = Filters {
        #[cfg(feature = "file")]
        gate: folder.gate(),
    };
    for drain in &settings.drains {
        let made = make(
            drain,
            #[cfg(feature = "file")]
            &folder,
        )?;
        if let Some(route) = made {
            let route = route.filter(filters.of_drain(drain));
            pipeline = pipeline.route(match drain.queue {
                Some(queue) => route.detached(queue),
                None => route,
            });
        }
    }
    #[cfg(feature = "file")]
    if let Some(files) = &settings.files {
        pipeline = files::keep_queue(pipeline.reports(files::reports(files, &settings.app_name)?), settings)?;
    }
    #[cfg(feature = "alerts")]
    let (alerts, troubles) = match alerts {
        Some(wired) => {
            pipeline = pipeline.route(wired.route);
            (Some(wired.handle), Some(wired.troubles))
        }
        None => (None, None),
    };
    pipeline = additions.routes.into_iter().fold(pipeline, PipelineBuilder::route);
    pipeline = add_fallback(pipeline, additions.fallback);
    let guard = pipeline.start()?;
    #[cfg(feature = "metrics-http")]
    let metrics = serve(settings, guard.pipeline())?;
    guard.pipeline().set_levels(levels(settings));
    #[cfg(feature = "file")]
    events.tell(guard.logger());
    #[cfg(feature = "alerts")]
    if let Some(troubles) = troubles {
        troubles.tell(guard.pipeline());
    }
    Ok(Started {
        guard,
        #[cfg(feature = "file")]
        files: folder.into_controls(),
        #[cfg(not(feature = "file"))]
        files: FileControls::default(),
        #[cfg(feature = "alerts")]
        alerts,
        #[cfg(feature = "metrics-http")]
        metrics,
        #[cfg(feature = "reload")]
        filters,
    })
}

/// Serves the figures where the settings say so.
#[cfg(feature = "metrics-http")]
fn serve(
    settings: &Settings,
    pipeline: &Pipeline,
) -> Result<Option<logger_metrics::MetricsServer>, BuildError> {
    let Some(address) = settings.metrics_listen else { return Ok(None) };
    let server = logger_metrics::MetricsServer::start(address, pipeline);
    server.map(Some).map_err(|error| BuildError::Metrics(Box::new(error)))
}

/// Opens a drain; `None` for one that this build does not have, which was refused with the settings.
fn make(
    drain: &DrainSettings,
    #[cfg(feature = "file")] folder: &files::Folder<'_>,
) -> Result<Option<Route>, BuildError> {
    match &drain.target {
        #[cfg(feature = "file")]
        DrainTarget::File(file) => folder.route(drain, file).map(Some),
        #[cfg(feature = "stderr")]
        DrainTarget::Console(console) => Ok(Some(console::route(drain, console))),
        #[cfg(not(all(feature = "file", feature = "stderr")))]
        _ => Ok(None),
    }
}

fn add_fallback(pipeline: PipelineBuilder, own: Option<Box<dyn Drain>>) -> PipelineBuilder {
    match own {
        Some(drain) => pipeline.fallback(drain),
        #[cfg(feature = "stderr")]
        None => pipeline.fallback(logger_stderr::FallbackDrain::stderr()),
        #[cfg(not(feature = "stderr"))]
        None => pipeline,
    }
}

/// The levels of the whole and of its parts.
pub(crate) fn levels(settings: &Settings) -> Levels {
    let LevelSettings { modules, experts, categories } = &settings.levels;
    let levels = Levels::new(settings.level);
    let levels = modules.iter().fold(levels, |levels, (path, level)| levels.module(path, *level));
    let levels = experts.iter().fold(levels, |levels, (name, level)| levels.expert(name, *level));
    categories.iter().fold(levels, |levels, (category, level)| levels.category(*category, *level))
}

/// Sizes beyond the memory of the machine are beyond the limits of their keys, too.
/// The signals that empty the queues, and how long that may take.
fn signals(settings: &Settings) -> Option<Signals> {
    let wanted = settings.signals == SignalHandling::ShutDown;
    wanted.then(|| Signals::TERM_AND_INT.within(settings.signals_within))
}

fn ring_sizes(queue: &QueueSettings) -> RingSizes {
    RingSizes { trade: queue.trade_ring.bytes() as usize, general: queue.general_ring.bytes() as usize }
}

fn overflow(queue: &QueueSettings) -> Overflow {
    let policies = Overflow::default().trades(queue.trades).errors(queue.errors).general(queue.general);
    policies.debug_share(queue.debug_share)
}

/// What is masked by key and by pattern.
pub(crate) fn redaction(settings: &RedactionSettings) -> Result<Redaction, BuildError> {
    let masked = settings.mask.iter().fold(Redaction::default(), |list, name| list.key(name));
    let kept = settings.keep.iter().fold(masked, |list, name| list.without_key(name));
    let mut removed = settings.without_patterns.iter();
    let fewer = removed.try_fold(kept, |list, name| list.without_pattern(name))?;
    Ok(settings.patterns.iter().try_fold(fewer, |list, (name, pattern)| list.pattern(name, pattern))?)
}

/// Has the secrets of the configuration masked from now on, in the whole process.
pub(crate) fn register(settings: &RedactionSettings) {
    for literal in &settings.literals {
        // one that is too short was refused with the settings
        let _ = logger_core::register_secret(literal.0.expose());
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use logger_core::OverflowPolicy;

    use super::*;
    use crate::builder::MetaLoggerBuilder;

    fn builder() -> MetaLoggerBuilder {
        let builder = MetaLoggerBuilder::default().environment([("", ""); 0]);
        builder.drain(Route::new("nowhere", crate::testing::Nowhere))
    }

    #[test]
    fn the_time_that_a_signal_has_is_the_one_of_the_settings() {
        let of = |switch: &str| {
            let builder = builder().set("signals", switch).set("signals_within", "7s");
            signals(&builder.settings().unwrap())
        };
        assert_eq!(of("shut_down"), Some(Signals::TERM_AND_INT.within(Duration::from_secs(7))));
        assert_eq!(of("leave"), None);
    }

    #[test]
    fn what_is_said_of_the_queues_reaches_the_pipeline() {
        let builder = builder().queue_wait(Duration::from_millis(7)).set("queue.spill", "64 KiB");
        let queue = builder.set("queue.trade_ring", 1 << 20).settings().unwrap().queue;
        let keep = OverflowPolicy::Keep { wait: Duration::from_millis(7), spill: 65_536 };
        assert_eq!(overflow(&queue), Overflow::default().trades(keep).errors(keep));
        assert_eq!(ring_sizes(&queue), RingSizes { trade: 1 << 20, ..RingSizes::default() });
    }

    #[test]
    fn each_class_may_have_bounds_of_its_own() {
        let builder = builder().set("queue.trade_wait", "1s").set("queue.error_spill", "1 MiB");
        let builder = builder.set("queue.general", "keep").set("queue.general_wait", "2ms");
        let queue = builder.set("queue.general_spill", "64 KiB").settings().unwrap().queue;
        let keep = |millis, spill| OverflowPolicy::Keep { wait: Duration::from_millis(millis), spill };
        assert_eq!(
            overflow(&queue),
            Overflow::default()
                .trades(keep(1_000, 8 << 20))
                .errors(keep(50, 1 << 20))
                .general(keep(2, 64 << 10))
        );
    }

    #[test]
    fn errors_may_be_dropped_and_trades_may_not() {
        let builder = || builder().set("queue.errors", "drop").set("queue.debug_share", 40);
        let queue = builder().settings().unwrap().queue;
        assert_eq!(overflow(&queue), Overflow::default().errors(OverflowPolicy::Drop).debug_share(40));
        assert!(builder().set("queue.trades", "drop").settings().is_err());
    }

    #[test]
    fn the_defaults_of_the_queues_are_those_of_the_pipeline() {
        let queue = builder().settings().unwrap().queue;
        assert_eq!(ring_sizes(&queue), RingSizes::default());
        assert_eq!(overflow(&queue), Overflow::default());
    }
}
