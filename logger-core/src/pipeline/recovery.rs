//! Writes what earlier runs have left behind: each record once, in order, to the same routes.
//!
//! Whatever happens on the way, also the death of this process, the next try goes on where this one ended: the plan of
//! the dead run is kept up as its own worker would have done.

use std::{
    collections::HashSet,
    io,
    path::PathBuf,
    sync::Arc,
    time::{Duration, Instant},
};

use super::{
    delivery::Delivery,
    health::Recovered,
    plan::{Interrupted, Plan, Planned},
    queue::{Found as Spotted, Queue},
    reporter::{chain, report},
    run_folder::{Abandoned, Found, Turn, runs},
    worker::{Desk, Refused},
};
use crate::{
    journal::{Arrived, Batch, Mark},
    level::Level,
};

/// The pause before a run is tried again that could not be recovered to its end; it doubles up to [`LAST_PAUSE`].
const FIRST_PAUSE: Duration = Duration::from_millis(200);
const LAST_PAUSE: Duration = Duration::from_secs(5);
/// How long a start waits with its own records for another one that is recovering: as long as it might need itself.
const WAIT_FOR_OTHERS: Duration = Duration::from_secs(5);

/// Looks for what earlier runs have left, and has it written.
pub(super) struct Recovery {
    bases: Vec<PathBuf>,
    own_id: String,
    /// When to look; `None` when there is nothing more.
    due: Option<Instant>,
    pause: Duration,
    /// How long to wait for another start that is recovering; only the first time.
    wait: Duration,
    /// Folders that were reported as unreadable.
    reported: HashSet<PathBuf>,
    done: Recovered,
}

/// Why a run could not be recovered to its end now.
#[derive(Debug, thiserror::Error)]
enum Postponed {
    #[error("a drain does not take its records")]
    Refused,
    #[error("cannot tell what arrived at route `{route}`")]
    Journal {
        route: String,
        #[source]
        source: io::Error,
    },
    #[error("cannot replace its plan")]
    Plan(#[source] io::Error),
}

impl From<Refused> for Postponed {
    fn from(Refused: Refused) -> Self {
        Postponed::Refused
    }
}

impl Recovery {
    /// Looks below `bases` for runs other than the one named `own_id`, at once.
    pub(super) fn new(bases: Vec<PathBuf>, own_id: &str) -> Self {
        let due = (!bases.is_empty()).then(Instant::now);
        Recovery {
            bases,
            own_id: own_id.into(),
            due,
            pause: FIRST_PAUSE,
            wait: WAIT_FOR_OTHERS,
            reported: HashSet::new(),
            done: Recovered::default(),
        }
    }

