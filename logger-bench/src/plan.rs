//! Which cases there are, and how much of each.

use crate::{
    mode::Mode,
    options::Options,
    sample::Case,
    subject::{Group, Keeps, Row},
    subjects,
};

/// How much is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Scale {
    /// What figures are published from.
    Full,
    /// What fits into three minutes.
    Quick,
}

impl Scale {
    pub(crate) const fn runs(self) -> usize {
        match self {
            Scale::Full => 5,
            Scale::Quick => 2,
        }
    }

    /// How much a child does, in the unit of its mode.
    pub(crate) const fn amount(self, mode: Mode) -> u64 {
        let (full, quick) = match mode {
            Mode::Burst => (2000, 200),
            Mode::Paced => (5, 1),
            Mode::Flood => (1_000_000, 200_000),
            Mode::Idle => (60, 10),
            Mode::Memory => (150, 100),
            Mode::Cpu => (3200, 400),
            Mode::Disabled => (100_000_000, 20_000_000),
            Mode::Kill | Mode::Recover | Mode::Start => (0, 0),
        };
        match self {
            Scale::Full => full,
            Scale::Quick => quick,
        }
    }

    /// In how many runs a subject takes part in a mode.
    fn runs_of(self, row: &Row, mode: Mode, runs: usize) -> usize {
        match (self, row.group, mode) {
            // an idle minute says all: what it counts is not disturbed by other programs
            (_, _, Mode::Idle) => 1,
            (Scale::Quick, Group::Peer, _) => 1,
            _ => runs,
        }
    }
}

/// The cases of one round, in their order: all subjects in one mode, then in the next one.
pub(crate) fn round(options: &Options, run: usize) -> Vec<Case> {
    let mut cases = Vec::new();
    for (mode, threads, wants) in CASES {
        for row in subjects::all() {
            let taken = options.wants(row) && options.wants_mode(mode) && wants(row);
            if taken && run < options.scale.runs_of(row, mode, options.runs) {
                cases.push(Case { subject: row.name, mode, threads });
            }
        }
    }
    cases
}

type Wants = fn(&Row) -> bool;

/// Each mode with its number of threads, and which subjects take part.
const CASES: [(Mode, usize, Wants); 14] = [
    (Mode::Burst, 1, all),
    (Mode::Burst, 4, all),
    (Mode::Paced, 1, all),
    (Mode::Flood, 1, floods),
    (Mode::Kill, 1, keeps_all),
    (Mode::Memory, 1, one_of_each),
    (Mode::Memory, 64, one_of_each),
    (Mode::Cpu, 1, is_base),
    (Mode::Cpu, 4, is_base),
    (Mode::Cpu, 16, is_base),
    (Mode::Cpu, 64, is_base),
    (Mode::Disabled, 1, has_levels),
    (Mode::Start, 1, is_ours),
    (Mode::Idle, 1, one_of_ours),
];

fn all(_: &Row) -> bool {
    true
}

fn is_ours(row: &Row) -> bool {
    row.group == Group::Ours && !is_behind_the_call(row)
}

/// What is measured for the latency of calls alone.
fn is_behind_the_call(row: &Row) -> bool {
    subjects::BEHIND_THE_CALL.contains(&row.name)
}

/// What does not depend on how a call is made is measured of one shape.
fn one_of_ours(row: &Row) -> bool {
    row.name == "ours"
}

fn one_of_each(row: &Row) -> bool {
    one_of_ours(row) || row.name == "empty"
}

/// Peers and the shapes that differ in the worker alone are left out.
fn is_base(row: &Row) -> bool {
    row.group != Group::Peer
        && !["ours_full", "ours_everything"].contains(&row.name)
        && !is_behind_the_call(row)
}

fn floods(row: &Row) -> bool {
    row.name != "empty" && !is_behind_the_call(row)
}

fn keeps_all(row: &Row) -> bool {
    row.keeps == Keeps::All && !is_behind_the_call(row)
}

fn has_levels(row: &Row) -> bool {
    row.disabled.is_some() && !is_behind_the_call(row)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_round_has_every_subject_in_a_mode_before_the_next_mode_begins() {
        let options = Options::read(&["--only".into(), "ours".into()]).unwrap().unwrap();
        let cases = round(&options, 0);
        let first: Vec<&str> = cases.iter().take(4).map(|case| case.subject).collect();
        assert_eq!(first, ["empty", "limit_ring", "hand_sync", "ours"]);
        assert!(cases.iter().any(|case| case.mode == Mode::Idle));
        assert!(round(&options, 1).iter().all(|case| case.mode != Mode::Idle));
    }
}
