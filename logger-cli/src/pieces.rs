//! The pieces of a JSON object: its keys, and the JSON of its values, which is checked and not read.
//!
//! Every line of a log comes by here, most of them to be left out. That is why there is a parser of our own: UTF-8 is checked once
//! for the line and not once for each text, and texts are passed over by eight bytes at a time. What it takes and what it
//! refuses is what `serde_json` takes and refuses; the tests compare the two.

use std::borrow::Cow;

/// Keys, and the JSON of their values, in their order.
pub(crate) type Pieces<'a> = Vec<(Cow<'a, str>, &'a str)>;

/// As many as a line of ours has, or more.
const USUAL: usize = 32;

/// The pieces of a text that is a JSON object; `None` for any other.
pub(crate) fn pieces(line: &[u8]) -> Option<Pieces<'_>> {
    let mut cursor = Cursor { text: std::str::from_utf8(line).ok()?, at: 0 };
    let mut pieces = Vec::with_capacity(USUAL);
    cursor.skip_blanks();
    cursor.take(b'{')?;
    cursor.skip_blanks();
    if cursor.peek() == Some(b'}') {
        cursor.at += 1;
    } else {
        loop {
            let key = cursor.key()?;
            let start = cursor.at;
            cursor.value()?;
            pieces.push((key, cursor.text.get(start..cursor.at)?));
            cursor.skip_blanks();
            match cursor.next()? {
                b',' => cursor.skip_blanks(),
                b'}' => break,
                _ => return None,
            }
        }
    }
    cursor.skip_blanks();
    (cursor.at == line.len()).then_some(pieces)
}

struct Cursor<'a> {
    text: &'a str,
    at: usize,
}

/// A text as it stands there, with its quotes.
struct Quoted {
    start: usize,
    has_escapes: bool,
}

