//! The figure of each goal, from what was measured.

use super::Goal;
use crate::{
    mode::Mode,
    sample::{Case, Samples},
    stats::{Spread, net, ratios},
};

/// slog's macros on a typed logger.
const SLOG: &str = "ours";
/// Call sites that know the types of their values. Its figures are open until there is a subject of that name.
const STATIC: &str = "ours_static";
const FULL: &str = "ours_full";
const EVERYTHING: &str = "ours_everything";
const SMALL_FILES: &str = "ours_small_files";
const SLOW_DISK: &str = "ours_slow_disk";
const EMPTY: &str = "empty";
const RING: &str = "limit_ring";
const HAND: &str = "hand_sync";

const X_RING: &str = "x limit_ring";
const X_HAND: &str = "x hand_sync";
const X_WITHOUT: &str = "x without";

/// A mode with a number of threads in which latencies are measured.
type Timed = (Mode, usize);
const BURST: Timed = (Mode::Burst, 1);
const BURST_4: Timed = (Mode::Burst, 4);
const PACED: Timed = (Mode::Paced, 1);
const FLOOD: Timed = (Mode::Flood, 1);

/// What the figures of a shape are called: burst, 1 thread; burst, 4 threads; paced.
struct Parts {
    p50: [&'static str; 3],
    tail: [&'static str; 3],
}

const PACKED: Parts = Parts {
    p50: [
        "files of 1 MB, packed: burst, 1 thread, p50 net",
        "files of 1 MB, packed: burst, 4 threads, p50 net",
        "files of 1 MB, packed: paced, p50 net",
    ],
    tail: [
        "files of 1 MB, packed: burst, 1 thread, p99.9",
        "files of 1 MB, packed: burst, 4 threads, p99.9",
        "files of 1 MB, packed: paced, p99.9",
    ],
};
const SLOW: Parts = Parts {
    p50: [
        "slow disk: burst, 1 thread, p50 net",
        "slow disk: burst, 4 threads, p50 net",
        "slow disk: paced, p50 net",
    ],
    tail: [
        "slow disk: burst, 1 thread, p99.9",
        "slow disk: burst, 4 threads, p99.9",
        "slow disk: paced, p99.9",
    ],
};

pub(super) fn all(samples: &Samples, runs: usize) -> Vec<Goal> {
    let the = Figures { samples, runs };
    let mut goals = the.latencies();
    goals.extend(the.throughput());
    goals.extend(the.costs());
    goals.extend(the.undisturbed());
    goals.extend(the.behind_the_call("L2", SMALL_FILES, &PACKED));
    goals.extend(the.behind_the_call("A5", SLOW_DISK, &SLOW));
    goals
}

struct Figures<'s> {
    samples: &'s Samples,
    runs: usize,
}

type Runs = Vec<Option<f64>>;

impl Figures<'_> {
    /// P1 to P4.
    fn latencies(&self) -> Vec<Goal> {
        let goal = |id, part, limit| Goal::at_most(id, part, limit, X_RING);
        let p50 = |subject, timed| over(&self.net_p50(subject, timed), &self.net_p50(RING, timed));
        let tail = |timed| over(&self.of(SLOG, timed, "p99.9"), &self.of(RING, timed, "p99.9"));
        vec![
            goal("P1", "burst, 1 thread, p50 net, slog macros", 3.0).with(p50(SLOG, BURST)),
            goal("P1", "burst, 4 threads, p50 net, slog macros", 3.0).with(p50(SLOG, BURST_4)),
            goal("P2", "burst, 1 thread, p50 net, static call sites", 1.5).with(p50(STATIC, BURST)),
            goal("P2", "burst, 4 threads, p50 net, static call sites", 1.5).with(p50(STATIC, BURST_4)),
            goal("P3", "paced, p50 net, slog macros", 6.0).with(p50(SLOG, PACED)),
            goal("P3", "paced, p50 net, static call sites", 3.0).with(p50(STATIC, PACED)),
            goal("P4", "burst, 1 thread, p99.9", 1.5).with(tail(BURST)),
            goal("P4", "burst, 4 threads, p99.9", 1.5).with(tail(BURST_4)),
            goal("P4", "paced, p99.9", 1.5).with(tail(PACED)),
        ]
    }

    /// P5 to P8.
    fn throughput(&self) -> Vec<Goal> {
        let flood = |subject, figure| self.of(subject, FLOOD, figure);
        let rate = over(&flood(SLOG, "lines_per_s"), &flood(HAND, "lines_per_s"));
        let cpu = over(&flood(SLOG, "cpu_s_per_million"), &flood(HAND, "cpu_s_per_million"));
        let bytes = over(&flood(FULL, "bytes_per_s"), &flood(SLOG, "bytes_per_s"));
        let kill = |figure| Spread::of(self.of(SLOG, (Mode::Kill, 1), figure).into_iter().flatten());
        // one run that loses is too many
        let worst = |figure| kill(figure).map(|it| Spread { median: it.max, ..it });
        vec![
            Goal::at_least("P5", "flood, records per second on file", 0.9, X_HAND).with(rate),
            Goal::at_most("P6", "flood, CPU time", 2.2, X_HAND).with(cpu),
            Goal::at_least("P7", "flood, bytes per second, full envelope", 1.0, "x compact").with(bytes),
            Goal::at_most("P8", "lost by kill -9 in a flood", 0.0, "records").with(worst("lost")),
            Goal::at_most("P8", "doubled by kill -9 in a flood", 0.0, "records").with(worst("doubled")),
        ]
    }

