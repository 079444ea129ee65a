//! The pipeline of the child: three files, the fallback on stderr, the reports beside them, and what the plan adds.

use std::{error::Error, time::Duration};

use logger_core::{
    Category, Drain, Filter, Level, Overflow, OverflowPolicy, Pipeline, PipelineBuilder, Route, ShutdownGuard,
};
use logger_file::{FileDrain, FileOptions, RotationPolicy};
use logger_stderr::FallbackDrain;

use super::{
    drains::{Hangs, Healed, Panics, SwallowsErrors, SwallowsPanics},
    files::{Flaw, FlawedFs},
};
use crate::plan::{Bug, Fault, Plan};

/// Short enough that a case sees reports while a fault lasts.
const REPORT_EVERY: Duration = Duration::from_millis(200);

/// The callers wait for a worker that is slower than they are: a case that drops records, or has its callers hand them to
/// the fallback, sees less of the drains.
const PATIENT: OverflowPolicy = OverflowPolicy::Keep { wait: Duration::from_secs(2), spill: 8 * 1024 * 1024 };

/// Starts the pipeline.
pub(super) fn build(plan: &Plan, healed: &Healed) -> Result<ShutdownGuard, Box<dyn Error>> {
    let reports = FileDrain::open(plan.ledger.join(Plan::REPORTS), FileOptions::new())?;
    let builder = Pipeline::builder()
        .app_name("faults")
        .level(Level::Info)
        .overflow(Overflow::default().trades(PATIENT).errors(PATIENT).general(PATIENT))
        .fallback(FallbackDrain::stderr())
        .reports(reports)
        .report_every(REPORT_EVERY)
        .route(Route::new("expert", file(plan, "expert.log")?))
        .route(Route::new("trades", file(plan, "trades.log")?).filter(Filter::category(Category::Trade)))
        .route(Route::new("errors", file(plan, "errors.log")?).filter(Filter::at_least(Level::Error)));
    Ok(with_victim(builder, plan, healed)?.start()?)
}

/// A file as the plan wants it, with its bug if that is one of files.
fn file(plan: &Plan, name: &str) -> Result<Box<dyn Drain>, Box<dyn Error>> {
    let options = FileOptions::new().rotation(RotationPolicy::Size(plan.max_size)).backup_count(plan.backups);
    let options = match flaw(plan.bug) {
        Some(flaw) => options.fs(FlawedFs::new(flaw)),
        None => options,
    };
    let drain = FileDrain::open(plan.outputs.join(name), options)?;
    Ok(match plan.bug {
        Some(Bug::SwallowsErrors) => Box::new(SwallowsErrors(drain)),
        _ => Box::new(drain),
    })
}

fn flaw(bug: Option<Bug>) -> Option<Flaw> {
    match bug? {
        Bug::LosesWriteAfterRotation => Some(Flaw::LosesFirstWrite),
        Bug::DoublesWriteAfterRotation => Some(Flaw::DoublesFirstWrite),
        Bug::IgnoresShortWrites => Some(Flaw::IgnoresShortWrites),
        Bug::EndsWithoutHooks | Bug::SwallowsErrors | Bug::SwallowsPanics | Bug::HangsOnWorker => None,
    }
}

/// Adds the drain at fault.
fn with_victim(
    builder: PipelineBuilder,
    plan: &Plan,
    healed: &Healed,
) -> Result<PipelineBuilder, Box<dyn Error>> {
    let victim = || file(plan, "victim.log");
    let route = |drain: Box<dyn Drain>| Route::new(Plan::VICTIM, drain);
    Ok(match plan.fault {
        Fault::None => builder,
        Fault::DrainPanics => {
            let panics = Panics { inner: victim()?, healed: healed.clone(), calls: 0 };
            builder.route(match plan.bug {
                Some(Bug::SwallowsPanics) => route(Box::new(SwallowsPanics(panics))),
                _ => route(Box::new(panics)),
            })
        }
        Fault::DrainHangs => {
            let hangs = route(Box::new(Hangs { inner: victim()?, calls: 0 }));
            builder.route(match plan.bug {
                Some(Bug::HangsOnWorker) => hangs,
                _ => hangs.detached(Plan::QUEUE),
            })
        }
    })
}
