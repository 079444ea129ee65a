//! Several children that log at the same time into the same files.

use std::{io, thread};

use crate::{
    plan::{End, Fault, Plan},
    room::{Room, Started},
    stage::Stage,
    trial::merge,
};

/// One that dies of its own hand is not killed from outside before its deadline.
const LATER_THAN_ANY_DEADLINE: u64 = 1 << 40;

/// Runs so many children and brings their ledgers together in that of `plan`. Returns what is broken, and the plan that a
/// later start follows.
pub(crate) fn run(room: &Room<'_>, plan: &Plan, stage: Stage, count: u32) -> io::Result<(Vec<String>, Plan)> {
    let plans: Vec<_> = (0..count).map(|index| plan_of(room, plan, index)).collect();
    plans.iter().try_for_each(|plan| room.prepare(plan))?;
    let started: Vec<io::Result<Started>> = thread::scope(|scope| {
        let starts = plans.iter().zip(1..);
        let children: Vec<_> =
            starts.map(|(plan, number)| scope.spawn(move || room.start(plan, stage, number))).collect();
        let panicked = |_| Err(io::Error::other("a thread panicked"));
        children.into_iter().map(|child| child.join().unwrap_or_else(panicked)).collect()
    });
    let mut broken = Vec::new();
    for (plan_of_child, child) in plans.iter().zip(started) {
        broken.extend(child?.broken);
        if plan_of_child.ledger != plan.ledger {
            merge(&plan_of_child.ledger, &plan.ledger)?;
        }
    }
    let first = Plan { next_thread: first_row(plan, count), fault: Fault::None, ..plan.clone() };
    Ok((broken, first))
}

/// The plan of one child: rows and a ledger of its own. The fault is the first one's alone.
fn plan_of(room: &Room<'_>, plan: &Plan, index: u32) -> Plan {
    let first_thread = first_row(plan, index);
    let own = Plan { first_thread, next_thread: first_thread + plan.threads, ..plan.clone() };
    if index > 0 {
        let ledger = room.folder.path().join(format!("ledger.{}", index + 1));
        return Plan { ledger, fault: Fault::None, ..own };
    }
    match plan.fault {
        Fault::DiesInItsTurn => Plan { end: End::Killed { after_ms: LATER_THAN_ANY_DEADLINE }, ..own },
        _ => own,
    }
}

/// Each child has a row for each thread, one that probes, and one of fresh records.
fn first_row(plan: &Plan, index: u32) -> u32 {
    index * (plan.threads + 2)
}