impl<'a> Cursor<'a> {
    fn bytes(&self) -> &'a [u8] {
        self.text.as_bytes()
    }

    fn peek(&self) -> Option<u8> {
        self.bytes().get(self.at).copied()
    }

    fn next(&mut self) -> Option<u8> {
        let byte = self.peek()?;
        self.at += 1;
        Some(byte)
    }

    fn take(&mut self, wanted: u8) -> Option<()> {
        (self.next()? == wanted).then_some(())
    }

    fn skip_blanks(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\n' | b'\t' | b'\r')) {
            self.at += 1;
        }
    }

    /// A key with its colon and the blanks around.
    fn key(&mut self) -> Option<Cow<'a, str>> {
        let Quoted { start, has_escapes } = self.text()?;
        let quoted = self.text.get(start..self.at)?;
        let key = match has_escapes {
            false => Cow::Borrowed(quoted.get(1..quoted.len() - 1)?),
            // half of a surrogate pair is no key
            true => Cow::Owned(serde_json::from_str(quoted).ok()?),
        };
        self.colon()?;
        Some(key)
    }

    fn colon(&mut self) -> Option<()> {
        self.skip_blanks();
        self.take(b':')?;
        self.skip_blanks();
        Some(())
    }

    /// A value of any depth. Without recursion: whoever writes a line may nest it as deep as he wants.
    fn value(&mut self) -> Option<()> {
        let mut open = Vec::new();
        loop {
            let is_begun = match self.peek()? {
                bracket @ (b'{' | b'[') => {
                    self.at += 1;
                    self.skip_blanks();
                    let is_begun = self.peek()? != closing(bracket);
                    if is_begun {
                        open.push(bracket);
                        self.member(bracket)?;
                    } else {
                        self.at += 1;
                    }
                    is_begun
                }
                _ => {
                    self.scalar()?;
                    false
                }
            };
            if !is_begun && !self.end_of_value(&mut open)? {
                return Some(());
            }
        }
    }

    /// Goes on behind a value to the next one within the brackets that are open; `false` where none is open any more.
    fn end_of_value(&mut self, open: &mut Vec<u8>) -> Option<bool> {
        while let Some(&bracket) = open.last() {
            self.skip_blanks();
            match self.next()? {
                b',' => {
                    self.skip_blanks();
                    self.member(bracket)?;
                    return Some(true);
                }
                close if close == closing(bracket) => drop(open.pop()),
                _ => return None,
            }
        }
        Some(false)
    }

    /// What stands before a value within brackets.
    fn member(&mut self, bracket: u8) -> Option<()> {
        if bracket == b'{' {
            self.text()?;
            self.colon()?;
        }
        Some(())
    }

    fn scalar(&mut self) -> Option<()> {
        match self.peek()? {
            b'"' => self.text().map(drop),
            b't' => self.word("true"),
            b'f' => self.word("false"),
            b'n' => self.word("null"),
            _ => self.number(),
        }
    }

    fn word(&mut self, word: &str) -> Option<()> {
        let is_there = self.bytes().get(self.at..)?.starts_with(word.as_bytes());
        self.at += word.len();
        is_there.then_some(())
    }

    fn number(&mut self) -> Option<()> {
        if self.peek() == Some(b'-') {
            self.at += 1;
        }
        match self.next()? {
            b'0' if self.digits() > 0 => return None,
            b'0'..=b'9' => drop(self.digits()),
            _ => return None,
        }
        if self.peek() == Some(b'.') {
            self.at += 1;
            (self.digits() > 0).then_some(())?;
        }
        if matches!(self.peek(), Some(b'e' | b'E')) {
            self.at += 1;
            if matches!(self.peek(), Some(b'+' | b'-')) {
                self.at += 1;
            }
            (self.digits() > 0).then_some(())?;
        }
        Some(())
    }

    /// Goes past digits; how many there were.
    fn digits(&mut self) -> usize {
        let start = self.at;
        while self.peek().is_some_and(|it| it.is_ascii_digit()) {
            self.at += 1;
        }
        self.at - start
    }

    fn text(&mut self) -> Option<Quoted> {
        let start = self.at;
        self.take(b'"')?;
        let mut has_escapes = false;
        loop {
            self.skip_plain();
            match self.next()? {
                b'"' => return Some(Quoted { start, has_escapes }),
                b'\\' => {
                    has_escapes = true;
                    self.escape()?;
                }
                _ => return None,
            }
        }
    }

    /// Goes on to the next quote, backslash or control character, or to the end.
    fn skip_plain(&mut self) {
        const ONES: u64 = u64::MAX / 255;
        const HIGHS: u64 = ONES << 7;
        // the lowest of the bytes that are told is always a right one
        let zeros = |word: u64| word.wrapping_sub(ONES) & !word & HIGHS;
        let bytes = self.bytes();
        while let Some(chunk) = bytes.get(self.at..).and_then(|rest| rest.first_chunk::<8>()) {
            let word = u64::from_le_bytes(*chunk);
            let controls = word.wrapping_sub(ONES * 0x20) & !word & HIGHS;
            let found =
                zeros(word ^ (ONES * u64::from(b'"'))) | zeros(word ^ (ONES * u64::from(b'\\'))) | controls;
            if found != 0 {
                self.at += (found.trailing_zeros() / 8) as usize;
                return;
            }
            self.at += 8;
        }
        while self.peek().is_some_and(|it| !matches!(it, b'"' | b'\\' | 0..0x20)) {
            self.at += 1;
        }
    }

    fn escape(&mut self) -> Option<()> {
        match self.next()? {
            b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't' => Some(()),
            b'u' => {
                let digits = self.bytes().get(self.at..self.at + 4)?;
                self.at += 4;
                digits.iter().all(u8::is_ascii_hexdigit).then_some(())
            }
            _ => None,
        }
    }
}

fn closing(bracket: u8) -> u8 {
    if bracket == b'{' { b'}' } else { b']' }
}

#[cfg(test)]
mod tests {
    use std::fmt;

    use serde::{
        Deserialize, Deserializer,
        de::{MapAccess, Visitor},
    };
    use serde_json::value::RawValue;

    use super::*;

