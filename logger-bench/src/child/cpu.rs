//! The processor time of a call, which a machine with fewer cores than threads does not hide.

use std::time::Duration;

use super::{
    Job,
    producers::{BATCH, Body, PAUSE, Producer, Ready, run, start},
};
use crate::{host::thread_cpu, sample::Measured, subject::Subject, timer::pause, workload::Order};

pub(super) fn measure<S: Subject>(job: &Job) -> anyhow::Result<Measured> {
    let subject: S = start(job)?;
    let batches = job.amount / job.threads as u64;
    let (times, logged) = run(&subject, job.threads, Ready::Warm, &Batches { count: batches })?;
    subject.finish(logged)?;
    let calls = (batches * BATCH * job.threads as u64) as f64;
    let nanos = times.iter().sum::<Duration>().as_nanos() as f64;
    Ok(Measured::default().with("cpu_ns_per_call", nanos / calls))
}

struct Batches {
    count: u64,
}

impl Body for Batches {
    type Output = Duration;

    fn run<C: FnMut(&Order)>(&self, producer: &mut Producer<C>) -> Duration {
        let mut sum = Duration::ZERO;
        for _ in 0..self.count {
            // what the clock itself costs is taken away with the time of the empty subject
            let before = thread_cpu();
            producer.log(BATCH);
            sum += thread_cpu() - before;
            pause(PAUSE);
        }
        sum
    }
}
