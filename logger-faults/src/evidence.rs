//! What the judge is given about a case, and what most plans have in common.

use std::{
    io,
    path::{Path, PathBuf},
};

use crate::{
    acked::Acked,
    judge::{Destination, Ending, Evidence, Promise, Recoveries, Takes},
    payload::Kind,
    plan::{Callers, Durable, End, EndedFiles, Fault, Heal, Plan, Pressure, QueuePlace, Timed, Writers},
    report::ChildReport,
};

/// Fresh records: so many hold every kind.
const FRESH: u64 = 8;

/// What most cases have in common.
pub(crate) fn blank_plan(room: &Path, seed: u64) -> Plan {
    Plan {
        seed,
        outputs: room.join("outputs"),
        ledger: room.join("ledger"),
        threads: 4,
        first_thread: 0,
        next_thread: 4,
        records: 2_000,
        calm_records: 500,
        fresh_records: FRESH,
        flush_every: None,
        max_size: 64 * 1024 * 1024,
        limit: 64 * 1024 * 1024,
        durable: Durable::Os,
        writers: Writers::One,
        timed: Timed::Never,
        ended: EndedFiles::Numbered,
        backups: 5,
        callers: Callers::LongLived,
        queue: QueuePlace::Folder(room.join("queue")),
        pressure: Pressure::CallersWait,
        fault: Fault::None,
        heal: Heal::Nothing,
        end: End::Shutdown,
        bug: None,
    }
}

/// What there is to judge after the start with this plan. `cut` recoveries before it were cut short.
pub(crate) fn of(
    plan: &Plan,
    outputs: PathBuf,
    report: Option<ChildReport>,
    stderr: Vec<PathBuf>,
    cut: u32,
) -> io::Result<Evidence> {
    let is_later = plan.threads == 0;
    Ok(Evidence {
        seed: plan.seed,
        outputs,
        destinations: destinations(plan),
        stderr,
        ending: if is_later || plan.end != End::Shutdown { Ending::Abrupt } else { Ending::InOrder },
        reports: plan.ledger.join(Plan::REPORTS),
        acked: Acked::read(&plan.ledger)?,
        booked_from: if is_later { plan.next_thread } else { 0 },
        recoveries: if cut == 0 { Recoveries::Whole } else { Recoveries::Cut },
        fresh: if plan.end == End::Shutdown { vec![plan.fresh_thread()] } else { Vec::new() },
        report,
    })
}

fn destinations(plan: &Plan) -> Vec<Destination> {
    let file = |name: &str, file: &str, takes| Destination {
        name: name.into(),
        file: file.into(),
        takes,
        promise: Promise::Kept,
        limit: Some(plan.limit),
    };
    let mut all = vec![
        file("expert", "expert.log", Takes::Everything),
        file("trades", "trades.log", Takes::Only(Kind::Trade)),
        file("errors", "errors.log", Takes::Only(Kind::Error)),
    ];
    match plan.fault {
        Fault::DevFull => all.push(Destination {
            promise: Promise::Diverted,
            ..file(Plan::VICTIM, "victim.log", Takes::Everything)
        }),
        Fault::DrainPanics => all.push(file(Plan::VICTIM, "victim.log", Takes::Everything)),
        Fault::DrainRefuses => all.push(Destination {
            promise: Promise::KeptOrGivenUp,
            ..file(Plan::VICTIM, "victim.log", Takes::Everything)
        }),
        Fault::DrainHangs => all.push(Destination {
            promise: Promise::Counted { held: Plan::QUEUE as u64 + Plan::BATCH },
            ..file(Plan::VICTIM, "victim.log", Takes::Everything)
        }),
        _ => {}
    }
    all
}