    /// What `serde_json` makes of a line.
    struct Oracle<'a>(Pieces<'a>);

    #[derive(Deserialize)]
    struct Key<'a>(#[serde(borrow)] Cow<'a, str>);

    impl<'de> Deserialize<'de> for Oracle<'de> {
        fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            struct Fields;
            impl<'de> Visitor<'de> for Fields {
                type Value = Oracle<'de>;

                fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                    f.write_str("an object")
                }

                fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Oracle<'de>, A::Error> {
                    let mut fields = Vec::new();
                    while let Some(Key(key)) = map.next_key()? {
                        fields.push((key, map.next_value::<&RawValue>()?.get()));
                    }
                    Ok(Oracle(fields))
                }
            }
            deserializer.deserialize_map(Fields)
        }
    }

    #[track_caller]
    fn compare(line: &[u8]) -> bool {
        let expected = serde_json::from_slice::<Oracle<'_>>(line).ok().map(|it| it.0);
        let found = pieces(line);
        assert_eq!(found, expected, "{:?}", String::from_utf8_lossy(line));
        found.is_some()
    }

    const LINES: [&str; 24] = [
        r#"{"timestamp":"2026-01-31T09:00:00.123456Z","level":"info","seq":17,"price":70000.25,"ok":true,"no":null}"#,
        r#" { "a" : [ ] , "b" : { } , "c" : [ 1 , -0.5e+7 , "x\"y\\" , { "d" : [ [ ] , { "e" : false } ] } ] } "#,
        r#"{"kéy":"žluťoučký € 🦀","a\u0062":"\ud83d\ude00","\t":1,"":{"":""}}"#,
        "{\"a\":\"\u{2028}\u{7f}12345678\",\"b\":\"1234567\",\"c\":\"12345678\",\"d\":\"123456789\"}",
        "{}",
        "{\"a\":1}\r",
        r#"{"a":01}"#,
        r#"{"a":-}"#,
        r#"{"a":1.}"#,
        r#"{"a":1e}"#,
        r#"{"a":.5}"#,
        r#"{"a":+1}"#,
        r#"{"a":1} x"#,
        r#"{"a":1,}"#,
        r#"{"a":[1,]}"#,
        r#"{"a":{"b":1,}}"#,
        r#"{"a":[1}}"#,
        r#"{"\ud800":1}"#,
        r#"{"a":"\ud800","b":"\uD800\u0041"}"#,
        r#"{"a":"\x41"}"#,
        r#"{"a":"\u00g0"}"#,
        "{\"a\":\"tab\there\"}",
        r#"{"a":tru}"#,
        "[1]",
    ];

    #[test]
    fn objects_are_taken_apart_as_serde_json_takes_them_apart() {
        let taken = LINES.iter().filter(|line| compare(line.as_bytes())).count();
        assert_eq!(taken, 7);
        let deep =
            format!("{{\"a\":{}{}}}", "[{\"b\":".repeat(20_000), "1".to_owned() + &"}]".repeat(20_000));
        assert!(pieces(deep.as_bytes()).is_some(), "no depth ends the program");
    }

    #[test]
    fn whatever_becomes_of_a_line_both_say_the_same() {
        let mut state = 7_u64;
        let mut random = |below: usize| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 33) as usize % below
        };
        const SIGNS: &[u8] = b"\"\\{}[]:,0 -.eEtfnu\n\x1f\x7f\x80\xc3\xa9";
        let mut taken = 0;
        for round in 0..60_000 {
            let mut line = LINES[round % LINES.len()].as_bytes().to_vec();
            for _ in 0..=random(3) {
                let at = random(line.len().max(1));
                match random(4) {
                    0 if at < line.len() => drop(line.remove(at)),
                    1 => line.insert(at.min(line.len()), SIGNS[random(SIGNS.len())]),
                    2 if at < line.len() => line[at] = SIGNS[random(SIGNS.len())],
                    _ => line.truncate(line.len() - random(line.len().min(4) + 1)),
                }
            }
            taken += usize::from(compare(&line));
        }
        assert!(taken > 3_000, "{taken} were objects");
    }
}
