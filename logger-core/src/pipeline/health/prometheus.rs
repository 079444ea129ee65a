//! The figures as text for Prometheus, in its exposition format 0.0.4.

use std::{
    fmt::{self, Display, Write as _},
    time::Duration,
};

use super::{Condition, Counts, DrainState, Health, QueueHealth, QueuePlace, Stage};
use crate::histogram::Histogram;

/// The bounds of call times, as powers of two of nanoseconds: from 64 ns to about a second. They are bounds of classes of the
/// histogram, so that the counts are exact.
const CALL_TIMES: [u32; 19] = [6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 22, 24, 27, 30];
/// The bounds of the delays of targets, in milliseconds.
const DELAYS: [u64; 14] =
    [5, 10, 25, 50, 100, 250, 500, 1_000, 2_000, 5_000, 10_000, 30_000, 60_000, 300_000];

impl Health {
    /// The figures as text for Prometheus, in the exposition format 0.0.4: `text/plain; version=0.0.4`.
    ///
    /// All names begin with `logger_`; units are seconds and bytes. The names and labels of a figure stay what they are. Of
    /// those that name a state, the one that holds is 1 and the others are 0.
    pub fn to_prometheus(&self) -> String {
        let mut text = Text(String::with_capacity(16 * 1024));
        // a `String` takes all that is written
        let _ = self.write(&mut text);
        text.0
    }

    fn write(&self, text: &mut Text) -> fmt::Result {
        self.write_records(text)?;
        self.write_recovered(text)?;
        self.write_queues(text)?;
        self.write_whole(text)?;
        self.write_drains(text)?;
        self.write_targets(text)?;
        self.write_calls(text)
    }

    fn write_records(&self, text: &mut Text) -> fmt::Result {
        let classes = [("trade", &self.trade), ("general", &self.general)];
        let mut each = |name, kind, help, figure: fn(&Counts) -> u64| {
            text.family(name, kind, help)?;
            classes
                .iter()
                .try_for_each(|(class, counts)| text.sample(name, &[("class", class)], figure(counts)))
        };
        each("logger_records_accepted_total", COUNTER, "Log calls that passed the level.", |it| it.accepted)?;
        each(
            "logger_records_written_total",
            COUNTER,
            "Records that all drains of their route, or the fallback, took.",
            |it| it.written,
        )?;
        each(
            "logger_records_direct_total",
            COUNTER,
            "Of the written records, those that a caller's own thread gave to the fallback.",
            |it| it.direct,
        )?;
        each(
            "logger_records_spilled_total",
            COUNTER,
            "Accepted records that had no room in the ring of their thread.",
            |it| it.spilled,
        )?;
        each("logger_records_pending", GAUGE, "Accepted records that are still on their way.", |it| {
            it.pending
        })?;
        let name = "logger_records_dropped_total";
        text.family(name, COUNTER, "Accepted records that are lost.")?;
        for (class, counts) in classes {
            for (reason, count) in counts.dropped.by_reason() {
                text.sample(name, &[("class", class), ("reason", reason)], count)?;
            }
        }
        text.single(
            "logger_records_late_total",
            COUNTER,
            "Records logged after the shutdown or in the child of a fork.",
            self.late,
        )?;
        text.single(
            "logger_records_late_lost_total",
            COUNTER,
            "Of these, those that the fallback did not take.",
            self.late_lost,
        )
    }

    fn write_recovered(&self, text: &mut Text) -> fmt::Result {
        let it = &self.recovered;
        let name = "logger_recovered_records_total";
        text.family(name, COUNTER, "Records of earlier runs that were written.")?;
        text.sample(name, &[("class", "trade")], it.trades)?;
        text.sample(name, &[("class", "general")], it.records.saturating_sub(it.trades))?;
        text.single(
            "logger_recovered_runs_total",
            COUNTER,
            "Earlier runs of which nothing is left.",
            it.runs,
        )?;
        let name = "logger_recovery_runs";
        text.family(name, GAUGE, "Earlier runs that are not written, by why.")?;
        text.sample(name, &[("reason", "postponed")], it.postponed)?;
        text.sample(name, &[("reason", "unreadable")], it.unreadable)
    }

