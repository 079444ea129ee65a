//! Lines from the end.

use std::{
    fmt,
    io::{self, Read, Seek, SeekFrom},
};

/// What can be read at any place.
pub trait Anywhere: Read + Seek + Send {}

impl<T: Read + Seek + Send> Anywhere for T {}

/// The lines of a text from its end, of which no more is read than is asked for.
pub struct Backward {
    text: Box<dyn Anywhere>,
    /// Nothing before it is read.
    floor: u64,
    /// Where `held` begins in the text.
    start: u64,
    /// What was read and not yet given; the line that is next is at its end.
    held: Vec<u8>,
}

/// So much is read at a time, and twice as much each time that a line is longer.
const CHUNK: usize = 64 * 1024;

impl Backward {
    /// The lines between two places of a text.
    pub fn new(text: Box<dyn Anywhere>, floor: u64, end: u64) -> Self {
        Backward { text, floor, start: end.max(floor), held: Vec::new() }
    }

    /// Puts the line before those that were given into `line`, without its newline. `false` at the beginning.
    ///
    /// # Errors
    ///
    /// What the reader says.
    pub fn next_line(&mut self, line: &mut Vec<u8>) -> io::Result<bool> {
        line.clear();
        if self.held.is_empty() && !self.read_more()? {
            return Ok(false);
        }
        self.held.pop_if(|it| *it == b'\n');
        let mut looked_at = self.held.len();
        let begin = loop {
            match memchr::memrchr(b'\n', &self.held[..looked_at]) {
                Some(at) => break at + 1,
                None => {
                    let before = self.held.len();
                    if !self.read_more()? {
                        break 0;
                    }
                    looked_at = self.held.len() - before;
                }
            }
        };
        line.extend_from_slice(&self.held[begin..]);
        self.held.truncate(begin);
        line.pop_if(|it| *it == b'\r');
        Ok(true)
    }

    /// Puts what stands before into `held`; `false` where there is nothing.
    fn read_more(&mut self) -> io::Result<bool> {
        let wanted = self.held.len().max(CHUNK) as u64;
        let begin = self.start.saturating_sub(wanted).max(self.floor);
        if begin == self.start {
            return Ok(false);
        }
        let mut more = vec![0; (self.start - begin) as usize];
        self.text.seek(SeekFrom::Start(begin))?;
        self.text.read_exact(&mut more)?;
        more.append(&mut self.held);
        self.held = more;
        self.start = begin;
        Ok(true)
    }
}

impl fmt::Debug for Backward {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Backward").field("start", &self.start).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::*;

    fn lines(text: &str) -> Vec<String> {
        let mut reader = Backward::new(Box::new(Cursor::new(text.to_owned())), 0, text.len() as u64);
        let (mut line, mut lines) = (Vec::new(), Vec::new());
        while reader.next_line(&mut line).unwrap() {
            lines.push(String::from_utf8(line.clone()).unwrap());
        }
        lines.reverse();
        lines
    }

    #[test]
    fn lines_are_those_of_the_text_whatever_their_length() {
        let long = "x".repeat(CHUNK - 1);
        let longer = "y".repeat(5 * CHUNK + 3);
        for text in [
            String::new(),
            "\n".into(),
            "a".into(),
            "a\n".into(),
            "\na\n\n\nb".into(),
            format!("{long}\n{long}\nab\n"),
            format!("{longer}\n\n{long}"),
            format!("1\n{longer}{longer}\n2\n"),
        ] {
            let expected: Vec<String> = text.lines().map(Into::into).collect();
            assert!(lines(&text) == expected, "{} bytes", text.len());
        }
    }
}
