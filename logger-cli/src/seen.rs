//! Each record once, even where it stands in two files.

use std::{
    collections::{BTreeMap, HashMap, hash_map::DefaultHasher},
    hash::{Hash as _, Hasher as _},
};

use crate::{line::Line, record::Record};

/// The records that were met, by run and number: one bit each, so that a hundred million take 12 MB.
///
/// Lines without a number (those of a compact envelope, and those that are no JSON) are told by their bytes, among those of the same
/// time in another file: what a program logs twice at one time in one file is shown twice.
#[derive(Debug, Default)]
pub struct Seen {
    runs: HashMap<String, BTreeMap<u64, Box<Page>>>,
    /// Of the lines of `time` without a number: how often each was met in each log.
    unnumbered: HashMap<u64, HashMap<usize, u32>>,
    time: i64,
}

const BITS: u64 = 64;
const WORDS: usize = 1024;

type Page = [u64; WORDS];

impl Seen {
    /// Notes a line; whether it is the first time.
    pub fn is_new(&mut self, line: &Line, record: Option<&Record<'_>>) -> bool {
        match record.and_then(number) {
            Some((run, number)) => self.set(&run, number),
            None => self.is_new_unnumbered(line),
        }
    }

    fn set(&mut self, run: &str, number: u64) -> bool {
        // most records are of a run that is known
        let pages = match self.runs.contains_key(run) {
            true => self.runs.get_mut(run),
            false => Some(self.runs.entry(run.into()).or_default()),
        };
        let Some(pages) = pages else { return true };
        let (word, bit) = (number / BITS, 1 << (number % BITS));
        let page = pages.entry(word / WORDS as u64).or_insert_with(|| Box::new([0; WORDS]));
        let word = &mut page[(word % WORDS as u64) as usize];
        let is_new = *word & bit == 0;
        *word |= bit;
        is_new
    }

    fn is_new_unnumbered(&mut self, line: &Line) -> bool {
        if line.time != self.time {
            self.unnumbered.clear();
            self.time = line.time;
        }
        let mut hasher = DefaultHasher::new();
        line.bytes.hash(&mut hasher);
        let counts = self.unnumbered.entry(hasher.finish()).or_default();
        let shown = counts.values().copied().max().unwrap_or(0);
        let count = counts.entry(line.log).or_default();
        *count += 1;
        *count > shown
    }

    /// The runs with the numbers that are missing between their least and their greatest, as ranges that include both ends.
    pub fn gaps(&self) -> BTreeMap<&str, Vec<(u64, u64)>> {
        self.runs.iter().map(|(run, pages)| (run.as_str(), gaps_of(pages))).collect()
    }
}

/// Run and number of a record. The logger's own reports are numbered apart.
fn number(record: &Record<'_>) -> Option<(String, u64)> {
    let run = record.text("run")?;
    let number = record.number("seq")?;
    let own = record.text("category").is_some_and(|it| it == "logger");
    Some((if own { format!("{run} reports") } else { run.into_owned() }, number))
}

fn gaps_of(pages: &BTreeMap<u64, Box<Page>>) -> Vec<(u64, u64)> {
    let (mut gaps, mut last): (_, Option<u64>) = (Vec::new(), None);
    for (page, words) in pages {
        for (index, word) in words.iter().enumerate() {
            let base = (page * WORDS as u64 + index as u64) * BITS;
            if *word == u64::MAX && last.is_some_and(|it| it + 1 == base) {
                last = Some(base + (BITS - 1));
                continue;
            }
            for bit in (0..BITS).filter(|bit| word >> bit & 1 == 1) {
                let number = base + bit;
                if let Some(before) = last.filter(|it| it + 1 < number) {
                    gaps.push((before + 1, number - 1));
                }
                last = Some(number);
            }
        }
    }
    gaps
}

#[cfg(test)]
mod tests {
    use super::*;

    fn note(seen: &mut Seen, text: &str, log: usize) -> bool {
        let line = Line::new(text.into(), 7, log);
        seen.is_new(&line, Record::parse(&line.bytes).as_ref())
    }

    #[test]
    fn a_record_is_new_once_whichever_file_it_stands_in() {
        let mut seen = Seen::default();
        assert!(note(&mut seen, r#"{"run":"a","seq":1}"#, 0));
        assert!(!note(&mut seen, r#"{"run":"a","seq":1,"other":"bytes"}"#, 1));
        assert!(note(&mut seen, r#"{"run":"b","seq":1}"#, 0));
        assert!(
            note(&mut seen, r#"{"run":"a","seq":1,"category":"logger"}"#, 0),
            "reports count for themselves"
        );
        assert!(note(&mut seen, r#"{"run":"a","seq":18446744073709551615}"#, 0));
    }

    #[test]
    fn lines_without_a_number_are_as_many_as_the_file_that_has_most() {
        let mut seen = Seen::default();
        let shown = [0, 1, 1, 0, 0].map(|log| note(&mut seen, "text", log));
        assert_eq!(shown, [true, false, true, false, true]);
    }

    #[test]
    fn gaps_are_between_the_least_and_the_greatest() {
        let mut seen = Seen::default();
        for number in (10..200_000).filter(|it| ![11, 63, 64, 65_536, 131_071].contains(it)) {
            seen.set("run", number);
        }
        assert_eq!(seen.gaps()["run"], [(11, 11), (63, 64), (65_536, 65_536), (131_071, 131_071)]);
    }
}
