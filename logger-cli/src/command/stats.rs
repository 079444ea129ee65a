//! `logger stats`

use std::{collections::HashMap, io::Write};

use clap::Args;

use super::{Failure, Found, Output, choice::Choice};
use crate::{
    around::{Around, Shown},
    output::visible,
    query::{Next, Query},
    record::Record,
    seen::Seen,
    time,
};

/// Shows rates over time, the most frequent levels, experts and events, and numbers that are missing.
#[derive(Debug, Args)]
pub(super) struct Stats {
    #[command(flatten)]
    choice: Choice,
    /// How many rows each list has
    #[arg(long, short = 'n', value_name = "NUMBER", default_value_t = 10)]
    limit: usize,
    /// As one JSON object
    #[arg(long)]
    json: bool,
}

/// How often there was what.
#[derive(Debug, Default)]
struct Tally {
    records: u64,
    no_records: u64,
    levels: HashMap<String, u64>,
    experts: HashMap<String, u64>,
    events: HashMap<String, u64>,
    rate: Rate,
    seen: Seen,
}

impl Stats {
    pub(super) fn run(self, out: &mut Output) -> Result<Found, Failure> {
        let mut query = self.choice.query(&[], Around::NONE)?;
        let mut tally = Tally::default();
        // gaps are found among all records of the time, not among those that are wanted
        let filter = std::mem::take(&mut query.filter);
        query.forward(|shown| {
            tally.note(&shown, &filter);
            Ok(Next::Line)
        })?;
        let out = &mut *out.out;
        if self.json {
            tally.write_json(self.limit, out)?
        } else {
            tally.write_text(&self, &query, out)?
        }
        Failure::unless_all_was_read(&query.meter)?;
        Ok(if tally.records + tally.no_records == 0 { Found::Nothing } else { Found::Something })
    }
}

impl Tally {
    fn note(&mut self, shown: &Shown, filter: &crate::filter::Filter) {
        let record = Record::parse(&shown.line.bytes);
        let _ = self.seen.is_new(&shown.line, record.as_ref());
        if !filter.may_want(&shown.line) || !filter.wants(record.as_ref()) {
            return;
        }
        let Some(record) = record.filter(|_| shown.line.own_time.is_some()) else {
            self.no_records += 1;
            return;
        };
        self.records += 1;
        self.rate.note(shown.line.time);
        let count = |counts: &mut HashMap<String, u64>, key| {
            let Some(value) = record.plain(key) else { return };
            // what is different in each record is nothing frequent
            if counts.len() < MOST || counts.contains_key(&value) {
                *counts.entry(value).or_default() += 1;
            }
        };
        count(&mut self.levels, "level");
        count(&mut self.experts, "expert_name");
        count(&mut self.events, "event");
    }

    fn write_text(&self, stats: &Stats, query: &Query, out: &mut dyn Write) -> std::io::Result<()> {
        let zone = &stats.choice.zone;
        writeln!(
            out,
            "{} records, {} other lines, {} bytes read",
            self.records,
            self.no_records,
            query.meter.bytes()
        )?;
        if let Some((first, last)) = self.rate.ends() {
            let seconds = last.abs_diff(first) as f64 / 1e9;
            let rate = if seconds > 0.0 { self.records as f64 / seconds } else { 0.0 };
            writeln!(out, "{} to {}, {rate:.1} a second", time::show(first, zone), time::show(last, zone))?;
            writeln!(
                out,
                "{}  most {} in {}",
                self.rate.sparkline(),
                self.rate.most(),
                time::show_span(self.rate.width().try_into().unwrap_or(i64::MAX))
            )?;
        }
        for (title, counts) in
            [("levels", &self.levels), ("experts", &self.experts), ("events", &self.events)]
        {
            let top = top(counts, stats.limit);
            if !top.is_empty() {
                writeln!(out, "\n{title}")?;
            }
            for (value, count) in top {
                let share = *count as f64 * 100.0 / self.records.max(1) as f64;
                writeln!(out, "{count:>10} {share:>5.1} %  {}", visible(value))?;
            }
        }
        let gaps = self.seen.gaps();
        let is_whole = gaps.values().all(Vec::is_empty);
        writeln!(
            out,
            "\nnumbers of {} runs: {}",
            gaps.len(),
            if is_whole { "none is missing" } else { "missing are" }
        )?;
        for (run, gaps) in gaps.iter().filter(|(_, gaps)| !gaps.is_empty()) {
            let missing: u128 = gaps.iter().map(|(first, last)| u128::from(last - first) + 1).sum();
            let ranges: Vec<String> = gaps.iter().take(stats.limit).map(range).collect();
            let more = if gaps.len() > stats.limit { ", …" } else { "" };
            writeln!(out, "{missing:>10}  run {}: {}{more}", visible(run), ranges.join(", "))?;
        }
        out.flush()
    }

