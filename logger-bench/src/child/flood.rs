//! As fast as they go, until all are on file.

use std::time::Instant;

use super::{
    Job,
    on_file::with_lines,
    producers::{Body, Producer, Ready, run, start},
};
use crate::{
    host::{memory, process_cpu},
    sample::Measured,
    subject::Subject,
    workload::Order,
};

pub(super) fn measure<S: Subject>(job: &Job) -> anyhow::Result<Measured> {
    let subject: S = start(job)?;
    let each = job.amount / job.threads as u64;
    let (begun, cpu) = (Instant::now(), process_cpu());
    let (_, sent) = run(&subject, job.threads, Ready::Cold, &Flood { each })?;
    let called = begun.elapsed();
    let settled = subject.settle(sent)?;
    subject.finish(sent)?;
    let (ended, cpu) = (Instant::now(), process_cpu() - cpu);
    let took = settled.unwrap_or(ended) - begun;
    let (_, peak) = memory()?;
    let measured = Measured::default()
        .with("records_per_s", sent as f64 / took.as_secs_f64())
        .with("calls_per_s", sent as f64 / called.as_secs_f64())
        .with("cpu_s_per_million", cpu.as_secs_f64() / sent as f64 * 1e6)
        .with("peak_mib", peak as f64 / f64::from(1 << 20));
    with_lines(measured, job, sent, took.as_secs_f64())
}

struct Flood {
    each: u64,
}

impl Body for Flood {
    type Output = ();

    fn run<C: FnMut(&Order)>(&self, producer: &mut Producer<C>) {
        producer.log(self.each);
    }
}