    /// P9 to P14.
    fn costs(&self) -> Vec<Goal> {
        let spread = |runs: Runs| Spread::of(runs.into_iter().flatten());
        let of = |mode, figure| spread(self.of(SLOG, (mode, 1), figure));
        let disabled = (Mode::Disabled, 1);
        let disabled_net =
            subtract(&self.of(SLOG, disabled, "ns_per_call"), &self.of(EMPTY, disabled, "ns_per_call"));
        vec![
            Goal::at_most("P9", "idle, CPU time", 0.1, "% of a core").with(of(Mode::Idle, "cpu_percent")),
            Goal::at_most("P10", "memory above an empty program, 1 thread", 8.0, "MiB").with(self.memory(1)),
            Goal::at_most("P10", "memory above an empty program, 64 threads", 64.0, "MiB")
                .with(self.memory(64)),
            Goal::at_most("P11", "CPU time of a call, dearest by cheapest of 1, 4, 16, 64 threads", 1.3, "x")
                .with(self.flatness()),
            // counted by the tests of logger-core, where nothing else allocates
            Goal::at_most("P12", "allocations and system calls of a call on a warm thread", 0.0, "calls"),
            Goal::at_most("P13", "a call below the level, net", 2.0, "ns").with(spread(disabled_net)),
            Goal::at_most("P13", "arguments evaluated below the level", 0.0, "times")
                .with(of(Mode::Disabled, "evaluated")),
            Goal::at_most("P14", "start until three files are there", 50.0, "ms")
                .with(of(Mode::Start, "start_ms")),
        ]
    }

    /// P15.
    fn undisturbed(&self) -> Vec<Goal> {
        let goal = |part| Goal::at_most("P15", part, 1.15, X_WITHOUT);
        let p50 = |timed| self.p50_by(EVERYTHING, timed);
        let by = |timed, figure| self.by(EVERYTHING, timed, figure);
        // how many times longer the flood takes
        let time = over(&self.of(SLOG, FLOOD, "lines_per_s"), &self.of(EVERYTHING, FLOOD, "lines_per_s"));
        vec![
            goal("all switched on: burst, 1 thread, p50 net").with(p50(BURST)),
            goal("all switched on: burst, 4 threads, p50 net").with(p50(BURST_4)),
            goal("all switched on: paced, p50 net").with(p50(PACED)),
            goal("all switched on: burst, 1 thread, p99.9").with(by(BURST, "p99.9")),
            goal("all switched on: burst, 4 threads, p99.9").with(by(BURST_4, "p99.9")),
            goal("all switched on: paced, p99.9").with(by(PACED, "p99.9")),
            goal("all switched on: flood, time").with(time),
            goal("all switched on: flood, CPU time").with(by(FLOOD, "cpu_s_per_million")),
        ]
    }

    /// What a call takes while the worker has trouble with its files.
    fn behind_the_call(&self, id: &'static str, subject: &'static str, parts: &Parts) -> Vec<Goal> {
        let goal = |part: &'static str| Goal::at_most(id, part, 1.15, X_WITHOUT);
        let timed = [BURST, BURST_4, PACED];
        let medians =
            timed.iter().zip(parts.p50).map(|(timed, part)| goal(part).with(self.p50_by(subject, *timed)));
        let tails = timed
            .iter()
            .zip(parts.tail)
            .map(|(timed, part)| goal(part).with(self.by(subject, *timed, "p99.9")));
        medians.chain(tails).collect()
    }

    /// A figure beside that of the shape without extras.
    fn by(&self, subject: &'static str, timed: Timed, figure: &str) -> Option<Spread> {
        over(&self.of(subject, timed, figure), &self.of(SLOG, timed, figure))
    }

    fn p50_by(&self, subject: &'static str, timed: Timed) -> Option<Spread> {
        over(&self.net_p50(subject, timed), &self.net_p50(SLOG, timed))
    }

    fn of(&self, subject: &'static str, (mode, threads): Timed, figure: &str) -> Runs {
        self.samples.of(&Case { subject, mode, threads }, self.runs, figure)
    }

    fn net_p50(&self, subject: &'static str, timed: Timed) -> Runs {
        net_of(&self.of(subject, timed, "p50"), &self.of(EMPTY, timed, "p50"))
    }

    fn memory(&self, threads: usize) -> Option<Spread> {
        let of = |subject| self.of(subject, (Mode::Memory, threads), "resident_mib");
        Spread::of(subtract(&of(SLOG), &of(EMPTY)).into_iter().flatten())
    }

