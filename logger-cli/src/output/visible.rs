//! Characters that a terminal would act on, or that nobody sees.

use std::{borrow::Cow, fmt::Write as _};

/// A text in which such characters stand as escapes: control characters, those that turn the direction of text, end a line
/// or cannot be seen.
pub fn visible(text: &str) -> Cow<'_, str> {
    if text.bytes().all(|it| matches!(it, b' '..=b'~')) || !text.contains(is_special) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len() + 16);
    for char in text.chars() {
        // writing into a String cannot fail
        let _ = match char {
            '\t' => shown.write_str("\\t"),
            '\n' => shown.write_str("\\n"),
            '\r' => shown.write_str("\\r"),
            _ if !is_special(char) => shown.write_char(char),
            '\0'..='\u{ff}' => write!(shown, "\\x{:02x}", char as u32),
            _ => write!(shown, "\\u{{{:x}}}", char as u32),
        };
    }
    Cow::Owned(shown)
}

fn is_special(char: char) -> bool {
    char.is_control()
        || matches!(
            char,
            '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}'
        )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_terminal_acts_on_nothing() {
        assert_eq!(visible("a\x1b[31mb\r\n\u{9b}\u{202e}€é"), "a\\x1b[31mb\\r\\n\\x9b\\u{202e}€é");
    }
}
