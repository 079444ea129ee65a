//! 10,000 records per second, one each 100 µs: the caches are cold between calls.

use std::time::{Duration, Instant};

use super::{
    Job,
    on_file::with_kept,
    producers::{Body, Producer, Ready, run, start},
};
use crate::{
    sample::Measured,
    subject::Subject,
    timer::{clock_step, time, wait_until},
    workload::Order,
};

const EVERY: Duration = Duration::from_micros(100);

pub(super) fn measure<S: Subject>(job: &Job) -> anyhow::Result<Measured> {
    let subject: S = start(job)?;
    let calls = job.amount * 10_000;
    let (outputs, logged) = run(&subject, job.threads, Ready::Warm, &Paced { calls })?;
    subject.finish(logged)?;
    let rate = outputs.iter().map(|(_, took)| calls as f64 / took.as_secs_f64()).sum();
    let latencies = outputs.into_iter().flat_map(|(latencies, _)| latencies).collect();
    let measured = Measured::default().with("records_per_s", rate).with_latencies(latencies, clock_step());
    with_kept(measured, job, logged).map(|(measured, _)| measured)
}

struct Paced {
    calls: u64,
}

impl Body for Paced {
    type Output = (Vec<u64>, Duration);

    fn run<C: FnMut(&Order)>(&self, producer: &mut Producer<C>) -> (Vec<u64>, Duration) {
        let mut latencies = vec![u64::MAX; self.calls as usize];
        let begun = Instant::now();
        let mut due = begun;
        for latency in &mut latencies {
            due += EVERY;
            wait_until(due);
            let (order, call) = producer.next();
            *latency = time(|| call(&order));
        }
        (latencies, begun.elapsed())
    }
}
