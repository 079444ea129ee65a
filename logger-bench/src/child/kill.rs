//! A flood that goes on until the process is killed, and the start after it.
//!
//! Each call that has returned is noted in a file in shared memory, by one write of its number: the page outlives the
//! process however that ends.

use std::{
    fs::{self, File},
    io::{self, Write as _},
    os::unix::fs::FileExt as _,
    path::Path,
};

use anyhow::Context as _;

use super::{
    Job,
    producers::{Body, Producer, Ready, run, start},
};
use crate::{sample::Measured, subject::Subject, workload::Order};

/// The variable that names the file of the returned calls.
pub(crate) const ACKED: &str = "LOGGER_BENCH_ACKED";

pub(super) fn flood_for_ever<S: Subject>(job: &Job) -> anyhow::Result<Measured> {
    let acked = std::env::var_os(ACKED).context("no file for the returned calls")?;
    let acked =
        File::options().write(true).open(acked).context("cannot open the file of the returned calls")?;
    let subject: S = start(job)?;
    // the parent waits for this line
    writeln!(io::stdout(), "logging 1").and_then(|()| io::stdout().flush())?;
    let (results, sent) = run(&subject, 1, Ready::Cold, &ForEver { acked })?;
    results.into_iter().collect::<io::Result<()>>().context("cannot note a returned call")?;
    subject.finish(sent)?;
    Ok(Measured::default())
}

struct ForEver {
    acked: File,
}

/// Far more than the time before the kill is enough for: a flood whose killer has died ends by itself.
const MOST: u64 = 20_000_000;

impl Body for ForEver {
    type Output = io::Result<()>;

    fn run<C: FnMut(&Order)>(&self, producer: &mut Producer<C>) -> io::Result<()> {
        for returned in 1..=MOST {
            producer.log(1);
            self.acked.write_all_at(&returned.to_le_bytes(), 0)?;
        }
        Ok(())
    }
}

/// How many calls had returned.
pub(crate) fn read_acked(path: &Path) -> anyhow::Result<u64> {
    let bytes = fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
    // a process that was killed before its first call returned has noted nothing
    Ok(bytes.first_chunk().map_or(0, |number| u64::from_le_bytes(*number)))
}

/// Starts the subject in the folder that a killed one has left, and ends it.
pub(super) fn recover<S: Subject>(job: &Job) -> anyhow::Result<Measured> {
    start::<S>(job)?.finish(0)?;
    Ok(Measured::default())
}
