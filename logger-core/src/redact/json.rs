//! Secrets in the texts inside of JSON.

use super::{Redaction, is_harmless};

/// Whether JSON text can be put into a record as it is: as a text it holds no secret, and none of its strings is another
/// text than it looks.
pub(crate) fn is_harmless_json(json: &[u8]) -> bool {
    is_harmless(json) && memchr::memchr(b'\\', json).is_none()
}

/// JSON text whose strings are looked through, each by itself, so that it stays JSON; `None` where nothing is masked.
/// Numbers, order and spaces are left as they are.
pub(crate) fn masked_json(redaction: &Redaction, json: &str) -> Option<String> {
    let mut masked = String::new();
    let mut copied = 0;
    let mut at = 0;
    while let Some(step) = json[at..].find('"') {
        let start = at + step;
        let end = string_end(json.as_bytes(), start);
        at = end;
        let Ok(text) = serde_json::from_str::<String>(&json[start..end]) else { break };
        if let Some(text) = redaction.masked_text(&text) {
            masked.push_str(&json[copied..start]);
            masked.push_str(&serde_json::to_string(&text).unwrap_or_default());
            copied = end;
        }
    }
    masked.push_str(&json[copied..]);
    (copied > 0).then_some(masked)
}

/// Behind the quote that ends the string which begins at `start`.
fn string_end(json: &[u8], start: usize) -> usize {
    let mut at = start + 1;
    while let Some(&byte) = json.get(at) {
        match byte {
            b'"' => return at + 1,
            b'\\' => at += 2,
            _ => at += 1,
        }
    }
    json.len()
}
