//! Secrets that the application has registered, in every form in which they may stand in a text.

use std::sync::OnceLock;

use aho_corasick::{AhoCorasick, MatchKind};

use super::spans::Span;

/// The fewest bytes that a secret must have: a shorter one would be found in texts that have nothing to do with it.
const MIN_LEN: usize = 6;

/// A secret is too short to be looked for in texts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a secret of {len} bytes is too short to be looked for; at least {MIN_LEN} are needed")]
pub struct ShortSecret {
    len: usize,
}

/// Masks a text wherever it is logged from now on, under whatever key: a password or a token that the application has read
/// at its start. Also where it is escaped as in JSON or by `{:?}`, percent-encoded, or a part of something in base64.
///
/// It holds for all pipelines of the process, and for ever: its text stays in memory. A record that is under way already
/// may still hold it.
///
/// # Errors
///
/// Of a text of less than 6 bytes; nothing is registered then.
///
/// ```
/// # fn main() -> Result<(), logger_core::ShortSecret> {
/// logger_core::register_secret("correct horse battery staple")?;
/// # Ok(())
/// # }
/// ```
pub fn register_secret(secret: &str) -> Result<(), ShortSecret> {
    if secret.len() < MIN_LEN {
        return Err(ShortSecret { len: secret.len() });
    }
    let automaton = AhoCorasick::builder().match_kind(MatchKind::LeftmostLongest).build(forms(secret));
    // it fails for billions of bytes only
    let Ok(automaton) = automaton else { return Ok(()) };
    let mut node = Box::new(Node { automaton, next: OnceLock::new() });
    let mut place = &FIRST;
    while let Err(back) = place.set(node) {
        node = back;
        match place.get() {
            Some(taken) => place = &taken.next,
            None => return Ok(()),
        }
    }
    Ok(())
}

/// Read without a lock: nodes are added at the end and stay.
static FIRST: OnceLock<Box<Node>> = OnceLock::new();

struct Node {
    automaton: AhoCorasick,
    next: OnceLock<Box<Node>>,
}

fn nodes() -> impl Iterator<Item = &'static Node> {
    std::iter::successors(FIRST.get(), |node| node.next.get()).map(Box::as_ref)
}

/// Whether a secret is registered.
#[inline]
pub(crate) fn any() -> bool {
    FIRST.get().is_some()
}

/// Whether a registered secret stands in the bytes.
pub(crate) fn are_in(bytes: &[u8]) -> bool {
    nodes().any(|node| node.automaton.is_match(bytes))
}

/// Adds the registered secrets of a text.
pub(super) fn find(text: &str, spans: &mut Vec<Span>) {
    for node in nodes() {
        spans.extend(node.automaton.find_iter(text).map(|found| Span::whole(found.start(), found.end())));
    }
}

/// A secret as it may stand in a text.
fn forms(secret: &str) -> Vec<String> {
    let json = serde_json::to_string(secret).unwrap_or_default();
    let debug = format!("{secret:?}");
    let mut forms = vec![secret.to_owned(), inner(&json), inner(&debug), inner(&format!("{debug:?}"))];
    forms.push(percent(secret, |byte| format!("%{byte:02X}")));
    forms.push(percent(secret, |byte| format!("%{byte:02x}")));
    for alphabet in [STANDARD, URL_SAFE] {
        forms.extend((0..3).map(|before| base64_middle(secret.as_bytes(), before, alphabet)));
    }
    forms.retain(|form| form.len() >= MIN_LEN);
    forms.sort();
    forms.dedup();
    forms
}

/// What stands between quotes.
fn inner(quoted: &str) -> String {
    let quotes = ['"', '\\'];
    quoted.trim_start_matches(quotes).trim_end_matches(quotes).to_owned()
}

fn percent(secret: &str, escape: impl Fn(u8) -> String) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte);
    secret.bytes().map(|byte| if plain(byte) { char::from(byte).to_string() } else { escape(byte) }).collect()
}

/// The digits of base64.
pub(super) const STANDARD: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const URL_SAFE: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/// The characters of base64 that depend on the secret alone when `before` bytes modulo 3 stand before it.
fn base64_middle(secret: &[u8], before: usize, alphabet: &[u8; 64]) -> String {
    let padded = [&[0; 2][..before], secret].concat();
    let bits = |at: usize| (0..6).fold(0, |sextet, bit| sextet << 1 | bit_at(&padded, 6 * at + bit));
    // sextets that lie within the secret
    let (first, last) = ((8 * before).div_ceil(6), 8 * padded.len() / 6);
    (first..last).map(|at| char::from(alphabet[bits(at)])).collect()
}

fn bit_at(bytes: &[u8], bit: usize) -> usize {
    usize::from(bytes[bit / 8] >> (7 - bit % 8) & 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_looked_for_in_each_form_in_which_it_may_stand_in_a_text() {
        let forms = forms("p\u{7}ss \"é");
        for form in [
            "p\u{7}ss \"é",
            r#"p\u0007ss \"é"#,
            r#"p\u{7}ss \"é"#,
            r#"p\\u{7}ss \\\"é"#,
            "p%07ss%20%22%C3%A9",
            "p%07ss%20%22%c3%a9",
            "cAdzcyAiw6",
            "AHc3MgIsOp",
            "wB3NzICLDq",
        ] {
            assert!(forms.iter().any(|it| it == form), "{form}: {forms:?}");
        }
    }
}
