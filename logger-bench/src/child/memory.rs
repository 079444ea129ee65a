//! The resident set while so many threads have logged and live.

use std::sync::Barrier;

use anyhow::Context as _;

use super::{
    Job,
    producers::{BATCH, Body, PAUSE, Producer, Ready, run, start},
};
use crate::{host::memory, sample::Measured, subject::Subject, timer::pause, workload::Order};

pub(super) fn measure<S: Subject>(job: &Job) -> anyhow::Result<Measured> {
    let subject: S = start(job)?;
    let body = Batches { count: job.amount, all_logged: Barrier::new(job.threads) };
    let (resident, logged) = run(&subject, job.threads, Ready::Cold, &body)?;
    subject.finish(logged)?;
    let resident = resident.into_iter().collect::<anyhow::Result<Vec<u64>>>()?;
    let resident = resident.into_iter().max().context("no thread")?;
    Ok(Measured::default().with("resident_mib", resident as f64 / f64::from(1 << 20)))
}

struct Batches {
    count: u64,
    all_logged: Barrier,
}

impl Body for Batches {
    type Output = anyhow::Result<u64>;

    fn run<C: FnMut(&Order)>(&self, producer: &mut Producer<C>) -> anyhow::Result<u64> {
        for _ in 0..self.count {
            producer.log(BATCH);
            pause(PAUSE);
        }
        self.all_logged.wait();
        let resident = memory().map(|(now, _)| now);
        // none ends and gives its memory back before all have looked
        self.all_logged.wait();
        resident
    }
}
