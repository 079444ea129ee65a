//! What JSON writes in another way.

/// A line with what its texts escape written out, as people would look for it; `None` where nothing is, or the line is no JSON object.
pub(super) fn written_out(line: &[u8]) -> Option<Vec<u8>> {
    if !line.trim_ascii_start().starts_with(b"{") || !line.contains(&b'\\') {
        return None;
    }
    let mut text = Vec::with_capacity(line.len());
    let mut rest = line;
    while let Some(at) = memchr::memchr(b'\\', rest) {
        text.extend_from_slice(&rest[..at]);
        rest = &rest[at..];
        let len = match escaped(rest) {
            Some((char, len)) => {
                text.extend_from_slice(char.encode_utf8(&mut [0; 4]).as_bytes());
                len
            }
            // no escape that JSON has: it stays
            None => {
                text.push(b'\\');
                1
            }
        };
        rest = &rest[len..];
    }
    text.extend_from_slice(rest);
    Some(text)
}

/// The character that the escape at the beginning of a text stands for, and the length of the escape.
fn escaped(text: &[u8]) -> Option<(char, usize)> {
    let char = match text.get(1)? {
        b'b' => '\u{8}',
        b'f' => '\u{c}',
        b'n' => '\n',
        b'r' => '\r',
        b't' => '\t',
        b'u' => {
            let first = unit(text)?;
            // characters beyond the first 65,536 are two units
            let units = [Some(first), text.get(6..).and_then(unit)];
            let pair = char::decode_utf16(units.into_iter().flatten()).next()?.ok()?;
            return Some((pair, 6 * pair.len_utf16()));
        }
        it @ (b'"' | b'\\' | b'/') => char::from(*it),
        _ => return None,
    };
    Some((char, 2))
}

/// The unit of UTF-16 that `\u1234` stands for.
fn unit(text: &[u8]) -> Option<u16> {
    let digits = text.strip_prefix(b"\\u")?.get(..4)?;
    let is_hex = digits.iter().all(u8::is_ascii_hexdigit);
    is_hex.then(|| u16::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_are_written_out_and_what_is_none_stays() {
        let shown = |line: &str| written_out(line.as_bytes()).map(|it| String::from_utf8(it).unwrap());
        assert_eq!(shown(r#"{"a":"plain"}"#), None);
        assert_eq!(shown(r"no JSON: C:\new"), None);
        assert_eq!(
            shown(r#"{"a":"\"x\" C:\\new\/\b\f\n\r\t"}"#).unwrap(),
            "{\"a\":\"\"x\" C:\\new/\u{8}\u{c}\n\r\t\"}"
        );
        assert_eq!(shown(r#" {"a":"z\u00fcrich \uD83D\uDe00\u0041"}"#).unwrap(), " {\"a\":\"zürich 😀A\"}");
        let broken = r#"{"a":"\ud83d\u0041 \u12g4 \x \"#;
        assert_eq!(shown(broken).unwrap(), r#"{"a":"\ud83dA \u12g4 \x \"#);
    }

    #[test]
    fn each_text_that_json_escapes_is_found_as_it_was() {
        for text in ["\"\\/\u{8}\u{c}\n\r\t\u{1}\u{1f}\u{7f}", "žluťoučký € 🦀 \u{10ffff}"] {
            let ascii: String = text.encode_utf16().map(|it| format!("\\u{it:04x}")).collect();
            for json in [serde_json::to_string(text).unwrap(), format!("\"{ascii}\"")] {
                let line = format!("{{\"a\":{json}}}");
                let shown = written_out(line.as_bytes()).unwrap_or_else(|| line.clone().into());
                assert_eq!(shown, format!("{{\"a\":\"{text}\"}}").as_bytes(), "{json}");
            }
        }
    }
}
