//! Trades that are waited for until they are on the disk.

use std::time::Duration;

use logger_core::Logger;
#[cfg(feature = "file")]
use logger_core::{Counts, DrainHealth, Health};

#[cfg(feature = "file")]
use crate::QueueMemory;
use crate::meta_logger::MetaLogger;

/// How far a record has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Reached {
    /// It is in the memory of the process, and ends with it: `queue.memory` is `heap`, or there was nowhere else.
    Memory,
    /// It survives the end of the process, however that comes: it is in the queue, and the next start writes it.
    Process,
    /// It is handed to the operating system: another program can read it in the file.
    System,
    /// It is on the medium, and so is the name of its file.
    Disk,
}

/// Why it is not known that a trade is on the disk.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NotDurable {
    /// There is no file of trades: `files.enabled` is off.
    #[error("there is no file of trades; turn `files.enabled` on")]
    NoFile,
    /// What was called logged no trade.
    #[error("no trade was logged; log with the logger that is passed, or with one of `trade()`")]
    NothingLogged,
    /// The time was over. The trade is on its way, and has come so far at least.
    #[error("the trade was not on the disk within {waited:?}")]
    TimedOut {
        /// How long was waited.
        waited: Duration,
        /// How far it has come at least.
        reached: Reached,
    },
    /// The file is on no disk: it is a device.
    #[error("the file of trades is on no disk")]
    NoDisk,
    /// The file did not take a trade, which went to the fallback, by default stderr. It may be another thread's that was logged
    /// at the same time.
    #[error("the file of trades did not take a trade, which went to the fallback: {error}")]
    Diverted {
        /// What the file said last.
        error: String,
    },
    /// Neither the file nor the fallback took a trade. It may be another thread's that was logged at the same time.
    #[error("neither the file of trades nor the fallback took a trade: {error}")]
    Lost {
        /// What the file said last.
        error: String,
    },
}

impl MetaLogger {
    /// Has `log` log trades, and returns when they are on the disk, or with an error at the latest after `timeout`: for an
    /// order that must not leave before its record is safe. Whatever `files.durability` is, and whatever else is logged: a
    /// console or an alert that hangs is not waited for.
    ///
    /// `log` is passed a logger of trades; one with a context of its own does as well. All that it logs is waited for at
    /// once, with one wait for the disk, which takes as long as the disk needs: some hundred microseconds to some ten
    /// milliseconds. Calls of several threads at the same time share it.
    ///
    /// # Errors
    ///
    /// [`NotDurable`]. The record is never lost silently: after an error it is where the error says, and on its way if the
    /// time was over.
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// use logger_config::{MetaLogger, Reached, info};
    /// # if cfg!(not(feature = "file")) { return Ok(()) }
    /// # let folder = tempfile::tempdir()?;
    ///
    /// # let builder = MetaLogger::builder().set("queue.memory", "heap");
    /// # let logger = builder.log_dir(folder.path().join("logs")).build()?;
    /// let reached = logger.trade_durable(Duration::from_secs(5), |trades| {
    ///     info!(trades, "order sent"; "order_id" => 17, "side" => "BUY", "size" => 0.1);
    /// })?;
    /// assert_eq!(reached, Reached::Disk);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn trade_durable(&self, timeout: Duration, log: impl FnOnce(&Logger)) -> Result<Reached, NotDurable> {
        #[cfg(not(feature = "file"))]
        {
            let _ = (timeout, log);
            Err(NotDurable::NoFile)
        }
        #[cfg(feature = "file")]
        {
            let Some(file) = &self.files().trades else { return Err(NotDurable::NoFile) };
            // before the record: every flush that takes it waits for the disk then
            let on_disk = file.on_disk();
            let before = self.health();
            log(&self.trade());
            let report = self.pipeline().flush_worker(timeout);
            let judged = judge(&before, &report.health);
            if judged == Err(NotDurable::NothingLogged) {
                return judged;
            }
            if !report.finished {
                let in_memory = self.settings().queue.memory == QueueMemory::Heap;
                let reached = if in_memory { Reached::Memory } else { Reached::Process };
                return Err(NotDurable::TimedOut { waited: timeout, reached });
            }
            match on_disk.reached() {
                logger_file::Durability::Disk => judged,
                _ => judged.and(Err(NotDurable::NoDisk)),
            }
        }
    }
}

/// What became of the trades that were logged between two looks, once the file has been flushed.
#[cfg(feature = "file")]
fn judge(before: &Health, after: &Health) -> Result<Reached, NotDurable> {
    let drain = |health: &Health| health.drain("trades").cloned();
    let (Some(one), Some(two)) = (drain(before), drain(after)) else { return Err(NotDurable::NoFile) };
    let error = |drain: &DrainHealth| drain.last_error.clone().unwrap_or_else(|| "no queue had room".into());
    if before.late < after.late {
        return Err(NotDurable::Diverted { error: "logging has ended".into() });
    }
    let lost = |counts: &Counts| counts.dropped.total();
    if before.trade.accepted == after.trade.accepted && before.trade.direct == after.trade.direct {
        return Err(NotDurable::NothingLogged);
    }
    if lost(&before.trade) < lost(&after.trade) || one.dropped < two.dropped {
        return Err(NotDurable::Lost { error: error(&two) });
    }
    if one.diverted < two.diverted || before.trade.direct < after.trade.direct {
        return Err(NotDurable::Diverted { error: error(&two) });
    }
    Ok(Reached::Disk)
}
