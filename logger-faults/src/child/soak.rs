//! One thread that logs trades for ever onto a disk that somebody else cuts off, freezes or breaks.

use std::{
    error::Error,
    fs::File,
    path::Path,
    thread,
    time::{Duration, Instant},
};

use logger_core::{LoggerExt as _, Pipeline, Route, ShutdownGuard, info};
use logger_file::{Durability, FileDrain, FileOptions, RotationPolicy};

use super::drains::Discards;

/// How long one flush may take: longer than any disk hangs here.
const PATIENCE: Duration = Duration::from_secs(120);
/// Between two records of a load that waits for nothing.
const PACE: Duration = Duration::from_millis(2);

/// Logs trades into `folder` until it is killed, and notes in the file `acks` how many are safe and how long the longest call
/// took, in nanoseconds: two numbers of 8 bytes. `kind` is `disk` or `os`, by what is waited for after each record, or
/// `free`, which waits for nothing, or `moves`, which has a second folder beside `acks` for what the first one does not take,
/// and ends in order once there is a file `stop` there. Files end at `max_size` bytes.
///
/// # Errors
///
/// What went wrong in the load itself, not in the logger.
pub fn run_soak(folder: &str, acks: &str, kind: &str, max_size: &str) -> Result<(), Box<dyn Error>> {
    let durability = if ["disk", "moves"].contains(&kind) { Durability::Disk } else { Durability::Os };
    let options = everything().rotation(RotationPolicy::Size(max_size.parse()?));
    let drain = FileDrain::open(Path::new(folder).join("trades.log"), options.durability(durability))?;
    // a loss of power takes the memory with it: nothing of this outlives the process
    let builder = Pipeline::builder().app_name("soak").route(Route::new("trades", drain));
    let beside = |name: &str| Path::new(acks).with_file_name(name);
    let builder = match kind {
        "moves" => builder.fallback(FileDrain::open(beside("fallback").join("trades.log"), everything())?),
        _ => builder.fallback(Discards),
    };
    let guard = builder.start()?;
    let trades = guard.logger().trade();
    let stop = beside("stop");
    let acks = File::create(acks)?;
    let mut longest = 0;
    for n in 0_u64.. {
        let began = Instant::now();
        info!(trades, "soak"; "n" => n);
        longest = longest.max(u64::try_from(began.elapsed().as_nanos()).unwrap_or(u64::MAX));
        match kind {
            "free" => thread::park_timeout(PACE),
            "moves" if stop.exists() => {
                note(&acks, [n + 1, longest])?;
                let finished = guard.shutdown(PATIENCE).finished;
                return finished.then_some(()).ok_or_else(|| "the shutdown did not finish".into());
            }
            "moves" => thread::park_timeout(PACE),
            _ if !is_safe(&guard) => return Ok(()),
            _ => {}
        }
        note(&acks, [n + 1, longest])?;
    }
    Ok(())
}

/// Options of a file whose backups all stay.
fn everything() -> FileOptions {
    FileOptions::new().backup_count(u32::MAX)
}

/// Whether all that was logged is in the file, as far as its durability goes.
fn is_safe(guard: &ShutdownGuard) -> bool {
    let report = guard.flush(PATIENCE);
    let diverted = report.health.drains.iter().map(|drain| drain.diverted + drain.dropped).sum::<u64>();
    report.finished && diverted == 0
}

#[cfg(unix)]
fn note(file: &File, numbers: [u64; 2]) -> std::io::Result<()> {
    let bytes: Vec<u8> = numbers.iter().flat_map(|number| number.to_le_bytes()).collect();
    std::os::unix::fs::FileExt::write_all_at(file, &bytes, 0)
}

#[cfg(not(unix))]
fn note(_: &File, _: [u64; 2]) -> std::io::Result<()> {
    Err(std::io::ErrorKind::Unsupported.into())
}
