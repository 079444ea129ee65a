//! Threads that log, pinned away from the subject's own.

use std::{sync::Barrier, thread};

use anyhow::{Context as _, anyhow};

use super::{job::Job, place};
use crate::{
    host::{Cores, pin, pin_workers},
    subject::Subject,
    timer::pause,
    workload::Order,
};

/// Calls of a batch.
pub(super) const BATCH: u64 = 20;
/// The pause after a batch.
pub(super) const PAUSE: std::time::Duration = std::time::Duration::from_millis(2);
/// Batches of a thread that are not measured: what is made at first use is there, and a queue was walked through once.
const WARM_UP: u64 = 150;

/// Starts the subject on the core of the workers, so that its threads inherit that.
pub(super) fn start<S: Subject>(job: &Job) -> anyhow::Result<S> {
    pin(Cores::Workers)?;
    S::start(&place(job)).context("cannot start the subject")
}

/// What one thread logs with.
pub(super) struct Producer<C> {
    /// Which of the threads it is.
    pub(super) number: u64,
    call: C,
    /// The number of its next order: each thread has numbers of its own.
    next: u64,
    step: u64,
}

impl<C: FnMut(&Order)> Producer<C> {
    /// Logs the next orders.
    #[inline]
    pub(super) fn log(&mut self, count: u64) {
        for _ in 0..count {
            let order = self.order();
            (self.call)(&order);
        }
    }

    /// The next order and what logs it.
    #[inline]
    pub(super) fn next(&mut self) -> (Order, &mut C) {
        (self.order(), &mut self.call)
    }

    fn order(&mut self) -> Order {
        let order = Order::number(self.next);
        self.next += self.step;
        order
    }

    /// How many orders it has logged.
    pub(super) fn logged(&self) -> u64 {
        (self.next - self.number) / self.step
    }
}

/// What each of the threads does.
pub(super) trait Body: Sync {
    type Output: Send;

    fn run<C: FnMut(&Order)>(&self, producer: &mut Producer<C>) -> Self::Output;
}

/// How a thread is made ready.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ready {
    /// By batches that are not measured.
    Warm,
    /// Not at all.
    Cold,
}

/// What the name of each producer's thread begins with.
const PRODUCER: &str = "producer-";

/// Runs the body on all threads at once. Before, every other thread of the process is pinned to the core of the workers.
/// Returns what the bodies returned, and how many orders were logged in all.
pub(super) fn run<S: Subject, B: Body>(
    subject: &S,
    threads: usize,
    ready: Ready,
    body: &B,
) -> anyhow::Result<(Vec<B::Output>, u64)> {
    // the producers wait twice: until all are made, and until the others are pinned
    let barrier = Barrier::new(threads + 1);
    let one = |number: u64| {
        let pinned = pin(Cores::of_producers(threads));
        let mut producer = Producer { number, call: subject.caller(), next: number, step: threads as u64 };
        if ready == Ready::Warm {
            warm_up(&mut producer);
        }
        barrier.wait();
        barrier.wait();
        let output = body.run(&mut producer);
        pinned.map(|()| (output, producer.logged()))
    };
    let one = &one;
    thread::scope(|scope| {
        let spawn = |number: u64| {
            let thread = thread::Builder::new().name(format!("{PRODUCER}{number}"));
            thread
                .spawn_scoped(scope, move || one(number))
                .expect("a machine that measures has room for threads")
        };
        let handles: Vec<_> = (0..threads as u64).map(spawn).collect();
        barrier.wait();
        let pinned = pin_workers(PRODUCER);
        barrier.wait();
        let joined = handles.into_iter().map(|it| it.join().map_err(|_| anyhow!("a producer panicked"))?);
        let done = joined.collect::<anyhow::Result<Vec<_>>>()?;
        pinned?;
        let logged = done.iter().map(|(_, logged)| logged).sum();
        Ok((done.into_iter().map(|(output, _)| output).collect(), logged))
    })
}

fn warm_up<C: FnMut(&Order)>(producer: &mut Producer<C>) {
    for _ in 0..WARM_UP {
        producer.log(BATCH);
        pause(PAUSE);
    }
}