    /// How much dearer a call is with the number of threads that is dearest than with the one that is cheapest.
    fn flatness(&self) -> Option<Spread> {
        let net = |threads| {
            let of = |subject| self.of(subject, (Mode::Cpu, threads), "cpu_ns_per_call");
            net_of(&of(SLOG), &of(EMPTY))
        };
        let of_threads: Vec<Runs> = [1, 4, 16, 64].map(net).into();
        let in_run = |run: usize| {
            let costs: Vec<f64> = of_threads.iter().map(|runs| runs[run]).collect::<Option<_>>()?;
            let spread = Spread::of(costs)?;
            Some(spread.max / spread.min)
        };
        Spread::of((0..self.runs).filter_map(in_run))
    }
}

fn over(value: &Runs, reference: &Runs) -> Option<Spread> {
    ratios(value.iter().copied().zip(reference.iter().copied()))
}

fn pairs(value: &Runs, other: &Runs, join: fn(f64, f64) -> f64) -> Runs {
    value.iter().zip(other).map(|(value, other)| Some(join((*value)?, (*other)?))).collect()
}

fn net_of(value: &Runs, empty: &Runs) -> Runs {
    pairs(value, empty, net)
}

fn subtract(value: &Runs, other: &Runs) -> Runs {
    pairs(value, other, |value, other| value - other)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample::Measured;

    fn put(samples: &mut Samples, subject: &'static str, timed: Timed, figure: &str, values: &[f64]) {
        for (run, value) in values.iter().enumerate() {
            let case = Case { subject, mode: timed.0, threads: timed.1 };
            samples.add(case, run, Measured::default().with(figure, *value));
        }
    }

    fn value(goals: &[Goal], part: &str) -> Option<f64> {
        goals.iter().find(|goal| goal.part == part).unwrap().value.map(|it| it.median)
    }

    #[test]
    fn a_latency_is_net_of_the_empty_call_and_divided_by_the_reference_of_its_run() {
        let mut samples = Samples::default();
        put(&mut samples, EMPTY, BURST, "p50", &[20.0, 40.0, 20.0]);
        put(&mut samples, RING, BURST, "p50", &[40.0, 80.0, 40.0]);
        put(&mut samples, SLOG, BURST, "p50", &[80.0, 160.0, 90.0]);
        let goals = all(&samples, 3);
        assert_eq!(value(&goals, "burst, 1 thread, p50 net, slog macros"), Some(3.0));
        assert_eq!(value(&goals, "burst, 4 threads, p50 net, slog macros"), None);
    }

    #[test]
    fn of_the_records_that_a_kill_loses_the_worst_run_counts() {
        let mut samples = Samples::default();
        put(&mut samples, SLOG, (Mode::Kill, 1), "lost", &[0.0, 3.0, 0.0]);
        let goals = all(&samples, 3);
        assert_eq!(value(&goals, "lost by kill -9 in a flood"), Some(3.0));
    }

    #[test]
    fn the_cost_of_a_call_is_compared_between_numbers_of_threads() {
        let mut samples = Samples::default();
        for (threads, empty, ours) in
            [(1, 10.0, 110.0), (4, 10.0, 160.0), (16, 20.0, 120.0), (64, 30.0, 230.0)]
        {
            put(&mut samples, EMPTY, (Mode::Cpu, threads), "cpu_ns_per_call", &[empty]);
            put(&mut samples, SLOG, (Mode::Cpu, threads), "cpu_ns_per_call", &[ours]);
        }
        let goals = all(&samples, 1);
        let part = "CPU time of a call, dearest by cheapest of 1, 4, 16, 64 threads";
        assert_eq!(value(&goals, part), Some(2.0));
    }

    #[test]
    fn every_goal_is_there_in_order() {
        let goals = all(&Samples::default(), 1);
        let ids: Vec<&str> = super::super::by_id(&goals).map(|parts| parts[0].id).collect();
        let expected = (1..=15).map(|number| format!("P{number}")).chain(["L2".into(), "A5".into()]);
        assert_eq!(ids, expected.collect::<Vec<_>>());
    }

    #[test]
    fn a_shape_with_trouble_behind_the_call_is_compared_with_the_plain_one_of_its_run() {
        let mut samples = Samples::default();
        put(&mut samples, EMPTY, PACED, "p50", &[10.0]);
        put(&mut samples, SLOG, PACED, "p50", &[110.0]);
        put(&mut samples, SLOW_DISK, PACED, "p50", &[210.0]);
        put(&mut samples, SLOG, BURST_4, "p99.9", &[200.0]);
        put(&mut samples, SMALL_FILES, BURST_4, "p99.9", &[300.0]);
        let goals = all(&samples, 1);
        assert_eq!(value(&goals, "slow disk: paced, p50 net"), Some(2.0));
        assert_eq!(value(&goals, "slow disk: paced, p99.9"), None);
        assert_eq!(value(&goals, "files of 1 MB, packed: burst, 4 threads, p99.9"), Some(1.5));
    }
}