    fn write_queues(&self, text: &mut Text) -> fmt::Result {
        let classes = [("trade", &self.trade_queue), ("general", &self.general_queue)];
        let mut each = |name, help, figure: fn(&QueueHealth) -> u64| {
            text.family(name, GAUGE, help)?;
            classes
                .iter()
                .try_for_each(|(class, queue)| text.sample(name, &[("class", class)], figure(queue)))
        };
        each("logger_queue_rings", "Rings, of which each thread that logs has one.", |it| it.rings)?;
        each("logger_queue_capacity_bytes", "Bytes of all rings.", |it| it.capacity)?;
        each("logger_queue_used_bytes", "Bytes in use in all rings.", |it| it.used)?;
        each("logger_queue_spill_bytes", "Bytes of records that had no room in their ring.", |it| {
            it.spill_bytes
        })?;
        let name = "logger_queue_fullest_ratio";
        text.family(name, GAUGE, "The part of the fullest ring that is in use, from 0 to 1.")?;
        classes.iter().try_for_each(|(class, queue)| {
            text.sample(name, &[("class", class)], queue.fullest_per_mille as f64 / 1_000.0)
        })
    }

    fn write_whole(&self, text: &mut Text) -> fmt::Result {
        if let Some(started) = self.started {
            let seconds = started.unix_nanos() as f64 / 1e9;
            text.single(
                "logger_start_time_seconds",
                GAUGE,
                "When the logger was started, in seconds since 1970.",
                seconds,
            )?;
        }
        let name = "logger_condition";
        text.family(name, GAUGE, "Whether all is well: 1 for the condition that holds.")?;
        let now = self.condition();
        text.states(name, &[], Condition::ALL.map(|it| (it.as_str(), it == now)))?;
        let name = "logger_stage";
        text.family(name, GAUGE, "In what part of its life the logger is: 1 for the one that it is in.")?;
        text.states(name, &[], Stage::ALL.map(|it| (it.as_str(), it == self.stage)))?;
        let name = "logger_queue_place";
        text.family(name, GAUGE, "Where the queue is: 1 for the place that it is in.")?;
        text.states(name, &[], QueuePlace::ALL.map(|it| (it.as_str(), it == self.queue_place)))
    }

    fn write_drains(&self, text: &mut Text) -> fmt::Result {
        if self.drains.is_empty() {
            return Ok(());
        }
        let name = "logger_drain_state";
        text.family(name, GAUGE, "How a drain is: 1 for the state that it is in.")?;
        for drain in &self.drains {
            text.states(
                name,
                &[("drain", &drain.name)],
                DrainState::ALL.map(|it| (it.as_str(), it == drain.state)),
            )?;
        }
        let mut each = |name, help, figure: fn(&super::DrainHealth) -> u64| {
            text.family(name, COUNTER, help)?;
            self.drains.iter().try_for_each(|it| text.sample(name, &[("drain", &it.name)], figure(it)))
        };
        each("logger_drain_delivered_total", "Records that a drain took and handed on.", |it| it.delivered)?;
        each(
            "logger_drain_diverted_total",
            "Records that went to the fallback because a drain failed.",
            |it| it.diverted,
        )?;
        each("logger_drain_dropped_total", "Records that reached neither a drain nor the fallback.", |it| {
            it.dropped
        })?;
        each("logger_drain_panics_total", "Times that a drain panicked.", |it| it.panics)
    }

