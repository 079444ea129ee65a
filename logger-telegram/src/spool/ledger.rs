//! What the lines of a spool add up to.

use std::{
    collections::{BTreeMap, HashMap},
    mem,
};

use logger_core::Timestamp;

use super::{
    Recipients,
    line::{Line, VERSION},
};
use crate::engine::queue::Bundle;

/// Runs whose progress is remembered.
const RUNS: usize = 64;

#[derive(Debug, Default)]
pub(super) struct Ledger {
    /// In the order in which they came.
    kept: BTreeMap<u64, Kept>,
    by_kind: HashMap<u64, u64>,
    next: u64,
    /// Of these runs nothing up to the number is still to come; the latest last.
    seen: Vec<(String, u64)>,
    to: Recipients,
    live_bytes: u64,
}

#[derive(Debug)]
struct Kept {
    bundle: Bundle,
    told: HashMap<String, u64>,
    /// Of its line.
    bytes: u64,
}

impl Ledger {
    /// Reads what a file contains. Returns how many of its lines are damaged, too.
    pub(super) fn read(bytes: &[u8], to: Recipients) -> (Self, u64) {
        let mut ledger = Ledger { to, ..Ledger::default() };
        let mut damaged = 0;
        let mut open = Vec::new();
        for text in bytes.split(|&byte| byte == b'\n').filter(|it| !it.is_empty()) {
            match Line::read(text) {
                Some(Line::Spool(VERSION)) => {}
                Some(Line::Alert(alert)) => match alert.bundle() {
                    Some(bundle) => open.push(Opened::Alert(bundle)),
                    None => damaged += 1,
                },
                Some(Line::Again { kind, count, last }) => {
                    open.push(Opened::Again { kind: kind.0, count, last: Timestamp::from_unix_nanos(last) });
                }
                Some(Line::End { run, seq }) => {
                    mem::take(&mut open).into_iter().for_each(|opened| ledger.apply(opened));
                    ledger.note_seen(&run, seq);
                }
                Some(Line::Told { target, kind, count }) => {
                    ledger.told(&target, kind.0, count);
                }
                Some(Line::Spool(_)) | None => damaged += 1,
            }
        }
        // what a kill has interrupted is still in the queue, and the last line may be half of one
        let torn = u64::from(bytes.last().is_some_and(|&last| last != b'\n') && damaged > 0);
        (ledger, damaged - torn)
    }

    fn apply(&mut self, opened: Opened) {
        match opened {
            Opened::Alert(bundle) => self.add(&self.to.routed(bundle)),
            Opened::Again { kind, count, last } => {
                if let Some(kept) = self.by_kind.get(&kind).and_then(|at| self.kept.get_mut(at)) {
                    kept.bundle.count += count;
                    kept.bundle.last = kept.bundle.last.max(last);
                }
            }
        }
    }

    /// Takes over what another spool has. What this one has already, because a kill came between the two, is not doubled.
    pub(super) fn absorb(&mut self, other: Ledger) {
        for (_, kept) in other.kept {
            let alert = &kept.bundle.alert;
            let mine = self.by_kind.get(&alert.kind).and_then(|at| self.kept.get(at));
            if mine.is_some_and(|it| it.bundle.alert.run == alert.run && it.bundle.alert.seq == alert.seq) {
                continue;
            }
            self.add(&kept.bundle);
            for (target, &count) in &kept.told {
                self.told(target, kept.bundle.alert.kind, count);
            }
        }
        other.seen.iter().for_each(|(run, seq)| self.note_seen(run, *seq));
    }

    /// The line that says that these came.
    pub(super) fn line_for(&self, bundle: &Bundle) -> Line {
        if self.by_kind.contains_key(&bundle.alert.kind) { Line::again(bundle) } else { Line::alert(bundle) }
    }

    pub(super) fn add(&mut self, bundle: &Bundle) {
        let kind = bundle.alert.kind;
        if let Some(kept) = self.by_kind.get(&kind).and_then(|at| self.kept.get_mut(at)) {
            kept.bundle.merge(bundle);
            return;
        }
        let bytes = (bundle.alert.line.len() + 300) as u64;
        self.live_bytes += bytes;
        self.by_kind.insert(kind, self.next);
        self.kept.insert(self.next, Kept { bundle: bundle.clone(), told: HashMap::new(), bytes });
        self.next += 1;
    }

    /// Returns whether the spool has such an alert.
    pub(super) fn told(&mut self, target: &str, kind: u64, count: u64) -> bool {
        let Some(&at) = self.by_kind.get(&kind) else { return false };
        let Some(kept) = self.kept.get_mut(&at) else { return false };
        let told = kept.told.entry(target.to_owned()).or_default();
        *told = (*told + count).min(kept.bundle.count);
        if kept.is_told(&self.to.required) {
            self.remove(at);
        }
        true
    }

