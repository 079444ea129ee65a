//! Which cases run at the same time. Most of a case is waiting for a child, so that two at a time take little more than one.
//! A case that judges how long somebody waited has the machine to itself.

use std::{
    io, iter,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
};

use crate::{
    case::{Case, Course, Outcome, Setting},
    plan::Bug,
};

/// Is told each outcome as soon as it is there, with the name of its case; an error of its own ends the run.
type Listener<'a> = dyn FnMut(&str, &Outcome) -> io::Result<()> + Send + 'a;

/// Runs cases with their controls, `at_a_time` of those that may share the machine; the others one by one after them.
///
/// # Errors
///
/// The first one of a case or of the listener. Cases that have begun are finished.
pub fn run_all(
    cases: &[&Case],
    setting: &Setting,
    at_a_time: usize,
    listener: &mut Listener<'_>,
) -> io::Result<()> {
    let (alone, shared): (Vec<Run<'_>>, Vec<Run<'_>>) =
        cases.iter().flat_map(|case| runs_of(case)).partition(Run::needs_the_machine);
    let listener = Mutex::new(listener);
    let run = |run: &Run<'_>| {
        let (name, outcome) = run.outcome(setting)?;
        listener.lock().unwrap_or_else(PoisonError::into_inner)(&name, &outcome)
    };
    in_threads(&shared, at_a_time, &run)?;
    alone.iter().try_for_each(run)
}

/// A case, or its control with a bug.
struct Run<'a> {
    case: &'a Case,
    bug: Option<Bug>,
}

/// The case and its controls.
fn runs_of(case: &Case) -> impl Iterator<Item = Run<'_>> {
    let bugs = case.bugs.iter().map(|&bug| Some(bug));
    iter::once(None).chain(bugs).map(move |bug| Run { case, bug })
}

impl Run<'_> {
    fn outcome(&self, setting: &Setting) -> io::Result<(String, Outcome)> {
        match self.bug {
            None => Ok((self.case.name.into(), self.case.run(setting)?)),
            Some(bug) => Ok((format!("{}-control", self.case.name), self.case.run_control(setting, bug)?)),
        }
    }

    /// Whether it judges how long somebody waited: another case beside it would be judged with it. A control is judged by what
    /// is lost, doubled or torn, but for writers that wait in vain for their turn.
    fn needs_the_machine(&self) -> bool {
        match self.case.course {
            Course::BesideControl => self.bug.is_none(),
            Course::Peers(_) => true,
            _ => false,
        }
    }
}

/// Each thread takes the next of the items, until there is none or one has failed.
fn in_threads<T: Sync>(
    items: &[T],
    threads: usize,
    work: &(dyn Fn(&T) -> io::Result<()> + Sync),
) -> io::Result<()> {
    let next = AtomicUsize::new(0);
    let take = || items.get(next.fetch_add(1, Ordering::Relaxed));
    let until_empty = || {
        while let Some(item) = take() {
            work(item).inspect_err(|_| next.store(items.len(), Ordering::Relaxed))?;
        }
        Ok(())
    };
    thread::scope(|scope| {
        let started: Vec<_> = (0..threads.max(1)).map(|_| scope.spawn(until_empty)).collect();
        let panicked = |_| Err(io::Error::other("a thread panicked"));
        let ended: Vec<io::Result<()>> =
            started.into_iter().map(|thread| thread.join().unwrap_or_else(panicked)).collect();
        ended.into_iter().collect()
    })
}

#[cfg(test)]
mod tests {
    use std::sync::Barrier;

    use super::*;
    use crate::CASES;

    #[test]
    fn so_many_work_at_the_same_time_and_each_item_is_taken_once() {
        let (both, taken) = (Barrier::new(2), Mutex::new(Vec::new()));
        // each waits until another one is at work too
        in_threads(&[1, 2, 3, 4], 2, &|item| {
            both.wait();
            taken.lock().unwrap().push(*item);
            Ok(())
        })
        .unwrap();
        let mut taken = taken.into_inner().unwrap();
        taken.sort_unstable();
        assert_eq!(taken, [1, 2, 3, 4]);
    }

    #[test]
    fn nothing_begins_after_an_error_which_comes_out() {
        let taken = Mutex::new(Vec::new());
        let error = in_threads(&[1, 2, 3], 1, &|item| {
            taken.lock().unwrap().push(*item);
            if *item == 2 { Err(io::Error::other("the second")) } else { Ok(()) }
        });
        assert_eq!(error.unwrap_err().to_string(), "the second");
        assert_eq!(taken.into_inner().unwrap(), [1, 2]);
    }

    #[test]
    fn a_case_that_compares_times_runs_alone() {
        let alone = |name: &str| {
            let case = CASES.iter().find(|case| case.name == name).unwrap();
            runs_of(case).map(|run| run.needs_the_machine()).collect::<Vec<_>>()
        };
        assert_eq!(alone("F10"), [true, false], "its longest call is compared with that of another child");
        assert_eq!(alone("F26"), [true, false], "its shutdown has a deadline");
        assert_eq!(alone("F33"), [true; 4], "a writer gives up after a second");
        assert_eq!(alone("F01"), [false; 4]);
    }
}
