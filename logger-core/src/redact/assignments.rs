//! Secrets behind their name within a text: `password=…`, `"api_key": "…"`, `Authorization: …`, `token: Some("…")`.

use super::{Redaction, Treatment, last_three, spans::Span};

/// The longest name that is looked for.
const MAX_NAME: usize = 128;

/// Adds what is assigned to a name that gives a secret away.
pub(super) fn find(redaction: &Redaction, text: &str, spans: &mut Vec<Span>) {
    let bytes = text.as_bytes();
    let mut at = 0;
    while let Some(step) = bytes[at..].iter().position(|byte| matches!(byte, b':' | b'=' | b',')) {
        let sign = at + step;
        at = sign + 1;
        let Some(Assigned { value, name, treatment }) = assigned(redaction, text, sign) else { continue };
        let end = if is_header(&text[name.start..name.end]) && bytes[sign] == b':' {
            header_end(text, value)
        } else {
            value_end(text, value)
        };
        let Some((start, end)) = end else { continue };
        let kept = match treatment {
            Treatment::LastThree => last_three(&text[start..end]),
            Treatment::Keep | Treatment::Mask => "",
        };
        if !is_harmless(&text[start..end]) {
            spans.push(Span { start, end, kept: kept.into() });
        }
        at = end.max(at);
    }
}

/// Where something begins that is assigned to a name which gives it away.
pub(super) struct Assigned {
    value: usize,
    name: Name,
    treatment: Treatment,
}

/// What the sign assigns, where that is a secret.
pub(super) fn assigned(redaction: &Redaction, text: &str, sign: usize) -> Option<Assigned> {
    let value = value_start(text.as_bytes(), sign)?;
    let name = name_before(text, sign)?;
    let treatment = treatment(redaction, text, &name);
    (treatment != Treatment::Keep).then_some(Assigned { value, name, treatment })
}

/// A name within a text.
struct Name {
    start: usize,
    end: usize,
    is_quoted: bool,
}

/// Where a value begins behind a sign that may assign it; `None` behind `::`, `://`, `==` and a comma that stands in no pair.
fn value_start(bytes: &[u8], sign: usize) -> Option<usize> {
    let next = bytes.get(sign + 1).copied();
    let is_assignment = match bytes[sign] {
        b':' => next != Some(b':') && !bytes[..sign].ends_with(b":") && !bytes[sign..].starts_with(b"://"),
        b'=' => next != Some(b'=') && !matches!(bytes[..sign].last(), Some(b'=' | b'!' | b'<' | b'>')),
        _ => matches!(bytes[..sign].last(), Some(b'"' | b'\'')),
    };
    let mut at = sign + 1;
    // `=>`
    at += usize::from(bytes[sign] == b'=' && next == Some(b'>'));
    // `{:#?}` breaks the lines of a pair
    let is_space = |byte: u8| matches!(byte, b' ' | b'\t') || byte == b'\n' && bytes[sign] == b',';
    while bytes.get(at).is_some_and(|&byte| is_space(byte)) {
        at += 1;
    }
    let is_pair = bytes[sign] != b',' || quote(bytes, at).is_some() || is_some_text(&bytes[at..]);
    (is_assignment && is_pair && at < bytes.len()).then_some(at)
}

/// Whether `Some("…")` begins there, on one line or on several.
fn is_some_text(bytes: &[u8]) -> bool {
    bytes.strip_prefix(b"Some(").is_some_and(|inner| quote(inner.trim_ascii_start(), 0).is_some())
}

/// The name that ends before a sign, between quotes or not.
fn name_before(text: &str, sign: usize) -> Option<Name> {
    let bytes = text.as_bytes();
    let mut end = sign;
    let back = |end: &mut usize, is: fn(u8) -> bool| {
        let before = *end;
        while *end > 0 && is(bytes[*end - 1]) {
            *end -= 1;
        }
        before != *end
    };
    back(&mut end, |byte| byte == b' ');
    let is_quoted = back(&mut end, |byte| matches!(byte, b'"' | b'\'' | b'`' | b'\\'));
    let mut start = end;
    let lowest = end.saturating_sub(MAX_NAME);
    while start > lowest && is_of_name(bytes[start - 1]) {
        start -= 1;
    }
    // `\n` and its like belong to the text before the name
    let is_escape = start > 0 && start < end && bytes[start - 1] == b'\\' && b"nrt".contains(&bytes[start]);
    start += usize::from(is_escape);
    // a long name may begin within a character
    while !text.is_char_boundary(start) {
        start += 1;
    }
    let is_name = start < end && (bytes[sign] != b',' || is_quoted);
    is_name.then_some(Name { start, end, is_quoted })
}

#[inline]
pub(super) const fn is_of_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.' | 0x80..)
}