    fn write_targets(&self, text: &mut Text) -> fmt::Result {
        if self.targets.is_empty() {
            return Ok(());
        }
        let name = "logger_target_state";
        text.family(name, GAUGE, "How a target of alerts is: 1 for the state that it is in.")?;
        for target in &self.targets {
            text.states(
                name,
                &[("target", &target.name)],
                DrainState::ALL.map(|it| (it.as_str(), it == target.state)),
            )?;
        }
        let mut each = |name, kind, help, figure: fn(&super::TargetHealth) -> u64| {
            text.family(name, kind, help)?;
            self.targets.iter().try_for_each(|it| text.sample(name, &[("target", &it.name)], figure(it)))
        };
        each("logger_target_delivered_total", COUNTER, "Records that a target was told of.", |it| {
            it.delivered
        })?;
        each("logger_target_waiting", GAUGE, "Records that wait for a target.", |it| it.waiting)?;
        each("logger_target_lost_total", COUNTER, "Records that a target will never be told of.", |it| {
            it.lost
        })?;
        each("logger_target_retried_total", COUNTER, "Requests that had to be made again.", |it| it.retried)?;
        let name = "logger_target_delay_seconds";
        text.family(name, HISTOGRAM, "From the log call to the answer of the target.")?;
        self.targets.iter().try_for_each(|it| {
            text.histogram(name, &[("target", &it.name)], &it.delay, DELAYS.map(Duration::from_millis))
        })
    }

    fn write_calls(&self, text: &mut Text) -> fmt::Result {
        let Some(calls) = &self.call_time else { return Ok(()) };
        text.single(
            "logger_call_sample_ratio",
            GAUGE,
            "The part of all calls that is timed.",
            1.0 / calls.one_in.max(1) as f64,
        )?;
        let name = "logger_call_duration_seconds";
        text.family(name, HISTOGRAM, "How long log calls took, of those that were timed.")?;
        text.histogram(name, &[], &calls.histogram, CALL_TIMES.map(|power| Duration::from_nanos(1 << power)))
    }
}

const COUNTER: &str = "counter";
const GAUGE: &str = "gauge";
const HISTOGRAM: &str = "histogram";

/// The text as it grows.
struct Text(String);

/// Names and values.
type Labels<'a> = [(&'a str, &'a str)];

impl Text {
    /// Begins the samples of one name.
    fn family(&mut self, name: &str, kind: &str, help: &str) -> fmt::Result {
        writeln!(self.0, "# HELP {name} {help}\n# TYPE {name} {kind}")
    }

    fn single(&mut self, name: &str, kind: &str, help: &str, value: impl Display) -> fmt::Result {
        self.family(name, kind, help)?;
        self.sample(name, &[], value)
    }

    fn sample(&mut self, name: &str, labels: &Labels<'_>, value: impl Display) -> fmt::Result {
        self.0.push_str(name);
        for (at, (label, value)) in labels.iter().enumerate() {
            write!(self.0, "{}{label}=\"{}\"", if at == 0 { '{' } else { ',' }, Escaped(value))?;
        }
        writeln!(self.0, "{} {value}", if labels.is_empty() { "" } else { "}" })
    }

    /// One sample for each state, 1 for the one that holds.
    fn states<'a>(
        &mut self,
        name: &str,
        labels: &Labels<'a>,
        states: impl IntoIterator<Item = (&'a str, bool)>,
    ) -> fmt::Result {
        states.into_iter().try_for_each(|(state, holds)| {
            self.sample(name, &[labels, &[("state", state)]].concat(), u8::from(holds))
        })
    }

    fn histogram(
        &mut self,
        name: &str,
        labels: &Labels<'_>,
        histogram: &Histogram,
        bounds: impl IntoIterator<Item = Duration>,
    ) -> fmt::Result {
        let bucket = format!("{name}_bucket");
        for bound in bounds {
            let le = bound.as_secs_f64().to_string();
            let count = histogram.at_most(bound);
            self.sample(&bucket, &[labels, &[("le", le.as_str())]].concat(), count)?;
        }
        self.sample(&bucket, &[labels, &[("le", "+Inf")]].concat(), histogram.count())?;
        self.sample(&format!("{name}_sum"), labels, histogram.sum().as_secs_f64())?;
        self.sample(&format!("{name}_count"), labels, histogram.count())
    }
}

/// The value of a label as the format wants it: names of drains and targets are the application's own.
struct Escaped<'a>(&'a str);

impl Display for Escaped<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.chars().try_for_each(|it| match it {
            '\\' => f.write_str("\\\\"),
            '"' => f.write_str("\\\""),
            '\n' => f.write_str("\\n"),
            it => f.write_char(it),
        })
    }
}