    fn write_json(&self, limit: usize, out: &mut dyn Write) -> std::io::Result<()> {
        let list = |counts| {
            let rows = top(counts, limit).into_iter();
            rows.map(|(value, count)| serde_json::json!({ "value": value, "count": count }))
                .collect::<Vec<_>>()
        };
        let gaps: Vec<_> = self.seen.gaps().into_iter().collect();
        let gaps: Vec<_> = gaps
            .iter()
            .flat_map(|(run, gaps)| gaps.iter().map(move |(first, last)| (run, first, last)))
            .map(|(run, first, last)| serde_json::json!({ "run": run, "first": first, "last": last }))
            .collect();
        let all = serde_json::json!({
            "records": self.records, "other_lines": self.no_records, "levels": list(&self.levels),
            "experts": list(&self.experts), "events": list(&self.events), "missing": gaps,
        });
        writeln!(out, "{all}")?;
        out.flush()
    }
}

/// So many different values are counted.
const MOST: usize = 100_000;

fn top(counts: &HashMap<String, u64>, limit: usize) -> Vec<(&String, &u64)> {
    let mut all: Vec<_> = counts.iter().collect();
    all.sort_by(|a, b| b.1.cmp(a.1).then_with(|| a.0.cmp(b.0)));
    all.truncate(limit);
    all
}

fn range((first, last): &(u64, u64)) -> String {
    if first == last { first.to_string() } else { format!("{first}-{last}") }
}

/// How many records there were over time, in a fixed number of equal spans that grow with what comes.
#[derive(Debug)]
struct Rate {
    counts: [u64; Rate::SPANS],
    start: i64,
    /// Nanoseconds of one span.
    width: u64,
    ends: Option<(i64, i64)>,
}

impl Default for Rate {
    fn default() -> Self {
        Rate { counts: [0; Rate::SPANS], start: 0, width: 1_000_000, ends: None }
    }
}

impl Rate {
    const SPANS: usize = 60;

    fn note(&mut self, time: i64) {
        let (first, last) = self.ends.unwrap_or((time, time));
        if self.ends.is_none() {
            self.start = time;
        }
        self.ends = Some((first.min(time), last.max(time)));
        while self.span_of(time) >= Rate::SPANS {
            self.widen();
        }
        self.counts[self.span_of(time)] += 1;
    }

    /// In which span a time lies. A line that is out of order counts for the first one; lines may be further apart than their
    /// times can tell: from 1677 to 2262.
    fn span_of(&self, time: i64) -> usize {
        let since = if time > self.start { time.abs_diff(self.start) } else { 0 };
        usize::try_from(since / self.width).unwrap_or(usize::MAX)
    }

    /// Two spans become one.
    fn widen(&mut self) {
        // more than 60 spans of 2^59 ns is all time there is
        self.width = self.width.saturating_mul(2);
        for span in 0..Rate::SPANS {
            let of = |it: usize| self.counts.get(it).copied().unwrap_or(0);
            self.counts[span] = of(2 * span) + of(2 * span + 1);
        }
    }

    fn ends(&self) -> Option<(i64, i64)> {
        self.ends
    }

    fn width(&self) -> u64 {
        self.width
    }

    fn most(&self) -> u64 {
        self.counts.iter().copied().max().unwrap_or(0)
    }

    fn sparkline(&self) -> String {
        const BARS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
        let most = self.most().max(1);
        let used = self.ends.map_or(0, |(_, last)| self.span_of(last) + 1);
        let bar = |count: &u64| match *count {
            0 => ' ',
            count => BARS[((count * 8).div_ceil(most) as usize).clamp(1, 8) - 1],
        };
        self.counts.iter().take(used).map(bar).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rate_counts_everything_whatever_the_time_between() {
        let mut rate = Rate::default();
        for time in [5, 1, 2_000_000, 3_600_000_000_000, 90_000_000_000_000, i64::MAX / 2] {
            rate.note(time);
        }
        assert_eq!(rate.counts.iter().sum::<u64>(), 6);
        assert_eq!(rate.ends(), Some((1, i64::MAX / 2)));
        let mut even = Rate::default();
        (0..4).for_each(|it| even.note(it * 1_000_000));
        even.note(3_000_000);
        assert_eq!(even.sparkline(), "▄▄▄█");
    }
}
