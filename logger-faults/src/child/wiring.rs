//! The pipeline of the child: three files, the fallback on stderr, the reports beside them, and what the plan adds.

use std::{error::Error, fs::File, sync::Arc, time::Duration};

use logger_core::{
    Category, Clock, Drain, Filter, Journal, Level, Overflow, OverflowPolicy, Pipeline, PipelineBuilder,
    RingSizes, Route, ShutdownGuard,
};
use logger_file::{
    Accept, Compression, Durability, FileDrain, FileEvent, FileOptions, Naming, RotationPolicy, Schedule,
    Writers,
};
use logger_stderr::FallbackDrain;

use super::{
    drains::{Discards, Hangs, Healed, LosesSome, Panics, Refuses, SwallowsErrors, SwallowsPanics, Waits},
    files::{Flaw, Flawed},
    journals::{Boasts, Forgets, ForgetsEnded},
    scenes,
};
use crate::plan::{Bug, Durable, EndedFiles, Fault, Plan, Pressure, QueuePlace, Timed, Writers as Sharing};

/// Short enough that a case sees reports while a fault lasts.
const REPORT_EVERY: Duration = Duration::from_millis(200);

/// See [`Pressure::CallersWait`].
const PATIENT: OverflowPolicy = OverflowPolicy::Keep { wait: Duration::from_secs(2), spill: 8 * 1024 * 1024 };

/// See [`Pressure::TradesOnly`] and [`Pressure::Flood`].
const IMPATIENT: OverflowPolicy =
    OverflowPolicy::Keep { wait: Duration::from_millis(5), spill: 4 * SMALL_RING };
const SMALL_RING: usize = 64 * 1024;

/// See [`Pressure::Defaults`].
const RING: usize = 1024 * 1024;

/// Starts the pipeline.
pub(super) fn build(
    plan: &Plan,
    healed: &Healed,
    clock: Option<Clock>,
) -> Result<ShutdownGuard, Box<dyn Error>> {
    let reports = FileDrain::open(plan.ledger.join(Plan::REPORTS), FileOptions::new())?;
    let builder = Pipeline::builder()
        .app_name("faults")
        .level(Level::Info)
        .reports(reports)
        .report_every(REPORT_EVERY)
        .route(file(plan, "expert", Filter::at_logger_level())?)
        .route(file(plan, "trades", Filter::category(Category::Trade))?)
        .route(file(plan, "errors", Filter::at_least(Level::Error))?);
    let builder = match plan.bug {
        Some(Bug::SilentFallback) => builder.fallback(Discards),
        Some(Bug::WaitingFallback) => builder.fallback(Waits::default()),
        _ => builder.fallback(FallbackDrain::stderr()),
    };
    let builder = match clock {
        Some(clock) => builder.clock(clock),
        None => builder,
    };
    let builder = with_pressure(with_queue(builder, plan), plan.pressure);
    let builder = with_victim(builder, plan, healed)?;
    Ok(scenes::prepare(builder, plan)?.start()?)
}

fn with_queue(builder: PipelineBuilder, plan: &Plan) -> PipelineBuilder {
    match &plan.queue {
        QueuePlace::Folder(folder) if plan.bug != Some(Bug::QueueOnHeap) => builder.queue_folder(folder),
        _ => builder,
    }
}

fn with_pressure(builder: PipelineBuilder, pressure: Pressure) -> PipelineBuilder {
    match pressure {
        Pressure::CallersWait => {
            builder.overflow(Overflow::default().trades(PATIENT).errors(PATIENT).general(PATIENT))
        }
        Pressure::TradesOnly => builder
            .ring_sizes(RingSizes { trade: SMALL_RING, general: SMALL_RING })
            .overflow(Overflow::default().trades(IMPATIENT)),
        Pressure::Defaults => builder.ring_sizes(RingSizes { trade: RING, general: RING }),
        Pressure::Flood => builder.ring_sizes(RingSizes { trade: SMALL_RING, general: SMALL_RING }),
    }
}

/// The route to a file of its name with its journal.
fn file(plan: &Plan, name: &str, filter: Filter) -> Result<Route, Box<dyn Error>> {
    let (drain, journal) = open(plan, name)?;
    Ok(Route::new(name, drain).filter(filter).journal(journal))
}

type Opened = (Box<dyn Drain>, Arc<dyn Journal>);

