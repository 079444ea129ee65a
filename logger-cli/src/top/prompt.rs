//! The line in which a filter is typed.

use ratatui::crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

/// What is typed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A regular expression that is found in the line, as with `--grep`.
    Grep,
    /// An expression over the fields, as with `--where`.
    Where,
}

/// A text that is being typed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Prompt {
    /// What it is.
    pub kind: Kind,
    text: Vec<char>,
    /// Before which of its characters the next one goes.
    cursor: usize,
}

impl Prompt {
    /// One that begins with a text, at the end of which is the cursor.
    pub fn new(kind: Kind, text: &str) -> Self {
        let text: Vec<char> = text.chars().collect();
        Prompt { kind, cursor: text.len(), text }
    }

    /// What was typed.
    pub fn text(&self) -> String {
        self.text.iter().collect()
    }

    /// What stands before the cursor.
    pub fn before_cursor(&self) -> String {
        self.text.iter().take(self.cursor).collect()
    }

    /// Takes a key; `false` where it is none that changes a text.
    pub(super) fn key(&mut self, key: KeyEvent) -> bool {
        let control = key.modifiers.contains(KeyModifiers::CONTROL);
        match key.code {
            KeyCode::Char('u') if control => self.remove(0..self.cursor),
            KeyCode::Char('w') if control => self.remove(self.word_before()..self.cursor),
            KeyCode::Char('a') if control => self.cursor = 0,
            KeyCode::Char('e') if control => self.cursor = self.text.len(),
            KeyCode::Char(char) if !control && !char.is_control() => {
                self.text.insert(self.cursor, char);
                self.cursor += 1;
            }
            KeyCode::Backspace => self.remove(self.cursor.saturating_sub(1)..self.cursor),
            KeyCode::Delete => self.remove(self.cursor..(self.cursor + 1).min(self.text.len())),
            KeyCode::Left => self.cursor = self.cursor.saturating_sub(1),
            KeyCode::Right => self.cursor = (self.cursor + 1).min(self.text.len()),
            KeyCode::Home => self.cursor = 0,
            KeyCode::End => self.cursor = self.text.len(),
            _ => return false,
        }
        true
    }

    fn remove(&mut self, range: std::ops::Range<usize>) {
        self.cursor = range.start;
        self.text.drain(range);
    }

    fn word_before(&self) -> usize {
        let before = &self.text[..self.cursor];
        let end = before.iter().rposition(|it| !it.is_whitespace()).map_or(0, |it| it + 1);
        before[..end].iter().rposition(|it| it.is_whitespace()).map_or(0, |it| it + 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_edited_as_in_a_shell() {
        let mut prompt = Prompt::new(Kind::Where, "price>1 and €");
        let mut press = |code, modifiers| assert!(prompt.key(KeyEvent::new(code, modifiers)));
        press(KeyCode::Backspace, KeyModifiers::NONE);
        press(KeyCode::Char('w'), KeyModifiers::CONTROL);
        press(KeyCode::Backspace, KeyModifiers::NONE);
        press(KeyCode::Char('7'), KeyModifiers::NONE);
        press(KeyCode::Home, KeyModifiers::NONE);
        press(KeyCode::Delete, KeyModifiers::NONE);
        press(KeyCode::Left, KeyModifiers::NONE);
        press(KeyCode::Char('P'), KeyModifiers::SHIFT);
        assert_eq!((prompt.text().as_str(), prompt.before_cursor().as_str()), ("Price>17", "P"));
        assert!(prompt.key(KeyEvent::new(KeyCode::Right, KeyModifiers::NONE)));
        assert!(prompt.key(KeyEvent::new(KeyCode::Char('u'), KeyModifiers::CONTROL)));
        assert_eq!((prompt.text().as_str(), prompt.before_cursor().as_str()), ("ice>17", ""));
        assert!(!prompt.key(KeyEvent::new(KeyCode::Tab, KeyModifiers::NONE)));
    }
}
