//! The account of a case: every record that was acknowledged against every place where it may be.

use std::{collections::BTreeSet, time::Duration};

use super::{Destination, Evidence, Promise, Recoveries, Verdict, tally::Tally};
use crate::{
    figures::Figures,
    payload::{Kind, Sample},
    report::{ChildReport, DrainReport, QueueReport},
};

pub(super) struct Account<'a> {
    pub(super) evidence: &'a Evidence,
    /// One for each destination, in their order.
    pub(super) tallies: &'a [Tally],
    pub(super) stderr: &'a Tally,
    pub(super) reports: &'a Tally,
}

/// What became of the records, all together.
#[derive(Default)]
struct Sums {
    acked: u64,
    /// Of these, the trades and the others that the child of the report has logged.
    booked: [u64; 2],
    found: u64,
    missing_trades: u64,
    missing_errors: u64,
    missing_others: u64,
    /// Lines on stderr that stand for nothing that is missing.
    needless: u64,
    /// How many records are missing in each destination and on stderr instead.
    diverted: Vec<u64>,
    /// How many are missing in each destination that may give them up, and not on stderr either.
    given_up: Vec<u64>,
    given_up_by_any: u64,
    examples: Vec<String>,
}

/// Examples kept of lost records.
const MAX_EXAMPLES: usize = 3;

