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
    /// Reads what a file contains, which is for others from now on. Returns how many of its lines are damaged, too.
    pub(super) fn read(bytes: &[u8], to: Recipients) -> (Self, u64) {
        let mut ledger = Ledger { to: to.clone(), ..Ledger::default() };
        let mut damaged = 0;
        let mut open = Vec::new();
        for text in bytes.split(|&byte| byte == b'\n').filter(|it| !it.is_empty()) {
            match Line::read(text) {
                Some(Line::Spool(VERSION)) => {}
                Some(Line::To { required, all }) => ledger.change(Recipients { required, all }),
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
        ledger.change(to);
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
        if to == self.to {
            return;
        }
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
        self.kept.values().map(|it| it.bundle.count - it.told_to_all(&self.to.required)).sum()
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
        let mut lines = Line::Spool(VERSION).text() + &Line::to(&self.to).text();
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
    /// How many of it each of its targets knows of.
    fn told_to_all(&self, required: &[String]) -> u64 {
        let theirs = required.iter().filter(|target| self.bundle.alert.goes_to(target));
        let told = theirs.map(|target| self.told.get(target).copied().unwrap_or(0)).min();
        told.or_else(|| self.told.values().max().copied()).unwrap_or(0)
    }

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

#[cfg(test)]
mod tests {
    use logger_core::Level;

    use super::*;
    use crate::{
        alert::{Breadth, Delivery, Origin, Sound},
        testing::alert,
    };

    fn to(required: &[&str], backups: &[&str]) -> Recipients {
        let names = |names: &[&str]| names.iter().map(|it| (*it).to_owned()).collect::<Vec<_>>();
        Recipients { required: names(required), all: names(&[required, backups].concat()) }
    }

    fn of(kind: u64, count: u64) -> Bundle {
        Bundle { count, ..Bundle::one(alert(kind, Level::Critical)) }
    }

    fn ledger(to: Recipients, bundles: &[Bundle]) -> Ledger {
        let mut ledger = Ledger { to, ..Ledger::default() };
        bundles.iter().for_each(|it| ledger.add(it));
        ledger.note_seen("run", 9);
        ledger
    }

    /// Kinds and counts.
    fn left(ledger: &Ledger, target: &str) -> Vec<(u64, u64)> {
        ledger.left_for(target).iter().map(|it| (it.alert.kind, it.count)).collect()
    }

    /// What the next start makes of the file.
    fn again(ledger: &Ledger, to: Recipients) -> Ledger {
        let (ledger, damaged) = Ledger::read(ledger.lines().as_bytes(), to);
        assert_eq!(damaged, 0);
        ledger
    }

    #[test]
    fn a_file_that_was_made_smaller_says_the_same() {
        let both = || to(&["a", "b"], &[]);
        let mut before = ledger(both(), &[of(1, 3), of(2, 1), of(3, 2)]);
        before.told("a", 1, 2);
        before.told("a", 2, 1);
        before.told("b", 3, 2);
        before.told("a", 3, 2);
        let after = again(&before, both());
        for ledger in [&before, &after] {
            assert_eq!((left(ledger, "a"), left(ledger, "b")), (vec![(1, 1)], vec![(1, 3), (2, 1)]));
            assert!(ledger.has_seen("run", 9) && !ledger.has_seen("run", 10) && !ledger.has_seen("other", 1));
        }
        assert_eq!(before.live_bytes(), after.live_bytes());
    }

    #[test]
    fn how_an_alert_is_to_be_delivered_outlives_the_program() {
        let mut one = alert(1, Level::Critical);
        one.delivery = Delivery {
            sound: Sound::Off,
            targets: Some(["b".to_owned()].into()),
            origin: Origin::Now,
            breadth: Breadth::OnePlace,
        };
        let both = || to(&["a", "b"], &[]);
        let after = again(&ledger(both(), &[Bundle::one(one.clone()), of(2, 1)]), both());
        assert_eq!((left(&after, "a"), left(&after, "b")), (vec![(2, 1)], vec![(1, 1), (2, 1)]));
        let found = &after.left_for("b")[0].alert;
        assert_eq!(found.delivery, Delivery { origin: Origin::Earlier, ..one.delivery });
        assert_eq!(
            (found.level, &found.run, found.seq, &found.line),
            (one.level, &one.run, one.seq, &one.line)
        );
        assert_eq!(after.left_for("a")[0].alert.delivery.sound, Sound::ByTarget);
    }

    #[test]
    fn what_has_no_end_was_interrupted_and_what_is_half_a_line_is_no_damage() {
        let text = Line::Spool(VERSION).text() + &Line::alert(&of(1, 1)).text() + &Line::end("run", 1).text();
        let open = text.clone() + &Line::alert(&of(2, 1)).text();
        let (ledger, damaged) = Ledger::read(open.as_bytes(), to(&["a"], &[]));
        assert_eq!((left(&ledger, "a"), damaged), (vec![(1, 1)], 0));
        let (ledger, damaged) = Ledger::read(&open.as_bytes()[..open.len() - 9], to(&["a"], &[]));
        assert_eq!((left(&ledger, "a"), damaged), (vec![(1, 1)], 0));
        let (_, damaged) = Ledger::read((open + "nonsense\n").as_bytes(), to(&["a"], &[]));
        assert_eq!(damaged, 1);
        let (_, damaged) = Ledger::read(Line::Spool(VERSION + 1).text().as_bytes(), to(&["a"], &[]));
        assert_eq!(damaged, 1, "another version");
    }

    #[test]
    fn a_line_that_is_not_as_it_was_written_is_none() {
        let written = Line::alert(&of(1, 1)).text();
        let changed = written.replace("\"count\":1,", "\"count\":9,");
        assert_ne!(changed, written);
        for (text, expected) in [(written, (vec![(1, 1)], 0)), (changed, (vec![], 1))] {
            let text = text + &Line::end("run", 1).text();
            let (ledger, damaged) = Ledger::read(text.as_bytes(), to(&["a"], &[]));
            assert_eq!((left(&ledger, "a"), damaged), expected);
        }
    }

    #[test]
    fn repeats_count_also_beyond_what_was_told() {
        let mut text = Line::alert(&of(1, 2)).text() + &Line::end("run", 2).text();
        text +=
            &(Line::told("a", 1, 5).text() + &Line::again(&of(1, 4)).text() + &Line::end("run", 6).text());
        let (ledger, _) = Ledger::read(text.as_bytes(), to(&["a", "b"], &[]));
        assert_eq!((left(&ledger, "a"), left(&ledger, "b")), (vec![(1, 4)], vec![(1, 6)]));
        assert_eq!(ledger.left(), 6);
    }

    #[test]
    fn a_second_target_has_to_tell_what_no_other_has_told() {
        let with_backup = || to(&["a", "b"], &["c"]);
        let mut it = ledger(with_backup(), &[of(1, 3)]);
        it.told("a", 1, 2);
        let after = again(&it, with_backup());
        assert_eq!(
            (left(&after, "a"), left(&after, "b"), left(&after, "c")),
            (vec![(1, 1)], vec![(1, 3)], vec![(1, 1)])
        );
        it.told("a", 1, 1);
        assert!(!it.is_empty(), "one of two does not know it");
        it.told("b", 1, 3);
        assert!(it.is_empty() && it.live_bytes() == 0);
    }

    #[test]
    fn a_target_that_is_new_at_a_start_is_told_only_what_nobody_that_stays_cares_for() {
        let mut it = ledger(to(&["a", "b"], &[]), &[of(1, 3), of(2, 2), of(3, 1)]);
        let before = it.lines();
        // as it stands in a file to which only the end was written
        let mut text = before + &Line::told("a", 1, 3).text() + &Line::told("b", 1, 3).text();
        text += &Line::told("a", 2, 2).text();
        let read = |names: &[&str]| Ledger::read(text.as_bytes(), to(names, &[])).0;
        let both = read(&["a", "b", "c"]);
        assert_eq!((left(&both, "a"), left(&both, "b")), (vec![(3, 1)], vec![(2, 2), (3, 1)]));
        assert_eq!((left(&both, "c"), both.left()), (vec![], 3));
        assert_eq!(left(&read(&["c"]), "c"), [(3, 1)], "one of those that are gone knows the others");
        // and all of it again
        it.told("a", 1, 3);
        assert_eq!(left(&again(&it, to(&["c"], &[])), "c"), [(2, 2), (3, 1)]);
    }

    #[test]
    fn another_spool_is_taken_over_once_with_what_was_told_of_it() {
        let one = || to(&["a"], &[]);
        let mut theirs = ledger(one(), &[of(1, 3), of(2, 1)]);
        theirs.note_seen("theirs", 7);
        theirs.told("a", 1, 1);
        let mut mine = ledger(one(), &[of(2, 1)]);
        mine.absorb(again(&theirs, one()));
        // of the same run and number
        assert_eq!(left(&mine, "a"), [(2, 1), (1, 2)]);
        assert!(mine.has_seen("theirs", 7) && mine.has_seen("run", 9));
    }

    #[test]
    fn the_number_of_a_run_never_goes_back_and_few_runs_are_remembered() {
        let mut ledger = ledger(to(&["a"], &[]), &[]);
        ledger.note_seen("run", 3);
        assert!(ledger.has_seen("run", 9));
        (0..RUNS).for_each(|n| ledger.note_seen(&format!("run {n}"), 1));
        assert!(!ledger.has_seen("run", 9) && ledger.has_seen("run 0", 1));
        assert_eq!(ledger.seen.len(), RUNS);
    }

    #[test]
    fn other_targets_are_told_what_nobody_that_stays_cares_for() {
        let mut it = ledger(to(&["a", "b"], &[]), &[of(1, 3), of(2, 2)]);
        it.told("a", 1, 1);
        it.change(to(&["b", "c"], &[]));
        assert_eq!((left(&it, "b"), left(&it, "c")), (vec![(1, 3), (2, 2)], vec![]));
        it.told("b", 1, 1);
        it.change(to(&["d"], &[]));
        assert!(left(&it, "d").is_empty(), "all of it is known to `c`");
        let mut it = ledger(to(&["a"], &[]), &[of(1, 3), of(2, 2)]);
        it.told("a", 1, 1);
        it.change(to(&["d"], &[]));
        assert_eq!(left(&it, "d"), [(1, 2), (2, 2)]);
    }

    #[test]
    fn what_is_too_old_by_its_last_repeat_is_forgotten() {
        let at = |kind, second: i64| {
            let last = Timestamp::from_unix_nanos(second * 1_000_000_000);
            Bundle { last, ..of(kind, 2) }
        };
        let mut it = ledger(to(&["a"], &[]), &[at(1, 10), at(2, 20)]);
        assert_eq!(it.forget_before(15_000_000_000), 2);
        assert_eq!(left(&it, "a"), [(2, 2)]);
    }
}
