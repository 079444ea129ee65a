//! Batches of 20 calls with a pause of 2 ms between them: the latency of each call.

use super::{
    Job,
    on_file::with_kept,
    producers::{BATCH, Body, PAUSE, Producer, Ready, run, start},
};
use crate::{
    sample::Measured,
    subject::Subject,
    timer::{clock_step, pause, time},
    workload::Order,
};

pub(super) fn measure<S: Subject>(job: &Job) -> anyhow::Result<Measured> {
    let subject: S = start(job)?;
    let (latencies, logged) = run(&subject, job.threads, Ready::Warm, &Burst { batches: job.amount })?;
    subject.finish(logged)?;
    let measured =
        Measured::default().with_latencies(latencies.into_iter().flatten().collect(), clock_step());
    with_kept(measured, job, logged).map(|(measured, _)| measured)
}

struct Burst {
    batches: u64,
}

impl Body for Burst {
    type Output = Vec<u64>;

    fn run<C: FnMut(&Order)>(&self, producer: &mut Producer<C>) -> Vec<u64> {
        // written to before, so that no page of it is made while a call is measured
        let mut latencies = vec![u64::MAX; (self.batches * BATCH) as usize];
        for batch in latencies.chunks_mut(BATCH as usize) {
            for latency in batch {
                let (order, call) = producer.next();
                *latency = time(|| call(&order));
            }
            pause(PAUSE);
        }
        latencies
    }
}
