//! Nothing is logged: the processor time of the process.

use std::time::{Duration, Instant};

use super::{
    Job,
    producers::{Body, Producer, Ready, run, start},
};
use crate::{host::process_cpu, sample::Measured, subject::Subject, timer::pause, workload::Order};

pub(super) fn measure<S: Subject>(job: &Job) -> anyhow::Result<Measured> {
    let subject: S = start(job)?;
    let (_, logged) = run(&subject, job.threads, Ready::Cold, &One)?;
    pause(Duration::from_secs(1));
    let (begun, cpu) = (Instant::now(), process_cpu());
    pause(Duration::from_secs(job.amount));
    let (took, cpu) = (begun.elapsed(), process_cpu() - cpu);
    subject.finish(logged)?;
    Ok(Measured::default().with("cpu_percent", cpu.as_secs_f64() / took.as_secs_f64() * 100.0))
}

/// One record, so that what is made at first use is there.
struct One;

impl Body for One {
    type Output = ();

    fn run<C: FnMut(&Order)>(&self, producer: &mut Producer<C>) {
        producer.log(1);
    }
}
