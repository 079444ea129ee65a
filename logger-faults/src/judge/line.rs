//! What one line of an output says.

use std::borrow::Cow;

use serde::Deserialize;

use crate::payload::{EVENT, EXPERT, Sample};

/// What one line turned out to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Line {
    /// A record that says what its call said, and whether a later start wrote it.
    Record(Sample, Writer),
    /// A report of the logger's own.
    Report(Report),
    /// Not one whole line of the format.
    Torn,
    /// A record of a case that says something else than its call did.
    Altered,
    /// A record of level CRITICAL, which no load logs: a panic, or what a case looks at by itself.
    Aside,
    /// A whole line that no case logs.
    Foreign,
}

/// Who wrote a record, as its line says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Writer {
    /// The process that logged it.
    Itself,
    /// A later start.
    LaterStart,
}

/// What a report of the logger's own says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Report {
    /// The trouble of a drain has ended, and so many records were diverted.
    WorksAgain { drain: String, diverted: u64 },
    /// So many records of an earlier run were written in so many milliseconds.
    Recovered { records: u64, millis: u64 },
    /// Something else.
    Other,
}

/// The part of a line that the judge reads.
#[derive(Deserialize)]
struct Parsed<'a> {
    #[serde(borrow)]
    level: Cow<'a, str>,
    #[serde(borrow)]
    event: Cow<'a, str>,
    #[serde(borrow)]
    category: Cow<'a, str>,
    #[serde(borrow)]
    expert_name: Option<Cow<'a, str>>,
    bound_to: Option<u32>,
    worker: Option<u32>,
    n: Option<u64>,
    check: Option<u64>,
    #[serde(borrow)]
    payload: Option<Cow<'a, str>>,
    #[serde(borrow)]
    drain: Option<Cow<'a, str>>,
    diverted: Option<u64>,
    records: Option<u64>,
    ms: Option<u64>,
    #[serde(default)]
    recovered: bool,
}

impl Parsed<'_> {
    fn report(self) -> Report {
        match (&*self.event, self.drain, self.diverted, self.records, self.ms) {
            (WORKS_AGAIN, Some(drain), Some(diverted), ..) => {
                Report::WorksAgain { drain: drain.into_owned(), diverted }
            }
            (RECOVERED, _, _, Some(records), Some(millis)) => Report::Recovered { records, millis },
            _ => Report::Other,
        }
    }
}

/// The event of the report that ends the trouble of a drain.
const WORKS_AGAIN: &str = "drain works again";
/// The event of the report that ends the recovery of a run.
const RECOVERED: &str = "records of an earlier run recovered";

/// Reads lines; keeps the memory for the payload.
#[derive(Debug)]
pub(super) struct LineReader {
    seed: u64,
    payload: String,
}

impl LineReader {
    pub(super) fn new(seed: u64) -> Self {
        LineReader { seed, payload: String::new() }
    }

    /// Judges one line of JSON without its newline.
    pub(super) fn read(&mut self, line: &[u8]) -> Line {
        let Ok(parsed) = serde_json::from_slice::<Parsed<'_>>(line) else { return Line::Torn };
        if parsed.category == "logger" {
            return Line::Report(parsed.report());
        }
        if parsed.event != EVENT {
            return if parsed.level == "critical" { Line::Aside } else { Line::Foreign };
        }
        let (Some(worker), Some(n), Some(check), Some(payload)) =
            (parsed.worker, parsed.n, parsed.check, &parsed.payload)
        else {
            return Line::Altered;
        };
        let sample = Sample { seed: self.seed, worker, n };
        sample.put_payload(&mut self.payload);
        let same = check == sample.check()
            && *payload == self.payload
            && parsed.expert_name.as_deref() == Some(EXPERT)
            && parsed.bound_to == Some(worker)
            && parsed.category == sample.kind().category()
            && parsed.level == sample.kind().level();
        let writer = if parsed.recovered { Writer::LaterStart } else { Writer::Itself };
        if same { Line::Record(sample, writer) } else { Line::Altered }
    }
}
