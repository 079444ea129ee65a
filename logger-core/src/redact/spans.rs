//! The parts of a text that are secrets.

use super::MASK;

/// A part of a text that is a secret, and what of it may be shown.
#[derive(Debug)]
pub(super) struct Span {
    pub(super) start: usize,
    pub(super) end: usize,
    pub(super) kept: Box<str>,
}

impl Span {
    /// A part of which nothing is shown.
    pub(super) fn whole(start: usize, end: usize) -> Self {
        Span { start, end, kept: "".into() }
    }
}

/// The text with each secret replaced; `None` where there is none.
pub(super) fn replace(text: &str, mut spans: Vec<Span>) -> Option<String> {
    if spans.is_empty() {
        return None;
    }
    spans.sort_by_key(|span| (span.start, usize::MAX - span.end));
    let mut masked = String::with_capacity(text.len());
    let mut at = 0;
    for span in &spans {
        if span.end <= at {
            continue;
        }
        // one that begins within another one, or right behind it, is a part of the same secret
        if span.start > at || masked.is_empty() {
            masked.push_str(&text[at..span.start]);
            masked.push_str(MASK);
            masked.push_str(&span.kept);
        }
        at = span.end;
    }
    masked.push_str(&text[at..]);
    Some(masked)
}
