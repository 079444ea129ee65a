//! What differs from run to run and from machine to machine.

use std::sync::LazyLock;

use regex::Regex;

/// What differs, and what is compared in its place.
static MASKS: LazyLock<Vec<(Regex, &str)>> = LazyLock::new(|| {
    [
        (r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d+)?(Z| UTC)?", "<time>"),
        (r#""(hostname|run)":"[^"]*""#, r#""$1":"…""#),
        (r#""procid":\d+"#, r#""procid":0"#),
        (r#"("?duration_ms"?[:=])[0-9.]+"#, "${1}0"),
    ]
    .map(|(pattern, with)| (Regex::new(pattern).expect("a pattern of this file"), with))
    .into()
});

/// A text without what differs from run to run.
pub fn mask(text: &str) -> String {
    MASKS.iter().fold(text.to_owned(), |text, (pattern, with)| pattern.replace_all(&text, *with).into_owned())
}

/// Whether a text is what the guide shows: both masked, and `…` in the guide any text within a line.
pub fn same(shown: &str, real: &str) -> bool {
    let (shown, real) = (mask(shown), mask(real));
    let (mut shown, mut real) = (shown.lines(), real.lines());
    loop {
        match (shown.next(), real.next()) {
            (None, None) => return true,
            (Some(shown), Some(real)) if same_line(shown.trim_end(), real.trim_end()) => {}
            _ => return false,
        }
    }
}

fn same_line(shown: &str, real: &str) -> bool {
    let mut parts = shown.split('…');
    let first = parts.next().unwrap_or_default();
    let Some(mut rest) = real.strip_prefix(first) else { return false };
    let parts: Vec<&str> = parts.collect();
    let Some((last, middle)) = parts.split_last() else { return rest.is_empty() };
    for part in middle {
        let Some(at) = rest.find(part) else { return false };
        rest = &rest[at + part.len()..];
    }
    rest.ends_with(last)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_varies_is_masked_and_nothing_else() {
        assert!(same("2025-10-16 10:30:00 [INFO     ] a=1", "2026-01-02 03:04:05 [INFO     ] a=1"));
        assert!(!same("2025-10-16 10:30:00 [INFO     ] a=1", "2026-01-02 03:04:05 [INFO     ] a=2"));
        assert!(same(r#"{"procid":1,"seq":2}"#, r#"{"procid":17,"seq":2}"#));
        assert!(!same(r#"{"procid":1,"seq":2}"#, r#"{"procid":1,"seq":3}"#));
        assert!(same("duration_ms=1.5 x", "duration_ms=22.125 x"));
    }

    #[test]
    fn an_ellipsis_is_any_text_within_a_line() {
        assert!(same(r#"{"timestamp":…,"event":"a"}"#, r#"{"timestamp":1,"level":"info","event":"a"}"#));
        assert!(!same(r#"{"timestamp":…,"event":"a"}"#, r#"{"timestamp":1,"level":"info","event":"b"}"#));
        assert!(!same("a…", "a\nb"));
        assert!(!same("a", "ab"));
        assert!(!same("ab…ba", "aba"));
        assert!(!same("a\nb", "a"));
        assert!(!same("a", "a\nb"));
    }
}