/// A file as the plan wants it, with its bug if that is one of files.
fn open(plan: &Plan, name: &str) -> Result<Opened, Box<dyn Error>> {
    let rotation = match plan.timed {
        Timed::Never => RotationPolicy::Size(plan.max_size),
        Timed::HourlyByAClockThatJumps => RotationPolicy::Time(Schedule::every_minutes(60)?),
    };
    let options =
        FileOptions::new().rotation(rotation).backup_count(plan.backups).writers(match plan.writers {
            Sharing::One => Writers::One,
            Sharing::Several => Writers::Several,
        });
    let in_vain = plan.in_vain();
    let options = options.on_event(move |event| {
        if matches!(event, FileEvent::NoTurn { .. }) {
            let _ = File::create(&in_vain);
        }
    });
    let options = match plan.durable {
        Durable::Os => options,
        Durable::Disk => options.durability(Durability::Disk),
    };
    let options = match plan.ended {
        EndedFiles::Numbered => options,
        EndedFiles::NumberedPacked => options.compression(Compression::Gzip),
        EndedFiles::DatedPacked => options.compression(Compression::Gzip).naming(Naming::Dated),
    };
    let options = match flaw(plan, name) {
        Some(flaw) => options.fs(Flawed::file_system(flaw)),
        None => options,
    };
    if plan.fault == Fault::DevFull && name == Plan::VICTIM {
        let drain = FileDrain::open("/dev/full", options.accept(Accept::AnyFileOrDevice))?;
        let journal = Arc::new(drain.journal());
        return Ok((with_bug(plan, drain), journal));
    }
    let drain = FileDrain::open(plan.outputs.join(format!("{name}.log")), options)?;
    let journal: Arc<dyn Journal> = match plan.bug {
        Some(Bug::JournalForgets) => Arc::new(Forgets(drain.journal())),
        Some(Bug::JournalForgetsEnded) => {
            Arc::new(ForgetsEnded { inner: drain.journal(), file: drain.path().to_owned() })
        }
        Some(Bug::JournalBoasts) => Arc::new(Boasts(drain.journal())),
        _ => Arc::new(drain.journal()),
    };
    Ok((with_bug(plan, drain), journal))
}

/// The drain with the bug of the plan, if that is one of drains.
fn with_bug(plan: &Plan, drain: FileDrain) -> Box<dyn Drain> {
    match plan.bug {
        Some(Bug::SwallowsErrors) => Box::new(SwallowsErrors(drain)),
        Some(Bug::LosesSome) => Box::new(LosesSome { inner: drain, calls: 0 }),
        _ => Box::new(drain),
    }
}

fn flaw(plan: &Plan, name: &str) -> Option<Flaw> {
    if plan.fault == Fault::DiesInItsTurn && name == "expert" {
        let leaks = plan.bug == Some(Bug::LockOutlivesItsHolder);
        return Some(if leaks { Flaw::DiesButNotItsLocks } else { Flaw::Dies });
    }
    Some(match plan.bug? {
        Bug::LosesWriteAfterRotation => Flaw::LosesFirstWrite,
        Bug::DoublesWriteAfterRotation => Flaw::DoublesFirstWrite,
        Bug::IgnoresShortWrites => Flaw::IgnoresShortWrites,
        Bug::NeverLooks => Flaw::NeverLooks,
        Bug::LocksNothing => Flaw::LocksNothing,
        _ => return None,
    })
}

/// Adds the drain at fault.
fn with_victim(
    builder: PipelineBuilder,
    plan: &Plan,
    healed: &Healed,
) -> Result<PipelineBuilder, Box<dyn Error>> {
    let victim = || open(plan, Plan::VICTIM).map(|(drain, _)| drain);
    let route = |drain: Box<dyn Drain>| Route::new(Plan::VICTIM, drain);
    Ok(match plan.fault {
        Fault::DevFull => builder.route(route(victim()?)),
        Fault::DrainPanics => {
            let panics = Panics { inner: victim()?, healed: healed.clone(), calls: 0 };
            builder.route(match plan.bug {
                Some(Bug::SwallowsPanics) => route(Box::new(SwallowsPanics(panics))),
                _ => route(Box::new(panics)),
            })
        }
        Fault::DrainRefuses => {
            builder.route(route(Box::new(Refuses { inner: victim()?, healed: healed.clone() })))
        }
        Fault::DrainHangs => {
            let hangs = route(Box::new(Hangs { inner: victim()?, calls: 0 }));
            builder.route(match plan.bug {
                Some(Bug::HangsOnWorker) => hangs,
                _ => hangs.detached(Plan::QUEUE),
            })
        }
        _ => builder,
    })
}
