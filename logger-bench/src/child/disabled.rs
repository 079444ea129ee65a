//! Calls below the level: what they cost, and whether their arguments are looked at.

use std::{hint::black_box, time::Instant};

use super::{Job, producers::start};
use crate::{
    host::{Cores, pin},
    sample::Measured,
    subject::Leveled,
    workload::Order,
};

pub(super) fn measure<S: Leveled>(job: &Job) -> anyhow::Result<Measured> {
    let subject: S = start(job)?;
    pin(Cores::OneProducer)?;
    let mut evaluated = 0;
    let order = Order::number(7);
    let took = {
        let mut call = subject.disabled(&mut evaluated);
        let begun = Instant::now();
        for _ in 0..job.amount {
            call(black_box(&order));
        }
        begun.elapsed()
    };
    subject.finish(0)?;
    let nanos = took.as_nanos() as f64 / job.amount as f64;
    Ok(Measured::default().with("ns_per_call", nanos).with("evaluated", evaluated as f64))
}