    /// Other targets.
    pub(super) fn change(&mut self, to: Recipients) {
        let from = mem::replace(&mut self.to, to);
        let mut over = Vec::new();
        for (&at, kept) in &mut self.kept {
            kept.change(&from, &self.to);
            if kept.is_told(&self.to.required) {
                over.push(at);
            }
        }
        over.into_iter().for_each(|at| self.remove(at));
    }

    fn remove(&mut self, at: u64) {
        if let Some(kept) = self.kept.remove(&at) {
            self.by_kind.remove(&kept.bundle.alert.kind);
            self.live_bytes -= kept.bytes;
        }
    }

    pub(super) fn note_seen(&mut self, run: &str, seq: u64) {
        if run.is_empty() {
            return;
        }
        let before = self.seen.iter().position(|(it, _)| it == run).map(|at| self.seen.remove(at));
        self.seen.push((run.to_owned(), before.map_or(0, |(_, seq)| seq).max(seq)));
        if self.seen.len() > RUNS {
            self.seen.remove(0);
        }
    }

    pub(super) fn has_seen(&self, run: &str, seq: u64) -> bool {
        self.seen.iter().any(|(it, upto)| it == run && seq <= *upto)
    }

    /// What a target still has to be told, in the order in which it came.
    pub(super) fn left_for(&self, target: &str) -> Vec<Bundle> {
        let is_required = self.to.required.iter().any(|it| it == target);
        let left = |kept: &Kept| {
            // where this target is a second one, what a first one has told counts
            let told = if is_required { kept.told.get(target) } else { kept.told.values().max() };
            let count = kept.bundle.count - told.copied().unwrap_or(0).min(kept.bundle.count);
            let wanted = count > 0 && kept.bundle.alert.goes_to(target);
            wanted.then(|| Bundle { count, ..kept.bundle.clone() })
        };
        self.kept.values().filter_map(left).collect()
    }

    /// How many alerts there are, each repeat counted.
    pub(super) fn left(&self) -> u64 {
        self.kept.values().map(|it| it.bundle.count - it.told.values().min().copied().unwrap_or(0)).sum()
    }

    /// Removes those whose last repeat was before a time. Returns how many.
    pub(super) fn forget_before(&mut self, nanos: i64) -> u64 {
        let old = |kept: &Kept| kept.bundle.last.unix_nanos() < nanos;
        let old: Vec<(u64, u64)> = self
            .kept
            .iter()
            .filter(|(_, kept)| old(kept))
            .map(|(&at, kept)| (at, kept.bundle.count))
            .collect();
        old.iter().for_each(|&(at, _)| self.remove(at));
        old.iter().map(|&(_, count)| count).sum()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.kept.is_empty()
    }

    /// About how long [`Ledger::lines`] is.
    pub(super) fn live_bytes(&self) -> u64 {
        self.live_bytes
    }

    /// A file that says the same.
    pub(super) fn lines(&self) -> String {
        let mut lines = Line::Spool(VERSION).text();
        for kept in self.kept.values() {
            lines.push_str(&Line::alert(&kept.bundle).text());
        }
        for (run, seq) in &self.seen {
            lines.push_str(&Line::end(run, *seq).text());
        }
        // alerts without a record have no run
        lines.push_str(&Line::end("", 0).text());
        for kept in self.kept.values() {
            for (target, count) in &kept.told {
                lines.push_str(&Line::told(target, kept.bundle.alert.kind, *count).text());
            }
        }
        lines
    }
}

impl Kept {
    fn is_told(&self, required: &[String]) -> bool {
        let told = |target: &String| {
            !self.bundle.alert.goes_to(target) || self.told.get(target) == Some(&self.bundle.count)
        };
        required.iter().all(told)
    }

    /// A target that had no part in it so far has to be told only what none that stays cares for.
    fn change(&mut self, from: &Recipients, to: &Recipients) {
        let alert = &self.bundle.alert;
        let cares = |name: &String| from.required.contains(name) && alert.goes_to(name);
        let known = if to.required.iter().any(cares) {
            self.bundle.count
        } else {
            self.told.values().max().copied().unwrap_or(0)
        };
        let newcomers: Vec<String> = to.required.iter().filter(|name| !cares(name)).cloned().collect();
        self.bundle = to.routed(self.bundle.clone());
        for name in newcomers {
            let told = self.told.entry(name).or_default();
            *told = known.max(*told);
        }
    }
}

/// What is not complete before the line `end`.
enum Opened {
    Alert(Bundle),
    Again { kind: u64, count: u64, last: Timestamp },
}
