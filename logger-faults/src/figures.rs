//! The figures of one case: what the judge counted, in one line.

use std::{fmt, ops::AddAssign, time::Duration};

/// What the judge counted. Records are counted once, however many destinations they have; lines are counted each.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Figures {
    /// Records whose call returned.
    pub acked: u64,
    /// Of these, the ones that are in every file they belong into, or on stderr in its place.
    pub found: u64,
    /// Trades that are not.
    pub lost_trade: u64,
    /// Other records that are not and that the pipeline did not report as dropped.
    pub lost_other: u64,
    /// Records that the pipeline reported as dropped.
    pub dropped_reported: u64,
    /// Lines too many.
    pub dup: u64,
    /// Lines that are no whole line of the format.
    pub torn: u64,
    /// Lines that say something else than the call did.
    pub altered: u64,
    /// Lines that stand behind a later one of their thread.
    pub out_of_order: u64,
    /// Lines of records that no call can have logged.
    pub invented: u64,
    /// Lines on stderr.
    pub diverted: u64,
    /// Records that a later start wrote, as their lines say.
    pub recovered: u64,
    /// Panics that reached a caller.
    pub caller_panics: u64,
    /// The longest call.
    pub caller_max: Duration,
    /// From the end of the fault until all was well, or what the recovery of a run took, as the logger reports it; `None`
    /// where that cannot be said.
    pub recovery: Option<Duration>,
    /// Kinds of things of which the process held more and more.
    pub grown: u64,
    /// Writers that gave up waiting for a turn which a process that was killed had, or held it up.
    pub in_vain: u64,
    /// Starts that were killed at a planned system call.
    pub kills: u64,
    /// The exit code of the child; `None` where a signal ended it.
    pub exit: Option<i32>,
}

impl fmt::Display for Figures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (name, number) in [
            ("acked", self.acked),
            ("found", self.found),
            ("lost_trade", self.lost_trade),
            ("lost_other", self.lost_other),
            ("dropped_reported", self.dropped_reported),
            ("dup", self.dup),
            ("torn", self.torn),
            ("altered", self.altered),
            ("out_of_order", self.out_of_order),
            ("invented", self.invented),
            ("diverted", self.diverted),
            ("recovered", self.recovered),
            ("caller_panics", self.caller_panics),
        ] {
            write!(f, "{name}={number} ")?;
        }
        write!(f, "caller_max_us={} recovery_ms=", self.caller_max.as_micros())?;
        match self.recovery {
            Some(it) => write!(f, "{}", it.as_millis())?,
            None => f.write_str("-")?,
        }
        if self.kills > 0 {
            write!(f, " kills={}", self.kills)?;
        }
        match self.exit {
            Some(code) => write!(f, " exit={code}"),
            None => f.write_str(" exit=signal"),
        }
    }
}

/// Of several rounds: counts are added, of times the longest is kept, and the exit is that of the last one.
impl AddAssign for Figures {
    fn add_assign(&mut self, round: Figures) {
        self.acked += round.acked;
        self.found += round.found;
        self.lost_trade += round.lost_trade;
        self.lost_other += round.lost_other;
        self.dropped_reported += round.dropped_reported;
        self.dup += round.dup;
        self.torn += round.torn;
        self.altered += round.altered;
        self.out_of_order += round.out_of_order;
        self.invented += round.invented;
        self.diverted += round.diverted;
        self.recovered += round.recovered;
        self.caller_panics += round.caller_panics;
        self.caller_max = self.caller_max.max(round.caller_max);
        self.recovery = self.recovery.max(round.recovery);
        self.grown += round.grown;
        self.in_vain += round.in_vain;
        self.kills += round.kills;
        self.exit = round.exit;
    }
}

impl Figures {
    /// The rules that hold in every case and that these figures break, each as a short text.
    pub fn broken(&self) -> Vec<String> {
        let mut broken: Vec<String> = [
            ("trades lost", self.lost_trade),
            ("records lost", self.lost_other),
            ("lines doubled", self.dup),
            ("lines torn", self.torn),
            ("lines altered", self.altered),
            ("lines out of order", self.out_of_order),
            ("records invented", self.invented),
            ("panics reached the caller", self.caller_panics),
            ("things grown without end", self.grown),
            ("turns waited for in vain", self.in_vain),
        ]
        .into_iter()
        .filter(|(_, count)| *count > 0)
        .map(|(what, count)| format!("{count} {what}"))
        .collect();
        if self.acked != self.found + self.dropped_reported {
            broken.push(format!(
                "{} acked are not {} found and {} reported as dropped",
                self.acked, self.found, self.dropped_reported
            ));
        }
        broken
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_holds_every_figure_in_a_fixed_order() {
        let figures = Figures {
            acked: 9,
            found: 8,
            dropped_reported: 1,
            caller_max: Duration::from_micros(12),
            recovery: Some(Duration::from_millis(3)),
            exit: Some(0),
            ..Figures::default()
        };
        assert_eq!(
            figures.to_string(),
            "acked=9 found=8 lost_trade=0 lost_other=0 dropped_reported=1 dup=0 torn=0 altered=0 out_of_order=0 \
             invented=0 diverted=0 recovered=0 caller_panics=0 caller_max_us=12 recovery_ms=3 exit=0"
        );
        assert_eq!(figures.broken(), [""; 0]);
    }

    #[test]
    fn a_drop_that_is_reported_but_did_not_happen_is_broken() {
        let figures = Figures { acked: 9, found: 9, dropped_reported: 1, ..Figures::default() };
        assert_eq!(figures.broken(), ["9 acked are not 9 found and 1 reported as dropped"]);
    }
}