impl Account<'_> {
    pub(super) fn verdict(&self) -> Verdict {
        let sums = self.sums();
        let figures = self.figures(&sums);
        let mut broken = figures.broken();
        if figures.acked == 0 {
            broken.push("nothing was logged".into());
        }
        self.check_fresh(&mut broken);
        self.check_counted(&mut broken);
        self.check_lengths(&mut broken);
        self.check_recovered(&mut broken);
        self.check_books(&sums, &mut broken);
        if !broken.is_empty() {
            broken.extend(sums.examples);
            broken.extend(self.all_tallies().flat_map(|tally| tally.examples.iter().cloned()));
        }
        Verdict {
            figures,
            broken,
            files: self.tallies.iter().map(|tally| tally.files).collect(),
            reports: self.reports.reports,
        }
    }

    fn all_tallies(&self) -> impl Iterator<Item = &Tally> {
        self.tallies.iter().chain([self.stderr, self.reports])
    }

    fn sums(&self) -> Sums {
        let mut sums = Sums {
            diverted: vec![0; self.tallies.len()],
            given_up: vec![0; self.tallies.len()],
            ..Sums::default()
        };
        for (worker, row) in self.evidence.acked.rows.iter().enumerate() {
            for n in 0..row.next() {
                let sample = Sample { seed: self.evidence.seed, worker: worker as u32, n };
                if row.has(sample) {
                    self.add(sample, &mut sums);
                }
            }
        }
        sums
    }

    /// Adds one acknowledged record to the sums.
    fn add(&self, sample: Sample, sums: &mut Sums) {
        let is_trade = sample.kind() == Kind::Trade;
        sums.acked += 1;
        if sample.worker >= self.evidence.booked_from {
            sums.booked[usize::from(!is_trade)] += 1;
        }
        let missing: Vec<usize> = self.missing(sample).collect();
        let on_stderr = self.stderr.copies(sample);
        sums.needless += on_stderr.saturating_sub(missing.len() as u64);
        if missing.is_empty() || on_stderr > 0 {
            sums.found += 1;
            missing.iter().for_each(|&at| sums.diverted[at] += 1);
            return;
        }
        if missing.iter().all(|&at| self.evidence.destinations[at].promise == Promise::KeptOrGivenUp) {
            sums.given_up_by_any += 1;
            missing.iter().for_each(|&at| sums.given_up[at] += 1);
            return;
        }
        match sample.kind() {
            Kind::Trade => sums.missing_trades += 1,
            Kind::Error => sums.missing_errors += 1,
            Kind::General => sums.missing_others += 1,
        }
        if sums.examples.len() < MAX_EXAMPLES {
            let names: Vec<_> =
                missing.iter().map(|&at| self.evidence.destinations[at].name.as_str()).collect();
            sums.examples.push(format!(
                "{} {} of thread {} is neither in {} nor on stderr",
                if is_trade { "trade" } else { "record" },
                sample.n,
                sample.worker,
                names.join(", "),
            ));
        }
    }

    /// The destinations that have promised to keep a record and do not hold it.
    fn missing(&self, sample: Sample) -> impl Iterator<Item = usize> {
        self.kept_destinations()
            .filter(move |(_, destination, tally)| {
                destination.takes.has(sample.kind()) && tally.copies(sample) == 0
            })
            .map(|(at, ..)| at)
    }

    fn kept_destinations(&self) -> impl Iterator<Item = (usize, &Destination, &Tally)> {
        let all = self.evidence.destinations.iter().zip(self.tallies).enumerate();
        all.map(|(at, (destination, tally))| (at, destination, tally))
            .filter(|(_, destination, _)| !matches!(destination.promise, Promise::Counted { .. }))
    }

    fn figures(&self, sums: &Sums) -> Figures {
        let sum = |count: fn(&Tally) -> u64| self.all_tallies().map(count).sum::<u64>();
        let report = self.evidence.report.as_ref();
        let (trade_dropped, other_dropped) =
            report.map_or((0, 0), |it| (it.trade.dropped, it.general.dropped));
        let others_missing = sums.missing_others + sums.given_up_by_any;
        Figures {
            acked: sums.acked,
            found: sums.found,
            // whatever is reported: trades and errors may not be dropped
            lost_trade: sums.missing_trades,
            lost_other: sums.missing_errors + others_missing.saturating_sub(trade_dropped + other_dropped),
            dropped_reported: trade_dropped + other_dropped,
            dup: sum(|it| it.dup) + sums.needless,
            torn: sum(|it| it.torn),
            altered: sum(|it| it.altered),
            out_of_order: sum(|it| it.out_of_order),
            invented: sum(|it| it.invented),
            diverted: self.stderr.lines,
            recovered: self.recovered(),
            caller_panics: self.evidence.acked.panics(),
            caller_max: self.evidence.acked.longest(),
            recovery: report
                .and_then(|it| it.recovery_ms)
                .or(self.reports.recovery_millis)
                .map(Duration::from_millis),
            in_vain: 0,
            grown: report
                .and_then(|it| it.held)
                .map_or(0, |[before, after]| after.grown_since(before).len() as u64),
            kills: 0,
            exit: None,
        }
    }

    /// What was logged after everything was well again is in the files themselves.
    fn check_fresh(&self, broken: &mut Vec<String>) {
        for &worker in &self.evidence.fresh {
            let Some(row) = self.evidence.acked.rows.get(worker as usize).filter(|row| row.next() > 0) else {
                broken.push("no record was logged after recovery".into());
                continue;
            };
            for (_, destination, tally) in self.kept_destinations() {
                if destination.promise == Promise::Diverted {
                    continue;
                }
                let absent = (0..row.next())
                    .map(|n| Sample { seed: self.evidence.seed, worker, n })
                    .filter(|sample| destination.takes.has(sample.kind()) && tally.copies(*sample) == 0)
                    .count();
                if absent > 0 {
                    broken.push(format!("{absent} fresh records did not reach {}", destination.name));
                }
            }
        }
    }

    /// Drains that may drop have counted what is missing, but for what they still hold.
    fn check_counted(&self, broken: &mut Vec<String>) {
        for (destination, tally) in self.evidence.destinations.iter().zip(self.tallies) {
            let Promise::Counted { held } = destination.promise else { continue };
            let report = self.evidence.report.as_ref().and_then(|it| it.drain(&destination.name));
            let dropped = report.map_or(0, |it| it.dropped);
            let missing = self.missing_in(destination, tally);
            if missing < dropped || missing > dropped + held {
                broken.push(format!("{} misses {missing} records and says {dropped}", destination.name));
            }
        }
    }

    fn missing_in(&self, destination: &Destination, tally: &Tally) -> u64 {
        let rows = self.evidence.acked.rows.iter().enumerate();
        rows.flat_map(|(worker, row)| (0..row.next()).map(move |n| (worker as u32, n, row)))
            .map(|(worker, n, row)| (Sample { seed: self.evidence.seed, worker, n }, row))
            .filter(|(sample, row)| row.has(*sample) && destination.takes.has(sample.kind()))
            .filter(|(sample, _)| tally.copies(*sample) == 0)
            .count() as u64
    }

    fn check_lengths(&self, broken: &mut Vec<String>) {
        let too_long: u64 = self.tallies.iter().map(|tally| tally.too_long).sum();
        if too_long > 0 {
            broken.push(format!("{too_long} files longer than the limit and one record"));
        }
    }

    /// Records that any file holds with the mark of a later start.
    fn recovered(&self) -> u64 {
        self.tallies.iter().flat_map(|tally| &tally.recovered).collect::<BTreeSet<_>>().len() as u64
    }

    /// What a later start wrote is marked, each record: it is as many as that start says.
    fn check_recovered(&self, broken: &mut Vec<String>) {
        let (marked, reported) = (self.recovered(), self.reports.recovered_reported);
        let agrees = match self.evidence.recoveries {
            Recoveries::Whole => marked == reported,
            Recoveries::Cut => marked >= reported,
        };
        if !agrees {
            broken.push(format!("{marked} records are marked as recovered, {reported} are said to be"));
        }
    }

    /// The pipeline's own figures agree with each other and with what the judge found.
    fn check_books(&self, sums: &Sums, broken: &mut Vec<String>) {
        let Some(report) = &self.evidence.report else { return };
        let queues = [("trade", &report.trade), ("general", &report.general)];
        for ((name, queue), acked) in queues.into_iter().zip(sums.booked) {
            let QueueReport { accepted, written, dropped, pending, .. } = *queue;
            if accepted != written + dropped + pending {
                broken.push(format!("{name}: {accepted} accepted are not {written} + {dropped} + {pending}"));
            }
            if accepted != acked {
                broken.push(format!("{name}: {accepted} accepted, but {acked} calls returned"));
            }
        }
        let holds_back = |it: &Destination| matches!(it.promise, Promise::Counted { .. });
        if !report.finished && !self.evidence.destinations.iter().any(holds_back) {
            broken.push("the shutdown did not finish".into());
        }
        if self.evidence.booked_from == 0 {
            self.check_diverted(report, sums, broken);
        }
    }

    /// Records of the logger's own that are in the first destination, and neither in this one nor on stderr.
    fn own_given_up(&self, at: usize) -> u64 {
        match self.evidence.destinations[at].promise {
            Promise::KeptOrGivenUp => {
                self.tallies[0].reports.saturating_sub(self.tallies[at].reports + self.stderr.reports)
            }
            Promise::Kept | Promise::Diverted | Promise::Counted { .. } => 0,
        }
    }

    /// Records of the logger's own that are in the first destination, not in this one, and on stderr.
    fn own_diverted(&self, at: usize) -> u64 {
        match self.evidence.destinations[at].promise {
            Promise::KeptOrGivenUp | Promise::Diverted => {
                let missing = self.tallies[0].reports.saturating_sub(self.tallies[at].reports);
                missing.min(self.stderr.reports)
            }
            Promise::Kept | Promise::Counted { .. } => 0,
        }
    }

    /// Each drain counts the records that went to stderr in its place, and says so when its trouble ends.
    fn check_diverted(&self, report: &ChildReport, sums: &Sums, broken: &mut Vec<String>) {
        for (at, destination, _) in self.kept_destinations() {
            let Some(drain) = report.drain(&destination.name) else { continue };
            // what a caller has handed to stderr itself never came to the drain
            let direct = destination.takes.direct(report);
            let seen = sums.diverted[at].saturating_sub(direct) + self.own_diverted(at);
            let name = &drain.name;
            if drain.diverted != seen {
                broken
                    .push(format!("{name}: {} records are said to be diverted, {seen} are", drain.diverted));
            }
            let given_up = sums.given_up[at] + self.own_given_up(at);
            if drain.dropped != given_up {
                let said = drain.dropped;
                broken.push(format!("{name}: {said} records are said to be dropped, {given_up} are"));
            }
            let affected = self.reports.affected.get(name).copied().unwrap_or(0);
            if affected != drain.diverted && drain.state == DrainReport::OK {
                broken.push(format!(
                    "{name}: reports speak of {affected} records, {} were diverted",
                    drain.diverted
                ));
            }
        }
    }
}
