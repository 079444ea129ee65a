//! The threads that log, and what they note about each call.

use std::{
    fs::File,
    io, mem,
    ops::Range,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
    thread,
    time::{Duration, Instant},
};

use logger_core::{Context, Logger, LoggerExt, ManualClock};

use crate::{
    acked::AckWriter,
    payload::{EVENT, EXPERT, Kind, Sample, key},
    plan::{Bug, Callers, Plan, Pressure},
};

/// Logs a record in one of the ways that there are, each in its turn: our macros, slog's, a text that is formatted.
macro_rules! log {
    ($level:ident, $log:expr, $sample:expr, $check:expr, $payload:expr) => {{
        let Sample { worker, n, .. } = $sample;
        match n / 8 % 3 {
            0 => logger_core::$level!($log, "fault case record";
                "worker" => worker, "n" => n, "check" => $check, "payload" => $payload),
            1 => logger_core::slog::$level!($log, "fault case record";
                "worker" => worker, "n" => n, "check" => $check, "payload" => $payload),
            _ => logger_core::$level!($log, "{}", EVENT;
                key::WORKER => worker, key::N => n, key::CHECK => $check, key::PAYLOAD => $payload),
        }
    }};
}

/// One thread's load: logs its records one after the other and notes each call that returned.
pub(super) struct Load {
    seed: u64,
    worker: u32,
    general: Logger,
    trades: Logger,
    acks: AckWriter,
    payload: String,
    /// Number of the next record.
    next: u64,
    /// The only kind that is logged; records of others are passed over.
    only: Option<Kind>,
    flush_every: Option<u64>,
    callers: Callers,
    /// A clock that stands still between two records.
    clock: Option<Arc<ManualClock>>,
    bug: Option<Bug>,
}

impl Load {
    pub(super) fn new(plan: &Plan, worker: u32, logger: &Logger) -> io::Result<Load> {
        let logger = logger.bind(&Context::new().expert_name(EXPERT).with(key::THREAD, worker));
        Ok(Load {
            seed: plan.seed,
            worker,
            trades: logger.trade(),
            general: logger,
            acks: AckWriter::create(&plan.ledger, worker)?,
            payload: String::new(),
            next: 0,
            only: None,
            flush_every: plan.flush_every,
            callers: plan.callers,
            clock: None,
            bug: plan.bug,
        })
    }

    /// The load of a thread that is to put the queue under `pressure`.
    pub(super) fn under(self, pressure: Pressure) -> Load {
        Load { only: (pressure == Pressure::TradesOnly).then_some(Kind::Trade), ..self }
    }

    /// Has a clock go on by a microsecond with each record.
    pub(super) fn by(self, clock: Option<Arc<ManualClock>>) -> Load {
        Load { clock, ..self }
    }

    /// Logs the next `count` records.
    pub(super) fn log(&mut self, count: u64) -> io::Result<()> {
        let range: Range<u64> = self.next..self.next.saturating_add(count);
        for n in range {
            let sample = Sample { seed: self.seed, worker: self.worker, n };
            if self.only.is_none_or(|only| only == sample.kind()) {
                self.log_one(sample)?;
            }
            self.next = n + 1;
            if self.flush_every.is_some_and(|every| self.next.is_multiple_of(every)) {
                let _ = self.general.flush();
            }
        }
        Ok(())
    }

    fn log_one(&mut self, sample: Sample) -> io::Result<()> {
        sample.put_payload(&mut self.payload);
        if let Some(clock) = &self.clock {
            clock.advance(Duration::from_micros(1));
        }
        let began = Instant::now();
        let outcome = match self.callers {
            Callers::LongLived => catch_unwind(AssertUnwindSafe(|| self.call(sample))),
            Callers::ShortLived => thread::scope(|scope| scope.spawn(|| self.call_and_end(sample)).join()),
        };
        match outcome {
            Ok(()) => self.acks.returned(sample.kind(), sample.n, began.elapsed()),
            Err(_) => self.acks.panicked(),
        }
    }

    fn call_and_end(&self, sample: Sample) {
        self.call(sample);
        if self.bug == Some(Bug::LeakingThreads) {
            mem::forget((vec![1_u8; 4096], File::open("/dev/null")));
        }
    }

    fn call(&self, sample: Sample) {
        let (check, payload) = (sample.check(), self.payload.as_str());
        match sample.kind() {
            Kind::General => log!(info, self.general, sample, check, payload),
            Kind::Trade => log!(info, self.trades, sample, check, payload),
            Kind::Error => log!(error, self.general, sample, check, payload),
        }
    }
}
