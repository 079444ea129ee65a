//! From settings to a running pipeline: the one place that names the drains.

use logger_core::{
    Clock, Drain, Overflow, Pipeline, PipelineBuilder, Redaction, RingSizes, Route, ShutdownGuard, Signals,
};

use crate::{
    error::BuildError,
    file_control::FileControls,
    setting::{Panics, SignalHandling},
    settings::{QueueSettings, RedactionSettings, Settings},
};

#[cfg(feature = "stderr")]
mod console;
#[cfg(feature = "file")]
mod file_events;
#[cfg(feature = "file")]
mod files;
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

/// Opens what the settings name and starts the pipeline.
///
/// What the files can be asked for is added to `controls`.
pub(crate) fn start(
    settings: &Settings,
    additions: Additions,
    controls: &mut FileControls,
) -> Result<ShutdownGuard, BuildError> {
    #[cfg(not(feature = "file"))]
    let _ = controls;
    let mut pipeline = Pipeline::builder()
        .app_name(settings.app_name.as_str())
        .level(settings.level)
        .clock(additions.clock)
        .ring_sizes(ring_sizes(&settings.queue))
        .overflow(overflow(&settings.queue))
        .report_every(settings.report_every);
    pipeline = pipeline.redaction(redaction(&settings.redaction));
    if settings.panics == Panics::Log {
        pipeline = pipeline.log_panics();
    }
    if settings.signals == SignalHandling::ShutDown {
        pipeline = pipeline.handle_signals(Signals::TERM_AND_INT.within(settings.signals_within));
    }
    if let Some(budget) = settings.budget {
        pipeline = pipeline.budget(budget);
    }
    #[cfg(feature = "file")]
    let events = file_events::FileEvents::default();
    #[cfg(feature = "file")]
    if let Some(files) = &settings.files {
        pipeline = files::add(pipeline, settings, files, &events, controls)?;
        pipeline = files::keep_queue(pipeline, settings, files)?;
    }
    #[cfg(feature = "stderr")]
    if let Some(settings) = &settings.console {
        pipeline = pipeline.route(console::route(settings));
    }
    pipeline = additions.routes.into_iter().fold(pipeline, PipelineBuilder::route);
    pipeline = add_fallback(pipeline, additions.fallback);
    let guard = pipeline.start()?;
    #[cfg(feature = "file")]
    events.tell(guard.logger());
    Ok(guard)
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

/// Sizes beyond the memory of the machine are beyond the limits of their keys, too.
fn ring_sizes(queue: &QueueSettings) -> RingSizes {
    RingSizes { trade: queue.trade_ring.bytes() as usize, general: queue.general_ring.bytes() as usize }
}

fn overflow(queue: &QueueSettings) -> Overflow {
    let policies = Overflow::default().trades(queue.trades).errors(queue.errors).general(queue.general);
    policies.debug_share(queue.debug_share)
}

fn redaction(settings: &RedactionSettings) -> Redaction {
    let masked = settings.mask.iter().fold(Redaction::default(), |list, name| list.key(name));
    settings.keep.iter().fold(masked, |list, name| list.without_key(name))
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
