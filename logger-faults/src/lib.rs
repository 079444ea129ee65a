//! The fault cases: a child that logs, an injected fault, and one judge of what is left.
//!
//! The child notes each call that has returned in a table that outlives it ([`acked`]); its records follow from a seed
//! ([`payload`]). When it has ended, however that was, the [`judge`](judge::judge) reads all outputs and compares them with the
//! table. A [`Case`] says where the child runs, what goes wrong, and which bug its control plants: a judge that
//! does not catch a planted bug proves nothing about the case.
//!
//! ```text
//! cargo run -p logger-faults -- --list        the cases
//! cargo run -p logger-faults -- F12 --seed 7  some of them, with a seed that failed
//! ```
#![forbid(unsafe_code)]

pub mod acked; // what the child knows to be logged
pub mod judge; // the comparison of that with the outputs
pub mod payload; // what is logged
pub mod report; // the child's last word

mod case; // one case and how it runs
mod cases; // the table of cases
mod child; // the program that logs
mod evidence; // what the judge is given
mod figures; // the result in one line
mod outputs; // the files of a destination in their order
mod parent; // starts, waits, kills
mod peers; // children that write the same files
mod plan; // what a child is told
mod room; // where a round is run and judged
mod scene; // ends with a course of their own
mod side_by_side; // which cases run at the same time
mod stage; // where a child runs
mod sweep; // a kill at every system call
mod trial; // one round of a case

pub use crate::{
    case::{Case, Course, Outcome, Rounds, Scale, Setting, Trial},
    cases::CASES,
    child::{Surroundings, run as run_child, run_calls, run_idle, run_soak},
    figures::Figures,
    plan::{Bug, Callers, Death, End, Fault, Heal, Plan, Pressure, QueuePlace, Timed, Writers},
    scene::{Handler, Place, Scene, Strategy},
    side_by_side::run_all,
    stage::{Deaf, Stage},
    sweep::Swept,
};