    /// Recovers what can be recovered, if it is time to look.
    pub(super) fn run_if_due(&mut self, desk: &mut Desk) {
        if self.due.is_none_or(|due| Instant::now() < due) {
            return;
        }
        let mut postponed = 0;
        let wait = std::mem::take(&mut self.wait);
        for base in &self.bases {
            // an end of recoveries that another start has under way comes before what this one logs: it counts lines, and
            // takes away one that was cut
            let Some(_turn) = Turn::take(base, wait) else {
                postponed += 1;
                continue;
            };
            for found in runs(base, &self.own_id) {
                match found {
                    Found::Live => {}
                    Found::Foreign(path, why) => {
                        if self.reported.insert(path.clone()) {
                            desk.shared.reporter.push(
                                report(
                                    Level::Warning,
                                    "what an earlier run has left cannot be read and stays",
                                )
                                .field("folder", path.display().to_string().as_str())
                                .field("reason", why.as_str()),
                            );
                        }
                    }
                    Found::Abandoned(run, plan) => match recover(desk, &run, *plan) {
                        Some(written) => self.done.add(written),
                        None => postponed += 1,
                    },
                }
            }
        }
        self.done.postponed = postponed;
        self.done.unreadable = self.reported.len() as u64;
        desk.shared.note_recovered(self.done);
        self.due = (postponed > 0).then(|| Instant::now() + self.pause);
        self.pause = (self.pause * 2).min(LAST_PAUSE);
    }
}

impl Recovered {
    /// A run is written.
    fn add(&mut self, written: Written) {
        self.runs += 1;
        self.records += written.records;
        self.trades += written.trades;
    }
}

/// What was written of a run.
#[derive(Debug, Clone, Copy)]
struct Written {
    records: u64,
    /// Of these.
    trades: u64,
}

/// Recovers one run. Returns what was written, or `None` where something is left of it.
fn recover(desk: &mut Desk, run: &Abandoned, plan: Plan) -> Option<Written> {
    let id = run.description.id().to_owned();
    let before = Instant::now();
    match write(desk, run, plan) {
        Ok(written) => {
            let removed = run.remove();
            if written.records > 0 || removed.is_err() {
                desk.shared.reporter.push(
                    report(Level::Info, "records of an earlier run recovered")
                        .field("earlier_run", id.as_str())
                        .field("records", written.records)
                        .field("ms", before.elapsed().as_millis() as u64)
                        .field("error", removed.err().map(|error| error.to_string()).as_deref()),
                );
            }
            Some(written)
        }
        Err(why) => {
            desk.shared.reporter.push(
                report(Level::Error, "an earlier run cannot be recovered yet; what it left is kept")
                    .field("earlier_run", id.as_str())
                    .field("reason", chain(&why).as_str()),
            );
            None
        }
    }
}

/// Writes all that a run has left. Returns how much that was.
fn write(desk: &mut Desk, run: &Abandoned, plan: Plan) -> Result<Written, Postponed> {
    let interrupted = plan.interrupted();
    let left = left_of(run.description.id(), &interrupted, &plan.routes(), &desk.delivery)?;
    let anchor = plan.anchor();
    let names = desk.delivery.names();
    let replace = |first_seq, marks: Vec<Option<Mark>>, records: &[Planned]| {
        run.replace_plan(&names, anchor, first_seq, &marks, records).map_err(Postponed::Plan)
    };
    // from here on the places count from which this process goes on
    let plan = replace(interrupted.first_seq, desk.delivery.marks().collect(), &left)?;
    let mut queue = Queue::abandoned(run, plan, &desk.shared.reporter);
    let written = complete(desk, &mut queue, interrupted.first_seq, &left).and_then(|completed| {
        queue.seq = queue.seq.max(interrupted.first_seq + left.len() as u64 - u64::from(!left.is_empty()));
        let after_batch = queue.seq;
        while desk.batch(&mut queue, u64::MAX)? {}
        Ok(completed + queue.seq - after_batch)
    });
    if written.is_err() {
        // the drains go on with live records, so that places in the files say nothing of this batch any more
        if let Some(plan) = &queue.plan {
            let open = plan.interrupted();
            let refused = refused_of(&open, &desk.delivery);
            replace(open.first_seq, Vec::new(), &refused)?;
        }
        desk.delivery.batch.clear();
    }
    Ok(Written { records: written?, trades: queue.trades })
}

/// The records of an interrupted batch with the routes at which they have not arrived, as this process counts routes.
fn left_of(
    run: &str,
    interrupted: &Interrupted,
    old_names: &[String],
    delivery: &Delivery,
) -> Result<Vec<Planned>, Postponed> {
    let names = delivery.names();
    let mut routes = Vec::new();
    for (old, name) in old_names.iter().enumerate() {
        let new = names.iter().position(|it| it == name);
        let mark = interrupted.marks.get(old).copied().flatten();
        let batch = Batch::new(run, interrupted.first_seq);
        let count = || mark.zip(new).and_then(|(mark, new)| delivery.arrived_since(new, mark, batch));
        // a closed batch has arrived: nothing is read to find that out
        let arrived = if interrupted.open {
            count().unwrap_or(Ok(Arrived::First(0)))
        } else {
            Ok(Arrived::UpTo(u64::MAX))
        };
        let arrived = arrived.map_err(|source| Postponed::Journal { route: name.clone(), source })?;
        routes.push((new, arrived));
    }
    let mut left_for = |(index, planned): (usize, &Planned)| {
        let seq = interrupted.first_seq + index as u64;
        let mut left = 0;
        for (old, (new, arrived)) in routes.iter_mut().enumerate() {
            if planned.routes & 1 << old == 0 {
                continue;
            }
            let has_arrived = match arrived {
                Arrived::First(0) => false,
                Arrived::First(more) => {
                    *more -= 1;
                    true
                }
                Arrived::UpTo(last) => seq <= *last,
            };
            if let (false, Some(new)) = (has_arrived, new) {
                left |= 1 << *new;
            }
        }
        Planned { routes: left, ..*planned }
    };
    Ok(interrupted.records.iter().enumerate().map(&mut left_for).collect())
}

/// Writes the rest of the batch that was interrupted. Returns how many of its records were written to any route.
fn complete(desk: &mut Desk, queue: &mut Queue, first_seq: u64, left: &[Planned]) -> Result<u64, Refused> {
    let reporter = Arc::clone(&desk.shared.reporter);
    let mut records = 0;
    for (index, planned) in left.iter().enumerate() {
        match queue.planned(&mut desk.decoder, &reporter, planned.spot) {
            Spotted::Gone => {}
            Spotted::Next(next) => {
                queue.seq = first_seq + index as u64 - 1;
                let redaction = desk.shared.redaction.load();
                desk.deliver(queue, next, Some(planned.routes), &redaction);
                records += u64::from(planned.routes != 0);
            }
            Spotted::Elsewhere => {
                reporter.push(
                    report(
                        Level::Error,
                        "plan of an earlier run does not fit its rings; records may be written twice",
                    )
                    .field("earlier_run", queue.run.id()),
                );
                break;
            }
        }
    }
    desk.finish_batch(queue)?;
    Ok(records)
}

/// The records of an open batch with the routes whose drain did not take them.
fn refused_of(open: &Interrupted, delivery: &Delivery) -> Vec<Planned> {
    let refused = |index: usize| {
        let seq = open.first_seq + index as u64;
        delivery.batch.iter().find(|entry| entry.seq == seq).map_or(0, |entry| entry.refused)
    };
    open.records
        .iter()
        .enumerate()
        .map(|(index, planned)| Planned { routes: refused(index), ..*planned })
        .collect()
}
