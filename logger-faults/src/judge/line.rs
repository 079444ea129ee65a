//! What one line of an output says.

use std::borrow::Cow;

use serde::Deserialize;

use crate::payload::{EVENT, Sample};

/// What one line turned out to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Line {
    /// A record that says what its call said.
    Record(Sample),
    /// A report of the logger's own; if it ends the trouble of a drain, which one and how many records were diverted.
    Report(Option<(String, u64)>),
    /// Not one whole line of the format.
    Torn,
    /// A record of a case that says something else than its call did.
    Altered,
    /// A whole line that no case logs.
    Foreign,
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
    worker: Option<u32>,
    n: Option<u64>,
    check: Option<u64>,
    #[serde(borrow)]
    payload: Option<Cow<'a, str>>,
    #[serde(borrow)]
    drain: Option<Cow<'a, str>>,
    diverted: Option<u64>,
}

/// The event of the report that ends the trouble of a drain.
const WORKS_AGAIN: &str = "drain works again";

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
            let affected = parsed.drain.zip(parsed.diverted).filter(|_| parsed.event == WORKS_AGAIN);
            return Line::Report(affected.map(|(drain, diverted)| (drain.into_owned(), diverted)));
        }
        if parsed.event != EVENT {
            return Line::Foreign;
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
            && parsed.category == sample.kind().category()
            && parsed.level == sample.kind().level();
        if same { Line::Record(sample) } else { Line::Altered }
    }
}