/// What becomes of the value of a name, or of that name and the word before it: `private key: …`.
fn treatment(redaction: &Redaction, text: &str, name: &Name) -> Treatment {
    let alone = redaction.treatment(&text[name.start..name.end]);
    if alone != Treatment::Keep || name.is_quoted {
        return alone;
    }
    let before = &text.as_bytes()[..name.start];
    let Some(before) = before.strip_suffix(b" ") else { return alone };
    let word = before.iter().rev().take(MAX_NAME).take_while(|byte| byte.is_ascii_alphanumeric()).count();
    match word {
        0 => alone,
        // the last word has to belong to the secret's name: `token for: …` assigns no token
        _ => {
            let two = redaction.treatment(&text[before.len() - word..name.end]);
            let first = redaction.treatment(&text[before.len() - word..before.len()]);
            if first == Treatment::Keep { two } else { Treatment::Keep }
        }
    }
}

/// Names of HTTP headers whose value goes to the end of the line.
fn is_header(name: &str) -> bool {
    let name = name.as_bytes();
    [b"authorization".as_slice(), b"cookie", b"auth"].iter().any(|header| {
        name.len() >= header.len() && name[name.len() - header.len()..].eq_ignore_ascii_case(header)
    })
}

/// The value of a header, which has spaces, commas and semicolons of its own.
fn header_end(text: &str, start: usize) -> Option<(usize, usize)> {
    let bytes = text.as_bytes();
    if quote(bytes, start).is_some() || matches!(bytes[start], b'[' | b'{' | b'(') {
        return value_end(text, start);
    }
    let line = bytes[..start].iter().rposition(|&byte| byte == b'\n').map_or(0, |at| at + 1);
    let end = match open_quote(&bytes[line..start]) {
        Some(quote) => closing(bytes, start, quote),
        None => {
            let len = bytes[start..].iter().position(|byte| matches!(byte, b'\n' | b'\r'));
            len.map_or(bytes.len(), |len| start + len)
        }
    };
    Some((start, end))
}

/// The quote that is open at the end of a line, with the backslashes before it.
fn open_quote(line: &[u8]) -> Option<&[u8]> {
    let last = line.iter().rposition(|&byte| byte == b'"')?;
    let slashes = slashes_before(line, last);
    let is_quote = |at: &usize| line[*at] == b'"' && slashes_before(line, *at) == slashes;
    let is_open = (0..line.len()).filter(is_quote).count() % 2 == 1;
    is_open.then(|| &line[last - slashes..=last])
}

fn slashes_before(bytes: &[u8], at: usize) -> usize {
    bytes[..at].iter().rev().take_while(|&&byte| byte == b'\\').count()
}

/// Where a value ends that begins at `start`: its content, without quotes.
fn value_end(text: &str, start: usize) -> Option<(usize, usize)> {
    let bytes = text.as_bytes();
    if let Some(opening) = quote(bytes, start) {
        let content = start + opening;
        return Some((content, closing(bytes, content, &bytes[start..content])));
    }
    let word = bytes[start..].iter().take_while(|&&byte| is_of_name(byte)).count();
    let mut bracket = start + word;
    if word > 0 && bytes.get(bracket) == Some(&b' ') {
        bracket += 1;
    }
    if matches!(bytes.get(bracket), Some(b'(' | b'{' | b'[')) && (word == 0 || bytes[bracket] != b'[') {
        return Some((start, balanced(bytes, bracket)));
    }
    let ends = |byte: &u8| byte.is_ascii_whitespace() || b",;&\"'`\\)}]<>|".contains(byte);
    let len = bytes[start..].iter().position(ends).unwrap_or(bytes.len() - start);
    (len > 0).then_some((start, start + len))
}

/// How many bytes a quote at `at` has, with the backslashes that escape it; `None` where there is none.
fn quote(bytes: &[u8], at: usize) -> Option<usize> {
    let slashes = bytes[at.min(bytes.len())..].iter().take_while(|&&byte| byte == b'\\').count();
    matches!(bytes.get(at + slashes), Some(b'"' | b'\'' | b'`')).then_some(slashes + 1)
}

/// Where the quote stands that ends what `opening` began: the same one, behind as many backslashes; else the end.
fn closing(bytes: &[u8], mut at: usize, opening: &[u8]) -> usize {
    let Some((&quote, slashes)) = opening.split_last() else { return bytes.len() };
    while let Some(step) = bytes[at..].iter().position(|&byte| byte == quote) {
        let found = at + step;
        let before = slashes_before(bytes, found);
        if before == slashes.len() {
            return found - before;
        }
        at = found + 1;
    }
    bytes.len()
}

/// Behind the bracket that closes the one at `at`, without regard to those between quotes; else the end.
fn balanced(bytes: &[u8], mut at: usize) -> usize {
    let mut depth = 0_usize;
    while let Some(&byte) = bytes.get(at) {
        match byte {
            b'(' | b'{' | b'[' => depth += 1,
            b')' | b'}' | b']' if depth == 1 => return at + 1,
            b')' | b'}' | b']' => depth -= 1,
            b'"' => at = closing(bytes, at + 1, b"\""),
            _ => {}
        }
        at += 1;
    }
    bytes.len()
}

/// Values that hold nothing, and what is masked already.
fn is_harmless(value: &str) -> bool {
    let nothing = ["", "None", "null", "nil", "true", "false", "Some(***)"];
    nothing.contains(&value) || value.starts_with(super::MASK) && value.len() <= super::MASK.len() + 3
}
